"""A router that takes no more: nothing is dropped in silence, and each refusal is counted with its reason."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel, Contact
from acd.errors import AcdFull
from acd.events import ContactQueued, Event
from acd.ids import ContactId, QueueName
from acd.policy import RoutingSettings
from acd.router_redis import Bounds
from gateways.inbox import Inbox, InboxWorker
from gateways.tables import Base as GatewayBase
from hub.inbox_metrics import InboxMetrics
from hub.noted import NotedAcd
from hub.queue_metrics import QueueMetrics
from tests.hub.doubles import SATO, Router
from tests.hub.fakes import Clock
from tests.hub.stage import Stage


async def test_a_call_that_the_router_does_not_take_goes_to_asterisk_s_own_queue(stage: Stage) -> None:
    stage.router.is_full = True
    contact = await stage.arrives(keys="2")
    assert stage.control.orders("leave") == [(contact, "sales")]
    assert stage.board.get(contact) is None


async def test_a_text_that_the_router_does_not_take_is_tried_again(stage: Stage) -> None:
    stage.router.is_full = True
    message = stage.inbound()
    for _ in range(2):
        with pytest.raises(AcdFull) as refusal:
            await stage.text.handle(message)
        assert refusal.value.retryable, "the inbox keeps it"
        assert stage.board.all() == []
    stage.router.is_full = False
    await stage.text.handle(message)
    await stage.presence(SATO)
    contact = await stage.takes()
    assert [each.text for each in await stage.crm.messages.of(contact.id)] == [message.text]


@pytest.mark.real
async def test_a_refusal_of_redis_is_told_with_its_reason(redis_url: str) -> None:
    taken: list[Event] = []
    refused: list[tuple[Event, str]] = []
    acd = NotedAcd(redis_url, bounds=Bounds(backlog_max=1))
    acd.noters.append(lambda event, place, at_ms: taken.append(event))
    acd.refused.append(lambda event, reason: refused.append((event, reason)))
    try:
        await acd.submit(_queued("k1"))
        with pytest.raises(AcdFull):
            await acd.submit(_queued("k2"))
    finally:
        await acd.close()
    assert [taken, refused] == [[_queued("k1")], [(_queued("k2"), "router_full")]]


def test_calls_that_were_not_taken_count_as_refused_and_texts_do_not() -> None:
    registry = CollectorRegistry()
    metrics = QueueMetrics(registry, Router(), RoutingSettings, lambda _: True)
    for channel in (Channel.VOICE, Channel.LINE):
        metrics.note_refused(_queued("k1", channel), "router_full")

    def refused(channel: str) -> float | None:
        labels = {"queue": "support", "channel": channel, "reason": "router_full"}
        return registry.get_sample_value("toritsugi_queue_refused_total", labels)

    assert (refused("voice"), refused("line")) == (1, None)
    labels = {"event": "ContactQueued", "reason": "router_full"}
    assert registry.get_sample_value("toritsugi_router_events_refused_total", labels) == 2


async def test_a_scrape_shows_what_waits_in_the_inbox(engine: AsyncEngine) -> None:
    inbox, clock, registry = Inbox(engine, owner="hub"), Clock(), CollectorRegistry()
    worker = InboxWorker(inbox, {}, lambda incoming, event: asyncio.sleep(0))
    worker.postponed["line", "AcdFull"] = 3
    metrics = InboxMetrics(inbox, worker, clock=clock)
    registry.register(metrics)
    labels = {"channel": "line", "error": "AcdFull"}
    assert registry.get_sample_value("toritsugi_inbox_postponed_total", labels) == 3
    await metrics.refresh()
    assert registry.get_sample_value("toritsugi_inbox_waiting") is None, "the database lacks the table"
    async with engine.begin() as connection:
        await connection.run_sync(GatewayBase.metadata.create_all)
    await metrics.refresh()
    assert registry.get_sample_value("toritsugi_inbox_waiting") is None, "one look in 2 s"
    await clock.advance(2)
    await metrics.refresh()
    assert registry.get_sample_value("toritsugi_inbox_waiting") == 0


def _queued(name: str, channel: Channel = Channel.VOICE) -> ContactQueued:
    return ContactQueued(contact=Contact(id=ContactId(name), channel=channel, queue=QueueName("support")))
