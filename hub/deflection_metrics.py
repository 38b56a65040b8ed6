"""Deflections of the last week, for `/metrics`."""

import time
from collections.abc import Callable, Iterable

import structlog
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from crm_bridge.deflections import Deflections
from crm_bridge.errors import CrmError
from hub.clock import now_ms

log = structlog.get_logger()

_WEEK_MS = 7 * 86_400_000
_FRESH_S = 30.0


class DeflectionGauges(Collector):
    """How many of a week came how far, by way. `refresh` comes before each scrape, and looks each 30 s."""

    def __init__(
        self,
        deflections: Deflections,
        *,
        clock: Callable[[], float] = time.monotonic,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._deflections, self._clock, self._clock_ms = deflections, clock, clock_ms
        self._looked_s = float("-inf")
        self._families: list[Metric] = []

    async def refresh(self) -> None:
        """Look into the database. Never raises; while it is away there are no figures."""
        if self._clock() - self._looked_s < _FRESH_S:
            return
        self._looked_s = self._clock()
        self._families = []
        at_ms = self._clock_ms()
        try:
            totals = await self._deflections.totals(at_ms - _WEEK_MS, at_ms)
        except CrmError as error:
            log.warning("deflection_gauges.not_seen", error=type(error).__name__)
            return
        family = GaugeMetricFamily(
            "toritsugi_deflections_week",
            "Callers of the last 7 days who were offered another way, by how far they came.",
            labels=("way", "state"),
        )
        for (way, state), count in sorted(totals.items()):
            family.add_metric((way, state), count)
        self._families = [family]

    def collect(self) -> Iterable[Metric]:
        return list(self._families)
