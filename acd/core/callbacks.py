"""Callers who hang up and keep their place: asked for, tried, tried again, overtaken by their own call."""

from msgspec.structs import replace

from acd.actions import ArrangeCallback
from acd.contact import Contact, ContactState
from acd.core import moves
from acd.core.records import ContactRecord
from acd.core.step import Step, advanced
from acd.core.transitions import ContactStep, OfferEnd, refusal
from acd.events import CallbackFailed, CallbackRequested
from acd.ids import ContactId, CustomerId


def requested(step: Step, event: CallbackRequested) -> None:
    """Let a contact wait without its caller. A phone that rings for it stops: nobody is on the line."""
    record = step.state.contacts.get(event.contact)
    if record is None or not record.is_queued or not record.contact.channel.is_live:
        step.refuse(event, refusal(record.state if record else None), contact=event.contact)
    elif record.contact.reserved is not None or record.is_parked:
        step.refuse(event, "parked" if record.is_parked else "reserved", contact=event.contact)
    elif record.contact.is_callback:
        step.do(ArrangeCallback(contact=event.contact))
    elif _of(step, record.contact.customer, event.contact):
        step.refuse(event, "callback_exists", contact=event.contact)
    else:
        moves.withdraw_all(step, record, OfferEnd.LEFT)
        if record.state is ContactState.OFFERED:
            record = replace(record, state=advanced(record, ContactStep.LAPSE), offers=())
        record = replace(record, contact=replace(record.contact, is_callback=True))
        step.state.put_contact(record)
        step.do(ArrangeCallback(contact=event.contact))
        step.seek(event.contact)


def failed(step: Step, event: CallbackFailed) -> None:
    """Put a callback back to its place for a while; after too many tries it is over.

    A call that an agent dialled is over at once: he finishes it as if it had been one.
    """
    record = step.state.contacts.get(event.contact)
    if record is None or record.state is not ContactState.CONNECTED or not record.contact.is_callback:
        step.refuse(event, refusal(record.state if record else None), contact=event.contact)
        return
    if record.is_personal:
        moves.finish_talk(step, record, event.reason)
        return
    queue = step.state.queue(record.contact.queue)
    attempts = record.attempts + 1
    if attempts >= queue.callback_tries:
        moves.close(step, record, "callback_failed")
        return
    again_ms = step.now_ms + queue.callback_retry_s * 1000
    moves.give_back(step, record, event.reason, attempts=attempts, not_before_ms=again_ms)


def take_over(step: Step, contact: Contact) -> Contact:
    """Let a caller who was to be called back have the place that was kept; returns the new contact."""
    arrived_ms = contact.arrived_ms or step.now_ms
    for record in taken_over(step, contact):
        arrived_ms = min(arrived_ms, record.contact.arrived_ms)
        moves.close(step, record, "called_again")
    return replace(contact, arrived_ms=arrived_ms)


def taken_over(step: Step, contact: Contact) -> list[ContactRecord]:
    """Return the callbacks whose place a caller takes who comes to their queue himself."""
    if not contact.channel.is_live or contact.is_callback or contact.reserved is not None:
        return []
    mine = _of(step, contact.customer, contact.id)
    return [record for record in mine if record.contact.queue == contact.queue]


def _of(step: Step, customer: CustomerId | None, but: ContactId) -> list[ContactRecord]:
    """Return a customer's callbacks that wait, oldest first."""
    return [
        record
        for record in step.state.of_customer(customer)
        if record.is_queued
        and record.contact.is_callback
        and record.contact.id != but
        and not record.is_personal
    ]
