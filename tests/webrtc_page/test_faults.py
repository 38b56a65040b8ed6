"""What the call page says where it cannot call, and which other ways it offers."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.test_agent_page import violations
from tests.webrtc_page.chromium import humming_chromium
from tests.webrtc_page.conftest import HUM_HZ, Caller, hung_up
from tests.webrtc_page.stand_in import StandIn

pytestmark = pytest.mark.real

FAULTS = [
    ("NotAllowedError", "The microphone is not allowed", "microphone_denied"),
    ("NotFoundError", "There is no microphone", "microphone_missing"),
    ("NotReadableError", "another program has it", "microphone_in_use"),
]


async def offers_other_ways(page: Page) -> None:
    await expect(page.get_by_role("link", name="Call +81312345678")).to_have_attribute(
        "href", "tel:+81312345678"
    )
    await page.get_by_label("We call you").fill("09012345678")
    await page.get_by_role("button", name="Ask for a call").click()
    await expect(page.get_by_text("We call you when it is your turn.")).to_be_visible()


@pytest.mark.parametrize(("name", "said", "code"), FAULTS)
async def test_each_fault_of_the_microphone_is_told(caller: Caller, name: str, said: str, code: str) -> None:
    page = caller.page
    await page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{name}'); }}"
    )
    await page.goto(caller.hub.link(".43"))
    await page.get_by_role("button", name="Call").click()
    await expect(page.get_by_role("alert")).to_contain_text(said)
    await offers_other_ways(page)
    assert caller.hub.told["trouble"] == [{"kind": "microphone", "detail": code}]
    assert caller.hub.told["callback"] == [{"number": "09012345678"}]
    assert await violations(page) == []


async def test_a_person_may_deny_the_microphone(tmp_path: Path, hub: StandIn) -> None:
    """Chromium itself refuses: nobody is there to allow it."""
    async with humming_chromium(tmp_path, HUM_HZ, asks=True) as browser:
        context = await browser.new_context(locale="ja")
        page = await context.new_page()
        await page.goto(hub.link(".43"))
        await page.get_by_role("button", name="通話する").click()
        await expect(page.get_by_role("alert")).to_contain_text("マイクの使用が許可されていません")
        await expect(page.locator("html")).to_have_attribute("lang", "ja")
        assert await violations(page) == []


async def test_a_browser_without_webrtc_is_told_at_once(caller: Caller) -> None:
    page = caller.page
    await page.add_init_script("delete window.RTCPeerConnection")
    await page.goto(caller.hub.link(".43"))
    await expect(page.get_by_role("alert")).to_contain_text("This browser cannot call")
    await offers_other_ways(page)
    assert caller.hub.told["trouble"] == [{"kind": "unsupported", "detail": "unsupported"}]


@pytest.mark.parametrize(
    ("status", "said"), [(401, "not valid any more"), (409, "in another window"), (503, "All lines are busy")]
)
async def test_a_refused_call_is_explained(caller: Caller, status: int, said: str) -> None:
    page = caller.page
    caller.hub.refuses = status
    await page.goto(caller.hub.link(".43"))
    await page.get_by_role("button", name="Call").click()
    await expect(page.get_by_role("alert")).to_contain_text(said)
    await offers_other_ways(page)


async def test_a_server_that_is_away_is_told(caller: Caller) -> None:
    page = caller.page
    caller.hub.is_away = True
    await page.goto(caller.hub.link(".43"))
    await page.get_by_role("button", name="Call").click()
    await expect(page.get_by_role("alert")).to_contain_text("server of calls cannot be reached")


async def test_a_phone_and_a_keyboard_are_enough(caller: Caller) -> None:
    page = caller.page
    await page.goto(caller.hub.link(".43"))
    await expect(page.get_by_role("button", name="Call")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Connected")
    await page.get_by_role("button", name="Keypad").press("Enter")
    await page.get_by_text("Microphone and speaker").press("Enter")
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_dark_is_as_legible(browser: Browser, hub: StandIn) -> None:
    async with await browser.new_context(locale="en", color_scheme="dark") as context:
        page = await context.new_page()
        await page.goto(hub.link(".43"))
        await page.get_by_role("button", name="Call").click()
        await expect(page.get_by_role("status")).to_have_text("Connected")
        assert await violations(page) == []
    await hung_up(hub.asterisk)
