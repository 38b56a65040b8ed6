"""Why a contact is where it is: its place, who is ahead, and what stands against each agent."""

from dataclasses import dataclass

from acd.core.eligibility import considered
from acd.core.forecast import predicted_wait_ms
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.explanation import Consideration
from acd.ids import ContactId

_AHEAD_MAX = 20


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a contact stands.

    `score` is its place (`RoutingSettings.place_ms`: the lower, the earlier). While it waits or is
    offered, `position` is its place in line (1 is next), `ahead` the scores of those before it, nearest
    last, at most 20, and `wait_ms` the predicted wait (None: nothing is known yet); otherwise, and for one
    that is for an agent by name, 0 and empty.
    `considered` says of each agent of its queues why he does not get it now; of a contact that does not
    wait, who was considered when its latest offer was made (at most 8).
    """

    score: int
    position: int
    wait_ms: int | None
    ahead: tuple[tuple[ContactId, int], ...]
    considered: tuple[Consideration, ...]


def explain(state: RoutingState, record: ContactRecord) -> Explanation:
    """Explain one contact."""
    score = state.places[record.contact.id][0]
    if not record.is_queued:
        return Explanation(score, 0, None, (), record.considered)
    reasons = record.considered if record.offers else _everybody(state, record)
    if not record.is_in_line:
        return Explanation(score, 0, None, (), reasons)
    position = state.position(record.contact.id)
    before = state.lines.of(record.contact.queue).first(position - 1)[-_AHEAD_MAX:]
    return Explanation(
        score=score,
        position=position,
        wait_ms=predicted_wait_ms(state, record),
        ahead=tuple((contact, key) for key, _, contact in before),
        considered=reasons,
    )


def _everybody(state: RoutingState, record: ContactRecord) -> tuple[Consideration, ...]:
    members = sum(state.desks.count(queue) for queue in record.queues)
    return considered(state, record, None, 1 + len(record.favoured) + members)
