"""What a scrape of `/metrics` reads off the hub's parts, beside what HTTP counts itself."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CollectorRegistry

from acd.contact import Channel
from acd.router import Acd
from crm_bridge.deflections import Deflections
from gateways.inbox import Inbox, InboxWorker
from gateways.protocol import Gateway
from hub.channel_metrics import QuotaGauges
from hub.deflection_metrics import DeflectionGauges
from hub.inbox_metrics import InboxMetrics
from hub.journal import Journal
from hub.losses import LossCollector
from hub.perform import Performer
from hub.queue_gauges import QueueGauges
from hub.recorder import Recorder


def observe(
    registry: CollectorRegistry,
    *,
    acd: Acd,
    inbox: Inbox,
    worker: InboxWorker,
    journal: Journal,
    recorder: Recorder,
    performer: Performer,
    deflections: Deflections,
    gateways: Mapping[Channel, Gateway],
) -> Callable[[], Awaitable[None]]:
    """Register the collectors of all parts; returns what is to be awaited before each scrape."""
    gauges, waiting = QueueGauges(acd), InboxMetrics(inbox, worker)
    deflected, losses = DeflectionGauges(deflections), LossCollector(journal, recorder, performer)
    for collector in (gauges, waiting, deflected, losses, QuotaGauges(gateways)):
        registry.register(collector)

    async def refresh() -> None:
        await asyncio.gather(gauges.refresh(), waiting.refresh(), deflected.refresh())

    return refresh
