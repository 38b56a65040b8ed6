"""Budget and limits are never exceeded by what the router does.

Only what was there already may exceed them: adopted contacts, settings that were narrowed, customers
who turn out to be one; and what an agent finishes, beside what came for him by name.
"""

from collections.abc import Mapping, Sequence

from acd.actions import Action, OfferContact
from acd.core.state import RoutingState
from acd.events import AgentChanged, ContactConnected, CustomerIdentified, Event, SettingsChanged
from acd.ids import AgentId
from acd.sim.invariants.having import at_hand, having, held_by, load_of
from acd.sim.invariants.violation import require

_MAY_OVERLOAD = (AgentChanged, ContactConnected, CustomerIdentified, SettingsChanged)


def loads(state: RoutingState) -> dict[AgentId, int]:
    """Return what each agent has that he does not merely finish."""
    return {agent: load_of(state, having(at_hand(held_by(state, agent)))) for agent in state.agents}


def check(
    state: RoutingState, event: Event, actions: Sequence[Action], before: Mapping[AgentId, int]
) -> dict[AgentId, int]:
    """Check what was offered now, and that nobody's load grew over his budget; returns the loads."""
    offers = open_offers(state, actions)
    for at, action in enumerate(offers):
        agent = state.agents[action.agent].agent
        held = held_by(state, action.agent)
        if any(record.contact.reserved for record in held):
            held = at_hand(held)
        require(load_of(state, having(held)) <= agent.budget, f"capacity: {action.agent} is over his budget")
        most = agent.limits.get(action.channel, state.settings.limits.get(action.channel))
        count = sum(record.contact.channel is action.channel for record in held)
        require(most is None or count <= most, f"capacity: {action.agent} is over a limit")
        if action.is_reserved and action.channel.is_live:
            later = {each.contact for each in offers[at:]}
            earlier = [record for record in at_hand(held) if record.contact.id not in later]
            is_called = any(record.contact.channel.is_live for record in earlier)
            require(not is_called, f"capacity: {action.agent} is called beside a call")
    now = loads(state)
    if not isinstance(event, _MAY_OVERLOAD):
        for agent_id, load in now.items():
            grew = load > max(before.get(agent_id, 0), state.agents[agent_id].agent.budget)
            require(not grew, f"capacity: {agent_id} was overfilled")
    return now


def open_offers(state: RoutingState, actions: Sequence[Action]) -> list[OfferContact]:
    offers = [action for action in actions if isinstance(action, OfferContact)]
    return [offer for offer in offers if offer.offer in state.offers]
