"""A customer's page calls Asterisk: sound, keys, pictures, networks that fail."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from cti.softphone import AccountSettings, Softphone, SoftphoneEngine
from tests.story.play import registered
from tests.support.asterisk import AsteriskNode
from tests.support.hearing import comes_to_hear
from tests.support.tones import write_tone
from tests.webrtc_page.chromium import decoded, heard, hears
from tests.webrtc_page.conftest import HUM_HZ, Caller

pytestmark = pytest.mark.real

ECHO = ".43"
ANSWER_HZ = 800.0


async def call(caller: Caller, target: str = ECHO) -> None:
    page = caller.page
    await page.goto(caller.hub.link(target))
    await page.get_by_role("button", name="Call").click()
    await expect(page.get_by_role("status")).to_have_text("Connected")


async def softphone(engine: SoftphoneEngine, asterisk: AsteriskNode, user: str = "sato") -> Softphone:
    phone = await engine.account(
        AccountSettings(
            user=user,
            domain=asterisk.sip_host,
            password=asterisk.passwords[user],
            registrar=f"sip:{asterisk.sip_host}:{asterisk.sip_port}",
        )
    )
    await registered(phone)
    return phone


async def ufrag(page: Page) -> str:
    """Return the name of the page's present ICE session."""
    sdp = str(await page.evaluate("window.peers.at(-1).localDescription.sdp"))
    found = re.search(r"a=ice-ufrag:(\S+)", sdp)
    assert found is not None
    return found[1]


async def test_the_caller_hears_and_is_heard(caller: Caller) -> None:
    page = caller.page
    await call(caller)
    await hears(page, HUM_HZ)
    await page.get_by_role("button", name="Mute").click()
    await page.wait_for_timeout(600)
    assert (await heard(page, HUM_HZ))["level"] < 0.005
    await page.get_by_role("button", name="Mute").click()
    await hears(page, HUM_HZ)
    await page.get_by_role("button", name="Hold").click()
    await expect(page.get_by_role("status")).to_have_text("On hold")
    await page.get_by_role("button", name="Hold").click()
    await expect(page.get_by_role("status")).to_have_text("Connected")
    await hears(page, HUM_HZ)
    await page.get_by_role("button", name="Hang up").click()
    await expect(page.get_by_role("status")).to_have_text("You ended the call.")


async def test_a_plain_phone_hears_voice_and_keys(
    caller: Caller, asterisk: AsteriskNode, tmp_path: Path
) -> None:
    page = caller.page
    async with SoftphoneEngine() as engine:
        phone = await softphone(engine, asterisk)
        await page.goto(caller.hub.link("sato"))
        await page.get_by_role("button", name="Call").click()
        ringing = await phone.next_call(15)
        await expect(page.get_by_role("status")).to_have_text("Calling…")
        await ringing.answer()
        await expect(page.get_by_role("status")).to_have_text("Connected")
        await ringing.play(write_tone(tmp_path / "answer.wav", ANSWER_HZ))
        await hears(page, ANSWER_HZ)
        await comes_to_hear(ringing, HUM_HZ, tmp_path / "heard.wav", share=0.7)
        await page.get_by_role("button", name="Keypad").click()
        for key in "5#":
            await page.get_by_role("button", name=f"Send {key}").click()
        assert await ringing.wait_digits(2, 10) == "5#"
        await ringing.hang_up()
        # what was typed is a status of its own, as long as the keypad is there
        await expect(page.locator("p[role=status]")).to_have_text("The call has ended.")


async def test_pictures_go_both_ways_and_stop(caller: Caller) -> None:
    """The echo sends back what it gets, pictures too."""
    page = caller.page
    await call(caller)
    await page.get_by_role("button", name="Camera").click()
    theirs = page.get_by_label("Their picture")
    await expect(theirs).to_be_visible()
    await expect(page.get_by_label("Your picture")).to_be_visible()
    before = (await decoded(page))["count"]
    await page.wait_for_timeout(2000)
    seen = await decoded(page)
    assert seen["width"] >= 160
    assert seen["height"] >= 90
    assert seen["count"] - before >= 8
    await hears(page, HUM_HZ)
    await page.get_by_role("button", name="Camera").click()
    await expect(theirs).to_have_count(0)
    await hears(page, HUM_HZ)
    await page.get_by_role("button", name="Share the screen").click()
    await expect(theirs).to_be_visible()


async def test_a_phone_without_video_is_not_asked_for_it(caller: Caller) -> None:
    page = caller.page
    caller.hub.has_video = False
    await call(caller)
    await page.get_by_role("button", name="Camera").click()
    await expect(page.get_by_role("alert")).to_contain_text("has no video")
    await expect(page.get_by_label("Your picture")).to_have_count(0)
    await hears(page, HUM_HZ)


async def test_a_lost_socket_is_replaced_under_a_call(caller: Caller, asterisk: AsteriskNode) -> None:
    page = caller.page
    async with SoftphoneEngine() as engine:
        phone = await softphone(engine, asterisk)
        await page.goto(caller.hub.link("sato"))
        await page.get_by_role("button", name="Call").click()
        ringing = await phone.next_call(15)
        await ringing.answer()
        await expect(page.get_by_role("status")).to_have_text("Connected")
        caller.hub.is_away = True
        await caller.hub.cut()
        await expect(page.get_by_role("status")).to_contain_text("Reconnecting")
        caller.hub.is_away = False
        await expect(page.get_by_role("status")).to_have_text("Connected")
        assert caller.hub.opened >= 2
        # Asterisk finds the page by its new socket.
        await ringing.hang_up()
        # what was typed is a status of its own, as long as the keypad is there
        await expect(page.locator("p[role=status]")).to_have_text("The call has ended.")


async def test_another_network_begins_ice_anew(caller: Caller) -> None:
    page = caller.page
    await call(caller)
    await hears(page, HUM_HZ)
    before = await ufrag(page)
    await page.context.set_offline(True)
    await page.context.set_offline(False)
    await expect(page.get_by_role("status")).to_contain_text("Reconnecting")
    await expect(page.get_by_role("status")).to_have_text("Connected")
    assert await ufrag(page) != before
    await hears(page, HUM_HZ)


async def test_a_path_that_fails_is_mended(caller: Caller) -> None:
    page = caller.page
    await call(caller)
    await page.evaluate(
        """() => {
          const peer = window.peers.at(-1);
          Object.defineProperty(peer, "iceConnectionState", { value: "failed", configurable: true });
          peer.dispatchEvent(new Event("iceconnectionstatechange"));
          delete peer.iceConnectionState;
        }"""
    )
    await expect(page.get_by_role("status")).to_contain_text("Reconnecting")
    await expect(page.get_by_role("status")).to_have_text("Connected")
    await hears(page, HUM_HZ)


async def test_a_page_that_is_loaded_anew_calls_again(caller: Caller) -> None:
    page = caller.page
    page.on("dialog", lambda dialog: dialog.accept())
    await call(caller)
    await page.reload()
    await expect(page.get_by_role("status")).to_have_text("Connected")
    await hears(page, HUM_HZ)


async def test_how_good_a_call_is_goes_to_the_hub(caller: Caller) -> None:
    page = caller.page
    await call(caller)
    await expect(page.get_by_text("Sound: good")).to_be_visible()
    [told] = caller.hub.told["quality"]
    assert told["loss"] < 0.05
    assert told["mos"] > 4
    assert told["codec"] == "opus"
    assert told["relay"] is False
