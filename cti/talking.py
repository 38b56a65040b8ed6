"""What a customer's call and the legs rung for it do together: talk, wait, consult, confer, part.

    with the customer   the call's own leg and all that are in the conference, in the call's bridge
    aside               the own leg and whom it consults, in the bridge named after the own leg
    alone               who hears music meanwhile, in no bridge

The end of the own leg is the end of the call, unless others were brought into it.
"""

from collections.abc import Awaitable, Iterable, Sequence
from contextlib import suppress

from cti.ari import Ari, AriFailure, AriLink, AriUnavailable, ChannelKey
from cti.errors import CallRefused, LegGone, NodeUnavailable
from cti.legs import Leg
from cti.listener import Place
from cti.orders import Orders
from cti.reconcile import BRIDGE_TYPE, aside_name, bridge_name
from cti.tracker import TrackedCall, Tracker

_DEADLINE = "TIMEOUT(absolute)"
"""See `cti.way_out`: a call has one while it talks to nobody."""
_STAY_S = 8
Requests = list[Awaitable[object]]


class Talking:
    """Orders about calls that talk: the part of `CallControl` that is about calls and their legs.

    All raise `CallGone` when the call is no more, `LegGone` when a leg that is meant is not there or was
    not answered, `NodeUnavailable` when the link is down.
    """

    def __init__(self, link: AriLink, tracker: Tracker, orders: Orders, *, hush: Sequence[str] = ()) -> None:
        self._link, self._ari, self._hush = link, link.ari, hush
        self._tracker, self._orders = tracker, orders

    def place(self, ref: str) -> Place | None:
        """Return where an answered leg is; None if it is not there."""
        leg = self._tracker.legs.get(ref)
        return leg.place if leg is not None and leg.is_there else None

    async def connect(self, key: ChannelKey, ref: str) -> None:
        """Let a call, answered now if it was not, and an answered leg talk: it is the call's own."""
        call, leg = self._orders.call(key), self._answered(ref)
        if call.leg is leg:
            return
        anew = self._listeners_anew(key) if call.has_talked else []
        call.leg, leg.place, call.has_talked = leg, Place.CALL, True
        call.dialogue.forget_typed()
        bridge = bridge_name(self._link.app, key.id)
        try:
            await self._orders.send(
                key,
                *self._answering(call),
                self.silence(call),
                self._without_deadline(call),
                *anew,
                self._ari.bridges.create_with_id(bridge, type_=BRIDGE_TYPE),
                *self._join(bridge, key.id, leg.channel),
            )
        except NodeUnavailable:
            self._tracker.part(call)
            raise
        except CallRefused as refusal:
            self._tracker.part(call)
            raise LegGone(str(refusal)) from refusal

    async def hold(self, key: ChannelKey, music_class: str = "default") -> None:
        """Let the customer hear music; the legs wait in the bridge."""
        call, _ = self._talking(key)
        await self._orders.send(key, *self._customer_to_music(call, music_class))

    async def resume(self, key: ChannelKey) -> None:
        """End `hold`; where there is none, nothing changes."""
        call, _ = self._talking(key)
        await self._orders.send(key, *self._to_customer(call))

    async def set_aside(self, key: ChannelKey, music_class: str = "default") -> None:
        """Let the call's own leg leave the customer and hear it ring, until `consult` or `go_back`.

        The customer hears music, unless others are in the conference.
        """
        call, own = self._talking(key)
        requests = [*self._aside_of(own), *self._leave(call, own, music_class)]
        requests += self._to_music(self._consulted(call), music_class)
        own.place = Place.ALONE
        await self._orders.send(key, *requests, self._ari.channels.ring(own.channel))

    async def consult(self, key: ChannelKey, ref: str, music_class: str = "default") -> None:
        """Let the call's own leg talk to an answered leg, apart from the customer."""
        call, own = self._talking(key)
        second = self._answered(ref)
        others = [leg for leg in self._consulted(call) if leg is not second]
        requests = [*self._aside_of(own), *self._leave(call, own, music_class)]
        requests += self._to_music(others, music_class)
        aside = aside_name(self._link.app, own.ref)
        requests += [
            *self._hushed(own),
            self._ari.channels.stop_moh(second.channel),
            *self._join(aside, own.channel, second.channel),
        ]
        own.place = second.place = Place.ASIDE
        await self._send(key, requests)

    async def wait_apart(self, key: ChannelKey, ref: str, music_class: str = "default") -> None:
        """Let an answered leg hear music apart from all others, until it is to talk to somebody.

        If it is the call's own, the customer hears music too, unless others are in the conference.
        """
        call, leg = self._orders.call(key), self._answered(ref)
        requests = [*self._aside_of(leg), *self._leave(call, leg, music_class)] if leg is call.leg else []
        leg.place = Place.ALONE
        await self._send(key, [*requests, self._ari.channels.start_moh(leg.channel, moh_class=music_class)])

    async def enter(self, key: ChannelKey, ref: str) -> None:
        """Let an answered leg talk to the customer and who is with him."""
        call, leg = self._orders.call(key), self._answered(ref)
        leg.place = Place.CALL
        await self._send(key, [self._ari.channels.stop_moh(leg.channel), *self._to_customer(call, leg)])

    async def go_back(self, key: ChannelKey, music_class: str = "default") -> None:
        """Let the call's own leg talk to the customer again; who was consulted hears music."""
        call, own = self._talking(key)
        requests = [*self._to_music(self._consulted(call), music_class), *self._hushed(own)]
        own.place = Place.CALL
        await self._send(key, [*requests, *self._to_customer(call, own)])

    async def join(self, key: ChannelKey) -> None:
        """Let the customer and all legs that were answered talk together."""
        call, own = self._talking(key)
        legs = self._tracker.legs.there(key)
        requests = self._aside_of(own)
        requests.append(_leniently(self._ari.channels.ring_stop(own.channel)))
        requests += [self._ari.channels.stop_moh(leg.channel) for leg in legs if leg.place is Place.ALONE]
        for leg in legs:
            leg.place = Place.CALL
        await self._send(key, [*requests, *self._to_customer(call, *legs)])

    async def hand_over(self, key: ChannelKey, ref: str, *, stays: bool = False) -> None:
        """Let an answered leg be the call's own and talk to the customer, with whom is there already.

        The leg that was it is hung up, or `stays` in the conference.
        """
        call, new, former = self._orders.call(key), self._answered(ref), self._orders.call(key).leg
        if former is new:
            return
        call.leg = new
        self._tracker.supervisions.ended(new)
        requests: Requests = [self.silence(call), self._without_deadline(call)]
        requests += [self._ari.channels.stop_moh(new.channel)]
        legs = [new]
        if former is not None:
            requests.append(_leniently(self._ari.channels.ring_stop(former.channel)))
            legs += [former] if stays and former.is_there else []
        for leg in legs:
            leg.place = Place.CALL
        requests += self._to_customer(call, *legs)
        if any(leg is not new for leg in self._tracker.legs.there(key) if stays or leg is not former):
            requests += self._aside_of(new)
        if new.is_apart:
            requests += self._aside_of(new)  # says from now on that it is the call's own
            new.is_apart = False
        try:
            await self._send(key, requests)
        finally:
            if former is not None:
                self._tracker.close_aside(former)
                if not stays:
                    self._tracker.drop(former)

    async def park(self, key: ChannelKey, music_class: str = "default") -> None:
        """Let a call's legs go while the customer stays, and hears music; before that he has a deadline."""
        call, _ = self._talking(key)
        async with self._orders.about(key):
            await self.with_deadline(key)
        self._tracker.strip(call)
        await self._orders.send(key, self._ari.channels.start_moh(key.id, moh_class=music_class))

    async def keep_waiting(self, key: ChannelKey, music_class: str = "default") -> None:
        """Let who is alone in a call hear music, for a leg that was with them is gone; others talk on.

        They are the customer, and whom the call's own leg talked to apart if it is that one.
        """
        call, legs = self._orders.call(key), self._tracker.legs.there(key)
        apart = [leg for leg in legs if leg.place is not Place.CALL]
        requests: Requests = []
        if call.leg is None:
            requests += [self._ari.channels.start_moh(leg.channel, moh_class=music_class) for leg in apart]
        if len(apart) == len(legs):
            requests += self._customer_to_music(call, music_class)
        await self._send(key, requests)

    async def mute(self, ref: str, *, on: bool) -> None:
        """Let nobody hear who is on an answered leg, or let him be heard again."""
        leg, channels = self._answered(ref), self._ari.channels
        order = channels.mute if on else channels.unmute
        async with self._orders.about(leg.call):
            await order(leg.channel, direction="in")

    async def send_digits(self, key: ChannelKey, digits: str) -> None:
        """Send DTMF to the customer, or to whom the call's own leg talks apart."""
        call, own = self._talking(key)
        aside = [leg.channel for leg in self._consulted(call)] if own.place is Place.ASIDE else [key.id]
        async with self._orders.about(key):
            for channel in aside:
                await self._ari.channels.send_dtmf(channel, dtmf=digits)

    async def silence(self, call: TrackedCall) -> None:
        """Stop prompt and music: while a prompt plays, Asterisk lets a channel go nowhere."""
        if call.dialogue.playing is not None:
            await ChannelPlayer(self._ari, call.key.id).stop(call.dialogue.playing)
        else:
            await self._ari.channels.stop_moh(call.key.id)

    # --- requests ------------------------------------------------------------------------------

    def _answering(self, call: TrackedCall) -> Requests:
        return [] if call.is_answered else [self._ari.channels.answer(call.key.id)]

    def with_deadline(self, key: ChannelKey) -> Awaitable[object]:
        """Give a call that has just become alone the time that others have: it does not wait for its turn."""
        return self._deadline(key.id, _STAY_S)

    def _without_deadline(self, call: TrackedCall) -> Awaitable[object]:
        return self._deadline(call.key.id, 0)

    def _deadline(self, call: str, stay_s: float) -> Awaitable[object]:
        """Set it from outside: the channel's own variable is set by its thread, which a prompt keeps busy."""
        return self._ari.asterisk.set_global_var(variable=f"EXPORT({call},{_DEADLINE})", value=f"{stay_s:g}")

    def _join(self, bridge: str, *channels: str) -> Requests:
        """Put channels into a bridge. Each phone has been told already whom it talks to: not again.

        (Asterisk would send both sides a re-INVITE to say so.) Keys that are pressed on a leg are for us
        (`cti.phones`): nobody in the bridge hears them.
        """
        legs = [channel for channel in channels if self._tracker.legs.by_channel(channel) is not None]
        others = [channel for channel in channels if channel not in legs]
        add = self._ari.bridges.add_channel
        return [
            add(bridge, channel=each, absorb_dtmf=is_leg or None, inhibit_connected_line_updates=True)
            for each, is_leg in ((others, False), (legs, True))
            if each
        ]

    def _listeners_anew(self, key: ChannelKey) -> Requests:
        """Let whoever listens to the customer (recordings, transcripts) hear other phones: `cti.hush`."""
        return [self._ari.channels.play(key.id, media=self._hush)] if self._hush else []

    def _to_customer(self, call: TrackedCall, *legs: Leg) -> Requests:
        """Let the customer hear music no more, and have him and these legs in the call's bridge."""
        bridge = bridge_name(self._link.app, call.key.id)
        return [
            self._ari.channels.stop_moh(call.key.id),
            *self._listeners_anew(call.key),
            _leniently(self._ari.bridges.create_with_id(bridge, type_=BRIDGE_TYPE)),
            *self._join(bridge, call.key.id, *(leg.channel for leg in legs)),
        ]

    def _customer_to_music(self, call: TrackedCall, music_class: str) -> Requests:
        bridge = bridge_name(self._link.app, call.key.id)
        return [
            _leniently(self._ari.bridges.remove_channel(bridge, channel=[call.key.id])),
            self._ari.channels.start_moh(call.key.id, moh_class=music_class),
        ]

    def _leave(self, call: TrackedCall, own: Leg, music_class: str) -> Requests:
        """Take the own leg from the customer, who hears music if nobody else is with him."""
        if own.place is Place.ALONE:
            return []
        name = bridge_name(self._link.app, call.key.id)
        if own.place is Place.ASIDE:
            name = aside_name(self._link.app, own.ref)
        requests: Requests = [_leniently(self._ari.bridges.remove_channel(name, channel=[own.channel]))]
        others = [leg for leg in self._tracker.legs.there(call.key) if leg is not own]
        if own.place is Place.CALL and all(leg.place is not Place.CALL for leg in others):
            requests += self._customer_to_music(call, music_class)
        return requests

    def _to_music(self, legs: Iterable[Leg], music_class: str) -> Requests:
        """Let who was consulted wait with music."""
        requests: Requests = []
        for leg in legs:
            leg.place = Place.ALONE
            own = self._tracker.calls[leg.call.id].leg
            if own is not None:
                aside = aside_name(self._link.app, own.ref)
                requests.append(_leniently(self._ari.bridges.remove_channel(aside, channel=[leg.channel])))
            requests.append(self._ari.channels.start_moh(leg.channel, moh_class=music_class))
        return requests

    def _hushed(self, own: Leg) -> Requests:
        """End what the own leg hears while it waits for whom it consults: ringing, or music."""
        music = [self._ari.channels.stop_moh(own.channel)] if own.place is Place.ALONE else []
        return [_leniently(self._ari.channels.ring_stop(own.channel)), *music]

    def _aside_of(self, own: Leg) -> Requests:
        return [] if own.has_aside else [self._tracker.open_aside(own)]

    def _consulted(self, call: TrackedCall) -> list[Leg]:
        """Return the legs with which the own leg talks apart."""
        there = self._tracker.legs.there(call.key)
        return [leg for leg in there if leg.place is Place.ASIDE and leg is not call.leg]

    async def _send(self, key: ChannelKey, requests: Requests) -> None:
        """Send requests about legs; what Asterisk refuses is a leg that has just gone."""
        try:
            await self._orders.send(key, *requests)
        except CallRefused as refusal:
            raise LegGone(str(refusal)) from refusal

    def _answered(self, ref: str) -> Leg:
        leg = self._tracker.legs.get(ref)
        if leg is None or not leg.is_there:
            raise LegGone(f"no answered leg {ref}")
        return leg

    def _talking(self, key: ChannelKey) -> tuple[TrackedCall, Leg]:
        """Return a call that has a leg of its own, and that leg."""
        call = self._orders.call(key)
        if call.leg is None:
            raise LegGone(f"{key} talks to nobody")
        return call, call.leg


class ChannelPlayer:
    """Plays to a channel (`cti.dialogue.Player`)."""

    def __init__(self, ari: Ari, channel: str) -> None:
        self._ari, self._channel = ari, channel

    async def play(self, playback: str, sounds: Sequence[str]) -> None:
        await self._ari.channels.play_with_id(self._channel, playback, media=sounds)

    async def stop(self, playback: str) -> None:
        with suppress(AriFailure):
            await self._ari.playbacks.stop(playback)


async def _leniently(request: Awaitable[object]) -> None:
    """Do what may be so already."""
    try:
        await request
    except AriUnavailable:
        raise
    except AriFailure:
        pass
