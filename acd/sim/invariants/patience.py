"""Nobody waits in vain, and nobody is kept for nobody."""

from acd.agent import Presence
from acd.contact import ContactState, Pace
from acd.core.records import AgentRecord, ContactRecord
from acd.core.state import RoutingState
from acd.policy import Absence
from acd.sim.invariants.having import could_have, having, held_by, is_kept_free, is_ready, load_of
from acd.sim.invariants.violation import require


def check(state: RoutingState) -> None:
    waiting = [record for record in state.contacts.values() if record.state is ContactState.WAITING]
    _nobody_waits_in_vain(state, waiting)
    for record in waiting:
        _is_held_for_somebody(state, record)
        _is_somebody_there(state, record)
    for agent in state.agents.values():
        _suspended_for_a_reason(state, agent)


def _nobody_waits_in_vain(state: RoutingState, waiting: list[ContactRecord]) -> None:
    if not waiting:
        return
    for record in state.agents.values():
        held = held_by(state, record.agent.id)
        if is_ready(record, held):
            for each in waiting:
                can = could_have(state, record.agent, held, each) and not is_kept_free(
                    state, record.agent, held, each, waiting
                )
                require(not can, f"in vain: {each.contact.id} waits though {record.agent.id} is free")


def _is_held_for_somebody(state: RoutingState, record: ContactRecord) -> None:
    """A contact is kept from others only while an agent it favours may come."""
    agents = [state.agents[agent] for agent in record.favoured if agent in state.agents]
    may_come = any(
        agent.presence is not Presence.OFFLINE
        and record.contact.queue in agent.agent.queues
        and agent.agent.id not in record.rejected_by
        for agent in agents
    )
    is_held = record.hold_until_ms and record.contact.reserved is None
    require(may_come or not is_held, f"held: {record.contact.id} is kept for nobody")


def _is_somebody_there(state: RoutingState, record: ContactRecord) -> None:
    """A caller does not wait in a queue that is to be left when it is empty, and is."""
    contact = record.contact
    queue = state.settings.queues.get(contact.queue)
    if queue is None or not contact.channel.is_live or contact.is_callback or not queue.leave_without:
        return
    if record.is_parked or contact.reserved is not None:
        return
    there = any(
        contact.queue in agent.agent.queues and not _absences(state, agent) & set(queue.leave_without)
        for agent in state.agents.values()
    )
    require(there, f"empty: {contact.id} waits though nobody is there")


def _absences(state: RoutingState, agent: AgentRecord) -> set[Absence]:
    found = set()
    if agent.presence is Presence.OFFLINE:
        found.add(Absence.UNAVAILABLE)
    if agent.presence is Presence.NOT_READY:
        found.add(Absence.PAUSED)
    states = {ContactState.CONNECTED: Absence.INUSE, ContactState.WRAP_UP: Absence.WRAPUP}
    for each in held_by(state, agent.agent.id):
        if each.contact.channel.is_live:
            found.add(states.get(each.state, Absence.RINGING))
    return found | ({Absence.INUSE} if agent.is_on_phone else set())


def _suspended_for_a_reason(state: RoutingState, agent: AgentRecord) -> None:
    """No contact stays suspended that would fit."""
    held = held_by(state, agent.agent.id)
    for record in held:
        if record.pace is Pace.SUSPENDED:
            others = [each for each in held if each is not record]
            whole = load_of(state, [*having(others), (record.contact, Pace.ACTIVE)])
            require(whole > agent.agent.budget, f"suspended: {record.contact.id} would fit")
