"""The moves that rules are made of: offer, withdraw, queue again, connect, close."""

from typing import Any, Final

from msgspec.structs import replace

from acd.actions import (
    CloseContact,
    ConnectContact,
    OfferContact,
    PublishPresence,
    RefuseContact,
    ReturnContact,
    StartWrapUp,
    WithdrawOffer,
)
from acd.agent import Presence
from acd.contact import Contact, Pace
from acd.core import forecast, overflow, pace
from acd.core.capacity import EITHER
from acd.core.eligibility import considered, membership
from acd.core.records import AgentRecord, ContactRecord, OfferRecord, Tally
from acd.core.state import RoutingState
from acd.core.step import Step, advanced
from acd.core.transitions import EXCLUSION_MS_MAX, ContactStep, OfferEnd
from acd.ids import AgentId, ContactId, OfferId

CALL_WAITING_RINGS: Final = 2
"""How long a contact waits for a busy agent by name: so many times as long as his phone would ring."""
NO_TALLY: Final = Tally()


def offer(step: Step, contact_id: ContactId, agent: AgentId) -> None:
    """Offer a waiting contact to an agent for the queue's ring time; ringall offers it to several."""
    state = step.state
    record = state.contacts[contact_id]
    contact, queue = record.contact, state.queue(record.contact.queue)
    why = considered(state, record, agent)
    desk = state.desks.get(agent)
    had_room = desk is not None and bool(desk.room & EITHER[contact.channel])
    pace.make_room(step, agent, contact)
    serial = state.next_serial()
    lease = OfferRecord(
        id=OfferId(f"{contact.id}.{serial}"),
        contact=contact.id,
        agent=agent,
        deadline_ms=step.now_ms + queue.ring_s * 1000,
    )
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
    step.do(offer_action(state, record, lease))
    if not had_room:
        step.free(agent)  # he may have been kept free for what he may not have beside this


