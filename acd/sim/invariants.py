"""What must hold after every decision, whatever happens. Worked out from the records alone, the slow way."""

from collections import Counter
from collections.abc import Mapping

from acd.actions import CloseContact, OfferContact, RefuseContact
from acd.agent import Agent, Presence
from acd.contact import Contact, ContactState
from acd.core.decide import Decision
from acd.core.records import AgentRecord, ContactRecord
from acd.core.state import RoutingState
from acd.events import ContactConnected, ContactQueued, Event
from acd.ids import AgentId, ContactId


class Violation(Exception):
    """An invariant does not hold; the message begins with its name."""


def require(holds: bool, message: str) -> None:
    if not holds:
        raise Violation(message)


class Watch:
    """Checks every decision, and keeps the book of contacts that are alive."""

    def __init__(self) -> None:
        self.alive: dict[ContactId, int] = {}
        self.ended = 0
        self.refused = 0

    def decided(
        self,
        state: RoutingState,
        event: Event,
        decision: Decision,
        before: Mapping[ContactId, ContactRecord],
    ) -> None:
        """Check the state after a decision; `before` are the contacts as they were before it."""
        self._keep_book(state, event, decision)
        one_owner(state)
        within_capacity(state, decision)
        age_kept(state, self.alive)
        first_come_first_served(state, decision, before)
        nobody_waits_in_vain(state)
        held_for_somebody(state)

    def _keep_book(self, state: RoutingState, event: Event, decision: Decision) -> None:
        """Conservation: a contact that came in is in the state until it has gone out, once."""
        if isinstance(event, ContactQueued | ContactConnected):
            record = state.contacts.get(event.contact.id)
            if record is not None:
                self.alive.setdefault(event.contact.id, record.contact.arrived_ms)
        for action in decision.actions:
            if isinstance(action, CloseContact):
                require(action.contact in self.alive, f"conservation: {action.contact} closed twice")
                del self.alive[action.contact]
                self.ended += 1
            elif isinstance(action, RefuseContact):
                self.alive.pop(action.contact, None)
                self.refused += 1
        require(self.alive.keys() == state.contacts.keys(), "conservation: a contact is lost or left behind")


def one_owner(state: RoutingState) -> None:
    """A contact has at most one live offer or one agent, as its state says."""
    offers = Counter(offer.contact for offer in state.offers.values())
    for contact, record in state.contacts.items():
        has_agent = record.state in (ContactState.CONNECTED, ContactState.WRAP_UP)
        require((record.agent is not None) == has_agent, f"one owner: {contact} {record.state}")
        require(offers[contact] == (record.state is ContactState.OFFERED), f"one owner: offers of {contact}")
        require(len(record.offers) == offers[contact], f"one owner: {contact} lists other offers")
    require(offers.keys() <= state.contacts.keys(), "one owner: an offer without contact")


def held_by(state: RoutingState, agent: AgentId) -> list[Contact]:
    """Return what an agent has, offered or given."""
    offered = [state.contacts[offer.contact] for offer in state.offers.values() if offer.agent == agent]
    given = [record for record in state.contacts.values() if record.agent == agent]
    return [record.contact for record in (*offered, *given)]


def load_of(state: RoutingState, contacts: list[Contact]) -> int:
    """Return the cost of contacts: for each customer the dearest channel, each channel as a sum."""
    owners = {contact.customer or contact.id for contact in contacts}
    total = 0
    for owner in owners:
        costs: Counter[str] = Counter()
        for contact in contacts:
            if (contact.customer or contact.id) == owner:
                costs[contact.channel] += state.settings.costs[contact.channel]
        total += max(costs.values())
    return total


def within_capacity(state: RoutingState, decision: Decision) -> None:
    """Whoever is offered a contact keeps to budget and limits with it.

    Only what was there already may exceed them: adopted contacts, and settings that were narrowed.
    """
    for action in _open_offers(state, decision):
        agent = state.agents[action.agent].agent
        held = held_by(state, action.agent)
        require(load_of(state, held) <= agent.budget, f"capacity: {action.agent} is over his budget")
        most = agent.limits.get(action.channel, state.settings.limits.get(action.channel))
        count = sum(contact.channel is action.channel for contact in held)
        require(most is None or count <= most, f"capacity: {action.agent} is over a limit")


