"""What channels' providers still allow, for `/metrics`."""

from collections.abc import Iterable, Mapping

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from acd.contact import Channel
from gateways.protocol import Gateway


class QuotaGauges(Collector):
    """Reads off the gateways what was last heard; there is no limit where there is none."""

    def __init__(self, gateways: Mapping[Channel, Gateway]) -> None:
        self._gateways = gateways

    def collect(self) -> Iterable[Metric]:
        limit = GaugeMetricFamily(
            "toritsugi_channel_quota_messages",
            "Messages of the month that are paid for.",
            labels=("channel",),
        )
        used = GaugeMetricFamily(
            "toritsugi_channel_quota_used_messages",
            "Messages of the month that count and have gone out.",
            labels=("channel",),
        )
        for channel, gateway in self._gateways.items():
            if (quota := gateway.quota()) is not None:
                used.add_metric((channel,), float(quota.used))
                if quota.limit is not None:
                    limit.add_metric((channel,), float(quota.limit))
        yield limit
        yield used
