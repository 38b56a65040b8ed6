"""What waits in the inbox, and what was put off, for `/metrics`."""

import asyncio
import time
from collections.abc import Callable, Iterable

import structlog
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateways.errors import InboxUnavailable
from gateways.inbox import Inbox, InboxWorker

log = structlog.get_logger()

_FRESH_S = 2.0


class InboxMetrics(Collector):
    """Reads the inbox. `refresh` comes before each scrape; while the database is away there is no gauge."""

    def __init__(
        self, inbox: Inbox, worker: InboxWorker, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._inbox, self._worker, self._clock = inbox, worker, clock
        self._looked_s = float("-inf")
        self._waiting: int | None = None
        self._turn = asyncio.Lock()

    async def refresh(self) -> None:
        """Count what waits, unless that was done in the last 2 s. Never raises."""
        async with self._turn:
            if self._clock() - self._looked_s < _FRESH_S:
                return
            try:
                self._waiting = await self._inbox.waiting()
            except InboxUnavailable as error:
                self._waiting = None
                log.warning("inbox_metrics.not_seen", reason=str(error))
            self._looked_s = self._clock()

    def collect(self) -> Iterable[Metric]:
        if self._waiting is not None:
            yield GaugeMetricFamily(
                "toritsugi_inbox_waiting",
                "Events of providers that are stored and not handled yet, of all hubs.",
                value=float(self._waiting),
            )
        postponed = CounterMetricFamily(
            "toritsugi_inbox_postponed",
            "Tries to handle an event that were put off, by the error: AcdFull is a full router.",
            labels=("channel", "error"),
        )
        for labels, count in self._worker.postponed.items():
            postponed.add_metric(labels, float(count))
        yield postponed
