"""What agents have and could have, worked out from the records alone."""

from collections import Counter
from collections.abc import Mapping

from msgspec.structs import replace

from acd.agent import Agent, Presence
from acd.contact import Contact, ContactState, Pace
from acd.core.records import AgentRecord, ContactRecord
from acd.core.state import RoutingState
from acd.ids import AgentId, ContactId, QueueName

Having = tuple[Contact, Pace]


def held_by(state: RoutingState, agent: AgentId, but: ContactId | None = None) -> list[ContactRecord]:
    """Return what an agent has, offered or given."""
    offered = [state.contacts[offer.contact] for offer in state.offers.values() if offer.agent == agent]
    given = [record for record in state.contacts.values() if record.agent == agent]
    return [record for record in (*offered, *given) if record.contact.id != but]


def at_hand(held: list[ContactRecord]) -> list[ContactRecord]:
    """Return what an agent does not merely finish."""
    return [record for record in held if record.state is not ContactState.WRAP_UP]


def cost_of(state: RoutingState, contact: Contact, pace: Pace) -> int:
    whole = state.settings.costs[contact.channel]
    quiet = state.settings.quiet.get(contact.channel)
    little = min(whole, quiet.cost) if quiet else whole
    return {Pace.ACTIVE: whole, Pace.QUIET: little, Pace.SUSPENDED: 0}[pace]


def load_of(state: RoutingState, having: list[Having]) -> int:
    """Return the cost of contacts: for each customer the dearest channel, each channel as a sum."""
    shares: dict[str, Counter[str]] = {}
    for contact, pace in having:
        owner = shares.setdefault(contact.customer or contact.id, Counter())
        owner[contact.channel] += cost_of(state, contact, pace)
    return sum(max(costs.values()) for costs in shares.values())


def having(records: list[ContactRecord]) -> list[Having]:
    return [(record.contact, record.pace if record.agent else Pace.ACTIVE) for record in records]


def is_ready(record: AgentRecord, held: list[ContactRecord]) -> bool:
    has_call = any(each.contact.channel.is_live and each.state != "wrap_up" for each in held)
    return (
        record.presence is Presence.AVAILABLE
        and not record.cooling_until_ms
        and (has_call or not record.is_on_phone)
    )


def could_have(
    state: RoutingState,
    agent: Agent,
    held: list[ContactRecord],
    record: ContactRecord,
    *,
    room_counts: bool = True,
) -> bool:
    """Whether nothing stands between an agent, who is ready, and a contact that waits.

    Whether it fits beside what he has matters only if `room_counts`.
    """
    contact = record.contact
    most = agent.limits.get(contact.channel, state.settings.limits.get(contact.channel))
    is_favoured = agent.id in record.favoured
    return (
        any(queue in agent.queues and queue in state.settings.queues for queue in record.queues)
        and contact.reserved is None
        and not record.not_before_ms
        and agent.id not in record.rejected_by
        and (is_favoured or not record.hold_until_ms)
        and (is_favoured or any(_in_range(state, record, each, agent) for each in record.queues))
        and all(agent.skills.get(skill, 0) >= level for skill, level in contact.skills.items())
        and (most is None or sum(each.contact.channel is contact.channel for each in held) < most)
        and (not room_counts or fits(state, agent, held, contact))
    )


def could_have_by_name(state: RoutingState, record: ContactRecord) -> bool:
    """Whether nothing stands between a contact and the agent for whom it is reserved."""
    agent = state.agents.get(record.contact.reserved) if record.contact.reserved else None
    if agent is None or agent.presence is Presence.OFFLINE:
        return False
    contact, held = record.contact, at_hand(held_by(state, agent.agent.id))
    most = agent.agent.limits.get(contact.channel, state.settings.limits.get(contact.channel))
    has_call = any(each.contact.channel.is_live for each in held)
    channels = state.settings.interrupts.get(contact.channel, ())
    kept = [
        each
        for each in held
        if each.contact.channel not in channels or not _may_suspend(each, agent.agent.id)
    ]
    return (
        (has_call or not agent.is_on_phone)
        and not (has_call and contact.channel.is_live)
        and (most is None or sum(each.contact.channel is contact.channel for each in held) < most)
        and load_of(state, [*having(kept), (contact, Pace.ACTIVE)]) <= agent.agent.budget
    )


