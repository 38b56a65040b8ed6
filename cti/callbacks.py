"""Customers whom we call: the Asterisk channels that we originate to them, from calling to the call.

    calling -> round the dialplan       so that there is something to fall back to
            -> answered             customer_answered; from then on it is a call like any other
    calling -> gone                     customer_failed
    calling -> gone -> calling          by the next way, where the trunk failed and not the number
    calling -> unwanted -> gone         customer_failed(cancelled), also when the answer comes too late

The name of such a channel is made of the application and of what the callback is for (its `id`). So
Asterisk itself refuses a second one for the same, and it is known by its name after we were away.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cti.ari import AriFailure, AriLink, ChannelKey, Snapshot
from cti.ari.models import Channel, ChannelDestroyed
from cti.attempts import Attempts
from cti.incoming import CALLBACK, CALLED_INFIX, IncomingCall, stasis_arguments
from cti.legs import Leg, failure
from cti.listener import CallListener, LegFailure
from cti.notices import Notices
from cti.outside import Way

_CALLED: Final = "called"
"""The first argument of our application for who has just answered, and the context to which he is sent."""


@dataclass(slots=True, eq=False)
class Callback:
    """A customer who is being called. `leg` is the agent who waits and hears it ring."""

    key: ChannelKey
    leg: Leg
    number: str
    timeout_s: int
    is_unwanted: bool = False


class Callbacks:
    """All customers of a node who are being called. Tells how each comes out, once."""

    def __init__(
        self,
        link: AriLink,
        listener: CallListener,
        notices: Notices,
        attempts: Attempts,
    ) -> None:
        self._link, self._ari, self._attempts = link, link.ari, attempts
        self._prefix = f"{link.app}{CALLED_INFIX}"
        self._listener, self._notices = listener, notices
        self._callbacks: dict[str, Callback] = {}

    def __iter__(self) -> Iterator[Callback]:
        return iter(tuple(self._callbacks.values()))

    def key(self, id_: str) -> ChannelKey:
        """Return the key that the call of a callback has, from before it exists."""
        return ChannelKey(self._link.node, self._prefix + id_)

    def is_key(self, key: ChannelKey) -> bool:
        return key.id.startswith(self._prefix)

    def get(self, channel: str) -> Callback | None:
        return self._callbacks.get(channel)

    async def begin(
        self, key: ChannelKey, leg: Leg, ways: Sequence[Way], *, number: str, timeout_s: int
    ) -> None:
        """Call a customer while the agent hears it ring. Never raises: the listener hears the outcome.

        One who is being called already is not called again.
        """
        if key.id in self._callbacks:
            return
        callback = self._callbacks[key.id] = Callback(key, leg, number, timeout_s)
        try:
            await self._ari.channels.ring(leg.channel)
        except AriFailure:
            self.ended(callback, LegFailure.UNREACHABLE)
        else:
            await self._attempts.begin(
                key.id,
                ways,
                lambda way: self._dial(callback, way),
                is_wanted=lambda: not callback.is_unwanted,
                failed=lambda: self.ended(callback, LegFailure.UNREACHABLE),
            )

    async def _dial(self, callback: Callback, way: Way) -> None:
        id_ = callback.key.id.removeprefix(self._prefix)
        own = {
            "TORITSUGI_APP": self._link.app,
            "TORITSUGI_CALLED": f"{CALLBACK},{id_},{callback.number}",
            "TORITSUGI_CONTACT": id_,
        }
        await self._ari.channels.originate_with_id(
            callback.key.id,
            endpoint=way.endpoint,
            app=self._link.app,
            app_args=_CALLED,
            caller_id=way.caller_id or None,
            timeout=callback.timeout_s,
            variables={**way.variables, **own},
        )

    def is_out(self, arguments: Sequence[str]) -> bool:
        """Whether a channel is a customer's who has just answered: `send_round` him."""
        return list(arguments) == [_CALLED]

    async def send_round(self, channel: str) -> None:
        """Let a customer who has answered be in our application by way of the dialplan.

        A channel that we made has none: when its time is out (`cti.way_out`) it would be hung up.
        """
        await self._ari.channels.continue_in_dialplan(channel, context=_CALLED, extension="s", priority=1)

    def destroyed(self, event: ChannelDestroyed) -> None:
        """A channel ended that has no other way: if it was a customer's, he was not reached."""
        if (callback := self._callbacks.get(event.channel.id)) is not None:
            self.ended(callback, failure(event.cause, rang=event.channel.state == "Ringing"))

    def refused(self, key: ChannelKey, reason: LegFailure) -> None:
        """A customer who was to be called was not."""
        self._notices.put(key.id, lambda: self._listener.customer_failed(key, reason))

    def answered(self, call: IncomingCall) -> Callback | None:
        """A customer picked up: returns what was wanted of him, None if nothing is any more."""
        callback = self._callbacks.pop(call.key.id, None)
        if callback is None:
            return None
        self._attempts.forget(call.key.id)
        if callback.is_unwanted:
            self.refused(call.key, LegFailure.CANCELLED)
            return None
        self._notices.put(call.key.id, lambda: self._listener.customer_answered(call))
        return callback

    def ended(self, callback: Callback, reason: LegFailure) -> None:
        """A customer was not reached."""
        if self._callbacks.get(callback.key.id) is callback:
            del self._callbacks[callback.key.id]
            self._attempts.forget(callback.key.id)
            self.refused(callback.key, LegFailure.CANCELLED if callback.is_unwanted else reason)

    def waiting(self, snapshot: Snapshot) -> list[str]:
        """Return the channels of those who answered while we were away, and are to be sent round."""
        out = (each for each in snapshot.channels if self.get(each.id) is not None)
        return [each.id for each in out if self.is_out(stasis_arguments(each, self._link.app) or ())]

    def settle(self, snapshot: Snapshot) -> list[str]:
        """Compare with what a node has; returns the channels that nobody wants.

        Those of customers who have answered are calls by then (`Tracker`), or not in our hands.
        """
        there = {each.id for each in snapshot.channels}
        in_dialplan = {each.id for each in snapshot.channels if self._is_in_dialplan(each)}
        for callback in self:
            if callback.key.id not in there:
                self.ended(callback, LegFailure.UNREACHABLE)
        ours = {id_ for id_ in there if id_.startswith(self._prefix) and not id_.endswith(";2")}
        wanted = {callback.key.id for callback in self if not callback.is_unwanted}
        return sorted(ours - wanted - in_dialplan)

    def _is_in_dialplan(self, channel: Channel) -> bool:
        """Whether a customer is in Asterisk's own hands: in `Queue()`, or talking to a number outside."""
        return channel.state == "Up" and stasis_arguments(channel, self._link.app) is None
