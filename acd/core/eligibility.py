"""Whether an agent may get a contact, and if not, by which rule."""

from collections.abc import Iterable

from acd.agent import Agent
from acd.contact import Pace
from acd.core import reserved
from acd.core.capacity import ANY, BIT, EITHER, Held, is_at_limit, load
from acd.core.desks import Desk
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.core.waiting import Lane, Place
from acd.explanation import Consideration, Rule
from acd.ids import AgentId, QueueName
from acd.policy import PenaltyRange

_CONSIDERED_MAX = 8
_EVERYBODY = PenaltyRange()


def obstacle(state: RoutingState, record: ContactRecord, agent: AgentId) -> Rule | None:
    """Return the first rule that keeps a contact from an agent, None if nothing does."""
    if (reserved_for := record.contact.reserved) is not None:
        return reserved.obstacle(state, record.contact, agent) if agent == reserved_for else Rule.RESERVED
    desk = state.desks.get(agent)
    if desk is None:
        return Rule.UNKNOWN_AGENT
    mine = desk.record.agent
    if record.contact.queue not in mine.queues and (
        not record.more_queues or membership(record, mine) is None
    ):
        return Rule.NOT_MEMBER
    return (
        desk.absence
        or _refusal(record, mine)
        or (None if desk.room & BIT[record.contact.channel] else _lack_of_room(state, record, desk))
        or (None if agent in record.favoured else _reserve(state, record, mine))
        or (Rule.KEPT_FREE if is_kept_free(state, desk, record) else None)
    )


def _refusal(record: ContactRecord, agent: Agent) -> Rule | None:
    """Return why a contact does not go to an agent whatever his load."""
    if record.not_before_ms:
        return Rule.PARKED if record.is_parked else Rule.NOT_YET
    if record.rejected_by and agent.id in record.rejected_by:
        return Rule.REJECTED_BEFORE
    if record.contact.skills and not has_skills(agent, record.contact.skills.items()):
        return Rule.NO_SKILL
    return None


def _reserve(state: RoutingState, record: ContactRecord, agent: Agent) -> Rule | None:
    """Return why a contact is kept for others for the time being."""
    if record.hold_until_ms:
        return Rule.WAITING_FOR_PREFERRED
    return None if is_in_range(state, record, agent) else Rule.PENALTY


def membership(record: ContactRecord, agent: Agent) -> QueueName | None:
    """Return the first of a contact's queues that an agent is a member of."""
    if record.contact.queue in agent.queues:
        return record.contact.queue
    return next((queue for queue in record.more_queues if queue in agent.queues), None)


def has_skills(agent: Agent, skills: Iterable[tuple[str, int]]) -> bool:
    """Whether an agent has every one of these skills at its level or above."""
    return all(agent.skills.get(skill, 0) >= level for skill, level in skills)


def penalty_range(state: RoutingState, queue: QueueName, penalties: int) -> PenaltyRange:
    """Return who may be tried after so many steps of a queue's penalty ranges."""
    settings = state.settings.queues.get(queue)
    if not penalties or settings is None or not settings.penalty_ranges:
        return _EVERYBODY
    if state.desks.count(queue) <= settings.penalty_members_min:
        return _EVERYBODY
    return settings.penalty_ranges[min(penalties, len(settings.penalty_ranges)) - 1]


def is_in_range(state: RoutingState, record: ContactRecord, agent: Agent) -> bool:
    """Whether an agent's penalty, in one of a contact's queues, is one that is tried for it now."""
    if not record.penalties or any(queue in agent.queues for queue in record.more_queues):
        return True
    queue = record.contact.queue
    return within(penalty_range(state, queue, record.penalties), agent.queues[queue])


def is_lane_in_range(state: RoutingState, lane: Lane, agent: Agent) -> bool:
    if not lane.penalties:
        return True
    return within(penalty_range(state, lane.queue, lane.penalties), agent.queues[lane.queue])


def within(allowed: PenaltyRange, penalty: int) -> bool:
    counted = levelled(allowed, penalty)
    return allowed.low <= counted and (allowed.high is None or counted <= allowed.high)


def levelled(allowed: PenaltyRange, penalty: int) -> int:
    """Return what a penalty counts as."""
    is_spared = allowed.spares_low and penalty < allowed.low
    return penalty if is_spared else max(penalty, allowed.raised)


def _lack_of_room(state: RoutingState, record: ContactRecord, desk: Desk) -> Rule | None:
    contact, held, budget = record.contact, desk.held.values(), desk.record.agent.budget
    if desk.room & EITHER[contact.channel]:
        return None
    if is_at_limit(state.settings, desk.record.agent, held, contact.channel):
        return Rule.CHANNEL_LIMIT
    together = (*held, Held(contact))
    if state.has_customer(desk.record.agent.id, record) and load(state.settings, together) <= budget:
        return None
    return Rule.NO_CAPACITY


def is_kept_free(state: RoutingState, desk: Desk, record: ContactRecord) -> bool:
    """Whether an agent is to have no contact after one that is overdue and lacks nothing but room.

    Otherwise small contacts, one after the other, would keep a call from him for ever. A contact of a
    customer whom he has already takes no room.
    """
    if not state.settings.keep_free_after_s or state.has_customer(desk.record.agent.id, record):
        return False
    key = state.places[record.contact.id]
    return any(
        not desk.room & EITHER[lane.channel]
        and _has_overdue(state, desk, order, key)
        and _may_wait_for(state, desk, lane)
        for queue in desk.ranks
        if state.is_overdue(state.lines.of(queue).best() or key)
        for lane, order in state.waiting.lanes(queue, ANY)
    )


def _has_overdue(state: RoutingState, desk: Desk, order: Iterable[Place], key: Place) -> bool:
    """Whether a lane has somebody overdue whom an agent may have, before a place."""
    agent = desk.record.agent.id
    for each in order:
        if each >= key or not state.is_overdue(each):
            return False
        if agent not in state.contacts[each[-1]].rejected_by:
            return True
    return False


def _may_wait_for(state: RoutingState, desk: Desk, lane: Lane) -> bool:
    """Whether an agent could have the contacts of a lane if only what he is busy with came to an end."""
    agent, held = desk.record.agent, desk.held.values()
    quiet = [each for each in held if each.pace is not Pace.ACTIVE]
    return (
        has_skills(agent, lane.skills)
        and is_lane_in_range(state, lane, agent)
        and not is_at_limit(state.settings, agent, held, lane.channel)
        and state.settings.costs[lane.channel] + load(state.settings, quiet) <= agent.budget
    )


def considered(
    state: RoutingState, record: ContactRecord, chosen: AgentId | None, most: int = _CONSIDERED_MAX
) -> tuple[Consideration, ...]:
    """Return who was considered for a contact and which rule decided: who is named or favoured first.

    `chosen` is who gets it now; without one, an agent whom nothing stands against is not listed.
    """
    named = record.contact.reserved
    agents = dict.fromkeys((*((named,) if named else ()), *record.favoured, *((chosen,) if chosen else ())))
    for queue in record.queues:
        for agent in state.desks.members(queue):
            if len(agents) >= most:
                break
            agents[agent] = None
    found = []
    for agent in agents:
        rule = Rule.CHOSEN if agent == chosen else obstacle(state, record, agent)
        if rule is not None or chosen is not None:
            found.append(Consideration(agent=agent, rule=rule or Rule.RANKED_LOWER))
    return tuple(found)
