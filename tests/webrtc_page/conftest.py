"""The call page in Chromium against a real Asterisk."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.support.asterisk import AsteriskNode
from tests.webrtc_page.chromium import humming_chromium
from tests.webrtc_page.stand_in import StandIn, stand_in

HUM_HZ = 440.0
_PEERS = """
window.peers = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.peers.push(this); }
};
"""


async def watch(context: BrowserContext) -> Page:
    """Open a page whose connections (`RTCPeerConnection`) are in `window.peers`."""
    page = await context.new_page()
    await page.add_init_script(_PEERS)
    return page


async def hung_up(asterisk: AsteriskNode) -> None:
    """End all calls: a browser that is closed says nothing, and the next hub would find its call."""
    async with asyncio.timeout(20):
        while "0 active channels" not in await asterisk.cli("core show channels count"):
            await asterisk.cli("channel request hangup all")
            await asyncio.sleep(0.2)


@dataclass(slots=True)
class Caller:
    """A customer's page; `faults` collects what went wrong unseen."""

    page: Page
    hub: StandIn
    faults: list[str] = field(default_factory=list)


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with humming_chromium(tmp_path, HUM_HZ) as opened:
        yield opened


@pytest.fixture
async def hub(asterisk: AsteriskNode) -> AsyncIterator[StandIn]:
    await asterisk.add_agents(asterisk.agent("webone", "Web", webrtc=True))
    async with stand_in(asterisk, "webone") as served:
        yield served


@pytest.fixture
async def caller(browser: Browser, hub: StandIn) -> AsyncIterator[Caller]:
    context = await browser.new_context(locale="en", viewport={"width": 390, "height": 844})
    page = await watch(context)
    opened = Caller(page, hub)
    page.on("pageerror", lambda error: opened.faults.append(f"script: {error}"))
    yield opened
    await context.close()
    await hung_up(hub.asterisk)
    assert opened.faults == []
