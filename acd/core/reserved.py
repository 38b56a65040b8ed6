"""Whether an agent can have a contact that is meant for him by name.

Other rules hold than in a queue. Membership, skills, penalty and readiness do not count; nor does what
he finishes: he may leave that for this contact.
"""

from acd.contact import Contact
from acd.core.capacity import Held, at_hand, is_at_limit, load, may_interrupt
from acd.core.desks import Desk
from acd.core.state import RoutingState
from acd.explanation import Rule
from acd.ids import AgentId, ContactId

AWAY, BUSY = "agent_away", "agent_busy"


def obstacle(state: RoutingState, contact: Contact, agent: AgentId) -> Rule | None:
    """Return what keeps a contact from an agent, None if he can have it at once."""
    desk = state.desks.get(agent)
    if desk is None:
        return Rule.UNKNOWN_AGENT
    if not desk.record.is_signed_in:
        return Rule.NOT_AVAILABLE
    if desk.record.is_on_phone and not any(each.is_on_line for each in desk.held.values()):
        return Rule.ON_PHONE
    return lack_of_room(state, desk, contact)


def lack_of_room(
    state: RoutingState, desk: Desk, contact: Contact, but: ContactId | None = None
) -> Rule | None:
    """Return why a contact does not fit beside what an agent has, or in place of what it may interrupt.

    A call fits beside no other. `but` is left out of account.
    """
    settings, agent = state.settings, desk.record.agent
    held = [each for each in at_hand(desk.held.values()) if each.contact.id not in (contact.id, but)]
    if contact.channel.is_live and any(each.is_on_line for each in held):
        return Rule.NO_CAPACITY
    if is_at_limit(settings, agent, held, contact.channel):
        return Rule.CHANNEL_LIMIT
    kept = [each for each in held if not may_interrupt(settings, contact.channel, each)]
    return Rule.NO_CAPACITY if load(settings, [*kept, Held(contact)]) > agent.budget else None


def refusal(state: RoutingState, contact: Contact, agent: AgentId, *, may_wait: bool = False) -> str | None:
    """Return the reason code if an agent cannot have a contact; with `may_wait`, if it cannot wait either.

    One contact at the most waits for a busy agent.
    """
    match obstacle(state, contact, agent):
        case None:
            return None
        case Rule.UNKNOWN_AGENT | Rule.NOT_AVAILABLE:
            return AWAY
        case _:
            return None if may_wait and state.waiting.first_reserved(agent) is None else BUSY
