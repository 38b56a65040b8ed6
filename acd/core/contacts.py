"""What happens to contacts: they are queued, leave, end, come back, finish."""

from msgspec.structs import replace

from acd.actions import RefuseContact, StartWrapUp
from acd.contact import Contact, ContactState
from acd.core import moves
from acd.core.records import ContactRecord
from acd.core.step import Step, advanced
from acd.core.transitions import ContactStep, OfferEnd, contact_after, refusal
from acd.events import (
    ContactConnected,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    ContactReturned,
    CustomerIdentified,
    WrapUpEnded,
)
from acd.ids import AgentId

_PREFERRED_MAX = 8


def queued(step: Step, event: ContactQueued) -> None:
    contact = event.contact
    state = step.contact_state(contact.id)
    if contact_after(state, ContactStep.QUEUE) is None:
        step.refuse(event, refusal(state), contact=contact.id)
    elif (reason := _no_entry(step, contact)) is not None:
        step.do(RefuseContact(contact=contact.id, reason=reason))
    else:
        record = _new_record(step, contact)
        record = replace(record, hold_until_ms=moves.hold_until_ms(step, record))
        step.state.put_contact(record)
        step.seek(contact.id)


def ended(step: Step, event: ContactEnded | ContactLeft) -> None:
    """The customer is gone, wherever the contact stands: whichever of the two events says so first."""
    record = step.state.contacts.get(event.contact)
    if record is None or record.state is ContactState.WRAP_UP:
        step.refuse(event, refusal(record.state if record else None), contact=event.contact)
    elif record.state is ContactState.CONNECTED:
        _finish_talk(step, record, event.reason)
    else:
        moves.close(step, record, event.reason)


def returned(step: Step, event: ContactReturned) -> None:
    record = step.state.contacts.get(event.contact)
    state = record.state if record else None
    if record is None or record.agent is None or contact_after(state, ContactStep.RETURN) is None:
        step.refuse(event, refusal(state), contact=event.contact)
        return
    agent = record.agent
    moves.ended_talk(step, record)
    record = replace(record, state=advanced(record, ContactStep.RETURN), agent=None, won=None)
    record = replace(record, favoured=_favoured(step, record.contact, record.favoured))
    record = moves.excluding(step, record, agent)
    record = replace(record, hold_until_ms=moves.hold_until_ms(step, record))
    step.state.put_contact(record)
    step.free(agent)
    moves.leave_desk(step, agent)
    step.seek(event.contact)
    if record.contact.queue not in step.state.settings.queues:
        turn_away(step, record)


def connected(step: Step, event: ContactConnected) -> None:
    contact = event.contact
    record = step.state.contacts.get(contact.id)
    state = record.state if record else None
    is_known = record is not None and record.agent == event.agent
    if event.agent not in step.state.agents:
        step.refuse(event, "agent_unknown", contact=contact.id, agent=event.agent)
    elif is_known or contact_after(state, ContactStep.ADOPT) is None:
        step.refuse(event, refusal(state), contact=contact.id, agent=event.agent)
    else:
        record = record or _new_record(step, contact)
        moves.connect(step, record, event.agent, ContactStep.ADOPT, None)
        moves.relieve(step, event.agent)


def identified(step: Step, event: CustomerIdentified) -> None:
    """Go by a contact's customer from now on: who has the customer already is favoured."""
    record = step.state.contacts.get(event.contact)
    if record is None:
        step.refuse(event, refusal(None), contact=event.contact)
        return
    if record.contact.customer == event.customer:
        return
    contact = replace(record.contact, customer=event.customer)
    if record.is_queued:
        record = replace(record, favoured=_favoured(step, contact, record.favoured))
    record = replace(record, contact=contact)
    offered_to = [step.state.offers[each].agent for each in record.offers]
    step.state.put_contact(record)
    for agent in dict.fromkeys((*offered_to, *((record.agent,) if record.agent else ()))):
        step.free(agent)
        moves.relieve(step, agent)
    if record.agent is not None:
        moves.draw_customer(step, record, record.agent)
    elif not record.offers:
        step.seek(event.contact)


def wrap_up_ended(step: Step, event: WrapUpEnded) -> None:
    record = step.state.contacts.get(event.contact)
    if record is None or record.state is not ContactState.WRAP_UP:
        state = record.state if record else None
        step.refuse(event, refusal(state), contact=event.contact, agent=event.agent)
    elif record.agent != event.agent:
        step.refuse(event, "not_yours", contact=event.contact, agent=event.agent)
    else:
        moves.close(step, record, "wrapped_up")


def fell_due(step: Step, record: ContactRecord) -> None:
    """One of a contact's times has come: the hold, the exclusion or the wrap-up is over."""
    now = step.now_ms
    if 0 < record.wrap_until_ms <= now:
        moves.close(step, record, "wrap_up_over")
        return
    if 0 < record.hold_until_ms <= now:
        record = replace(record, hold_until_ms=0)
    if 0 < record.retry_at_ms <= now:
        record = replace(record, rejected_by=(), retry_at_ms=0)
    step.state.put_contact(record)
    step.seek(record.contact.id)


def turn_away(step: Step, record: ContactRecord) -> None:
    """Take a contact out of a queue that is no more; its channel must tell the customer."""
    moves.withdraw_all(step, record, OfferEnd.REMOVED)
    step.state.drop_contact(record.contact.id)
    step.do(RefuseContact(contact=record.contact.id, reason="unknown_queue"))


def _no_entry(step: Step, contact: Contact) -> str | None:
    queue = step.state.settings.queues.get(contact.queue)
    if queue is None:
        return "unknown_queue"
    if contact.channel not in queue.channels:
        return "channel_not_served"
    if 0 < queue.max_waiting <= step.state.queued.get(contact.queue, 0):
        return "queue_full"
    return None


def _new_record(step: Step, contact: Contact) -> ContactRecord:
    if not contact.arrived_ms:
        contact = replace(contact, arrived_ms=step.now_ms)
    favoured = _favoured(step, contact, contact.preferred[:_PREFERRED_MAX])
    return ContactRecord(contact=contact, serial=step.state.next_serial(), favoured=favoured)


def _favoured(step: Step, contact: Contact, preferred: tuple[AgentId, ...]) -> tuple[AgentId, ...]:
    """Return the preferred agents, and after them those who have the customer on another channel."""
    others = step.state.of_customer(contact.customer)
    holders = (other.agent for other in others if other.agent is not None and other.contact.id != contact.id)
    return tuple(dict.fromkeys((*preferred, *holders)))


def _finish_talk(step: Step, record: ContactRecord, reason: str) -> None:
    wrap_up_s = step.state.queue(record.contact.queue).wrapup_s(record.contact.channel)
    moves.ended_talk(step, record)
    agent = record.agent
    if wrap_up_s == 0 or agent is None or _is_away(step, agent):
        moves.close(step, record, reason)
        return
    until_ms = step.now_ms + wrap_up_s * 1000 if wrap_up_s else 0
    step.state.put_contact(
        replace(record, state=advanced(record, ContactStep.WRAP_UP), wrap_until_ms=until_ms)
    )
    step.do(StartWrapUp(contact=record.contact.id, agent=agent, until_ms=until_ms))


def _is_away(step: Step, agent: AgentId) -> bool:
    return not step.agent(agent).is_signed_in
