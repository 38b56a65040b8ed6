"""What happens to contacts: they are queued, leave, end, come back, finish."""

from typing import Any

from msgspec.structs import replace

from acd.actions import RefuseContact
from acd.contact import Contact, ContactState
from acd.core import callbacks, direct, lapses, moves, overflow, pace, reserved
from acd.core.records import ContactRecord
from acd.core.step import Step
from acd.core.transitions import ContactStep, contact_after, refusal
from acd.events import (
    ContactConnected,
    ContactEnded,
    ContactLeft,
    ContactQueued,
    ContactReturned,
    CustomerIdentified,
    WrapUpEnded,
)

_PREFERRED_MAX = 8


def queued(step: Step, event: ContactQueued) -> None:
    contact = event.contact
    state = step.contact_state(contact.id)
    if contact_after(state, ContactStep.QUEUE) is None:
        step.refuse(event, refusal(state), contact=contact.id)
    elif (reason := _no_entry(step, contact)) is not None:
        step.do(RefuseContact(contact=contact.id, reason=reason))
    else:
        record = _new_record(step, callbacks.take_over(step, contact))
        record = overflow.begin(step.state, record, step.now_ms)
        step.state.put_contact(replace(record, hold_until_ms=moves.hold_until_ms(step, record)))
        step.state.desks.attendance.look_at(contact.queue)
        step.seek(contact.id)


def ended(step: Step, event: ContactEnded | ContactLeft) -> None:
    """The customer is gone, wherever the contact stands: whichever of the two events says so first."""
    record = step.state.contacts.get(event.contact)
    if record is None or record.state is ContactState.WRAP_UP:
        step.refuse(event, refusal(record.state if record else None), contact=event.contact)
    elif record.state is ContactState.CONNECTED:
        moves.finish_talk(step, record, event.reason)
    else:
        moves.close(step, record, event.reason)


def returned(step: Step, event: ContactReturned) -> None:
    """Let a contact wait again; its customer is on the line then, if it is a call at all.

    Who gave it to its queue is passed over for it; who gave it to an agent by name is tried next.
    """
    record = step.state.contacts.get(event.contact)
    state = record.state if record else None
    if record is None or record.agent is None or contact_after(state, ContactStep.RETURN) is None:
        step.refuse(event, refusal(state), contact=event.contact)
        return
    if (reason := direct.no_transfer(step, record, event)) is not None:
        step.refuse(event, reason, contact=event.contact, agent=event.to)
        return
    agent, queue = record.agent, event.queue or record.contact.queue
    contact = replace(record.contact, queue=queue, is_callback=False, reserved=event.to)
    if event.to is not None:
        moves.give_back(step, record, event.reason, contact=contact, first=agent)
        direct.offer_reserved(step, contact.id)
        return
    excluded = moves.excluding(step, replace(record, contact=contact), agent)
    record = moves.give_back(
        step,
        record,
        event.reason,
        contact=contact,
        rejected_by=excluded.rejected_by,
        retry_at_ms=excluded.retry_at_ms,
    )
    if queue not in step.state.settings.queues:
        moves.turn_away(step, record, "unknown_queue")


def connected(step: Step, event: ContactConnected) -> None:
    contact = event.contact
    record = step.state.contacts.get(contact.id)
    state = record.state if record else None
    is_known = record is not None and record.agent == event.agent
    if event.agent not in step.state.agents:
        step.refuse(event, "agent_unknown", contact=contact.id, agent=event.agent)
    elif is_known or contact_after(state, ContactStep.ADOPT) is None:
        step.refuse(event, refusal(state), contact=contact.id, agent=event.agent)
    elif record is None and not direct.is_consultable(step.state, contact):
        step.refuse(event, "over", contact=contact.id, agent=event.agent)
    else:
        if contact.about is not None:
            contact = replace(contact, reserved=event.agent)
        record = record or _new_record(step, contact)
        moves.connect(step, record, event.agent, ContactStep.ADOPT, None)
        lapses.relieve(step, event.agent)


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
        record = replace(record, favoured=moves.favoured(step, contact, record.favoured))
    record = replace(record, contact=contact)
    offered_to = [step.state.offers[each].agent for each in record.offers]
    step.state.put_contact(record)
    for agent in dict.fromkeys((*offered_to, *((record.agent,) if record.agent else ()))):
        step.free(agent)
        lapses.relieve(step, agent)
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
    """One of a contact's times has come: those of its state, and no others."""
    match record.state:
        case ContactState.WRAP_UP:
            moves.close(step, record, "wrap_up_over")
        case ContactState.CONNECTED:
            pace.fell_quiet(step, record)
        case _:
            _waited(step, record)


