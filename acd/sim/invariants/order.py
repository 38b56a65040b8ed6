"""First come, first served among equals.

A customer whom the agent has already takes no room of others, and so may go before them.
"""

from collections.abc import Mapping, Sequence

from acd.actions import Action
from acd.contact import Contact, ContactState
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.ids import ContactId
from acd.sim.invariants.capacity import open_offers
from acd.sim.invariants.having import could_have, held_by, is_with, key_of
from acd.sim.invariants.violation import require


def check(state: RoutingState, actions: Sequence[Action], before: Mapping[ContactId, ContactRecord]) -> None:
    waited = still_waiting(state, before)
    for action in open_offers(state, actions):
        served = state.contacts[action.contact]
        if action.is_reserved:
            continue
        if any(is_with(each, action.agent, served.contact) for each in (before, state.contacts)):
            continue
        agent = state.agents[action.agent].agent
        held = held_by(state, action.agent, but=action.contact)
        for record in waited:
            was_next = _asks(record) == _asks(served) and key_of(state, record) < key_of(state, served)
            require(
                not (was_next and could_have(state, agent, held, record)),
                f"first come: {served.contact.id} was served before {record.contact.id}",
            )


def still_waiting(state: RoutingState, before: Mapping[ContactId, ContactRecord]) -> list[ContactRecord]:
    """Return the contacts that waited before a decision, on the same terms as they do after it."""
    return [
        record
        for contact, record in state.contacts.items()
        if record.state is ContactState.WAITING and _is_same_wait(before.get(contact), record)
    ]


def _is_same_wait(before: ContactRecord | None, now: ContactRecord) -> bool:
    return before is not None and before.state is ContactState.WAITING and _terms(before) == _terms(now)


def _terms(record: ContactRecord) -> tuple[object, ...]:
    contact = record.contact
    return (record.hold_until_ms, record.not_before_ms, record.rejected_by, contact.priority, _asks(record))


def _asks(record: ContactRecord) -> tuple[object, ...]:
    contact: Contact = record.contact
    return (record.queues, contact.channel, contact.skills, record.penalties)
