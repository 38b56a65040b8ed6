"""A customer's page calls: heard both ways, whoever answers."""

from pathlib import Path

import pytest

from cti.softphone import CallState, MediaState
from tests.failures.floor import Floor, until
from tests.support.hearing import comes_to_hear
from tests.support.tones import write_tone
from tests.webrtc.media import HEIGHT, WIDTH
from tests.webrtc.page import Page
from tests.webrtc.shop import browser_phone, credentials, stage

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]


async def test_a_page_talks_to_an_agent_on_a_sip_phone(floor: Floor, tmp_path: Path) -> None:
    await floor.sato.available()
    async with Page(floor.hub.url, await credentials(floor), hz=440) as page:
        await page.dial()
        phone = await floor.sato.rings()
        await phone.answer()
        await phone.wait(CallState.ANSWERED, 10)
        await phone.wait_media(MediaState.ACTIVE, 10)
        contact = await floor.sato.desktop.wait("contact", lambda each: each["state"] == "connected")
        assert contact["channel"] == "voice"
        await phone.play(write_tone(tmp_path / "said.wav", 800.0))
        await page.hears(800.0)
        await comes_to_hear(phone, 440, tmp_path / "heard.wav", share=0.3)
        await page.press("5")
        assert await phone.wait_digits(1, 10) == "5"
        await floor.sato.desktop.command("send_digits", contact=contact["id"], digits="42")

        async def came() -> bool:
            return page.digits == ["4", "2"]

        await until(came)
        await page.hang_up()
        await floor.sato.wraps_up(contact["id"])


async def test_a_page_talks_to_a_browser_phone(floor: Floor) -> None:
    made, _ = await browser_phone(floor, "sato")
    async with Page(floor.hub.url, made, hz=600) as phone:
        await phone.register()
        await floor.sato.desktop.wait("phone", lambda each: each["phone"] == "browser")
        await floor.sato.available()
        async with Page(floor.hub.url, await credentials(floor), hz=440) as page:
            await page.dial()
            await phone.answer()
            await page.hears(600)
            await phone.hears(440)
            contact = await floor.sato.desktop.wait("contact", lambda each: each["state"] == "connected")
            await page.hang_up()
            await floor.sato.wraps_up(contact["id"])
    await floor.sato.desktop.wait("phone", lambda each: each["phone"] == "sip")


async def test_nothing_is_left_of_a_call(floor: Floor) -> None:
    made = await credentials(floor)

    async def is_there() -> bool:
        return "Unable to find" not in await floor.node.cli(f"pjsip show endpoint {made['user']}")

    assert await is_there()
    async with Page(floor.hub.url, made) as page:
        await page.dial()
        await floor.waiting()
        await page.hang_up()

    async def is_gone() -> bool:
        return not await is_there()

    await until(is_gone)


async def test_media_go_by_turn_alone(floor: Floor) -> None:
    async with Page(floor.hub.url, await credentials(floor), is_relayed=True) as page:
        await page.dial()
        assert page.pc is not None
        sent = page.pc.localDescription.sdp
        assert "typ relay" in sent
        assert "typ host" not in sent
        await page.hears_something()


async def test_video_of_both_reaches_the_other(floor: Floor) -> None:
    made, _ = await browser_phone(floor, "sato")
    async with Page(floor.hub.url, made, hz=600) as phone:
        await phone.register()
        await floor.sato.available()
        given = await credentials(floor, video=True)
        assert given["video"] is True
        async with Page(floor.hub.url, given, hz=440) as page:
            await page.dial(video=True)
            await phone.answer()
            await page.hears(600)

            async def both_see() -> bool:
                return len(page.frames) > 5 and len(phone.frames) > 5

            await until(both_see)
            assert page.frames[-1] == phone.frames[-1] == (WIDTH, HEIGHT)
            contact = await floor.sato.desktop.wait("contact", lambda each: each["state"] == "connected")
            assert await stage(floor, given) == {"state": "talking", "video": True}
            await page.hang_up()
            await floor.sato.wraps_up(contact["id"])


async def test_an_agent_with_a_plain_phone_has_no_video(floor: Floor) -> None:
    await floor.sato.available()
    given = await credentials(floor, video=True)
    async with Page(floor.hub.url, given) as page:
        assert await stage(floor, given) == {"state": "dialling", "video": False}
        await page.dial(video=True)
        await floor.waiting()
        assert await stage(floor, given) == {"state": "waiting", "video": False}
        _, contact = await floor.sato.answers()
        assert await stage(floor, given) == {"state": "talking", "video": False}
        await page.hang_up()
        await floor.sato.wraps_up(contact["id"])

    async def has_ended() -> bool:
        return bool((await stage(floor, given))["state"] == "ended")

    await until(has_ended)


async def test_a_call_outlives_its_socket(floor: Floor) -> None:
    made, _ = await browser_phone(floor, "sato")
    async with Page(floor.hub.url, made, hz=600) as phone:
        await phone.register()
        await floor.sato.available()
        async with Page(floor.hub.url, await credentials(floor), hz=440) as page:
            await page.dial()
            await phone.answer()
            await page.hears(600)
            contact = await floor.sato.desktop.wait("contact", lambda each: each["state"] == "connected")
            await page.cut()
            await phone.hears(440)
            await page.connect()
            await page.restart()
            await page.hears(600)
            await phone.hears(440)
            await page.hang_up()
            await floor.sato.wraps_up(contact["id"])