def offer_action(state: RoutingState, record: ContactRecord, lease: OfferRecord) -> OfferContact:
    """Return the action that tells of an open offer."""
    contact = record.contact
    return OfferContact(
        offer=lease.id,
        contact=contact.id,
        channel=contact.channel,
        queue=contact.queue,
        agent=lease.agent,
        ring_s=state.queue(contact.queue).ring_s,
        deadline_ms=lease.deadline_ms,
        is_callback=contact.is_callback,
        is_reserved=contact.reserved is not None,
        about=contact.about,
        score=state.places[contact.id][0],
        considered=state.contacts[contact.id].considered,
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
    state, channel = step.state, record.contact.channel
    for each in state.consulted_about(record.contact.id):
        if each.contact.reserved == agent:
            close(step, each, "handed_over")
    withdrawn = [state.offers[each] for each in record.offers if each != won]
    if record.agent != agent and won is None:
        ended_talk(step, record)
        pace.make_room(step, agent, record.contact)
    if record.contact.reserved is None:  # otherwise it did not wait for its turn
        forecast.note_served(state, record, step.now_ms)
    elif record.contact.reserved != agent:
        record = replace(record, contact=replace(record.contact, reserved=agent))
    state.put_contact(
        replace(
            record,
            state=advanced(record, move),
            agent=agent,
            won=won,
            since_ms=step.now_ms,
            offers=(),
            hold_until_ms=0,
            not_before_ms=0,
            rejected_by=(),
            retry_at_ms=0,
            pace=Pace.ACTIVE,
            is_parked=False,
            is_unanswered=won is not None and not channel.is_live,
        )
    )
    if won is not None:
        state.drop_offer(won)
    for lease in withdrawn:
        withdraw(step, lease, OfferEnd.TAKEN)
    if record.agent is not None and record.agent != agent:
        step.free(record.agent)
        leave_desk(step, record.agent)
    if state.settings.interrupts or won is None:
        # What was only offered could not be interrupted; an adopted call may be why his phone is in use.
        step.free(agent)
    _serve(step, record, agent)
    draw_customer(step, record, agent)


def announce_connection(step: Step, lease: OfferRecord, record: ContactRecord) -> None:
    step.do(
        ConnectContact(
            offer=lease.id,
            contact=lease.contact,
            channel=record.contact.channel,
            agent=lease.agent,
            is_callback=record.contact.is_callback,
            about=record.contact.about,
        )
    )


def give_back(
    step: Step,
    record: ContactRecord,
    reason: str,
    *,
    contact: Contact | None = None,
    first: AgentId | None = None,
    **changes: Any,
) -> ContactRecord:
    """Take a connected contact from its agent: it waits again, with its age, and favours `first`.

    It waits as `contact` says, by itself for whoever serves its queue. `changes` are of its record.
    """
    agent = record.agent
    assert agent is not None, "only what an agent has can be given back"
    ended_talk(step, record)
    end_consultations(step, record.contact.id)
    contact = contact or replace(record.contact, reserved=None)
    record = replace(
        record,
        contact=contact,
        state=advanced(record, ContactStep.RETURN),
        agent=None,
        won=None,
        since_ms=step.now_ms,
        steps=0,
        penalties=0,
        more_queues=(),
        pace=Pace.ACTIVE,
        quiet_at_ms=0,
        is_picked_up=False,
        favoured=favoured(step, contact, (*((first,) if first else ()), *record.favoured)),
        **changes,
    )
    record = overflow.begin(step.state, record, step.now_ms)
    record = replace(record, hold_until_ms=hold_until_ms(step, record))
    step.state.put_contact(record)
    queue = record.contact.queue
    until_ms = record.not_before_ms if record.is_parked else 0
    step.do(
        ReturnContact(contact=contact.id, agent=agent, queue=queue, reason=reason, parked_until_ms=until_ms)
    )
    step.state.desks.attendance.look_at(queue)
    step.free(agent)
    leave_desk(step, agent)
    step.seek(record.contact.id)
    return record


def close(step: Step, record: ContactRecord, reason: str) -> None:
    """Take a contact out of routing, from whatever state."""
    withdraw_all(step, record, OfferEnd.LEFT)
    step.state.drop_contact(record.contact.id)
    step.do(CloseContact(contact=record.contact.id, agent=record.agent, reason=reason))
    end_consultations(step, record.contact.id)
    if record.agent is not None:
        if not record.is_personal:
            forecast.note_handled(step.state, record, step.now_ms)
        step.free(record.agent)
        leave_desk(step, record.agent)


def finish_talk(step: Step, record: ContactRecord, reason: str) -> None:
    """End what an agent has: he finishes it, if there is something to finish.

    A consultation leaves nothing, and who is away does nothing.
    """
    agent, contact = record.agent, record.contact
    wrap_up_s = step.state.queue(contact.queue).wrapup_s(contact.channel)
    ended_talk(step, record)
    is_done = wrap_up_s == 0 or contact.about is not None
    if is_done or agent is None or not step.agent(agent).is_signed_in:
        close(step, record, reason)
        return
    until_ms = step.now_ms + wrap_up_s * 1000 if wrap_up_s else 0
    step.state.put_contact(
        replace(record, state=advanced(record, ContactStep.WRAP_UP), wrap_until_ms=until_ms, quiet_at_ms=0)
    )
    step.do(StartWrapUp(contact=contact.id, agent=agent, until_ms=until_ms))
    end_consultations(step, contact.id)
    if step.state.waiting.first_reserved(agent) is not None:
        step.free(agent)


def end_consultations(step: Step, contact: ContactId) -> None:
    """Let those go who are consulted about a contact that is over, or no longer with its agent."""
    for record in step.state.consulted_about(contact):
        close(step, record, "over")


def turn_away(step: Step, record: ContactRecord, reason: str) -> None:
    """Take a contact out of a queue that cannot have it; its channel must tell the customer."""
    withdraw_all(step, record, OfferEnd.REMOVED)
    step.state.drop_contact(record.contact.id)
    step.do(RefuseContact(contact=record.contact.id, reason=reason))


def ended_talk(step: Step, record: ContactRecord) -> None:
    """Note for the strategies that an agent's contact has ended now."""
    if record.agent is not None:
        _count(step, record.agent, record, last_ms=step.now_ms)


def leave_desk(step: Step, agent: AgentId) -> None:
    """Forget a removed agent once he has nothing left."""
    desk = step.state.desks.get(agent)
    if desk is not None and desk.record.is_removed and not desk.held:
        step.state.drop_agent(agent)


def favoured(step: Step, contact: Contact, preferred: tuple[AgentId, ...]) -> tuple[AgentId, ...]:
    """Return the preferred agents, and after them those who have the customer on another channel."""
    others = step.state.of_customer(contact.customer)
    holders = (
        other.agent
        for other in others
        if other.agent is not None and other.contact.id != contact.id and other.contact.about is None
    )
    return tuple(dict.fromkeys((*preferred, *holders)))


def hold_until_ms(step: Step, record: ContactRecord, position: int | None = None) -> int:
    """Return how long a contact is kept for the agents it favours; 0 when waiting for them is in vain.

    No longer than the queue lets it wait for them, nor much longer than it would wait for anybody;
    `position` is its place in line, None for one that stands at the end of it. For one agent by name it is
    twice the time that his phone would ring. What nobody can have yet is not kept for anybody.
    """
    queue = step.state.queue(record.contact.queue)
    if record.contact.reserved is not None:
        return step.now_ms + CALL_WAITING_RINGS * queue.ring_s * 1000
    if (
        record.not_before_ms
        or not queue.preferred_wait_s
        or not record.favoured
        or not _may_come(step, record)
    ):
        return 0
    position = len(step.state.lines.of(queue.name)) + 1 if position is None else position
    without_ms = forecast.wait_at_ms(step.state, queue.name, position) or 0
    wait_ms = min(queue.preferred_wait_s * 1000, without_ms + queue.preferred_margin_s * 1000)
    return step.now_ms + wait_ms if wait_ms else 0


def recheck_hold(step: Step, contact: ContactId) -> None:
    """Let anybody have a contact that is held for agents who can no longer get it."""
    record = step.state.contacts[contact]
    if record.hold_until_ms and record.contact.reserved is None and not _may_come(step, record):
        step.state.put_contact(replace(record, hold_until_ms=0))
        step.seek(contact)


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
    """Let the customer's other waiting contacts favour the agent who has this one, unless he is consulted."""
    if record.contact.about is not None:
        return
    for other in step.state.of_customer(record.contact.customer):
        if other.is_queued:
            if agent not in other.favoured:
                step.state.put_contact(replace(other, favoured=(*other.favoured, agent)))
            step.seek(other.contact.id)


def _serve(step: Step, contact: ContactRecord, agent: AgentId) -> None:
    """Count a contact for the agent who has it now; whoever takes one misses none, so his rest ends."""
    record = step.agent(agent)
    if record.misses or record.cooling_until_ms:
        step.state.put_agent(replace(record, misses=0, cooling_until_ms=0))
        step.free(agent)
    _count(step, agent, contact, served=1)


def _count(
    step: Step, agent: AgentId, contact: ContactRecord, *, turn: int = 0, served: int = 0, last_ms: int = 0
) -> None:
    """Note in an agent's tally what is not 0; `served` is added. What is his own affair does not count."""
    if contact.is_personal:
        return
    record = step.agent(agent)
    queue = contact.contact.queue
    if contact.more_queues:
        queue = membership(contact, record.agent) or queue
    old = record.tallies.get(queue, NO_TALLY)
    tally = Tally(turn=turn or old.turn, served=old.served + served, last_ms=last_ms or old.last_ms)
    step.state.put_agent(replace(record, tallies={**record.tallies, queue: tally}))
