"""Contacts for one agent by name: transferred, consulted about, dialled, picked up, handed over; parking."""

from msgspec.structs import replace

from acd.actions import PassContact
from acd.contact import Contact, ContactState
from acd.core import lapses, moves, reserved
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.core.step import Step, advanced
from acd.core.transitions import ContactStep, OfferEnd, contact_after, refusal
from acd.events import PHONE_LOST, ContactHandedOver, ContactParked, ContactPickedUp, ContactReturned
from acd.ids import AgentId, ContactId

CONSULTATION = "consultation"


def no_entry(state: RoutingState, contact: Contact) -> str | None:
    """Return why a contact that comes for an agent by name is refused; what he dials does not wait."""
    agent = contact.reserved
    if contact.queue not in state.settings.queues:
        return "unknown_queue"
    if agent is None:
        return reserved.AWAY
    if not is_consultable(state, contact):
        return "over"
    if contact.about is not None and state.contacts[contact.about].agent == agent:
        return "to_oneself"
    return reserved.refusal(state, contact, agent, may_wait=not contact.is_callback)


def is_consultable(state: RoutingState, contact: Contact) -> bool:
    """Whether what a contact is about, if anything, is with an agent; only calls are about something."""
    if contact.about is None:
        return True
    about = state.contacts.get(contact.about)
    return about is not None and about.state is ContactState.CONNECTED and contact.channel.is_live


def no_transfer(step: Step, record: ContactRecord, event: ContactReturned) -> str | None:
    """Return why an agent cannot pass on a contact that he has."""
    if record.contact.about is not None:
        return CONSULTATION
    if event.queue is not None and event.queue not in step.state.settings.queues:
        return "unknown_queue"
    if event.to is None:
        return None
    if event.to == record.agent and event.reason != PHONE_LOST:
        return "to_oneself"
    contact = replace(record.contact, is_callback=False, reserved=event.to)
    return reserved.refusal(step.state, contact, event.to, may_wait=True)


def call_in(step: Step, agent: AgentId) -> None:
    """Offer what waits for an agent by name to him, as soon as he can have it."""
    contact = step.state.waiting.first_reserved(agent)
    if contact is not None:
        offer_reserved(step, contact)


def offer_reserved(step: Step, contact: ContactId) -> None:
    """Offer a waiting contact to the agent for whom it is reserved, if he can have it now."""
    found = step.state.contacts[contact].contact
    if found.reserved is not None and reserved.obstacle(step.state, found, found.reserved) is None:
        moves.offer(step, contact, found.reserved)


def handed_over(step: Step, event: ContactHandedOver) -> None:
    """Move a contact from agent to agent; who was consulted about it, and has it now, is so no more.

    Nobody rings and nothing waits in between. The former agent is free: the contact is not over, so that
    its wrap-up is the other's.
    """
    record = step.state.contacts.get(event.contact)
    consulted = _consulted(step, event)
    reason = _no_hand_over(step, record, consulted, event)
    if record is None or record.agent is None or reason is not None:
        step.refuse(event, reason or refusal(None), contact=event.contact, agent=event.agent)
        return
    step.do(PassContact(contact=event.contact, agent=record.agent, to=event.agent))
    contact = replace(record.contact, is_callback=False, reserved=event.agent)
    moves.connect(step, replace(record, contact=contact), event.agent, ContactStep.ADOPT, None)


def parked(step: Step, event: ContactParked) -> None:
    """Let a contact wait for whoever picks it up, for a time; after that its agent is tried first."""
    record = step.state.contacts.get(event.contact)
    state = record.state if record else None
    if record is None or record.agent is None or contact_after(state, ContactStep.RETURN) is None:
        step.refuse(event, refusal(state), contact=event.contact)
    elif record.contact.about is not None:
        step.refuse(event, CONSULTATION, contact=event.contact)
    else:
        moves.give_back(
            step,
            record,
            "parked",
            contact=replace(record.contact, is_callback=False, reserved=None),
            first=record.agent,
            is_parked=True,
            not_before_ms=step.now_ms + (event.seconds or step.state.settings.park_s) * 1000,
        )


def picked_up(step: Step, event: ContactPickedUp) -> None:
    """Offer a contact that waits, or rings elsewhere, to who asks for it.

    If he does not answer it goes on as it was.
    """
    record, agent = step.state.contacts.get(event.contact), event.agent
    if record is None or not record.is_queued:
        step.refuse(event, refusal(record.state if record else None), contact=event.contact, agent=agent)
    elif any(step.state.offers[each].agent == agent for each in record.offers):
        return  # it rings for him already
    elif record.contact.reserved is not None:
        step.refuse(event, "reserved", contact=event.contact, agent=agent)
    elif (reason := reserved.refusal(step.state, record.contact, agent)) is not None:
        step.refuse(event, reason, contact=event.contact, agent=agent)
    else:
        moves.withdraw_all(step, record, OfferEnd.TAKEN)
        if record.state is ContactState.OFFERED:
            record = replace(record, state=advanced(record, ContactStep.LAPSE), offers=())
        contact = replace(record.contact, reserved=agent)
        step.state.put_contact(replace(record, contact=contact, is_picked_up=True))
        moves.offer(step, event.contact, agent)


def agent_left(step: Step, agent: AgentId) -> None:
    """Nothing waits for an agent who is not there."""
    while (contact := step.state.waiting.first_reserved(agent)) is not None:
        lapses.release(step, step.state.contacts[contact], reserved.AWAY)


def _consulted(step: Step, event: ContactHandedOver) -> ContactRecord | None:
    """Return the contact by which an agent is consulted about another, if he is."""
    about = step.state.consulted_about(event.contact)
    return next((each for each in about if each.agent == event.agent), None)


def _no_hand_over(
    step: Step, record: ContactRecord | None, consulted: ContactRecord | None, event: ContactHandedOver
) -> str | None:
    desk = step.state.desks.get(event.agent)
    if record is None or record.state is not ContactState.CONNECTED:
        return refusal(record.state if record else None)
    if record.contact.about is not None:
        return CONSULTATION
    if desk is None or desk.record.is_removed:
        return "agent_unknown"
    if not desk.record.is_signed_in:
        return reserved.AWAY
    if record.agent == event.agent:
        return "to_oneself"
    if event.by is not None and (consulted is None or consulted.contact.id != event.by):
        return "not_yours"
    by = consulted.contact.id if consulted else None
    return reserved.BUSY if reserved.lack_of_room(step.state, desk, record.contact, by) else None
