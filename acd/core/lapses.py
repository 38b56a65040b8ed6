"""How offers end that nobody takes: withdrawn, lapsed, and what becomes of the contact."""

from collections.abc import Collection

from msgspec.structs import replace

from acd.agent import Presence
from acd.contact import ContactState
from acd.core import moves
from acd.core.capacity import exceeds
from acd.core.records import AgentRecord, ContactRecord, OfferRecord
from acd.core.step import Step, advanced
from acd.core.transitions import COOL_DOWN_MS, ContactStep, OfferEnd
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import QueueSettings


def lapse(step: Step, lease: OfferRecord, end: OfferEnd, *, exclude: bool = False) -> None:
    """Withdraw an offer that was not taken; the contact is back at its old place when it was the last."""
    moves.withdraw(step, lease, end)
    record = step.state.contacts[lease.contact]
    left = tuple(each for each in record.offers if each != lease.id)
    record = replace(record, offers=left)
    if not left:
        record = replace(record, state=advanced(record, ContactStep.LAPSE))
    if record.contact.reserved is not None:
        release(step, record, end.value)
        return
    if exclude:
        record = moves.excluding(step, record, lease.agent)
    step.state.put_contact(record)
    step.state.desks.attendance.look_at(record.contact.queue)
    step.seek(lease.contact)


def release(step: Step, record: ContactRecord, reason: str) -> None:
    """Go on without the agent for whom a waiting contact was reserved.

    What was his alone is over. Anything else waits for the others of its queue, or is parked again.
    """
    contact, agent = record.contact, record.contact.reserved
    if record.is_personal or agent is None:
        moves.close(step, record, reason)
        return
    if contact.queue not in step.state.settings.queues:
        moves.turn_away(step, record, "unknown_queue")
        return
    record = moves.excluding(step, replace(record, contact=replace(contact, reserved=None)), agent)
    record = replace(record, is_picked_up=False)
    step.state.put_contact(replace(record, hold_until_ms=moves.hold_until_ms(step, record)))
    step.state.desks.attendance.look_at(contact.queue)
    step.seek(contact.id)


def pause(step: Step, contact: ContactId, seconds: int) -> None:
    """Offer a waiting contact to nobody for a while."""
    record = step.state.contacts[contact]
    if record.state is ContactState.WAITING:
        step.state.put_contact(replace(record, not_before_ms=step.now_ms + seconds * 1000))


def withdraw_from(step: Step, agent: AgentId, kept: Collection[QueueName] | None = None) -> None:
    """Withdraw an agent's open offers; with `kept`, neither those of these queues nor what is reserved."""
    desk = step.state.desks.get(agent)
    for contact in sorted(desk.held) if desk else []:
        record = step.state.contacts.get(contact)
        if record is None:  # it ended with another
            continue
        stays = kept is not None and (record.contact.queue in kept or record.contact.reserved is not None)
        for lease in [step.state.offers[each] for each in record.offers]:
            if lease.agent == agent and not stays:
                lapse(step, lease, OfferEnd.REMOVED)


def relieve(step: Step, agent: AgentId) -> None:
    """Withdraw an agent's offers when contacts that were adopted, or narrower settings, overload him."""
    desk = step.state.desks.get(agent)
    if desk is not None and exceeds(step.state.settings, desk.record.agent, desk.held.values()):
        withdraw_from(step, agent)


def miss(step: Step, agent: AgentId, reason: str, queue: QueueSettings) -> None:
    """Let an agent who missed an offer rest; after too many in a row, or by autopause, he is not ready.

    Offers missed while he rests already (several at a time) count as the same miss.
    """
    record = step.agent(agent)
    if record.cooling_until_ms or record.presence is not Presence.AVAILABLE:
        return
    if _pauses(queue, reason) and not _is_fresh(step, record, queue):
        moves.set_presence(step, record, Presence.NOT_READY, "autopause")
    elif record.misses < len(COOL_DOWN_MS):
        rest_ms = COOL_DOWN_MS[record.misses]
        step.state.put_agent(
            replace(record, misses=record.misses + 1, cooling_until_ms=step.now_ms + rest_ms)
        )
    else:
        moves.set_presence(step, record, Presence.NOT_READY, reason)


def _pauses(queue: QueueSettings, reason: str) -> bool:
    """Whether a queue's autopause applies to a miss of that reason."""
    if not queue.autopause:
        return False
    return {"busy": queue.autopause_busy, "unreachable": queue.autopause_unavailable}.get(reason, True)


def _is_fresh(step: Step, record: AgentRecord, queue: QueueSettings) -> bool:
    """Whether an agent's latest contact of a queue ended so short ago that autopause spares him."""
    last_ms = record.tallies.get(queue.name, moves.NO_TALLY).last_ms
    return step.now_ms < last_ms + queue.autopause_delay_s * 1000
