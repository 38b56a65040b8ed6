"""A customer's page calls Asterisk: sound, keys, pictures, networks that fail, and what is said of faults."""

import pytest
from playwright.async_api import expect

from tests.webrtc_page.chromium import heard, hears
from tests.webrtc_page.conftest import HUM_HZ, Caller

pytestmark = pytest.mark.real

ECHO = ".43"


async def call(caller: Caller, target: str = ECHO) -> None:
    page = caller.page
    await page.goto(caller.hub.link(target))
    await page.get_by_role("button", name="Call").click()
    await expect(page.get_by_role("status")).to_have_text("Connected")


async def test_the_caller_hears_and_is_heard(caller: Caller) -> None:
    await call(caller)
    await hears(caller.page, HUM_HZ)
    await caller.page.get_by_role("button", name="Mute").click()
    await caller.page.wait_for_timeout(600)
    assert (await heard(caller.page, HUM_HZ))["level"] < 0.005
    await caller.page.get_by_role("button", name="Mute").click()
    await hears(caller.page, HUM_HZ)
    await caller.page.get_by_role("button", name="Hang up").click()
    await expect(caller.page.get_by_role("status")).to_have_text("You ended the call.")
