"""Looks at every decision with all invariants, and keeps the book of the contacts that are alive."""

from collections.abc import Mapping, Sequence

from acd.actions import Action, CloseContact, DivertContact, RefuseContact
from acd.core.records import ContactRecord
from acd.core.state import RoutingState
from acd.events import ContactConnected, ContactQueued, Event
from acd.ids import AgentId, ContactId
from acd.sim.invariants import (
    capacity,
    consultation,
    order,
    ownership,
    parking,
    patience,
    reserved,
    starvation,
)
from acd.sim.invariants.violation import require

Before = Mapping[ContactId, ContactRecord]


class Watch:
    """Checks every decision. `alive` maps each contact in routing to when it arrived."""

    def __init__(self) -> None:
        self.alive: dict[ContactId, int] = {}
        self.ended = 0
        self.refused = 0
        self._loads: dict[AgentId, int] = {}
        self._ringall = ownership.Ringall()

    def begin_anew(self, state: RoutingState) -> None:
        """The store has lost its latest writes: go by what it has."""
        self.alive = {contact: record.contact.arrived_ms for contact, record in state.contacts.items()}
        self._loads = capacity.loads(state)

    def decided(self, state: RoutingState, event: Event, actions: Sequence[Action], before: Before) -> None:
        """Check the state after a decision; `before` are the contacts as they were before it."""
        self._keep_book(state, event, actions)
        self._ringall.note(state)
        ownership.check(state, self._ringall)
        self._loads = capacity.check(state, event, actions, self._loads)
        self._keep_age(state)
        order.check(state, actions, before)
        starvation.check(state, actions, before)
        patience.check(state)
        reserved.check(state)
        consultation.check(state)
        parking.check(state, event, actions, before)

    def _keep_book(self, state: RoutingState, event: Event, actions: Sequence[Action]) -> None:
        """Conservation: a contact that came in is in the state until it has gone out, once."""
        if isinstance(event, ContactQueued | ContactConnected):
            record = state.contacts.get(event.contact.id)
            if record is not None:
                self.alive.setdefault(event.contact.id, record.contact.arrived_ms)
        for action in actions:
            if isinstance(action, CloseContact | DivertContact):
                gone = self.alive.pop(action.contact, None)
                just_came = isinstance(event, ContactQueued) and event.contact.id == action.contact
                require(gone is not None or just_came, f"conservation: {action.contact} ended twice")
                self.ended += 1
            elif isinstance(action, RefuseContact):
                self.alive.pop(action.contact, None)
                self.refused += 1
        require(self.alive.keys() == state.contacts.keys(), "conservation: a contact is lost or left behind")

    def _keep_age(self, state: RoutingState) -> None:
        for contact, arrived_ms in self.alive.items():
            kept = state.contacts[contact].contact.arrived_ms == arrived_ms
            require(kept, f"age: {contact} lost its own")
