"""Matching: bring agents who became free and contacts that became free together.

Between two steps no waiting contact has an agent who could get it. So only what a step touched needs
a look: first each freed agent takes the best contacts for him, then each seeking contact its best agent.
"""

from acd.contact import ContactState
from acd.core.desks import Desk
from acd.core.eligibility import has_skills, obstacle
from acd.core.moves import offer
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.core.step import Step
from acd.core.waiting import Place, place
from acd.ids import AgentId


def match(step: Step) -> None:
    """Make every offer that is possible now, and forget what was freed and sought."""
    for agent in step.freed:
        _fill(step, agent)
    seeking = (step.state.contacts.get(contact) for contact in step.seeking)
    waiting = [record for record in seeking if record and record.state is ContactState.WAITING]
    for record in sorted(waiting, key=place):
        if (best := best_agent(step.state, record)) is not None:
            offer(step, record.contact.id, best)
    step.freed.clear()
    step.seeking.clear()


def best_agent(state: RoutingState, record: ContactRecord) -> AgentId | None:
    """Return the agent who gets a contact: a favoured one, else the best by the queue's strategy."""
    for agent in record.favoured:
        if obstacle(state, record, agent) is None:
            return agent
    if record.hold_until_ms:
        return None
    for agent in state.desks.ready(record.contact.queue, record.contact.channel):
        if obstacle(state, record, agent) is None:
            return agent
    return None


def _fill(step: Step, agent: AgentId) -> None:
    desk = step.state.desks.get(agent)
    while desk is not None and desk.is_ready and (best := _best_place(step.state, desk)) is not None:
        offer(step, best[-1], agent)


def _best_place(state: RoutingState, desk: Desk) -> Place | None:
    """Return the place of the first contact, over all queues of an agent, that he may get."""
    agent = desk.record.agent.id
    best: Place | None = None
    for queue in desk.ranks:
        for lane, order in state.waiting.lanes(queue, desk.room):
            if lane.skills and not has_skills(desk.record.agent, lane.skills):
                continue
            first = next((key for key in order if agent not in state.contacts[key[-1]].rejected_by), None)
            if first is not None and (best is None or first < best):
                best = first
    for key in state.waiting.favouring(agent):
        if best is not None and key >= best:
            break
        if obstacle(state, state.contacts[key[-1]], agent) is None:
            return key
    return best
