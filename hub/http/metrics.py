"""What the HTTP side counts, in one registry with whatever else the hub counts."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.desktop.registry import Desktops
from hub.readiness import Readiness

_WEBHOOK_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class HttpMetrics:
    """Counters of requests and webhooks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Histogram(
            "toritsugi_http_request_seconds",
            "Time to answer a request, by method, route and status.",
            ("method", "route", "status"),
            registry=registry,
        )
        self.webhooks = Counter(
            "toritsugi_webhooks",
            "Webhooks by channel and outcome: accepted, unavailable, or the status they were refused with.",
            ("channel", "outcome"),
            registry=registry,
        )
        self.unavailable = Counter(
            "toritsugi_webhooks_unavailable",
            "Webhooks that were to be delivered again: the inbox was `full`, or the database `unavailable`.",
            ("channel", "reason"),
            registry=registry,
        )
        self.events = Counter(
            "toritsugi_webhook_events",
            "Events in accepted webhooks: new ones and duplicates.",
            ("channel", "kind"),
            registry=registry,
        )
        self.webhook_s = Histogram(
            "toritsugi_webhook_seconds",
            "Time from a webhook's arrival to its answer.",
            ("channel",),
            buckets=_WEBHOOK_S,
            registry=registry,
        )


class HubCollector(Collector):
    """Reads gauges off their owners at the moment of a scrape."""

    def __init__(self, readiness: Readiness, desktops: Desktops) -> None:
        self._readiness, self._desktops = readiness, desktops

    def collect(self) -> Iterable[Metric]:
        parts = GaugeMetricFamily("toritsugi_part_ready", "1 if a part is there.", labels=("part",))
        for part, state in self._readiness.parts.items():
            parts.add_metric((part,), float(state.ready))
        yield parts
        yield GaugeMetricFamily(
            "toritsugi_desktops", "Connected desktop sockets.", value=float(self._desktops.sockets)
        )
        yield GaugeMetricFamily(
            "toritsugi_agents_signed_in",
            "Agents with a desktop, or within the grace period after their last one.",
            value=float(len(self._desktops.agents())),
        )
