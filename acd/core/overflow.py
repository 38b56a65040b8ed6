"""What happens to contacts that wait long: penalty ranges widen, overflow steps come.

Times count from the beginning of the present wait, for a queue that is closed from its next opening.
"""

from msgspec.structs import replace

from acd.actions import DivertContact, ProposeWay
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.core.step import Step
from acd.policy import AddQueue, Divert, Propose, QueueSettings, RaisePriority, RelaxSkills


def begin(state: RoutingState, record: ContactRecord, now_ms: int) -> ContactRecord:
    """Return a contact at the beginning of a wait: in the range that holds at once, its first step due.

    A text for a queue that is closed waits for its opening: nobody gets it before.
    """
    queue = state.queue(record.contact.queue)
    opens_ms = _next_opening_ms(state, queue, now_ms)
    record = replace(record, since_ms=opens_ms or record.since_ms)
    if opens_ms and _may_be_kept(record):
        record = replace(record, not_before_ms=opens_ms)
    waited_ms = max(0, now_ms - record.since_ms)
    entered = sum(each.after_s * 1000 <= waited_ms for each in queue.penalty_ranges)
    record = replace(record, penalties=entered)
    return replace(record, step_due_ms=_due_ms(queue, record))


def rejoin(state: RoutingState, record: ContactRecord) -> ContactRecord:
    """Return a waiting contact as other settings have it: what it had of the steps stays."""
    queue = state.queue(record.contact.queue)
    if record.not_before_ms and record.not_before_ms == record.since_ms and _may_be_kept(record):
        opens_ms = _next_opening_ms(state, queue, state.now_ms) or 0
        record = replace(record, not_before_ms=opens_ms, since_ms=opens_ms or state.now_ms)
    steps = min(record.steps, len(queue.overflow))
    penalties = min(record.penalties, len(queue.penalty_ranges))
    more = tuple(each for each in record.more_queues if each in state.settings.queues)
    record = replace(record, steps=steps, penalties=penalties, more_queues=more)
    return replace(record, step_due_ms=_due_ms(queue, record))


def fell_due(step: Step, record: ContactRecord) -> ContactRecord | None:
    """Take the next step of a waiting contact; returns its record, None if it has left."""
    queue = step.state.queue(record.contact.queue)
    opens_ms = _next_opening_ms(step.state, queue, step.now_ms)
    if opens_ms is not None:
        record = replace(record, since_ms=opens_ms or record.since_ms)
        return replace(record, step_due_ms=_due_ms(queue, record) if opens_ms else 0)
    waited_ms = step.now_ms - record.since_ms
    ranges = queue.penalty_ranges
    if record.penalties < len(ranges) and ranges[record.penalties].after_s * 1000 <= waited_ms:
        record = replace(record, penalties=record.penalties + 1)
    elif record.steps < len(queue.overflow) and queue.overflow[record.steps].after_s * 1000 <= waited_ms:
        moved = _take(step, record, queue)
        if moved is None:
            return None
        record = replace(moved, steps=record.steps + 1)
    return replace(record, step_due_ms=_due_ms(queue, record))


def _may_be_kept(record: ContactRecord) -> bool:
    contact = record.contact
    is_text = not contact.channel.is_live and not contact.is_callback
    return is_text and contact.reserved is None and not record.is_parked


def _next_opening_ms(state: RoutingState, queue: QueueSettings, now_ms: int) -> int | None:
    """Return when a queue that is closed opens, 0 if it does not in sight; None for one that is open."""
    hours = state.settings.hours.get(queue.hours)
    if hours is None or hours.is_open(now_ms):
        return None
    return hours.next_opening_ms(now_ms) or 0


def _take(step: Step, record: ContactRecord, queue: QueueSettings) -> ContactRecord | None:
    contact = record.contact
    match queue.overflow[record.steps]:
        case RelaxSkills(skill=skill):
            left = {each: level for each, level in contact.skills.items() if skill and each != skill}
            return replace(record, contact=replace(contact, skills=left))
        case AddQueue(queue=other):
            is_new = other in step.state.settings.queues and other not in record.queues
            return replace(record, more_queues=(*record.more_queues, other)) if is_new else record
        case RaisePriority(by=by):
            return replace(record, contact=replace(contact, priority=contact.priority + by))
        case Propose(way=way):
            if not (contact.is_callback or contact.is_left):
                step.do(ProposeWay(contact=contact.id, way=way))
            return record
        case Divert() as divert:
            if contact.is_callback or contact.is_left:  # nobody is on the line who could be taken elsewhere
                return record
            step.state.drop_contact(contact.id)
            step.do(
                DivertContact(
                    contact=contact.id, to=divert.to, section=divert.section, ja=divert.ja, en=divert.en
                )
            )
            return None


def _due_ms(queue: QueueSettings, record: ContactRecord) -> int:
    times = []
    if record.penalties < len(queue.penalty_ranges):
        times.append(queue.penalty_ranges[record.penalties].after_s)
    if record.steps < len(queue.overflow):
        times.append(queue.overflow[record.steps].after_s)
    return record.since_ms + min(times) * 1000 if times else 0
