"""Whether an agent may get a contact, and if not, by which rule."""

from collections.abc import Iterable

from acd.agent import Agent, Presence
from acd.core.capacity import BIT, is_at_limit, load
from acd.core.desks import Desk
from acd.core.records import Consideration, ContactRecord, Rule
from acd.core.state import RoutingState
from acd.ids import AgentId

_CONSIDERED_MAX = 8


def obstacle(state: RoutingState, record: ContactRecord, agent: AgentId) -> Rule | None:
    """Return the first rule that keeps a contact from an agent, None if nothing does."""
    desk = state.desks.get(agent)
    if desk is None:
        return Rule.UNKNOWN_AGENT
    if record.contact.queue not in desk.record.agent.queues:
        return Rule.NOT_MEMBER
    if desk.record.presence is not Presence.AVAILABLE:
        return Rule.NOT_AVAILABLE
    if desk.record.cooling_until_ms:
        return Rule.COOLING_DOWN
    if agent in record.rejected_by:
        return Rule.REJECTED_BEFORE
    if record.contact.skills and not has_skills(desk.record.agent, record.contact.skills.items()):
        return Rule.NO_SKILL
    if (rule := _lack_of_room(state, record, desk)) is not None:
        return rule
    if record.hold_until_ms and agent not in record.favoured:
        return Rule.WAITING_FOR_PREFERRED
    return None


def has_skills(agent: Agent, skills: Iterable[tuple[str, int]]) -> bool:
    """Whether an agent has every one of these skills at its level or above."""
    return all(agent.skills.get(skill, 0) >= level for skill, level in skills)


def _lack_of_room(state: RoutingState, record: ContactRecord, desk: Desk) -> Rule | None:
    contact, held, budget = record.contact, desk.held.values(), desk.record.agent.budget
    if desk.room & BIT[contact.channel]:
        return None
    if is_at_limit(state.settings, desk.record.agent, held, contact.channel):
        return Rule.CHANNEL_LIMIT
    if _has_customer(state, record, desk) and load(state.settings.costs, (*held, contact)) <= budget:
        return None
    return Rule.NO_CAPACITY


def _has_customer(state: RoutingState, record: ContactRecord, desk: Desk) -> bool:
    """Whether the agent has another contact of the same customer, so that both are one conversation."""
    agent = desk.record.agent.id
    return any(other.agent == agent for other in state.of_customer(record.contact.customer))


def considered(
    state: RoutingState, record: ContactRecord, chosen: AgentId | None, most: int = _CONSIDERED_MAX
) -> tuple[Consideration, ...]:
    """Return who was considered for a contact and which rule decided: favoured agents first.

    `chosen` is who gets it now; without one, an agent whom nothing stands against is not listed.
    """
    agents = dict.fromkeys((*record.favoured, *((chosen,) if chosen else ())))
    for agent in state.desks.members(record.contact.queue):
        if len(agents) >= most:
            break
        agents[agent] = None
    found = []
    for agent in agents:
        rule = Rule.CHOSEN if agent == chosen else obstacle(state, record, agent)
        if rule is not None or chosen is not None:
            found.append(Consideration(agent=agent, rule=rule or Rule.RANKED_LOWER))
    return tuple(found)


def explain(state: RoutingState, record: ContactRecord) -> tuple[Consideration, ...]:
    """Return why a contact is where it is.

    For one that waits: why each agent of its queue does not get it now. For the others: who was
    considered when its latest offer was made (at most 8).
    """
    if record.is_queued and not record.offers:
        everybody = len(record.favoured) + sum(1 for _ in state.desks.members(record.contact.queue))
        return considered(state, record, None, everybody)
    return record.considered