def _in_range(state: RoutingState, record: ContactRecord, queue: QueueName, agent: Agent) -> bool:
    """Whether a contact may come to an agent through one of its queues."""
    if queue not in agent.queues:
        return False
    settings = state.settings.queues.get(queue)
    if queue != record.contact.queue or settings is None or not record.penalties:
        return True
    members = sum(queue in each.agent.queues for each in state.agents.values())
    if not settings.penalty_ranges or members <= settings.penalty_members_min:
        return True
    allowed = settings.penalty_ranges[min(record.penalties, len(settings.penalty_ranges)) - 1]
    penalty = agent.queues[queue]
    if penalty >= allowed.low or not allowed.spares_low:
        penalty = max(penalty, allowed.raised)
    return allowed.low <= penalty and (allowed.high is None or penalty <= allowed.high)


def fits(state: RoutingState, agent: Agent, held: list[ContactRecord], contact: Contact) -> bool:
    """Whether a contact fits: beside others, once some are suspended, or as one with its customer's."""
    cost = state.settings.costs[contact.channel]
    if load_of(state, having(held)) + cost <= agent.budget:
        return True
    channels = state.settings.interrupts.get(contact.channel, ())
    kept = [each for each in held if not _may_suspend(each, agent.id) or each.contact.channel not in channels]
    if channels and load_of(state, having(kept)) + cost <= agent.budget:
        return True
    together = [*having(held), (contact, Pace.ACTIVE)]
    return is_with(state.contacts, agent.id, contact) and load_of(state, together) <= agent.budget


def _may_suspend(record: ContactRecord, agent: AgentId) -> bool:
    return record.agent == agent and record.state == "connected" and record.pace is not Pace.SUSPENDED


def is_with(contacts: Mapping[ContactId, ContactRecord], agent: AgentId, contact: Contact) -> bool:
    """Whether the customer of a contact has another one with the agent."""
    return contact.customer is not None and any(
        record.agent == agent
        and record.contact.customer == contact.customer
        and record.contact.about is None
        and each != contact.id
        for each, record in contacts.items()
    )


def is_kept_free(
    state: RoutingState,
    agent: Agent,
    held: list[ContactRecord],
    record: ContactRecord,
    waiting: list[ContactRecord],
) -> bool:
    """Whether an agent may not have a contact because of one of those that wait: it is overdue, came
    before, and lacks only room.
    """
    if not state.settings.keep_free_after_s or is_with(state.contacts, agent.id, record.contact):
        return False
    quiet = [each for each in held if each.pace is not Pace.ACTIVE]
    return any(
        state.now_ms - key_of(state, other)[0] >= state.settings.keep_free_after_s * 1000
        and not other.hold_until_ms
        and key_of(state, other) < key_of(state, record)
        and could_have(state, agent, held, other, room_counts=False)
        and any(_in_range(state, other, queue, agent) for queue in other.queues)
        and not _has_room(state, agent, held, other.contact)
        and load_of(state, having(quiet)) + state.settings.costs[other.contact.channel] <= agent.budget
        for other in waiting
    )


def _has_room(state: RoutingState, agent: Agent, held: list[ContactRecord], contact: Contact) -> bool:
    """Whether anybody's contact of that channel fits, beside or in place of what an agent has."""
    return fits(state, agent, held, replace(contact, customer=None, id=ContactId("anybody")))


def key_of(state: RoutingState, record: ContactRecord) -> tuple[int, int]:
    """Return a contact's place: its arrival, less a minute or so for each level of priority and weight."""
    settings, contact = state.settings, record.contact
    queue = settings.queues.get(contact.queue)
    seconds = contact.priority * settings.priority_step_s
    seconds += (queue.weight if queue else 0) * settings.weight_step_s
    most = settings.head_start_s_max
    return (contact.arrived_ms - min(most, max(-most, seconds)) * 1000, record.serial)
