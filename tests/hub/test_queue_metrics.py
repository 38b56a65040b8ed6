"""What is counted in each queue, and what a scrape sees of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec
import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric

from acd.actions import (
    ArrangeCallback,
    CloseContact,
    Diversion,
    DivertContact,
    PublishPresence,
    WithdrawOffer,
)
from acd.agent import Agent, Presence
from acd.contact import Channel, Contact
from acd.events import (
    AgentChanged,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    ContactReturned,
    Event,
    OfferAccepted,
    OfferRejected,
    PresenceChanged,
    SettingsChanged,
)
from acd.ids import AgentId, ContactId, OfferId, QueueName
from acd.policy import QueueSettings, RoutingSettings
from hub.clock import now_ms
from hub.queue_gauges import QueueGauges
from hub.queue_metrics import QueueMetrics
from tests.hub.conftest import Client
from tests.hub.doubles import SATO, TANAKA, Router
from tests.hub.fakes import Clock, Hub, until

SUPPORT = QueueName("support")
SETTINGS = RoutingSettings(
    queues={
        SUPPORT: QueueSettings(
            name=SUPPORT,
            max_waiting=3,
            service_levels={Channel.VOICE: 20},
            channels=(Channel.VOICE, Channel.LINE),
        )
    }
)


@dataclass
class Floor:
    """A router that is counted at, with two agents of one queue."""

    router: Router
    registry: CollectorRegistry
    metrics: QueueMetrics
    ahead_s: float = 0.0

    async def tell(self, *events: Event) -> None:
        for event in events:
            self.metrics.note(event, await self.router.submit(event), self.clock_ms())

    def clock_ms(self) -> int:
        return now_ms() + round(self.ahead_s * 1000)

    async def arrives(self, name: str, channel: Channel = Channel.VOICE) -> None:
        contact = Contact(id=ContactId(name), channel=channel, queue=SUPPORT, arrived_ms=1)
        await self.tell(ContactQueued(contact=contact))

    async def there(self, agent: AgentId = SATO, presence: Presence = Presence.AVAILABLE) -> None:
        await self.tell(PresenceChanged(agent=agent, presence=presence))

    async def answers(self, name: str) -> None:
        (offer,) = self.router.state.contacts[ContactId(name)].offers
        await self.tell(OfferAccepted(offer=offer, agent=self.router.state.offers[offer].agent))

    def count(self, name: str, channel: str = "voice", **labels: str) -> float:
        labels = {"queue": "support", "channel": channel} | labels
        return self.registry.get_sample_value(f"toritsugi_{name}_total", labels) or 0.0

    async def counts(self, name: str, value: float, **labels: str) -> None:
        await until(lambda: self.count(name, **labels) == value)


@pytest.fixture
async def floor() -> AsyncIterator[Floor]:
    router, registry = Router(), CollectorRegistry()
    metrics = QueueMetrics(
        registry,
        router,
        lambda: SETTINGS,
        lambda contact: contact.id != "theirs",
        clock_ms=lambda: made.clock_ms(),
    )
    made = Floor(router, registry, metrics)
    await router.submit(SettingsChanged(settings=msgspec.to_builtins(SETTINGS)))
    for agent in (SATO, TANAKA):
        await router.submit(AgentChanged(agent=Agent(id=agent, queues={SUPPORT: 0})))
    running = asyncio.create_task(metrics.run())
    await asyncio.sleep(0)
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_contact_is_counted_from_entry_to_agent(floor: Floor) -> None:
    await floor.there()
    await floor.arrives("k1")
    await floor.answers("k1")
    await floor.counts("queue_service_level", 1, outcome="within")
    for name in ("queue_entered", "queue_offers", "queue_offers_accepted"):
        assert floor.count(name) == 1, name
    assert floor.count("queue_abandoned") == 0


async def test_the_wait_that_counts_is_the_present_one(floor: Floor) -> None:
    await floor.arrives("k1")
    await floor.there()
    floor.ahead_s = 30
    await floor.answers("k1")
    await floor.counts("queue_service_level", 1, outcome="late")
    await floor.there(TANAKA)
    await floor.tell(ContactReturned(contact=ContactId("k1"), reason="transfer"))
    await until(lambda: bool(floor.router.state.contacts[ContactId("k1")].offers))
    await asyncio.sleep(0)
    await floor.answers("k1")
    await floor.counts("queue_service_level", 1, outcome="within")


async def test_what_agents_do_of_their_own_accord_is_not_counted(floor: Floor) -> None:
    await floor.there()
    await floor.there(TANAKA, Presence.NOT_READY)
    await floor.arrives("k1")
    await floor.answers("k1")
    await floor.counts("queue_offers_accepted", 1)
    call = Contact(id=ContactId("d1"), channel=Channel.VOICE, queue=SUPPORT, reserved=TANAKA)
    await floor.tell(ContactQueued(contact=replace(call, is_callback=True)))
    await floor.answers("d1")
    await floor.tell(ContactEnded(contact=call.id, reason="hung_up"))
    await floor.tell(ContactQueued(contact=replace(call, id=ContactId("x1"), about=ContactId("k1"))))
    await floor.answers("x1")
    await floor.arrives("k2", Channel.LINE)
    await floor.counts("queue_entered", 1, channel="line")
    for name in ("queue_entered", "queue_offers", "queue_offers_accepted"):
        assert floor.count(name) == 1, name


async def test_text_without_a_level_counts_for_none(floor: Floor) -> None:
    await floor.there()
    await floor.arrives("t1", Channel.LINE)
    await floor.answers("t1")
    await floor.counts("queue_offers_accepted", 1, channel="line")
    assert floor.count("queue_service_level", channel="line", outcome="within") == 0


async def test_misses_refusals_and_those_who_give_up_are_counted(floor: Floor) -> None:
    for name in ("k1", "k2", "k3", "k4"):
        await floor.arrives(name)
    await floor.counts("queue_refused", 1, reason="queue_full")
    await floor.tell(ContactLeft(contact=ContactId("k3"), reason="abandoned"))
    await floor.counts("queue_abandoned", 1)
    await floor.there()
    (offer,) = floor.router.state.contacts[ContactId("k1")].offers
    await floor.tell(OfferRejected(offer=offer, agent=SATO, reason="busy"))
    await floor.counts("queue_offers_rejected", 1)
    await floor.there(TANAKA)
    await floor.router.advance(20)
    await floor.counts("queue_offers_missed", 1)


async def test_a_talk_that_ends_is_not_given_up(floor: Floor) -> None:
    await floor.there()
    await floor.arrives("k1")
    await floor.answers("k1")
    await floor.tell(ContactEnded(contact=ContactId("k1"), reason="abandoned"))
    await until(lambda: not floor.router.state.contacts)
    await floor.counts("queue_entered", 1)
    assert floor.count("queue_abandoned") == 0


async def test_a_contact_of_another_hub_is_counted_there(floor: Floor) -> None:
    await floor.there()
    contact = Contact(id=ContactId("theirs"), channel=Channel.VOICE, queue=SUPPORT)
    await floor.router.submit(ContactQueued(contact=contact))
    await floor.answers("theirs")
    await floor.there(TANAKA)
    await floor.arrives("ours")
    await floor.answers("ours")
    await floor.counts("queue_offers_accepted", 1)


async def test_what_lives_when_the_hub_begins_is_taken_over(floor: Floor) -> None:
    for name in ("k1", "theirs"):
        contact = Contact(id=ContactId(name), channel=Channel.VOICE, queue=SUPPORT)
        await floor.router.submit(ContactQueued(contact=contact))
    registry = CollectorRegistry()
    metrics = QueueMetrics(registry, floor.router, lambda: SETTINGS, lambda contact: contact.id != "theirs")
    running = asyncio.create_task(metrics.run())
    await asyncio.sleep(0)
    await floor.there()
    await floor.there(TANAKA)
    for name in ("k1", "theirs"):
        await floor.answers(name)
    labels = {"queue": "support", "channel": "voice", "outcome": "within"}
    await until(lambda: registry.get_sample_value("toritsugi_queue_service_level_total", labels) == 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_events_are_counted_by_name_and_ends_forget(floor: Floor) -> None:
    metrics = floor.metrics
    for name in ("k1", "k2"):
        contact = Contact(id=ContactId(name), channel=Channel.VOICE, queue=SUPPORT)
        metrics.note(ContactQueued(contact=contact), "1-1", 5)
    metrics.take(DivertContact(contact=ContactId("k1"), to=Diversion.VOICEMAIL))
    metrics.take(CloseContact(contact=ContactId("k2"), agent=None, reason="lost"))
    metrics.take(PublishPresence(agent=SATO, presence=Presence.AVAILABLE, reason=""))
    metrics.take(ArrangeCallback(contact=ContactId("k2")))
    metrics.take(
        WithdrawOffer(offer=OfferId("k9.1"), contact=ContactId("k9"), agent=SATO, reason="no_answer")
    )
    assert floor.count("queue_diverted", to="voicemail") == 1
    assert floor.registry.get_sample_value("toritsugi_router_events_total", {"event": "ContactQueued"}) == 2
    assert metrics._waits == {}


async def test_nobody_waits_in_a_queue_by_what_is_for_one_agent(floor: Floor) -> None:
    metrics = floor.metrics
    consultation = Contact(
        id=ContactId("k1"), channel=Channel.VOICE, queue=SUPPORT, reserved=SATO, about=ContactId("k0")
    )
    dialled = Contact(
        id=ContactId("k2"), channel=Channel.VOICE, queue=SUPPORT, reserved=SATO, is_callback=True
    )
    for contact in (consultation, dialled):
        metrics.note(ContactQueued(contact=contact), "1-1", 5)
    assert metrics._waits == {}


async def test_a_scrape_sees_how_queues_stand(floor: Floor) -> None:
    clock = Clock()
    gauges = QueueGauges(floor.router, clock=clock, clock_ms=floor.clock_ms)
    await floor.there()
    for name in ("k1", "k2", "k3"):
        await floor.arrives(name)
    await floor.answers("k1")
    floor.ahead_s = 30
    await gauges.refresh()
    seen = _values(gauges.collect())
    assert seen["toritsugi_queue_waiting", "support", "voice"] == 2
    assert seen["toritsugi_queue_waiting", "support", "line"] == 0
    assert 30 <= seen["toritsugi_queue_longest_wait_seconds", "support", "voice"] < 35
    assert ("toritsugi_queue_predicted_wait_seconds", "support") not in seen, "nothing is known yet"
    agents = {
        state: seen["toritsugi_queue_agents", "support", state]
        for state in ("member", "available", "ready", "busy")
    }
    assert agents == {"member": 2, "available": 1, "ready": 0, "busy": 1}
    await floor.router.advance(5)
    await floor.tell(ContactEnded(contact=ContactId("k1"), reason="hung_up"))
    await gauges.refresh()
    assert _values(gauges.collect()) == seen, "one look in 2 s"
    await clock.advance(2)
    await gauges.refresh()
    assert ("toritsugi_queue_predicted_wait_seconds", "support") in _values(gauges.collect())


async def test_without_a_router_there_are_no_old_figures(floor: Floor) -> None:
    clock = Clock()
    gauges = QueueGauges(floor.router, clock=clock)
    await gauges.refresh()
    assert _values(gauges.collect())
    floor.router.is_away = True
    await clock.advance(2)
    await gauges.refresh()
    assert not _values(gauges.collect())


async def test_a_scrape_looks_first(client: Client, hub: Hub) -> None:
    router = Router()
    await router.submit(SettingsChanged(settings=msgspec.to_builtins(SETTINGS)))
    assert "toritsugi_queue_waiting" not in await (await client.get("/metrics")).text()
    gauges = QueueGauges(router)
    hub.parts.registry.register(gauges)
    await gauges.refresh()
    text = await (await client.get("/metrics")).text()
    assert 'toritsugi_queue_waiting{channel="voice",queue="support"} 0.0' in text


def _values(metrics: "object") -> dict[tuple[str, ...], float]:
    assert isinstance(metrics, list)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for metric in metrics
        if isinstance(metric, Metric)
        for sample in metric.samples
    }
