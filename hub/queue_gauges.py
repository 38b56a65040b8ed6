"""How each queue stands at the moment of a scrape, from one look at the router's state."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from acd.agent import Presence
from acd.core.forecast import wait_at_ms
from acd.core.state import RoutingState
from acd.errors import AcdUnavailable
from acd.ids import QueueName
from acd.router import Snapshot
from hub.clock import now_ms

log = structlog.get_logger()

_FRESH_S = 2.0
_PATIENCE_S = 2.0


class Snapshots(Protocol):
    """The router's state as committed (`acd.router.Acd` serves); raises `AcdUnavailable`."""

    async def snapshot(self) -> Snapshot: ...


class QueueGauges(Collector):
    """Gauges by queue, the same at every hub. `refresh` comes before each scrape.

    While the router's state is not to be had there are none: an old figure would be taken for a new one.
    """

    def __init__(
        self,
        acd: Snapshots,
        *,
        clock: Callable[[], float] = time.monotonic,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._acd, self._clock, self._clock_ms = acd, clock, clock_ms
        self._looked_s = float("-inf")
        self._families: list[Metric] = []
        self._turn = asyncio.Lock()

    async def refresh(self) -> None:
        """Look at the router's state, unless somebody did in the last 2 s. Never raises."""
        async with self._turn:
            if self._clock() - self._looked_s < _FRESH_S:
                return
            self._families = []
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    state = (await self._acd.snapshot()).state
            except (AcdUnavailable, TimeoutError) as error:
                log.warning("queue_gauges.not_seen", reason=str(error))
            else:
                self._families = list(gauges(state, self._clock_ms()))
            self._looked_s = self._clock()

    def collect(self) -> Iterable[Metric]:
        return list(self._families)


def gauges(state: RoutingState, now_ms: int) -> Iterable[Metric]:
    """Yield what is to be seen of every queue of the files at a time (Unix, ms)."""
    by_channel = ("queue", "channel")
    waiting = GaugeMetricFamily(
        "toritsugi_queue_waiting", "Contacts without an agent, those on offer included.", labels=by_channel
    )
    longest = GaugeMetricFamily(
        "toritsugi_queue_longest_wait_seconds", "How long the one waits who waits longest.", labels=by_channel
    )
    predicted = GaugeMetricFamily(
        "toritsugi_queue_predicted_wait_seconds",
        "Predicted wait of somebody who came now; not there while nothing is known.",
        labels=("queue",),
    )
    agents = GaugeMetricFamily(
        "toritsugi_queue_agents",
        "Agents of a queue: members, who says available, who could be offered something, who has something.",
        labels=("queue", "state"),
    )
    since_ms = _since_ms(state)
    for name, queue in state.settings.queues.items():
        for channel in queue.channels:
            since = since_ms.get((name, channel.value), [])
            waiting.add_metric((name, channel.value), len(since))
            longest.add_metric((name, channel.value), max(0, now_ms - min(since)) / 1000 if since else 0.0)
        wait_ms = wait_at_ms(state, name, len(state.lines.of(name)) + 1)
        if wait_ms is not None:
            predicted.add_metric((name,), wait_ms / 1000)
        for label, count in _agents(state, name).items():
            agents.add_metric((name, label), count)
    return waiting, longest, predicted, agents


def _since_ms(state: RoutingState) -> dict[tuple[QueueName, str], list[int]]:
    """Return since when each contact waits that is not for one agent by name, by queue and channel."""
    found: dict[tuple[QueueName, str], list[int]] = {}
    for record in state.contacts.values():
        if record.is_in_line:
            key = record.contact.queue, record.contact.channel.value
            found.setdefault(key, []).append(record.since_ms)
    return found


def _agents(state: RoutingState, queue: QueueName) -> dict[str, int]:
    """Count a queue's agents. Ready: he has room for a contact of some channel; busy: talk or wrap-up."""
    counts = dict.fromkeys(("member", "available", "ready", "busy"), 0)
    for agent in state.desks.members(queue):
        desk = state.desks.get(agent)
        if desk is None:
            continue
        counts["member"] += 1
        counts["available"] += desk.record.presence is Presence.AVAILABLE
        counts["ready"] += bool(desk.room)
        counts["busy"] += any(state.contacts[each].agent == agent for each in desk.held)
    return counts