def _waited(step: Step, record: ContactRecord) -> None:
    """The hold, the exclusion or the pause of a contact is over, or its queue's next step has come."""
    now = step.now_ms
    if record.contact.reserved is not None and record.state is ContactState.WAITING:
        lapses.release(step, record, reserved.BUSY)
        return
    if record.is_parked and record.state is ContactState.WAITING:
        _unpark(step, record)
        return
    changes: dict[str, Any] = {}
    if 0 < record.hold_until_ms <= now:
        changes["hold_until_ms"] = 0
    if 0 < record.not_before_ms <= now and not record.is_parked:
        changes["not_before_ms"] = 0
    if 0 < record.retry_at_ms <= now:
        changes |= {"rejected_by": (), "retry_at_ms": 0}
    moved: ContactRecord | None = replace(record, **changes)
    if moved is not None and moved.state is ContactState.WAITING and 0 < moved.step_due_ms <= now:
        moved = overflow.fell_due(step, moved)
    if moved is not None:
        step.state.put_contact(moved)
        step.seek(record.contact.id)


def _unpark(step: Step, record: ContactRecord) -> None:
    """Nobody picked a contact up: it goes on in its queue, and whoever parked it is tried first."""
    record = replace(record, is_parked=False, not_before_ms=0, since_ms=step.now_ms)
    record = overflow.begin(step.state, record, step.now_ms)
    step.state.put_contact(replace(record, hold_until_ms=moves.hold_until_ms(step, record)))
    step.state.desks.attendance.look_at(record.contact.queue)
    step.seek(record.contact.id)


def leave_empty(step: Step) -> bool:
    """Turn callers away from queues in which nobody is there any more; whether there were any."""
    found = [
        record
        for queue in step.state.desks.attendance.take_emptied()
        for _, _, contact in list(step.state.lines.of(queue))
        if (record := step.state.contacts[contact]).state is ContactState.WAITING
        and record.contact.queue == queue
        and record.contact.channel.is_live
        and not record.contact.is_callback
        and not record.is_parked
    ]
    for record in found:
        moves.turn_away(step, record, "nobody_there")
    return bool(found)


def _no_entry(step: Step, contact: Contact) -> str | None:
    if contact.about is not None or contact.reserved is not None:
        return direct.no_entry(step.state, contact)
    queue = step.state.settings.queues.get(contact.queue)
    if queue is None:
        return "unknown_queue"
    if contact.channel not in queue.channels:
        return "channel_not_served"
    others = step.state.queued.get(contact.queue, 0) - len(callbacks.taken_over(step, contact))
    if 0 < queue.max_waiting <= others and not contact.is_left:
        return "queue_full"
    if not contact.channel.is_live or contact.is_callback:
        return None
    hours = step.state.settings.hours.get(queue.hours)
    if hours is not None and not hours.is_open(contact.arrived_ms or step.now_ms):
        return "closed"
    if not step.state.desks.attendance.may_join(contact.queue):
        return "nobody_there"
    return None


def _new_record(step: Step, contact: Contact) -> ContactRecord:
    if not contact.arrived_ms:
        contact = replace(contact, arrived_ms=step.now_ms)
    return ContactRecord(
        contact=contact,
        serial=step.state.next_serial(),
        since_ms=step.now_ms,
        favoured=moves.favoured(step, contact, contact.preferred[:_PREFERRED_MAX]),
    )
