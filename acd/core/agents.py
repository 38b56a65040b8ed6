"""What happens to agents: they come, go, change, and rest."""

from collections.abc import Iterable

from msgspec.structs import replace

from acd.agent import Presence
from acd.contact import ContactState
from acd.core import direct, lapses, moves
from acd.core.records import AgentRecord
from acd.core.step import Step
from acd.events import AgentChanged, AgentRemoved, DeviceChanged, PresenceChanged
from acd.ids import AgentId, QueueName


def changed(step: Step, event: AgentChanged) -> None:
    agent = event.agent
    record = step.state.agents.get(agent.id)
    if record is None:
        step.state.put_agent(AgentRecord(agent=agent, serial=step.state.next_serial()))
        _members_changed(step, agent.queues)
        return
    if record.agent == agent and not record.is_removed:
        return
    step.state.put_agent(replace(record, agent=agent, is_removed=False))
    _members_changed(step, record.agent.queues.keys() ^ agent.queues.keys())
    lapses.withdraw_from(step, agent.id, kept=agent.queues)
    lapses.relieve(step, agent.id)
    _recheck_favouring(step, agent.id)
    step.free(agent.id)


def removed(step: Step, event: AgentRemoved) -> None:
    record = step.state.agents.get(event.agent)
    if record is None or record.is_removed:
        step.refuse(event, "agent_unknown", agent=event.agent)
        return
    gone = replace(record, agent=replace(record.agent, queues={}), is_removed=True)
    step.state.put_agent(gone)
    _members_changed(step, record.agent.queues)
    if record.is_signed_in:
        _go_offline(step, gone, "removed")
    else:
        _recheck_favouring(step, event.agent)
    moves.leave_desk(step, event.agent)


def presence_changed(step: Step, event: PresenceChanged) -> None:
    record = step.state.agents.get(event.agent)
    if record is None or record.is_removed:
        step.refuse(event, "agent_unknown", agent=event.agent)
    elif (record.presence, record.reason) == (event.presence, event.reason):
        return
    elif event.presence is Presence.OFFLINE:
        _go_offline(step, record, event.reason)
    else:
        moves.set_presence(step, record, event.presence, event.reason)


def device_changed(step: Step, event: DeviceChanged) -> None:
    """Offer nothing to an agent whose phone is in use by a call that is none of ours."""
    record = step.state.agents.get(event.agent)
    if record is None or record.is_removed:
        step.refuse(event, "agent_unknown", agent=event.agent)
    elif record.is_on_phone != event.is_in_use:
        step.state.put_agent(replace(record, is_on_phone=event.is_in_use))
        step.free(event.agent)


def fell_due(step: Step, record: AgentRecord) -> None:
    """The rest after a missed offer is over."""
    step.state.put_agent(replace(record, cooling_until_ms=0))
    step.free(record.agent.id)


def _go_offline(step: Step, record: AgentRecord, reason: str) -> None:
    """Offers are withdrawn, wrap-up ends, and customers who wait for an answer go back to their queues.

    What else is connected stays with the agent.
    """
    agent = record.agent.id
    moves.set_presence(step, record, Presence.OFFLINE, reason)
    lapses.withdraw_from(step, agent)
    direct.agent_left(step, agent)
    _recheck_favouring(step, agent)
    desk = step.state.desks.get(agent)
    held = sorted(desk.held) if desk else []
    for contact in held:
        kept = step.state.contacts[contact]
        if kept.state is ContactState.WRAP_UP:
            moves.close(step, kept, "agent_offline")
        elif kept.state is ContactState.CONNECTED and kept.is_unanswered:
            moves.give_back(step, kept, "agent_offline")


def _members_changed(step: Step, queues: Iterable[QueueName]) -> None:
    """Penalty ranges are not looked at in a queue of few members: who waits may have come within one."""
    for queue in sorted(queues):
        if step.state.queue(queue).penalty_members_min:
            for _, _, contact in step.state.lines.of(queue):
                step.seek(contact)
            for agent in step.state.desks.with_room(queue):
                step.free(agent)


def _recheck_favouring(step: Step, agent: AgentId) -> None:
    for place in list(step.state.waiting.favouring(agent)):
        moves.recheck_hold(step, place[-1])
