"""How fast routing is: `python -m bench.acd`.

The pure core, CPU time of one thread, in a process of its own for each scale:

- `core_events_per_s`, `core_event_ms_p50`, `_p99`: 1,000 agents in 50 queues, 10,000 contacts waiting.
- `growth_ratio`: the cost of an event with ten times the agents and contacts against that;
  `memory_mib_10x`: what that process takes at most.

Through a real Redis, router and callers in different processes on this machine, 1,000 agents:

- `offer_ms_p50`, `offer_ms_p99`: contact submitted to offer received, 500 contacts a second.
- `router_events_per_s`: events routed a second while more wait; `commits_per_s`: the same with each event
  committed by itself.
- `failover_s`: kill -9 of the router under that load, to the next offer by the one that stood by.

- `wait_prediction_error_s_mean`, `wait_s_mean`...: see `acd.sim.forecast`.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import uvloop

from acd.actions import OfferContact
from acd.agent import Agent, Presence
from acd.contact import Channel, Contact
from acd.events import (
    AgentChanged,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    OfferAccepted,
    PresenceChanged,
    SettingsChanged,
)
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import QueueSettings, RoutingSettings
from acd.router import Acd
from acd.sim import forecast
from bench.report import print_report
from bench.voice_figures import percentile
from tests.support.redis import redis_service

AGENTS, QUEUES = 1000, 50
RATE, RATED_S = 500, 12.0
FLOOD, IN_FLIGHT = 30_000, 2_000
_WAIT_S = 30.0
_QUEUE = QueueName("nobody")


class Callers:
    """One hub's side: submits contacts, reads every action, answers each offer and ends the contact."""

    def __init__(self, url: str) -> None:
        self.acd = Acd(url)
        self.offered_ms: list[float] = []
        self.offers = asyncio.Event()
        self._sent: dict[ContactId, float] = {}
        self._made = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def open_up(self) -> None:
        """Bring queues and agents in."""
        names = [QueueName(f"q{at}") for at in range(QUEUES)]
        await self.acd.submit(settings(names))
        for at in range(AGENTS):
            mine = {names[(at + step) % QUEUES]: 0 for step in (0, 7, 19)}
            await self.acd.submit(AgentChanged(agent=Agent(id=AgentId(f"a{at}"), queues=mine)))
            await self.acd.submit(PresenceChanged(agent=AgentId(f"a{at}"), presence=Presence.AVAILABLE))

    async def come(self) -> None:
        """Submit one contact."""
        self._made += 1
        contact = ContactId(f"c{self._made}")
        self._sent[contact] = time.perf_counter()
        queue = QueueName(f"q{self._made % QUEUES}")
        await self.acd.submit(ContactQueued(contact=Contact(id=contact, channel=Channel.VOICE, queue=queue)))

    async def come_steadily(self, rate: float, seconds: float) -> None:
        began = time.perf_counter()
        for number in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            self._run(self.come())

    async def follow(self) -> None:
        """Read actions for ever; an offered contact is taken and ends at once."""
        async for _, action in self.acd.actions("0-0"):
            if isinstance(action, OfferContact):
                sent = self._sent.pop(action.contact, None)
                if sent is not None:
                    self.offered_ms.append((time.perf_counter() - sent) * 1000)
                self.offers.set()
                self._run(self._serve(action))

    async def _serve(self, offer: OfferContact) -> None:
        await self.acd.submit(OfferAccepted(offer=offer.offer, agent=offer.agent))
        await self.acd.submit(ContactEnded(contact=offer.contact, reason="hang_up"))

    def _run(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@asynccontextmanager
async def router(url: str, batch_max: int = 128) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a router; it is killed at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.acd_router",
        url,
        str(batch_max),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def redis(state: Path) -> AsyncIterator[str]:
    service = redis_service(state)
    await asyncio.to_thread(service.start)
    try:
        yield service.url
    finally:
        await asyncio.to_thread(service.stop)


async def offers(state: Path) -> dict[str, float]:
    """Measure offers at a steady rate, then how long the loss of the router is felt."""
    async with redis(state) as url, router(url) as first, router(url):
        callers = Callers(url)
        following = asyncio.create_task(callers.follow())
        await callers.open_up()
        await callers.come_steadily(RATE, RATED_S)
        steady = sorted(callers.offered_ms[RATE:])  # the first second warms up
        load = asyncio.create_task(callers.come_steadily(RATE, 8.0))
        await asyncio.sleep(2.0)
        os.kill(first.pid, signal.SIGKILL)
        killed = time.perf_counter()
        await asyncio.sleep(0.1)  # what was on its way has arrived
        callers.offers.clear()
        async with asyncio.timeout(_WAIT_S):
            await callers.offers.wait()
        failover_s = time.perf_counter() - killed
        await load
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await callers.acd.close()
    return {
        "offer_ms_p50": percentile(steady, 50),
        "offer_ms_p99": percentile(steady, 99),
        "failover_s": failover_s,
    }


async def routed_per_s(state: Path, batch_max: int) -> float:
    """Flood the router with events and return how many a second it commits."""
    async with redis(state) as url:
        acd = Acd(url)
        room = asyncio.Semaphore(IN_FLIGHT)
        async with router(url, batch_max):
            began = time.perf_counter()
            await acd.submit(settings([_QUEUE]))
            places = await asyncio.gather(*(_come_and_go(acd, room, at) for at in range(FLOOD // 2)))
            last = max(places, key=_numbers)
            async with asyncio.timeout(_WAIT_S * 4):
                while _numbers(await acd.position()) < _numbers(last):  # noqa: ASYNC110 - another process routes
                    await asyncio.sleep(0.01)
            took_s = time.perf_counter() - began
        await acd.close()
    return FLOOD / took_s


async def _come_and_go(acd: Acd, room: asyncio.Semaphore, at: int) -> str:
    """Have a contact wait in vain and give up; returns the place of the latter event."""
    contact = ContactId(f"c{at}")
    async with room:
        await acd.submit(ContactQueued(contact=Contact(id=contact, channel=Channel.VOICE, queue=_QUEUE)))
        return await acd.submit(ContactLeft(contact=contact, reason="hang_up"))


def settings(names: list[QueueName]) -> SettingsChanged:
    queues = {name: QueueSettings(name=name) for name in names}
    return SettingsChanged(settings=msgspec.to_builtins(RoutingSettings(queues=queues)))


def _numbers(place: str) -> tuple[int, int]:
    ms, _, number = place.partition("-")
    return int(ms), int(number)


async def core(scale: int) -> dict[str, float]:
    """Measure the pure core in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "acd.sim.load", "--scale", str(scale), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    figures: dict[str, float] = json.loads(output.splitlines()[-1])
    return figures


async def main() -> None:
    """Measure and report."""
    one = await core(1)
    print(f"core: {one}", flush=True)
    ten = await core(10)
    print(f"core, ten times: {ten}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        through = await offers(state / "offers")
        print(f"through Redis: {through}", flush=True)
        events_per_s = await routed_per_s(state / "batches", 128)
        commits_per_s = await routed_per_s(state / "single", 1)
    print_report(
        "acd",
        {
            "core_events_per_s": one["core_events_per_s"],
            "core_event_ms_p50": one["core_event_ms_p50"],
            "core_event_ms_p99": one["core_event_ms_p99"],
            "growth_ratio": one["core_events_per_s"] / ten["core_events_per_s"],
            "memory_mib_10x": ten["memory_mib"],
            **through,
            "router_events_per_s": events_per_s,
            "commits_per_s": commits_per_s,
            **forecast.measure(),
        },
    )


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
