"""The routing core in a test: say what happens in a line, see what it does."""

from typing import Any, TypeVar

import msgspec

from acd.actions import Action, OfferContact
from acd.agent import Agent, Presence
from acd.contact import Channel, Contact, ContactState
from acd.core.decide import decide
from acd.core.explain import explain
from acd.core.records import ContactRecord, OfferRecord
from acd.core.state import RoutingState
from acd.events import (
    AgentChanged,
    AgentWrote,
    CallbackRequested,
    ContactEnded,
    ContactHandedOver,
    ContactLeft,
    ContactParked,
    ContactPickedUp,
    ContactQueued,
    ContactReturned,
    CustomerWrote,
    DeviceChanged,
    Event,
    OfferAccepted,
    OfferRejected,
    PresenceChanged,
    SettingsChanged,
    TimerDue,
)
from acd.explanation import Rule
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from acd.policy import QueueSettings, RoutingSettings

T = TypeVar("T", bound=Action)

START_MS = 1_800_000_000_000
SUPPORT, SALES = QueueName("support"), QueueName("sales")
SATO, TANAKA, SUZUKI = AgentId("sato"), AgentId("tanaka"), AgentId("suzuki")


class Driver:
    """The core on a virtual clock, with one queue `support` unless told otherwise.

    `general` are the fields of `RoutingSettings` that hold for all queues.
    """

    def __init__(self, *queues: QueueSettings, **general: Any) -> None:
        self.state = RoutingState()
        self.now_ms = START_MS
        self.settings = RoutingSettings()
        self.reload(*(queues or (QueueSettings(name=SUPPORT),)), **general)

    def reload(self, *queues: QueueSettings, **general: Any) -> tuple[Action, ...]:
        """Go by other settings; what is not named stays."""
        if queues:
            general["queues"] = {queue.name: queue for queue in queues}
        self.settings = msgspec.structs.replace(self.settings, **general)
        return self.put(SettingsChanged(settings=msgspec.to_builtins(self.settings)))

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
        **standing: Any,
    ) -> tuple[Action, ...]:
        """Let an agent be there; `standing` are `budget` and `limits`."""
        own = {SUPPORT: 0} if queues is None else queues
        self.put(AgentChanged(agent=Agent(id=agent, queues=own, skills=skills or {}, **standing)))
        return self.become(agent, presence)

    def become(self, agent: AgentId, presence: Presence) -> tuple[Action, ...]:
        return self.put(PresenceChanged(agent=agent, presence=presence))

    def phone(self, agent: AgentId, *, is_in_use: bool) -> tuple[Action, ...]:
        return self.put(DeviceChanged(agent=agent, is_in_use=is_in_use))

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
        is_callback: bool = False,
        reserved: AgentId | None = None,
        about: str | None = None,
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
                    is_callback=is_callback,
                    reserved=reserved,
                    about=ContactId(about) if about else None,
                )
            )
        )

    def consult(self, contact: str, about: str, agent: AgentId, **facts: Any) -> tuple[Action, ...]:
        """Let an agent be asked about a contact; `facts` are those of `queue`."""
        return self.queue(contact, reserved=agent, about=about, **facts)

    def dial(self, contact: str, agent: AgentId, **facts: Any) -> tuple[Action, ...]:
        """Let an agent call somebody; `facts` are those of `queue`."""
        return self.queue(contact, reserved=agent, is_callback=True, **facts)

    def serve(self, contact: str, channel: Channel = Channel.VOICE, **facts: Any) -> tuple[Action, ...]:
        """Let a contact come, and whoever is offered it take it; `facts` are those of `queue`."""
        self.queue(contact, channel, **facts)
        return self.accept(contact)

    def record(self, contact: str) -> ContactRecord:
        return self.state.contacts[ContactId(contact)]

    def offers_of(self, contact: str) -> list[OfferRecord]:
        return [self.state.offers[each] for each in self.record(contact).offers]

    def rung(self, contact: str) -> set[AgentId]:
        """Return the agents to whom a contact is offered."""
        return {offer.agent for offer in self.offers_of(contact)}

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

    def accept(self, contact: str, by: AgentId | None = None) -> tuple[Action, ...]:
        """Let an agent accept; of several who are rung, `by`."""
        offer = self._offer_to(contact, by)
        return self.put(OfferAccepted(offer=offer.id, agent=offer.agent))

    def reject(self, contact: str, reason: str = "declined", by: AgentId | None = None) -> tuple[Action, ...]:
        offer = self._offer_to(contact, by)
        return self.put(OfferRejected(offer=offer.id, agent=offer.agent, reason=reason))

    def end(self, contact: str) -> tuple[Action, ...]:
        return self.put(ContactEnded(contact=ContactId(contact), reason="hang_up"))

    def leave(self, contact: str) -> tuple[Action, ...]:
        return self.put(ContactLeft(contact=ContactId(contact), reason="hang_up"))

    def hand_back(self, contact: str, queue: QueueName | None = None) -> tuple[Action, ...]:
        return self.put(ContactReturned(contact=ContactId(contact), reason="transfer", queue=queue))

    def transfer(
        self, contact: str, to: AgentId | None, queue: QueueName | None = None
    ) -> tuple[Action, ...]:
        event = ContactReturned(contact=ContactId(contact), reason="transferred", queue=queue, to=to)
        return self.put(event)

    def hand_over(self, contact: str, agent: AgentId, by: str | None = None) -> tuple[Action, ...]:
        consulted = ContactId(by) if by else None
        return self.put(ContactHandedOver(contact=ContactId(contact), agent=agent, by=consulted))

    def park(self, contact: str, seconds: int = 0) -> tuple[Action, ...]:
        return self.put(ContactParked(contact=ContactId(contact), seconds=seconds))

    def pick_up(self, contact: str, agent: AgentId) -> tuple[Action, ...]:
        return self.put(ContactPickedUp(contact=ContactId(contact), agent=agent))

    def customer_writes(self, contact: str) -> tuple[Action, ...]:
        return self.put(CustomerWrote(contact=ContactId(contact)))

    def agent_writes(self, contact: str) -> tuple[Action, ...]:
        return self.put(AgentWrote(contact=ContactId(contact)))

    def ask_callback(self, contact: str) -> tuple[Action, ...]:
        return self.put(CallbackRequested(contact=ContactId(contact)))

    def where(self, contact: str) -> str:
        """Return where a contact is: `waiting`, `offered to …`, `connected with …`, `gone`."""
        record = self.state.contacts.get(ContactId(contact))
        if record is None:
            return "gone"
        match record.state:
            case ContactState.OFFERED:
                return f"offered to {', '.join(sorted(self.rung(contact)))}"
            case ContactState.CONNECTED | ContactState.WRAP_UP:
                return f"{record.state} with {record.agent}"
            case _:
                return record.state.value

    def why_not(self, contact: str) -> dict[AgentId, Rule]:
        """Return what stands between a contact that waits and each agent."""
        return {each.agent: each.rule for each in explain(self.state, self.record(contact)).considered}

    def presence(self, agent: AgentId) -> tuple[Presence, str]:
        record = self.state.agents[agent]
        return record.presence, record.reason

    def _offer_to(self, contact: str, agent: AgentId | None) -> OfferRecord:
        (offer,) = (each for each in self.offers_of(contact) if agent in (None, each.agent))
        return offer


def only(kind: type[T], actions: tuple[Action, ...]) -> T:
    """Return the one action of a kind."""
    (found,) = every(kind, actions)
    return found


def every(kind: type[T], actions: tuple[Action, ...]) -> list[T]:
    return [action for action in actions if isinstance(action, kind)]
