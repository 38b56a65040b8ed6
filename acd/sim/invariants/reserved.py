"""What is for one agent by name is offered to nobody else, and waits for him only if it must, and alone."""

from collections import Counter

from acd.agent import Presence
from acd.contact import ContactState
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.sim.invariants.having import could_have_by_name
from acd.sim.invariants.violation import require


def check(state: RoutingState) -> None:
    records = [record for record in state.contacts.values() if record.contact.reserved is not None]
    for record in records:
        named, contact = record.contact.reserved, record.contact.id
        offered_to = [state.offers[offer].agent for offer in record.offers]
        is_theirs = offered_to == [named] if offered_to else record.agent in (None, named)
        require(is_theirs, f"reserved: {contact} is for {named} and with others")
    waiting = [record for record in records if record.state is ContactState.WAITING]
    for agent, number in Counter(record.contact.reserved for record in waiting).items():
        require(number == 1, f"reserved: {number} wait for {agent}")
    for record in waiting:
        _waits_for_a_reason(state, record)


def _waits_for_a_reason(state: RoutingState, record: ContactRecord) -> None:
    named, contact = record.contact.reserved, record.contact.id
    agent = state.agents.get(named) if named else None
    is_there = agent is not None and agent.presence is not Presence.OFFLINE
    require(is_there, f"reserved: {contact} waits for {named}, who is away")
    require(not could_have_by_name(state, record), f"reserved: {contact} waits though {named} is free")
    require(record.hold_until_ms > 0, f"reserved: {contact} waits without end")
    is_dialled = record.contact.is_callback and not record.is_picked_up
    require(not is_dialled, f"reserved: {contact} was dialled and waits")
