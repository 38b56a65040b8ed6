"""Matching: bring agents who became free and contacts that became free together.

Between two steps no waiting contact has an agent who could get it. So only what a step touched needs
a look: first each freed agent takes the best contacts for him, then each seeking contact its best agent.
"""

from collections.abc import Collection, Iterator

from acd.contact import ContactState
from acd.core import direct, pace
from acd.core.desks import Desk
from acd.core.eligibility import (
    has_skills,
    is_kept_free,
    is_lane_in_range,
    levelled,
    membership,
    obstacle,
    penalty_range,
)
from acd.core.moves import offer
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.core.step import Step
from acd.core.strategies import Rank, sort_key
from acd.core.waiting import Place
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import Strategy


def match(step: Step) -> None:
    """Make every offer that is possible now, and forget what was freed and sought."""
    while step.has_work():
        freed = step.take_freed()
        for agent in freed:
            pace.resume(step, agent)
        for agent in freed:
            direct.call_in(step, agent)
            _fill(step, agent)
        if not freed:
            _place(step, step.take_seeking())


def _place(step: Step, sought: Collection[ContactId]) -> None:
    """Find agents for contacts, in their order; as soon as that frees somebody, he chooses first."""
    seeking = (step.state.contacts.get(contact) for contact in sought)
    waiting = [record for record in seeking if record and record.state is ContactState.WAITING]
    waiting.sort(key=lambda each: step.state.places[each.contact.id])
    for at, record in enumerate(waiting):
        for agent in best_agents(step.state, record):
            offer(step, record.contact.id, agent)
        if step.freed or step.state.relieved:
            for later in waiting[at + 1 :]:
                step.seek(later.contact.id)
            return


def best_agents(state: RoutingState, record: ContactRecord) -> list[AgentId]:
    """Return who is offered a contact: who is named, a favoured agent, else the best by the queue's strategy.

    It is one agent at the most, but for ringall: all of the lowest penalty.
    """
    if (named := record.contact.reserved) is not None:
        return [named] if obstacle(state, record, named) is None else []
    if record.not_before_ms:
        return []
    for agent in record.favoured:
        if obstacle(state, record, agent) is None:
            return [agent]
    if record.hold_until_ms:
        return []
    for queue in record.queues:
        if found := _best_of(state, record, queue):
            return found
    return []


def _best_of(state: RoutingState, record: ContactRecord, queue: QueueName) -> list[AgentId]:
    for ranks in _ranked(state, record, queue):
        free = (rank for rank in ranks if obstacle(state, record, rank[-1]) is None)
        if (best := next(free, None)) is None:
            continue
        if state.queue(queue).strategy is not Strategy.RINGALL:
            return [best[-1]]
        return [best[-1], *(rank[-1] for rank in free if rank[0] == best[0])]
    return []


def _ranked(state: RoutingState, record: ContactRecord, queue: QueueName) -> Iterator[Iterator[Rank]]:
    """Yield the ready agents of a queue, best first for this contact.

    They come in two groups: who would have to leave something alone stands in the second.
    """
    penalties = record.penalties if queue == record.contact.queue else 0
    allowed = penalty_range(state, queue, penalties)
    by = sort_key(state.queue(queue).strategy, record.contact, state.serial)
    for ranks in state.desks.ready(queue, record.contact.channel):
        if allowed.raised:
            ranks = iter(sorted((levelled(allowed, rank[0]), *rank[1:]) for rank in ranks))
        if by is not None:
            ranks = iter(sorted(ranks, key=lambda rank: by(rank, state.agents[rank[-1]])))
        yield ranks


def _fill(step: Step, agent: AgentId) -> None:
    desk = step.state.desks.get(agent)
    while desk is not None and desk.is_ready and (best := _best_place(step.state, desk)) is not None:
        for each in _rung_with(step.state, agent, best):
            offer(step, best[-1], each)


def _rung_with(state: RoutingState, agent: AgentId, best: Place) -> list[AgentId]:
    """Return who is offered what is next for an agent: he, or by ringall all for whom it is the next."""
    record = state.contacts[best[-1]]
    queue = membership(record, state.agents[agent].agent)
    if queue is None or agent in record.favoured or state.queue(queue).strategy is not Strategy.RINGALL:
        return [agent]
    for ranks in _ranked(state, record, queue):
        rung = [rank for rank in ranks if rank[-1] == agent or _is_next(state, record, rank[-1], best)]
        if rung:
            lowest = min(rank[0] for rank in rung)
            return [rank[-1] for rank in rung if rank[0] == lowest]
    return [agent]


def _is_next(state: RoutingState, record: ContactRecord, agent: AgentId, place: Place) -> bool:
    desk = state.desks.get(agent)
    return desk is not None and obstacle(state, record, agent) is None and _best_place(state, desk) == place


def _best_place(state: RoutingState, desk: Desk) -> Place | None:
    """Return the place of the first contact, over all queues of an agent, that he may get."""
    agent = desk.record.agent.id
    best: Place | None = None
    for queue in desk.ranks:
        for lane, order in state.waiting.lanes(queue, desk.room):
            if lane.skills and not has_skills(desk.record.agent, lane.skills):
                continue
            if not is_lane_in_range(state, lane, desk.record.agent):
                continue
            first = next((key for key in order if agent not in state.contacts[key[-1]].rejected_by), None)
            if first is not None and (best is None or first < best):
                best = first
    if best is not None and is_kept_free(state, desk, state.contacts[best[-1]]):
        best = None
    for key in state.waiting.favouring(agent):
        if best is not None and key >= best:
            break
        if obstacle(state, state.contacts[key[-1]], agent) is None:
            return key
    return best
