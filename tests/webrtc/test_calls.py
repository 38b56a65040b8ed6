"""A customer's page calls: heard both ways, whoever answers."""

import pytest

from cti.softphone import CallState, MediaState
from tests.failures.floor import Floor, until
from tests.webrtc.page import Page
from tests.webrtc.shop import browser_phone, credentials

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]


async def test_a_page_talks_to_an_agent_on_a_sip_phone(floor: Floor) -> None:
    await floor.sato.available()
    async with Page(floor.hub.url, await credentials(floor), hz=440) as page:
        await page.dial()
        phone = await floor.sato.rings()
        await phone.answer()
        await phone.wait(CallState.ANSWERED, 10)
        await phone.wait_media(MediaState.ACTIVE, 10)
        contact = await floor.sato.desktop.wait("contact", lambda each: each["state"] == "connected")
        assert contact["channel"] == "voice"
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
