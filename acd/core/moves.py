"""The moves that rules are made of: offer, withdraw, queue again, connect, close."""

from collections.abc import Collection

from msgspec.structs import replace

from acd.actions import CloseContact, ConnectContact, OfferContact, PublishPresence, WithdrawOffer
from acd.agent import Presence
from acd.core.capacity import exceeds
from acd.core.eligibility import considered
from acd.core.records import AgentRecord, ContactRecord, OfferRecord, Tally
from acd.core.step import Step, advanced
from acd.core.transitions import COOL_DOWN_MS, EXCLUSION_MS_MAX, ContactStep, OfferEnd
from acd.ids import AgentId, ContactId, OfferId, QueueName


def offer(step: Step, contact_id: ContactId, agent: AgentId) -> None:
    """Offer a waiting contact to an agent for the queue's ring time."""
    state = step.state
    record = state.contacts[contact_id]
    contact, queue = record.contact, state.queue(record.contact.queue)
    serial = state.next_serial()
    lease = OfferRecord(
        id=OfferId(f"{contact.id}.{serial}"),
        contact=contact.id,
        agent=agent,
        deadline_ms=step.now_ms + queue.ring_s * 1000,
    )
    why = considered(state, record, agent)
    state.put_contact(
        replace(
            record,
            state=advanced(record, ContactStep.OFFER),
            offers=(*record.offers, lease.id),
            hold_until_ms=0,
            considered=why,
        )
    )
    state.put_offer(lease)
    _count(step, agent, record, turn=serial)
    step.do(
        OfferContact(
            offer=lease.id,
            contact=contact.id,
            channel=contact.channel,
            queue=contact.queue,
            agent=agent,
            ring_s=queue.ring_s,
            deadline_ms=lease.deadline_ms,
        )
    )


def withdraw(step: Step, lease: OfferRecord, end: OfferEnd) -> None:
    """End an open offer; the contact stays OFFERED, the caller moves it on."""
    step.state.drop_offer(lease.id)
    step.do(WithdrawOffer(offer=lease.id, contact=lease.contact, agent=lease.agent, reason=end.value))
    step.free(lease.agent)


def withdraw_all(step: Step, record: ContactRecord, end: OfferEnd) -> None:
    for each in record.offers:
        if (lease := step.state.offers.get(each)) is not None:
            withdraw(step, lease, end)


def lapse(step: Step, lease: OfferRecord, end: OfferEnd, *, exclude: bool = False) -> None:
    """Withdraw an offer that was not taken; the contact is back at its old place when it was the last."""
    withdraw(step, lease, end)
    record = step.state.contacts[lease.contact]
    left = tuple(each for each in record.offers if each != lease.id)
    record = replace(record, offers=left)
    if not left:
        record = replace(record, state=advanced(record, ContactStep.LAPSE))
    if exclude:
        record = excluding(step, record, lease.agent)
    step.state.put_contact(record)
    step.seek(lease.contact)


def withdraw_from(step: Step, agent: AgentId, kept: Collection[QueueName] = ()) -> None:
    """Withdraw an agent's open offers, but for those of the queues in `kept`."""
    desk = step.state.desks.get(agent)
    for contact in sorted(desk.held) if desk else []:
        record = step.state.contacts[contact]
        leases = [step.state.offers[each] for each in record.offers]
        for lease in leases:
            if lease.agent == agent and record.contact.queue not in kept:
                lapse(step, lease, OfferEnd.REMOVED)


def relieve(step: Step, agent: AgentId) -> None:
    """Withdraw an agent's offers when contacts that were adopted, or narrower settings, overload him."""
    desk = step.state.desks.get(agent)
    if desk is not None and exceeds(step.state.settings, desk.record.agent, desk.held.values()):
        withdraw_from(step, agent)


def excluding(step: Step, record: ContactRecord, agent: AgentId) -> ContactRecord:
    """Pass an agent over for this contact until everybody else who is available has been tried."""
    tried = (*record.rejected_by, agent) if agent not in record.rejected_by else record.rejected_by
    agents, state = step.state.agents, step.state
    untried = any(
        agents[each].presence is Presence.AVAILABLE and each not in tried
        for each in state.desks.members(record.contact.queue)
    )
    pause_ms = EXCLUSION_MS_MAX if untried else state.queue(record.contact.queue).retry_s * 1000
    return replace(record, rejected_by=tried, retry_at_ms=step.now_ms + pause_ms)


def connect(
    step: Step, record: ContactRecord, agent: AgentId, move: ContactStep, won: OfferId | None
) -> None:
    """Give a contact to an agent, in whichever way it came to him."""
    state = step.state
    withdrawn = [state.offers[each] for each in record.offers if each != won]
    state.put_contact(
        replace(
            record,
            state=advanced(record, move),
            agent=agent,
            won=won,
            offers=(),
            hold_until_ms=0,
            rejected_by=(),
            retry_at_ms=0,
        )
    )
    if won is not None:
        state.drop_offer(won)
    for lease in withdrawn:
        withdraw(step, lease, OfferEnd.TAKEN)
    if record.agent is not None and record.agent != agent:
        step.free(record.agent)
        leave_desk(step, record.agent)
    _serve(step, record, agent)
    draw_customer(step, record, agent)


