"""How calls from browsers do, with a hub, Asterisk and Redis of their own: `./run bench media`.

Pages are aiortc clients that speak Opus, agents are plain SIP phones that speak G.711; both are of this
process, on the same machine.

- `webrtc_answer_ms_p50`, `_p99`: from the click (`POST /webrtc/calls`) to audio both ways, with an agent who
  answers at once: endpoint, SIP over WebSocket, ICE, DTLS, queue, offer, bridge.
- `mouth_to_ear_ms_p50`, `_p99`: from the first sample of a short tone at the page to its packet at the phone,
  by Opus and G.711 through Asterisk; without what a microphone, a jitter buffer and a loudspeaker add.
- `cpu_share_per_opus_g711_call`: Asterisk's share of one core for each of `BRIDGED` such calls.
- the figures of `bench.fax`.
"""

import argparse
import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import numpy as np

from acd.ids import QueueName
from bench import fax
from bench.media_phones import PAGE_HZ, PHONE_HZ, Bursts, ListeningPhones, listening_phones
from bench.processes import cpu_s
from bench.report import print_report
from bench.sip_load import AGENTS, SipAddress
from bench.voice_figures import percentile
from bench.voice_targets import AGENT_NAMES, QUEUE, HubTarget, hub_target
from hub.clock import now_ms
from hub.webrtc.tokens import CallTokens, Via
from tests.webrtc.media import Ear, only_packets
from tests.webrtc.page import Page

ANSWERS, TALK_S, BRIDGED, CPU_S = 40, 12.0, 10, 8.0
_WARM = 3
_PATIENCE_S = 20.0

Figures = dict[str, float]


def _token() -> str:
    """Return a token, as a site's page has it before the click."""
    return CallTokens(b"k" * 32).issue(Via.SITE, QueueName(QUEUE), now_ms() + 3_600_000)


async def _credentials(target: HubTarget, token: str) -> dict[str, Any]:
    """Return what a page calls by."""
    url = f"{target.hub.url}/webrtc/calls"
    async with aiohttp.request("POST", url, json={"token": token}) as answer:
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())


async def _answer_ms(target: HubTarget, phones: ListeningPhones) -> float:
    """Call once; returns how long it took until both heard each other."""
    token = _token()
    phones.onsets_s.clear()
    clicked_s = time.monotonic()
    page = Page(target.hub.url, await _credentials(target, token), hz=PAGE_HZ)
    async with page:
        await page.dial()
        async with asyncio.timeout(_PATIENCE_S):
            while page.ear is None or _heard_s(page.ear) == 0.0 or not phones.onsets_s:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        heard_s = max(_heard_s(page.ear), min(min(each) for each in phones.onsets_s.values()))
        await page.hang_up()
    await target.settled()
    return (heard_s - clicked_s) * 1000


def _heard_s(ear: Ear) -> float:
    """Return when the phone's tone was heard first; 0.0 before."""
    for at_s, rate, samples in ear.blocks:
        spectrum_at = round(PHONE_HZ * len(samples) / rate)
        if samples.std() > 0.02 and abs(int(abs(np.fft.rfft(samples)).argmax()) - spectrum_at) <= 1:
            return at_s
    return 0.0


async def answers(target: HubTarget, phones: ListeningPhones, count: int) -> Figures:
    for _ in range(_WARM):
        await _answer_ms(target, phones)
    took = [await _answer_ms(target, phones) for _ in range(count)]
    return {
        "webrtc_answer_ms_p50": percentile(took, 50),
        "webrtc_answer_ms_p99": percentile(took, 99),
    }


async def mouth_to_ear(target: HubTarget, phones: ListeningPhones, talk_s: float) -> Figures:
    phones.onsets_s.clear()
    page = Page(target.hub.url, await _credentials(target, _token()), hz=PAGE_HZ, codec="opus")
    page.tone = bursts = Bursts(PAGE_HZ)
    async with page:
        await page.dial()
        await asyncio.sleep(talk_s)
        await page.hang_up()
    heard = sorted(at_s for each in phones.onsets_s.values() for at_s in each)
    took = []
    for spoken_s in bursts.mouth_s:
        first = next((at_s for at_s in heard if spoken_s < at_s < spoken_s + 0.35), None)
        if first is not None:
            took.append((first - spoken_s) * 1000)
    took = took[2:]  # while the call was set up
    await target.settled()
    return {"mouth_to_ear_ms_p50": percentile(took, 50), "mouth_to_ear_ms_p99": percentile(took, 99)}


async def cpu(target: HubTarget, count: int, seconds: float) -> Figures:
    """Measure what Asterisk needs while so many talk; the pages send one second of speech again and again."""
    async with AsyncExitStack() as stack:
        stack.enter_context(only_packets())
        for _ in range(count):
            page = Page(target.hub.url, await _credentials(target, _token()), hz=PAGE_HZ, codec="opus")
            await (await stack.enter_async_context(page)).dial()
        await asyncio.sleep(2.0)  # until all are bridged
        asterisk = target.queue.node.service.daemon.pid
        began, before = time.monotonic(), cpu_s(asterisk)
        await asyncio.sleep(seconds)
        share = (cpu_s(asterisk) - before) / (time.monotonic() - began)
    await target.settled()
    return {"cpu_share_per_opus_g711_call": share / count}


async def measure(count: int) -> Figures:
    async with AsyncExitStack() as stack:
        phones = await stack.enter_async_context(listening_phones(AGENTS))
        target = await stack.enter_async_context(
            hub_target(AGENT_NAMES[:BRIDGED], agents_at=SipAddress(*phones.address))
        )
        figures = await answers(target, phones, count)
        figures |= await mouth_to_ear(target, phones, TALK_S)
        figures |= await cpu(target, BRIDGED, CPU_S)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.media", description=__doc__)
    parser.add_argument("--answers", type=int, default=ANSWERS, help=f"how many calls are timed ({ANSWERS})")
    parser.add_argument("--no-fax", action="store_true", help="leave faxes out")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.answers))
    if not options.no_fax:
        figures |= asyncio.run(fax.measured())
    print_report("media", figures)


if __name__ == "__main__":
    main()
