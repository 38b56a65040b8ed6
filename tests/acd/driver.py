"""The routing core in a test: say what happens in a line, see what it does."""

from typing import TypeVar

import msgspec

from acd.actions import Action, OfferContact
from acd.agent import Agent, Presence
from acd.contact import Channel, Contact, ContactState
from acd.core.decide import decide
from acd.core.state import RoutingState
from acd.events import (
    AgentChanged,
    ContactEnded,
    ContactQueued,
    Event,
    OfferAccepted,
    OfferRejected,
    PresenceChanged,
    SettingsChanged,
    TimerDue,
)
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from acd.policy import QueueSettings, RoutingSettings

T = TypeVar("T", bound=Action)

START_MS = 1_800_000_000_000
SUPPORT = QueueName("support")
SATO, TANAKA, SUZUKI = AgentId("sato"), AgentId("tanaka"), AgentId("suzuki")


class Driver:
    """The core on a virtual clock, with one queue `support` unless told otherwise."""

    def __init__(self, *queues: QueueSettings, limits: dict[Channel, int] | None = None) -> None:
        self.state = RoutingState()
        self.now_ms = START_MS
        self.settings = RoutingSettings(
            queues={queue.name: queue for queue in queues or (QueueSettings(name=SUPPORT),)},
            limits=limits or {},
        )
        self.put(SettingsChanged(settings=msgspec.to_builtins(self.settings)))

    def put(self, event: Event) -> tuple[Action, ...]:
        return decide(self.state, event, self.now_ms).actions

    def after(self, seconds: float) -> tuple[Action, ...]:
        """Let time pass, and settle what fell due."""
        self.now_ms += round(seconds * 1000)
        return self.put(TimerDue())

    def agent(
        self,
        agent: AgentId,
        *,
        queues: dict[QueueName, int] | None = None,
        presence: Presence = Presence.AVAILABLE,
        skills: dict[str, int] | None = None,
    ) -> tuple[Action, ...]:
        standing = {SUPPORT: 0} if queues is None else queues
        self.put(AgentChanged(agent=Agent(id=agent, queues=standing, skills=skills or {})))
        return self.put(PresenceChanged(agent=agent, presence=presence))

    def queue(
        self,
        contact: str,
        channel: Channel = Channel.VOICE,
        *,
        queue: QueueName = SUPPORT,
        customer: str | None = None,
        preferred: tuple[AgentId, ...] = (),
        skills: dict[str, int] | None = None,
        priority: int = 0,
        arrived_ms: int = 0,
    ) -> tuple[Action, ...]:
        return self.put(
            ContactQueued(
                contact=Contact(
                    id=ContactId(contact),
                    channel=channel,
                    queue=queue,
                    customer=CustomerId(customer) if customer else None,
                    preferred=preferred,
                    skills=skills or {},
                    priority=priority,
                    arrived_ms=arrived_ms,
                )
            )
        )

    def offer_of(self, contact: str) -> OfferContact:
        """Return the open offer of a contact, as an action would show it."""
        record = self.state.contacts[ContactId(contact)]
        (each,) = record.offers
        offer = self.state.offers[each]
        settings = self.state.queue(record.contact.queue)
        return OfferContact(
            offer=offer.id,
            contact=offer.contact,
            channel=record.contact.channel,
            queue=record.contact.queue,
            agent=offer.agent,
            ring_s=settings.ring_s,
            deadline_ms=offer.deadline_ms,
        )

    def accept(self, contact: str) -> tuple[Action, ...]:
        offer = self.offer_of(contact)
        return self.put(OfferAccepted(offer=offer.offer, agent=offer.agent))

    def reject(self, contact: str, reason: str = "declined") -> tuple[Action, ...]:
        offer = self.offer_of(contact)
        return self.put(OfferRejected(offer=offer.offer, agent=offer.agent, reason=reason))

    def end(self, contact: str) -> tuple[Action, ...]:
        return self.put(ContactEnded(contact=ContactId(contact), reason="hang_up"))

    def where(self, contact: str) -> str:
        """Return where a contact is: `waiting`, `offered to …`, `connected with …`, `gone`."""
        record = self.state.contacts.get(ContactId(contact))
        if record is None:
            return "gone"
        match record.state:
            case ContactState.OFFERED:
                return f"offered to {self.offer_of(contact).agent}"
            case ContactState.CONNECTED | ContactState.WRAP_UP:
                return f"{record.state} with {record.agent}"
            case _:
                return record.state.value

    def presence(self, agent: AgentId) -> tuple[Presence, str]:
        record = self.state.agents[agent]
        return record.presence, record.reason


def only(kind: type[T], actions: tuple[Action, ...]) -> T:
    """Return the one action of a kind."""
    (found,) = every(kind, actions)
    return found


def every(kind: type[T], actions: tuple[Action, ...]) -> list[T]:
    return [action for action in actions if isinstance(action, kind)]
