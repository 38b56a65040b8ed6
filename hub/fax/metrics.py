"""What `/metrics` shows of faxes."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateways.fax.gateway import FaxGateway
from gateways.fax.intake import Intake


class FaxMetrics(Collector):
    """Faxes and their pages since the hub began, and those that lie in Asterisk's spool."""

    def __init__(self, gateway: FaxGateway, intake: Intake) -> None:
        self._gateway, self._intake = gateway, intake

    def collect(self) -> Iterator[Metric]:
        faxes = CounterMetricFamily(
            "toritsugi_faxes",
            "Faxes received (in), and tries to send one (out), by how they ended.",
            labels=("direction", "result", "mode"),
        )
        pages = CounterMetricFamily(
            "toritsugi_fax_pages", "Pages received (in) and sent (out).", labels=("direction", "mode")
        )
        for (direction, result, mode), count in self._gateway.counts.items():
            if result == "pages":
                pages.add_metric((direction, mode), count)
            else:
                faxes.add_metric((direction, result, mode), count)
        yield faxes
        yield pages
        yield GaugeMetricFamily(
            "toritsugi_faxes_in_spool",
            "Received faxes in Asterisk's spool when it was last looked.",
            value=self._intake.waiting,
        )