def announce_connection(step: Step, lease: OfferRecord, record: ContactRecord) -> None:
    step.do(
        ConnectContact(
            offer=lease.id, contact=lease.contact, channel=record.contact.channel, agent=lease.agent
        )
    )


def close(step: Step, record: ContactRecord, reason: str) -> None:
    """Take a contact out of routing, from whatever state."""
    withdraw_all(step, record, OfferEnd.LEFT)
    step.state.drop_contact(record.contact.id)
    step.do(CloseContact(contact=record.contact.id, agent=record.agent, reason=reason))
    if record.agent is not None:
        step.free(record.agent)
        leave_desk(step, record.agent)


def ended_talk(step: Step, record: ContactRecord) -> None:
    """Note for the strategies that an agent's contact has ended now."""
    if record.agent is not None:
        _count(step, record.agent, record, last_ms=step.now_ms)


def leave_desk(step: Step, agent: AgentId) -> None:
    """Forget a removed agent once he has nothing left."""
    desk = step.state.desks.get(agent)
    if desk is not None and desk.record.is_removed and not desk.held:
        step.state.drop_agent(agent)


def hold_until_ms(step: Step, record: ContactRecord) -> int:
    """Return how long a contact is kept for the agents it favours; 0 when waiting for them is in vain."""
    wait_ms = step.state.queue(record.contact.queue).preferred_wait_s * 1000
    return step.now_ms + wait_ms if wait_ms and _may_come(step, record) else 0


def recheck_hold(step: Step, contact: ContactId) -> None:
    """Let anybody have a contact that is held for agents who can no longer get it."""
    record = step.state.contacts[contact]
    if record.hold_until_ms and not _may_come(step, record):
        step.state.put_contact(replace(record, hold_until_ms=0))
        step.seek(contact)


def miss(step: Step, agent: AgentId, reason: str) -> None:
    """Let an agent who missed an offer rest; after too many in a row he is not ready.

    Offers missed while he rests already (several at a time) count as the same miss.
    """
    record = step.agent(agent)
    if record.cooling_until_ms or record.presence is not Presence.AVAILABLE:
        return
    if record.misses < len(COOL_DOWN_MS):
        rest_ms = COOL_DOWN_MS[record.misses]
        step.state.put_agent(
            replace(record, misses=record.misses + 1, cooling_until_ms=step.now_ms + rest_ms)
        )
    else:
        set_presence(step, record, Presence.NOT_READY, reason)


def set_presence(step: Step, record: AgentRecord, presence: Presence, reason: str) -> None:
    """Change an agent's presence, which ends his rest, and tell everybody."""
    agent = record.agent.id
    step.state.put_agent(replace(record, presence=presence, reason=reason, misses=0, cooling_until_ms=0))
    step.do(PublishPresence(agent=agent, presence=presence, reason=reason))
    step.free(agent)


def _may_come(step: Step, record: ContactRecord) -> bool:
    """Whether one of the favoured agents is signed in, a member, and has not declined."""
    agents = step.state.agents
    return any(
        (agent := agents.get(each)) is not None
        and agent.is_signed_in
        and record.contact.queue in agent.agent.queues
        and each not in record.rejected_by
        for each in record.favoured
    )


def draw_customer(step: Step, record: ContactRecord, agent: AgentId) -> None:
    """Let the customer's other waiting contacts favour the agent who has this one."""
    for other in step.state.of_customer(record.contact.customer):
        if other.is_queued:
            favoured = tuple(dict.fromkeys((*other.favoured, agent)))
            step.state.put_contact(replace(other, favoured=favoured))
            step.seek(other.contact.id)


def _serve(step: Step, contact: ContactRecord, agent: AgentId) -> None:
    """Count a contact for the agent who has it now; whoever takes one misses none, so his rest ends."""
    record = step.agent(agent)
    if record.misses or record.cooling_until_ms:
        step.state.put_agent(replace(record, misses=0, cooling_until_ms=0))
        step.free(agent)
    _count(step, agent, contact, served=_tally(record, contact).served + 1)


def _tally(record: AgentRecord, contact: ContactRecord) -> Tally:
    return record.tallies.get(contact.contact.queue, Tally())


def _count(step: Step, agent: AgentId, contact: ContactRecord, **figures: int) -> None:
    record = step.agent(agent)
    tally = replace(_tally(record, contact), **figures)
    step.state.put_agent(replace(record, tallies={**record.tallies, contact.contact.queue: tally}))