def age_kept(state: RoutingState, arrivals: Mapping[ContactId, int]) -> None:
    for contact, arrived_ms in arrivals.items():
        require(state.contacts[contact].contact.arrived_ms == arrived_ms, f"age: {contact} lost its own")


def first_come_first_served(
    state: RoutingState, decision: Decision, before: Mapping[ContactId, ContactRecord]
) -> None:
    """Nobody is served before an equal who came earlier and whom the same agent could have had.

    A customer whom the agent has already takes no room of others, and so may go before them.
    """
    waited = [
        record
        for contact, record in state.contacts.items()
        if record.state is ContactState.WAITING and _is_same_wait(before.get(contact), record)
    ]
    for action in _open_offers(state, decision):
        served = state.contacts[action.contact]
        if any(_is_with(each, action.agent, served.contact) for each in (before, state.contacts)):
            continue
        for record in waited:
            equal = _asks(record.contact) == _asks(served.contact)
            if equal and not record.hold_until_ms and action.agent not in record.rejected_by:
                require(
                    _order(served) < _order(record),
                    f"first come: {served.contact.id} was served before {record.contact.id}",
                )


def _open_offers(state: RoutingState, decision: Decision) -> list[OfferContact]:
    offers = [action for action in decision.actions if isinstance(action, OfferContact)]
    return [offer for offer in offers if offer.offer in state.offers]


def nobody_waits_in_vain(state: RoutingState) -> None:
    """No contact waits while an agent who could have it is free."""
    ready = [
        record
        for record in state.agents.values()
        if record.presence is Presence.AVAILABLE and not record.cooling_until_ms
    ]
    waiting = [record for record in state.contacts.values() if record.state is ContactState.WAITING]
    if not waiting:
        return
    for agent in ready:
        held = held_by(state, agent.agent.id)
        for record in waiting:
            can = _could_have(state, agent, held, record)
            require(not can, f"in vain: {record.contact.id} waits though {agent.agent.id} is free")


def held_for_somebody(state: RoutingState) -> None:
    """A contact is kept from others only while an agent it favours may come."""
    for record in state.contacts.values():
        agents = [state.agents[agent] for agent in record.favoured if agent in state.agents]
        may_come = any(
            agent.presence is not Presence.OFFLINE
            and record.contact.queue in agent.agent.queues
            and agent.agent.id not in record.rejected_by
            for agent in agents
        )
        require(may_come or not record.hold_until_ms, f"held: {record.contact.id} is kept for nobody")


def _could_have(
    state: RoutingState, record: AgentRecord, held: list[Contact], waiting: ContactRecord
) -> bool:
    agent, contact = record.agent, waiting.contact
    most = agent.limits.get(contact.channel, state.settings.limits.get(contact.channel))
    return (
        contact.queue in agent.queues
        and agent.id not in waiting.rejected_by
        and (not waiting.hold_until_ms or agent.id in waiting.favoured)
        and all(agent.skills.get(skill, 0) >= level for skill, level in contact.skills.items())
        and (most is None or sum(each.channel is contact.channel for each in held) < most)
        and _fits(state, agent, held, contact)
    )


def _fits(state: RoutingState, agent: Agent, held: list[Contact], contact: Contact) -> bool:
    """Whether a contact fits beside others, or as one with those of its customer whom the agent has."""
    if load_of(state, held) + state.settings.costs[contact.channel] <= agent.budget:
        return True
    return _is_with(state.contacts, agent.id, contact) and load_of(state, [*held, contact]) <= agent.budget


def _is_with(contacts: Mapping[ContactId, ContactRecord], agent: AgentId, contact: Contact) -> bool:
    """Whether the customer of a contact has another one with the agent."""
    return contact.customer is not None and any(
        record.agent == agent and record.contact.customer == contact.customer for record in contacts.values()
    )


def _is_same_wait(before: ContactRecord | None, now: ContactRecord) -> bool:
    return (
        before is not None
        and before.state is ContactState.WAITING
        and (before.hold_until_ms, before.rejected_by) == (now.hold_until_ms, now.rejected_by)
    )


def _asks(contact: Contact) -> tuple[object, ...]:
    return (contact.queue, contact.channel, contact.skills)


def _order(record: ContactRecord) -> tuple[int, int, int]:
    return (-record.contact.priority, record.contact.arrived_ms, record.serial)
