"""Nobody starves: an agent serves no contact that came later than another he could have had by more
than twice the greatest head start, whatever queues, weights and priorities they have.

(Once, if no priority is negative: a head start is then between 0 and the greatest.) Nor does he serve
one that came after a contact that is overdue and lacks only the room that he is busy with.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from acd.actions import (
    Action,
)
from acd.contact import Pace
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.ids import ContactId
from acd.sim.invariants.capacity import open_offers
from acd.sim.invariants.having import could_have, held_by, is_kept_free, is_with
from acd.sim.invariants.order import still_waiting
from acd.sim.invariants.violation import require


def check(state: RoutingState, actions: Sequence[Action], before: Mapping[ContactId, ContactRecord]) -> None:
    bound_ms = 2 * state.settings.head_start_s_max * 1000
    waited = still_waiting(state, before)
    for action in open_offers(state, actions):
        served = state.contacts[action.contact]
        if action.is_reserved:
            continue
        if any(is_with(each, action.agent, served.contact) for each in (before, state.contacts)):
            continue
        agent = state.agents[action.agent].agent
        held = [_as_it_was(record, before) for record in held_by(state, action.agent, but=action.contact)]
        latest_ms = served.contact.arrived_ms - bound_ms
        names = f"{served.contact.id} overtook {{}} by too much"
        for record in waited:
            starves = record.contact.arrived_ms < latest_ms and could_have(state, agent, held, record)
            require(not starves, "starvation: " + names.format(record.contact.id))
        kept = is_kept_free(state, agent, held, served, waited)
        require(
            not kept, f"starvation: {served.contact.id} took the room of one that is overdue, {action.agent}"
        )


def _as_it_was(record: ContactRecord, before: Mapping[ContactId, ContactRecord]) -> ContactRecord:
    """Return what an agent had when he was looked at: what is suspended comes back before anything new."""
    if record.pace is not Pace.SUSPENDED:
        return record
    was = before.get(record.contact.id, record).pace
    return replace(record, pace=Pace.ACTIVE if was is Pace.SUSPENDED else was)
