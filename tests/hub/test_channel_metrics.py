"""What `/metrics` says of providers' quotas."""

from prometheus_client import CollectorRegistry

from acd.contact import Channel
from gateways.protocol import Quota
from hub.channel_metrics import QuotaGauges
from tests.gateways.support import PlainGateway


class CountedGateway(PlainGateway):
    """A channel whose provider counts."""

    def __init__(self, quota: Quota | None) -> None:
        super().__init__()
        self._quota = quota

    def quota(self) -> Quota | None:
        return self._quota


def test_quotas_are_shown_where_they_are_known() -> None:
    registry = CollectorRegistry()
    gateways = {
        Channel.LINE: CountedGateway(Quota(limit=200, used=180)),
        Channel.SMS: CountedGateway(Quota(limit=None, used=3)),
        Channel.CHAT: CountedGateway(None),
    }
    registry.register(QuotaGauges(gateways))

    def value(name: str, channel: str) -> float | None:
        return registry.get_sample_value(f"toritsugi_channel_{name}", {"channel": channel})

    assert (value("quota_messages", "line"), value("quota_used_messages", "line")) == (200, 180)
    assert (value("quota_messages", "sms"), value("quota_used_messages", "sms")) == (None, 3)
    assert value("quota_used_messages", "chat") is None
