"""What happens to offers: they are accepted, rejected, or lapse."""

from acd.contact import ContactState
from acd.core import lapses, moves
from acd.core.records import OfferRecord
from acd.core.step import Step
from acd.core.transitions import COUNTS_AS_MISS, ROUTER_AWAY_MS, ContactStep, OfferEnd
from acd.events import OfferAccepted, OfferRejected
from acd.ids import AgentId, ContactId, OfferId
from acd.policy import Strategy


def accepted(step: Step, event: OfferAccepted) -> None:
    """The first accept of an open offer wins; the winner's second one changes nothing."""
    lease = _lease_of(step, event)
    if lease is None:
        return
    record = step.state.contacts[lease.contact]
    moves.announce_connection(step, lease, record)
    moves.connect(step, record, lease.agent, ContactStep.WIN, lease.id)


def rejected(step: Step, event: OfferRejected) -> None:
    lease = _lease_of(step, event)
    if lease is None:
        return
    contact = step.state.contacts[lease.contact].contact
    queue = step.state.queue(contact.queue)
    lapses.lapse(step, lease, OfferEnd.REJECTED, exclude=True)
    if event.reason in COUNTS_AS_MISS and contact.reserved is None:
        lapses.miss(step, lease.agent, event.reason, queue)


def fell_due(step: Step, lease: OfferRecord) -> None:
    """Nobody answered in time.

    When everybody was rung it is nobody's miss: all rest of it together, for the queue's `retry`. Nor is
    it when no router was there to take the answer, or when he was asked for by name. A favoured agent
    was rung alone.
    """
    record = step.state.contacts[lease.contact]
    queue = step.state.queue(record.contact.queue)
    lapses.lapse(step, lease, OfferEnd.NO_ANSWER)
    if record.contact.reserved is not None:
        return
    if queue.strategy is Strategy.RINGALL and lease.agent not in record.favoured:
        lapses.pause(step, lease.contact, queue.retry_s)
    elif step.now_ms - lease.deadline_ms < ROUTER_AWAY_MS:
        lapses.miss(step, lease.agent, OfferEnd.NO_ANSWER.value, queue)


def _lease_of(step: Step, event: OfferAccepted | OfferRejected) -> OfferRecord | None:
    """Return the open offer that an event is about; refuse the event if there is none."""
    lease = step.state.offers.get(event.offer)
    if lease is not None and lease.agent == event.agent:
        return lease
    contact = ContactId(event.offer.rpartition(".")[0])
    reason = "not_yours" if lease else _fate(step, event.offer, contact, event.agent)
    if reason is not None:
        step.refuse(event, reason, offer=event.offer, contact=contact, agent=event.agent)
    return None


def _fate(step: Step, offer: OfferId, contact: ContactId, agent: AgentId) -> str | None:
    """Return what became of an offer that is not open: None if this agent won the contact by it."""
    record = step.state.contacts.get(contact)
    if record is not None and record.state in (ContactState.CONNECTED, ContactState.WRAP_UP):
        return None if (record.won, record.agent) == (offer, agent) else "taken"
    return "offer_gone"
