"""A parked contact is offered, before its time, to nobody but who picks it up."""

from collections.abc import Mapping, Sequence

from acd.actions import Action, OfferContact
from acd.contact import ContactState
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.events import ContactPickedUp, Event
from acd.ids import ContactId
from acd.sim.invariants.violation import require


def check(
    state: RoutingState, event: Event, actions: Sequence[Action], before: Mapping[ContactId, ContactRecord]
) -> None:
    for action in actions:
        if not isinstance(action, OfferContact) or (was := before.get(action.contact)) is None:
            continue
        picks = isinstance(event, ContactPickedUp) and event.agent == action.agent
        is_early = was.is_parked and state.now_ms < was.not_before_ms
        require(picks or not is_early, f"parked: {action.contact} is offered to {action.agent} too early")
    for contact, record in state.contacts.items():
        if record.is_parked:
            is_queued = record.state in (ContactState.WAITING, ContactState.OFFERED)
            require(is_queued, f"parked: {contact} is {record.state}")
            require(record.not_before_ms > 0, f"parked: {contact} waits without end")
            is_for_one = record.state is ContactState.WAITING or record.is_picked_up
            require(is_for_one, f"parked: {contact} rings for who did not ask")
