"""Nobody starves: an agent serves no contact that came later than another he could have had by more
than twice the greatest head start, whatever queues, weights and priorities they have.

(Once, if no priority is negative: a head start is then between 0 and the greatest.)
"""

from collections.abc import Mapping

from acd.contact import Pace
from acd.core.decide import Decision
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.ids import ContactId
from acd.sim.invariants.capacity import open_offers
from acd.sim.invariants.having import could_have, held_by, is_with
from acd.sim.invariants.order import still_waiting
from acd.sim.invariants.violation import require


def check(state: RoutingState, decision: Decision, before: Mapping[ContactId, ContactRecord]) -> None:
    bound_ms = 2 * state.settings.head_start_s_max * 1000
    waited = still_waiting(state, before)
    for action in open_offers(state, decision):
        served = state.contacts[action.contact]
        if any(is_with(each, action.agent, served.contact) for each in (before, state.contacts)):
            continue
        agent = state.agents[action.agent].agent
        held = [_as_it_was(record, before) for record in held_by(state, action.agent, but=action.contact)]
        latest_ms = served.contact.arrived_ms - bound_ms
        for record in waited:
            starves = record.contact.arrived_ms < latest_ms and could_have(state, agent, held, record)
            require(not starves, f"starvation: {served.contact.id} overtook {record.contact.id} by too much")


def _as_it_was(record: ContactRecord, before: Mapping[ContactId, ContactRecord]) -> ContactRecord:
    """Return what an agent had before something was suspended for the contact that is served."""
    was = before.get(record.contact.id)
    is_suspended_now = record.pace is Pace.SUSPENDED and was is not None and was.agent == record.agent
    return was if was is not None and is_suspended_now else record
