"""Thirty pages at once: all are heard, and what is lost on the way is counted."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from cti.ari.http import HttpRequester
from cti.ari.resources import Ari
from tests.failures.floor import Floor, until
from tests.webrtc.media import only_packets
from tests.webrtc.page import Page
from tests.webrtc.shop import credentials

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_PAGES = 30
_TALK_S = 6.0
_LOSS_MAX = 0.01


async def test_thirty_pages_call_at_once(floor: Floor) -> None:
    async with AsyncExitStack() as stack:
        stack.enter_context(only_packets())  # one process cannot code thirty calls
        made = await asyncio.gather(*(credentials(floor) for _ in range(_PAGES)))
        pages = [
            await stack.enter_async_context(Page(floor.hub.url, each, hz=400 + 10 * number))
            for number, each in enumerate(made)
        ]
        await asyncio.gather(*(page.dial() for page in pages))
        await until(lambda: _all_hear(pages), timeout_s=60)
        assert sum(each.is_queued for each in await floor.contacts()) == _PAGES
        await asyncio.sleep(_TALK_S)  # so long speech flows
        down = [await _received(page) for page in pages]
        up = await _at_asterisk(floor)
        received, lost = sum(each[0] for each in down), sum(each[1] for each in down)
        heard, missed = sum(each[0] for each in up), sum(each[1] for each in up)
        print(f"to pages {lost} of {received + lost} lost, from pages {missed} of {heard + missed}")
        assert len(up) == _PAGES
        assert min(each[0] for each in (*down, *up)) > 50, "every page hears and is heard"
        assert lost <= _LOSS_MAX * received
        assert missed <= _LOSS_MAX * heard
        await asyncio.gather(*(page.fall_silent() for page in pages))
        await asyncio.gather(*(page.hang_up() for page in pages))


async def _all_hear(pages: list[Page]) -> bool:
    return min([(await _received(page))[0] for page in pages]) > 0


async def _received(page: Page) -> tuple[int, int]:
    """Return how many packets came to a page, and how many were lost."""
    assert page.pc is not None
    stats: dict[str, Any] = await page.pc.getStats()
    inbound = next((each for each in stats.values() if each.type == "inbound-rtp"), None)
    if inbound is None:
        return 0, 0
    return inbound.packetsReceived, max(0, inbound.packetsLost)


async def _at_asterisk(floor: Floor) -> list[tuple[int, int]]:
    """Return the same of each page's channel."""
    node = floor.node
    requester = HttpRequester(node.ari_url, node.ari_user, node.ari_password)
    channels = Ari(requester).channels
    try:
        found = [each for each in await channels.list_all() if each.name.startswith("PJSIP/~")]
        stats = [await channels.rtpstatistics(each.id) for each in found]
    finally:
        await requester.close()
    return [(each.rxcount, each.rxploss) for each in stats]
