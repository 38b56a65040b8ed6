"""Many talks at once, and a hub that comes back to them: `./run bench voice_talks [--calls N] [--seconds N]`.

As many agents as calls, all on small SIP phones of this process, which say something every 20 ms:

- `calls`, `lost_calls`: talks at once for so many seconds; those that ended meanwhile.
- `hub_cpu_share`, `asterisk_cpu_share`: of one core, while nothing happens but talk.
- `rtp_loss`: the part of the packets that did not arrive on the other side.
- `hub_memory_mib`, `hub_memory_growth`: at the end, and by which share of it it grew while they talked.
- `recovery_s`: from a kill of the hub, started again at once, until each agent's desktop has its call again;
  `recovery_calls` are up, `recovery_lost_calls` ended meanwhile.
"""

import argparse
import asyncio
import signal
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import aiohttp

from bench.processes import cpu_s, memory_mib
from bench.report import print_report
from bench.sip_load import AGENTS, CALLERS, SipAddress
from bench.voice_targets import HubTarget, hub_target
from tests.support.sip import SipCall, SipPhones, SipState, sip_phones

CALLS, SECONDS, RECOVERY_CALLS = 200, 300.0, 40
_PACE_S = 0.02
_RATE = 20.0
_PATIENCE_S = 180.0
_SETTLE_S = 2.0


@dataclass(slots=True)
class Moment:
    """What was so far: processor time in seconds, memory in MiB, packets of both sides."""

    at_s: float
    hub_s: float
    asterisk_s: float
    hub_mib: float
    said: int
    heard: int


@dataclass(slots=True)
class Floor:
    """The system, and both ends of its calls."""

    target: HubTarget
    callers: SipPhones
    phones: SipPhones

    async def talk(self, count: int) -> list[SipCall]:
        """Bring so many callers to agents."""
        calls = []
        for each in range(count):
            sip = self.target.sip
            calls.append(await self.callers.call(self.target.dialled, f"0904{each:07}", (sip.host, sip.port)))
            await asyncio.sleep(1 / _RATE)
        async with asyncio.timeout(_PATIENCE_S):
            await asyncio.gather(*(call.answered.wait() for call in calls))
        return calls

    async def serve(self) -> None:
        """Answer whatever rings."""
        while True:
            await (await self.phones.incoming.get()).answer()

    async def end(self) -> None:
        """Hang all up, and wait until every agent is free."""
        for call in self.callers.up:
            await call.hang_up()
        await self.target.settled()

    def now(self) -> Moment:
        hub, asterisk = self.target.hub.service.daemon.pid, self.target.queue.node.service.daemon.pid
        return Moment(
            at_s=time.monotonic(),
            hub_s=cpu_s(hub),
            asterisk_s=cpu_s(asterisk),
            hub_mib=memory_mib(hub),
            said=self.callers.said + self.phones.said,
            heard=self.callers.heard + self.phones.heard,
        )


async def talks(floor: Floor, count: int, seconds: float) -> dict[str, float]:
    """Let so many talk for some time."""
    calls = await floor.talk(count)
    await asyncio.sleep(_SETTLE_S)
    began = floor.now()
    await asyncio.sleep(seconds)
    ended = floor.now()
    lost = sum(call.state is SipState.ENDED for call in calls)
    await floor.end()
    took_s, said = ended.at_s - began.at_s, ended.said - began.said
    return {
        "calls": count,
        "seconds": took_s,
        "lost_calls": lost,
        "hub_cpu_share": (ended.hub_s - began.hub_s) / took_s,
        "asterisk_cpu_share": (ended.asterisk_s - began.asterisk_s) / took_s,
        "rtp_packets_per_s": said / took_s,
        "rtp_loss": max(0.0, 1 - (ended.heard - began.heard) / said),
        "hub_memory_mib": ended.hub_mib,
        "hub_memory_growth": ended.hub_mib / began.hub_mib - 1,
    }


async def recovery(floor: Floor, count: int) -> dict[str, float]:
    """Kill the hub while so many talk, start it, and wait until it has them."""
    calls, hub = await floor.talk(count), floor.target.hub
    agents = [phone.user for phone in floor.phones.up]
    await asyncio.sleep(_SETTLE_S)
    began_s = time.monotonic()
    hub.signal(signal.SIGKILL)
    while hub.service.daemon.pid is not None:  # noqa: ASYNC110 - nobody could set an event
        await asyncio.sleep(0.01)
    async with asyncio.timeout(_PATIENCE_S):
        start = asyncio.create_task(hub.start())
        await asyncio.gather(*(_has_call(floor.target, agent) for agent in agents))
        took_s = time.monotonic() - began_s
        await start
    lost = sum(call.state is SipState.ENDED for call in calls)
    for call in floor.callers.up:
        await call.hang_up()
    return {"recovery_calls": count, "recovery_s": took_s, "recovery_lost_calls": lost}


async def _has_call(target: HubTarget, agent: str) -> None:
    """Try until an agent's desktop, signed in before, is welcomed with a call."""
    headers = {"Authorization": f"Bearer {target.desktops[agent].token}"}
    url, protocol = f"{target.hub.url}/api/v1/desktop", "toritsugi.desktop.v1"
    async with aiohttp.ClientSession(headers=headers) as http:
        while True:
            with suppress(aiohttp.ClientError, TypeError, TimeoutError):
                async with http.ws_connect(url, protocols=(protocol,)) as socket:
                    welcome = await socket.receive_json(timeout=5)
                    if any(each["state"] == "connected" for each in welcome["contacts"]):
                        return
            await asyncio.sleep(0.05)


async def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS, help=f"talks at once ({CALLS})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"for how long ({SECONDS:g})")
    options = parser.parse_args()
    count, seconds = options.calls, options.seconds
    recovered = min(count, RECOVERY_CALLS)
    async with AsyncExitStack() as stack:
        phones = await stack.enter_async_context(sip_phones(AGENTS))
        callers = await stack.enter_async_context(sip_phones(CALLERS))
        phones.pace_s = callers.pace_s = _PACE_S
        names = [f"agent{number:03}" for number in range(1, count + 1)]
        target = await stack.enter_async_context(hub_target(names, agents_at=SipAddress(*phones.address)))
        floor = Floor(target, callers, phones)
        serving = asyncio.create_task(floor.serve())
        stack.callback(serving.cancel)
        figures = await talks(floor, count, seconds)
        figures |= await recovery(floor, recovered)
    print_report("voice_talks", figures)


if __name__ == "__main__":
    asyncio.run(main())
