"""Calls and legs of one node, as its events tell of them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from cti.ari import AriFailure, AriLink, ChannelKey, NotFound, Snapshot
from cti.ari.models import (
    BridgeCreated,
    BridgeDestroyed,
    Channel,
    ChannelCallerId,
    ChannelConnectedLine,
    ChannelDestroyed,
    ChannelDialplan,
    ChannelDtmfReceived,
    ChannelEnteredBridge,
    ChannelHangupRequest,
    ChannelLeftBridge,
    ChannelStateChange,
    ChannelVarset,
    Dial,
    Event,
    Playback,
    PlaybackFinished,
    StasisEnd,
    StasisStart,
)
from cti.attempts import Attempts
from cti.callbacks import Callbacks
from cti.dialogue import Dialogue
from cti.errors import CallGone, NodeUnavailable
from cti.examination import Fault, FaultKind
from cti.incoming import IncomingCall, incoming_call, stasis_arguments
from cti.keys import Keys
from cti.legs import Leg, Legs, failure
from cti.listener import CallListener, FoundCall, GoneCause, LegFailure, NodeSnapshot, Place
from cti.notices import Notices
from cti.phones import Phones
from cti.reconcile import BRIDGE_TYPE, Findings, aside_name, bridge_name, compare
from cti.supervision import Supervisions

log = structlog.get_logger()

UNREAD: tuple[type[Event], ...] = (
    BridgeCreated,
    BridgeDestroyed,
    ChannelCallerId,
    ChannelConnectedLine,
    ChannelDialplan,
    ChannelEnteredBridge,
    ChannelLeftBridge,
    ChannelStateChange,
    ChannelVarset,
)
"""What no call needs to be known: four in five of all that Asterisk would tell of one."""

_CHANNEL_TARGET = "channel:"
_FAX = "fax"


@dataclass(slots=True, eq=False)
class TrackedCall:
    """A call that is ours. `leg` is the leg whose end is its end; `hung_up`: it is about to end so.

    `is_answered` is what we did ourselves; answering a call twice is harmless. `is_leaving`: it was told
    to go on in the dialplan. `place_ms` is its place among those who wait, its arrival to begin with.
    `is_undecided`: its own leg went, and others are in its bridge still. `has_talked`: it had an agent.
    """

    key: ChannelKey
    place_ms: int
    dialogue: Dialogue = field(default_factory=Dialogue)
    leg: Leg | None = None
    is_answered: bool = False
    hung_up: bool = False
    is_leaving: bool = False
    is_undecided: bool = False
    has_talked: bool = False


class Tracker:
    """The listener of a link: keeps what lives, tells the hub, and clears away what nobody wants."""

    def __init__(self, link: AriLink, listener: CallListener) -> None:
        self._link, self._ari, self._listener = link, link.ari, listener
        self.notices = Notices()
        self.legs = Legs(link.app, listener, self.notices)
        self.phones = Phones(link, self.legs)
        self.attempts = Attempts(self._hang_up)
        self.callbacks = Callbacks(link, listener, self.notices, self.attempts)
        self.supervisions = Supervisions(link, self.drop, self._soon)
        self.calls: dict[str, TrackedCall] = {}
        self.keys = Keys(self._typed)
        self.key_pressed: Callable[[ChannelKey], None] = lambda _: None
        self._chores: set[asyncio.Future[None]] = set()

    def received(self, event: Event) -> None:
        self.phones.received(event)
        match event:
            case StasisStart():
                self._started(event)
            case StasisEnd(channel=channel):
                self._left(channel)
            case ChannelDestroyed():
                self._destroyed(event)
            case Dial(peer=channel, dialstatus="RINGING" | "PROGRESS"):
                self.attempts.sign(channel.id)
            case ChannelHangupRequest(channel=channel):
                if (call := self.calls.get(channel.id)) is not None:
                    call.hung_up = True
            case ChannelDtmfReceived(channel=channel):
                self.keys.pressed(channel.id, event.digit)
            case PlaybackFinished(playback=playback):
                self._played(playback)
            case _:
                pass

    def linked(self, snapshot: Snapshot) -> None:
        findings = compare(snapshot, self.calls, self.legs)
        awaited = [each for each in findings.found if self.callbacks.get(each.call.key.id) is not None]
        found = tuple(each for each in findings.found if each not in awaited)
        for each in found:
            self._adopt(each)
        known = tuple(ChannelKey(snapshot.node, id_) for id_ in findings.live_calls)
        told = NodeSnapshot(snapshot.node, known, found)
        self.notices.put_node(lambda: self._listener.node_up(told))
        for each in awaited:  # they answered while the link was down
            self._arrived(each.call)
        self._settle(findings)
        self.supervisions.settle(snapshot)
        for channel in self.callbacks.waiting(snapshot):
            self._soon(self.callbacks.send_round(channel))
        for channel in self.callbacks.settle(snapshot):
            if channel not in self.calls:
                self._hang_up(channel)

    def unlinked(self) -> None:
        for call in self.calls.values():
            call.dialogue.interrupt(NodeUnavailable(f"the link to {self._link.node} was lost"))
        self.notices.put_node(self._listener.node_down)

    def drop(self, leg: Leg) -> None:
        """Let a leg go, at once if the link stands, otherwise when it does."""
        leg.is_unwanted = True
        if leg.is_referring:  # its call goes on elsewhere: so the phone is to hear, not that it failed
            self._soon(self.phones.answer_referral(leg.ref, is_done=True))
        self._hang_up(leg.channel)

    def failed(self, leg: Leg) -> None:
        """No phone can be rung for a leg; where nobody knows, it rings no longer."""
        self._end_leg(leg, LegFailure.UNREACHABLE, GoneCause.LOST)
        self._hang_up(leg.channel)

    def lose(self, ref: str) -> None:
        """Give up a leg of whose phone nothing is heard any more."""
        if (leg := self.legs.get(ref)) is not None:
            leg.is_lost = True
            self.drop(leg)

    def give_up(self, key: ChannelKey) -> None:
        """Stop calling a customer, at once if the link stands, otherwise when it does."""
        if (callback := self.callbacks.get(key.id)) is not None:
            callback.is_unwanted = True
            self._hang_up(key.id)

    def part(self, call: TrackedCall) -> None:
        """Take a call and its legs apart: all stay, each by itself."""
        if call.leg is not None:
            self.close_aside(call.leg)
            call.leg = None
            self._close(call)
        for leg in self.legs.of(call.key):
            leg.place = Place.ALONE

    def _close(self, call: TrackedCall) -> None:
        """Take away the bridge in which a call talked."""
        call.is_undecided = False
        self._soon(self._ari.bridges.destroy(bridge_name(self._link.app, call.key.id)))

    def open_aside(self, leg: Leg) -> Awaitable[object]:
        """Make the bridge in which a call's own leg talks apart."""
        leg.has_aside = True
        return self._ari.bridges.create_with_id(aside_name(self._link.app, leg.ref), type_=BRIDGE_TYPE)

    def close_aside(self, leg: Leg) -> None:
        """Take away the bridge in which a leg talked apart, if there is one."""
        if leg.has_aside:
            leg.has_aside = False
            for each in self.legs.of(leg.call):
                if each.place is Place.ASIDE:
                    each.place = Place.ALONE
            self._soon(self._ari.bridges.destroy(aside_name(self._link.app, leg.ref)))

    def strip(self, call: TrackedCall) -> None:
        """Let all go that a call has besides itself: its bridges and its legs."""
        if call.leg is None and (call.is_undecided or self.legs.there(call.key)):
            self._close(call)
        self.part(call)
        for leg in self.legs.of(call.key):
            self.drop(leg)

    def put_right(self, fault: Fault, snapshot: Snapshot) -> None:
        """Take in what was not heard of a channel when it happened; a stray that is no call is hung up."""
        channel = next((each for each in snapshot.channels if each.id == fault.subject), None)
        inside = None if channel is None else stasis_arguments(channel, self._link.app)
        leg, call = self.legs.by_channel(fault.subject), self.calls.get(fault.subject)
        if fault.kind is FaultKind.LOST_CALL and call is not None and inside is None:
            self._end(call, GoneCause.LOST)
        elif fault.kind is FaultKind.LOST_LEG and leg is not None and channel is None:
            self._end_leg(leg, LegFailure.UNREACHABLE, GoneCause.LOST)
        elif fault.kind is FaultKind.STRAY_LEG and channel is not None:
            self._hang_up(channel.id)
        elif fault.kind is FaultKind.STRAY_CHANNEL and channel is not None and call is None:
            found = incoming_call(self._link.node, channel, inside or ())
            if found is None or found.callback:
                self._hang_up(channel.id)
            else:
                self._arrived(found)

    async def cleared(self, timeout_s: float) -> None:
        """Wait until what was to be cleared away is, at most so long."""
        if self._chores:
            await asyncio.wait(self._chores, timeout=timeout_s)

    def _started(self, event: StasisStart) -> None:
        channel, arguments = event.channel, event.args
        if arguments[:1] == ["leg"]:
            self.attempts.forget(channel.id)
            if not self.legs.answered(channel.id):
                self._hang_up(channel.id)
        elif self.callbacks.is_out(arguments) and self.callbacks.get(channel.id) is not None:
            self._soon(self.callbacks.send_round(channel.id))
        elif (call := incoming_call(self._link.node, channel, arguments)) and channel.id not in self.calls:
            self._arrived(call)

    def _arrived(self, call: IncomingCall) -> None:
        if not call.callback:
            self._track(call)
            self.notices.put(call.key.id, lambda: self._listener.call_arrived(call))
        elif (callback := self.callbacks.answered(call)) is not None:
            self._track(call)
            self._soon(self._ari.channels.ring_stop(callback.leg.channel))
        else:
            self._hang_up(call.key.id)

    def _left(self, channel: Channel) -> None:
        if (call := self.calls.get(channel.id)) is not None:
            self._end(call, _why_left(call, channel))
        elif (leg := self.legs.by_channel(channel.id)) is not None:
            self._end_leg(leg, LegFailure.CANCELLED, GoneCause.HUNG_UP)
        else:
            self.supervisions.lost(channel.id)

    def _destroyed(self, event: ChannelDestroyed) -> None:
        channel, cause = event.channel, event.cause
        self.keys.forget(channel.id)
        if (call := self.calls.get(channel.id)) is not None:
            self._end(call, GoneCause.HUNG_UP)
        elif (next_way := self.attempts.next_way(event)) is not None:
            self._soon(next_way)
        elif (leg := self.legs.by_channel(channel.id)) is not None:
            self._end_leg(leg, failure(cause, rang=channel.state == "Ringing"), GoneCause.HUNG_UP)
        elif self.callbacks.get(channel.id) is not None:
            self.callbacks.destroyed(event)
        else:
            self.supervisions.lost(channel.id)

    def _typed(self, channel: str, digit: str) -> None:
        self.phones.typed(channel, digit)
        if (call := self.calls.get(channel)) is not None:
            self.key_pressed(call.key)
            call.dialogue.typed(digit)

    def _played(self, playback: Playback) -> None:
        call = self.calls.get(playback.target_uri.removeprefix(_CHANNEL_TARGET))
        if call is None:
            return
        if playback.state == "failed" and not call.hung_up:
            log.warning("cti.prompt_unplayable", media=playback.media_uri)
        call.dialogue.played(playback.id)

    def _track(self, call: IncomingCall) -> None:
        self.calls[call.key.id] = TrackedCall(call.key, call.at_ms, is_answered=bool(call.callback))

    def _adopt(self, found: FoundCall) -> None:
        self._track(found.call)
        self.calls[found.call.key.id].has_talked = True  # for all that is known
        for each in (*((found.leg,) if found.leg else ()), *found.parties):
            if self.legs.get(each.ref) is None:
                self.legs.add(each.ref, found.call.key, is_answered=True)

    def _settle(self, findings: Findings) -> None:
        """Bring what we know in line with what was found."""
        for id_ in findings.lost_calls:
            self._end(self.calls[id_], GoneCause.LOST)
        for channel in findings.answered:
            self.attempts.forget(channel)
            self.legs.answered(channel)
        for channel in findings.lost_legs:
            if (leg := self.legs.by_channel(channel)) is not None:
                self._end_leg(leg, LegFailure.UNREACHABLE, GoneCause.LOST)
        for id_, call in self.calls.items():
            call.leg = self.legs.by_channel(findings.talking.get(id_, ""))
        for leg in self.legs:
            leg.place = findings.places.get(leg.channel, Place.ALONE)
            leg.has_aside = leg.channel in findings.asides
            leg.is_apart = leg.is_apart and not leg.has_aside
        unwanted = [leg.channel for leg in self.legs if leg.is_unwanted]
        for channel in {*findings.orphans, *unwanted}:
            self._hang_up(channel)
        for bridge in findings.bridges:
            self._soon(self._ari.bridges.destroy(bridge))

    def _end(self, call: TrackedCall, cause: GoneCause) -> None:
        del self.calls[call.key.id]
        call.dialogue.interrupt(CallGone("the customer hung up or left"))
        self.notices.put(call.key.id, lambda: self._listener.call_gone(call.key, cause))
        self.strip(call)

    def _end_leg(self, leg: Leg, reason: LegFailure, cause: GoneCause) -> None:
        self.attempts.forget(leg.channel)
        self.legs.ended(leg, reason, cause)
        self.supervisions.ended(leg)
        call = self.calls.get(leg.call.id)
        if call is None or call.leg not in (leg, None):
            return
        others = self.legs.there(call.key)
        if call.leg is leg and others:  # they go on talking while it is decided who has the call now
            self.close_aside(leg)
            call.leg, call.is_undecided = None, True
        elif call.leg is leg:
            self.part(call)
        elif call.is_undecided and not others:
            self._close(call)

    def _hang_up(self, channel: str) -> None:
        self._soon(self._ari.channels.hangup(channel))

    def _soon(self, chore: Awaitable[None]) -> None:
        """Have something cleared away. What fails for want of a link is done when the link stands."""
        task = asyncio.ensure_future(_quietly(chore))
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)


async def _quietly(chore: Awaitable[None]) -> None:
    try:
        await chore
    except NotFound:
        pass
    except AriFailure as reason:
        log.info("cti.chore_failed", reason=str(reason))


def _why_left(call: TrackedCall, channel: Channel) -> GoneCause:
    """Say why a call is no longer in our application: Asterisk sends fax machines to its own `fax`."""
    if channel.dialplan.exten == _FAX:
        return GoneCause.FAX
    return GoneCause.HUNG_UP if call.hung_up else GoneCause.LEFT
