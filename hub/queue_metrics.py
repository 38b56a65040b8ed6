"""Counting what happens in each queue, from what the router is told and what it decides."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter

from acd.actions import (
    Action,
    CloseContact,
    ConnectContact,
    DivertContact,
    OfferContact,
    RefuseContact,
    ReturnContact,
    WithdrawOffer,
)
from acd.contact import Channel, Contact
from acd.errors import AcdUnavailable, ActionsLost
from acd.events import ContactQueued, Event
from acd.ids import ContactId, QueueName
from acd.policy import RoutingSettings
from acd.router import Snapshot
from hub.clock import now_ms

log = structlog.get_logger()

_AGAIN_S = 1.0
_PACE_S = 0.1
_UNDER_WAY_MS = 60_000
"""How long an event may take to the router's state before its contact is forgotten."""


class Actions(Protocol):
    """What is needed of the router (`acd.router.Acd` serves)."""

    def actions(
        self, after: str | None = None, *, pace_s: float = 0.0
    ) -> AsyncIterator[tuple[str, Action]]: ...

    async def snapshot(self) -> Snapshot: ...


@dataclass(slots=True)
class _Wait:
    """A contact that lives; it waits, or waited last, in `queue` since `since_ms` (Unix time).

    Consultations and calls that agents dial are none: they are no work of a queue.
    """

    queue: QueueName
    channel: Channel
    since_ms: int


class QueueMetrics:
    """Counters by queue and channel, of the contacts that this hub brings to the router.

    The sum over all hubs is the whole. After a start the hub takes over, of those that live, the
    contacts that `is_ours`. `run` is the service.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        acd: Actions,
        settings: Callable[[], RoutingSettings],
        is_ours: Callable[[Contact], bool],
        *,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._acd, self._settings, self._is_ours, self._clock_ms = acd, settings, is_ours, clock_ms
        self._waits: dict[ContactId, _Wait] = {}
        labels = ("queue", "channel")

        def counter(name: str, text: str, *more: str) -> Counter:
            return Counter(f"toritsugi_{name}", text, (*labels, *more), registry=registry)

        self._entered = counter("queue_entered", "Contacts that came to wait in a queue.")
        self._refused = counter("queue_refused", "Contacts that could not wait in their queue.", "reason")
        self._offers = counter("queue_offers", "Offers to agents.")
        self._accepted = counter("queue_offers_accepted", "Offers that an agent took.")
        self._missed = counter("queue_offers_missed", "Offers that an agent did not answer.")
        self._rejected = counter("queue_offers_rejected", "Offers that an agent or a phone declined.")
        self._abandoned = counter("queue_abandoned", "Contacts whose customer gave up waiting.")
        self._diverted = counter("queue_diverted", "Contacts that waited too long and went elsewhere.", "to")
        self._level = counter(
            "queue_service_level",
            "Contacts that reached an agent, `within` the queue's service level or `late`.",
            "outcome",
        )
        self._events = Counter(
            "toritsugi_router_events", "Events that this hub told the router.", ("event",), registry=registry
        )
        self._not_told = Counter(
            "toritsugi_router_events_refused",
            "Events that the router did not take: its stream was full, or it was away.",
            ("event", "reason"),
            registry=registry,
        )

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            try:
                await self._follow()
            except (ActionsLost, AcdUnavailable) as error:
                log.warning("queue_metrics.begin_anew", reason=str(error))
            except Exception:
                log.exception("queue_metrics.failed")
            await asyncio.sleep(_AGAIN_S)

    def note(self, event: Event, place: str, at_ms: int) -> None:
        """Count an event that this hub told the router (`hub.noted.Noter`)."""
        self._events.labels(type(event).__name__).inc()
        if isinstance(event, ContactQueued) and event.contact.id not in self._waits:
            contact = event.contact
            if contact.about is not None or contact.is_dialled:
                return
            self._waits[contact.id] = _Wait(contact.queue, contact.channel, at_ms)
            self._entered.labels(contact.queue, contact.channel).inc()

    def note_refused(self, event: Event, reason: str) -> None:
        """Count an event that the router did not take (`hub.noted.Refused`).

        A call goes to Asterisk's own queue then, so that it counts as refused; a text is tried again.
        """
        self._not_told.labels(type(event).__name__, reason).inc()
        if isinstance(event, ContactQueued) and event.contact.channel.is_live:
            self._refused.labels(event.contact.queue, event.contact.channel, reason).inc()

    async def _follow(self) -> None:
        snapshot = await self._acd.snapshot()
        under_way_ms = self._clock_ms() - _UNDER_WAY_MS
        fresh = {contact: wait for contact, wait in self._waits.items() if wait.since_ms >= under_way_ms}
        known = {
            contact: _Wait(record.contact.queue, record.contact.channel, record.since_ms)
            for contact, record in snapshot.state.contacts.items()
            if contact in self._waits or (self._is_ours(record.contact) and not record.is_personal)
        }
        self._waits = fresh | known
        async for _, action in self._acd.actions(after=snapshot.after, pace_s=_PACE_S):
            self.take(action)

    def take(self, action: Action) -> None:
        """Count one action, if it is about a contact of ours."""
        contact = getattr(action, "contact", None)
        wait = self._waits.get(contact) if contact is not None else None
        if wait is None:
            return
        labels = wait.queue, wait.channel
        match action:
            case OfferContact():
                self._offers.labels(*labels).inc()
            case WithdrawOffer(reason="no_answer"):
                self._missed.labels(*labels).inc()
            case WithdrawOffer(reason="rejected"):
                self._rejected.labels(*labels).inc()
            case ConnectContact(is_callback=is_callback):
                self._accepted.labels(*labels).inc()
                if not is_callback:
                    self._count_level(wait)
            case ReturnContact(queue=queue):
                wait.queue, wait.since_ms = queue, self._clock_ms()
            case _:
                self._take_end(action, labels)

    def _take_end(self, action: Action, labels: tuple[QueueName, Channel]) -> None:
        match action:
            case RefuseContact(contact=contact, reason=reason):
                self._refused.labels(*labels, reason).inc()
            case DivertContact(contact=contact, to=to):
                self._diverted.labels(*labels, to.value).inc()
            case CloseContact(contact=contact, agent=agent, reason=reason):
                if agent is None and reason == "abandoned":
                    self._abandoned.labels(*labels).inc()
            case _:
                return
        del self._waits[contact]

    def _count_level(self, wait: _Wait) -> None:
        """Count a contact that reached an agent against its queue's level, if it has one."""
        queue = self._settings().queues.get(wait.queue)
        level_s = queue.service_levels.get(wait.channel) if queue is not None else None
        if level_s is not None:
            is_within = self._clock_ms() - wait.since_ms <= level_s * 1000
            self._level.labels(wait.queue, wait.channel, "within" if is_within else "late").inc()
