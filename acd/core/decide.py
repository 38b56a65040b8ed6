"""The routing core's one entry: what follows from an event."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from acd.actions import Action
from acd.contact import Channel, ContactState
from acd.core import agents, callbacks, contacts, direct, lapses, moves, offers, overflow, threads
from acd.core.matching import match
from acd.core.records import Record, RecordKey
from acd.core.state import RoutingState
from acd.core.step import Step
from acd.events import (
    AgentChanged,
    AgentRemoved,
    AgentWrote,
    CallbackFailed,
    CallbackRequested,
    ContactConnected,
    ContactEnded,
    ContactHandedOver,
    ContactLeft,
    ContactParked,
    ContactPickedUp,
    ContactQueued,
    ContactReturned,
    CustomerIdentified,
    CustomerWrote,
    DeviceChanged,
    Event,
    OfferAccepted,
    OfferRejected,
    PresenceChanged,
    SettingsChanged,
    TimerDue,
    WrapUpEnded,
)
from acd.ids import AgentId, ContactId, OfferId
from acd.policy import RoutingSettings

_TIME: Final = TimerDue()


@dataclass(frozen=True, slots=True)
class Decision:
    """What one event brought about.

    `changes` maps the key of each record that changed to the new record, None for one that is gone.
    """

    changes: Mapping[RecordKey, Record | None]
    actions: tuple[Action, ...]


def decide(state: RoutingState, event: Event, now_ms: int) -> Decision:
    """Advance the state by one event that happened at `now_ms` (Unix time).

    The same state, event and time give the same decision.
    """
    step = begin(state, now_ms)
    for _ in advance(step, event):
        pass
    return end(step)


def begin(state: RoutingState, now_ms: int) -> Step:
    state.start_serial(now_ms)  # from the clock, so that numbers do not come again after a loss of state
    state.now_ms = now_ms
    step = Step(state, now_ms)
    if state.torn:  # nobody knows who could have whom by what was put right
        state.torn = ()
        for agent in sorted(state.agents):
            step.free(agent)
    return step


def advance(step: Step, event: Event) -> Iterator[Event]:
    """Go through all that an event and its time bring about; yields after each part what caused it.

    First everything is settled that fell due by then, one by one in the order of the times, so that
    nothing depends on how late a timer came.
    """
    while (key := step.state.deadlines.pop(step.now_ms)) is not None:
        step.begin_part()
        _settle(step, key)
        _match_all(step)
        yield _TIME
    step.begin_part()
    HANDLERS[type(event)](step, event)
    _match_all(step)
    yield event


def end(step: Step) -> Decision:
    return Decision(changes=step.state.take_changes(), actions=tuple(step.actions))


def _match_all(step: Step) -> None:
    """Make every offer that is possible; callers whom nobody can serve any more leave."""
    match(step)
    if step.state.desks.attendance.is_kept:
        while contacts.leave_empty(step):
            match(step)


def _settle(step: Step, key: RecordKey) -> None:
    kind, _, name = key.partition(":")
    match kind:
        case "offer":
            offers.fell_due(step, step.state.offers[OfferId(name)])
        case "agent":
            agents.fell_due(step, step.state.agents[AgentId(name)])
        case _:
            contacts.fell_due(step, step.state.contacts[ContactId(name)])


def _change_settings(step: Step, event: SettingsChanged) -> None:
    """Go by other settings from now on; contacts of queues that are gone are turned away."""
    try:
        settings: RoutingSettings | None = msgspec.convert(event.settings, RoutingSettings)
    except msgspec.ValidationError:
        settings = None
    if settings is None or set(settings.costs) != set(Channel):
        step.refuse(event, "bad_settings")
        return
    state = step.state
    state.put_settings(settings)
    for record in sorted(state.contacts.values(), key=lambda record: record.serial):
        if record.is_in_line and record.contact.queue not in settings.queues:
            moves.turn_away(step, record, "unknown_queue")
    for agent in sorted(state.agents):
        lapses.relieve(step, agent)
        step.free(agent)
    for record in sorted(state.contacts.values(), key=lambda record: record.serial):
        if record.is_queued:
            state.put_contact(overflow.rejoin(state, record))
        if record.state is ContactState.WAITING:
            moves.recheck_hold(step, record.contact.id)
            step.seek(record.contact.id)


def _only_settle(step: Step, event: TimerDue) -> None:
    """Do nothing: time has been settled before."""


HANDLERS: Final[Mapping[type[Event], Callable[[Step, Any], None]]] = {
    ContactQueued: contacts.queued,
    ContactLeft: contacts.ended,
    ContactEnded: contacts.ended,
    ContactReturned: contacts.returned,
    ContactHandedOver: direct.handed_over,
    ContactParked: direct.parked,
    ContactPickedUp: direct.picked_up,
    ContactConnected: contacts.connected,
    CustomerIdentified: contacts.identified,
    CustomerWrote: threads.customer_wrote,
    AgentWrote: threads.agent_wrote,
    CallbackRequested: callbacks.requested,
    CallbackFailed: callbacks.failed,
    WrapUpEnded: contacts.wrap_up_ended,
    OfferAccepted: offers.accepted,
    OfferRejected: offers.rejected,
    AgentChanged: agents.changed,
    AgentRemoved: agents.removed,
    PresenceChanged: agents.presence_changed,
    DeviceChanged: agents.device_changed,
    SettingsChanged: _change_settings,
    TimerDue: _only_settle,
}
"""Each event's handler takes the step and an event of that type."""
