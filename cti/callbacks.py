"""Customers whom we call: the Asterisk channels that we originate to them, from calling to the call.

    calling -> answered                 customer_answered; from then on it is a call like any other
    calling -> gone                     customer_failed
    calling -> gone -> calling          by the next way, where the trunk failed and not the number
    calling -> unwanted -> gone         customer_failed(cancelled), also when the answer comes too late

The name of such a channel is made of the application and of what the callback is for (its `id`). So
Asterisk itself refuses a second one for the same, and it is known by its name after we were away.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

import structlog

from cti.ari import AriFailure, AriLink, ChannelKey, Snapshot
from cti.ari.models import ChannelDestroyed
from cti.incoming import CALLBACK, IncomingCall
from cti.legs import Leg, failure
from cti.listener import CallListener, LegFailure
from cti.notices import Notices
from cti.outside import Way, is_worth_another

log = structlog.get_logger()

_PATIENCE_S = 12.0
"""How long a trunk may give no sign (ringing, progress) if there is another: timer B of RFC 3261 is 32 s."""


@dataclass(slots=True, eq=False)
class Callback:
    """A customer who is being called. `leg` is the agent who waits and hears it ring.

    `ways` are those that were not tried yet. `has_sign`: the way that is tried leads somewhere.
    """

    key: ChannelKey
    leg: Leg
    number: str
    timeout_s: int
    ways: list[Way] = field(default_factory=list)
    is_unwanted: bool = False
    has_sign: bool = False
    is_given_up: bool = False
    impatience: asyncio.TimerHandle | None = None


class Callbacks:
    """All customers of a node who are being called. Tells how each comes out, once.

    `hang_up` has a channel hung up without waiting for it.
    """

    def __init__(
        self,
        link: AriLink,
        listener: CallListener,
        notices: Notices,
        hang_up: Callable[[str], None],
        *,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._link, self._ari, self._hang_up = link, link.ari, hang_up
        self._patience_s = patience_s
        self._prefix = f"{link.app}.callback."
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
        callback = self._callbacks[key.id] = Callback(key, leg, number, timeout_s, list(ways))
        try:
            await self._ari.channels.ring(leg.channel)
        except AriFailure:
            self.ended(callback, LegFailure.UNREACHABLE)
        else:
            await self._try(callback)

    async def _try(self, callback: Callback) -> None:
        """Call by the next way; a way that Asterisk refuses at once is passed over."""
        while callback.ways and not callback.is_unwanted:
            way = callback.ways.pop(0)
            callback.has_sign = callback.is_given_up = False
            try:
                await self._ari.channels.originate_with_id(
                    callback.key.id,
                    endpoint=way.endpoint,
                    app=self._link.app,
                    app_args=f"{CALLBACK},{callback.key.id.removeprefix(self._prefix)},{callback.number}",
                    caller_id=way.caller_id or None,
                    timeout=callback.timeout_s,
                    variables=way.variables or None,
                )
            except AriFailure as error:
                if error.retryable:  # nobody knows whether it rings
                    break
            else:
                self._watch(callback)
                return
        self.ended(callback, LegFailure.UNREACHABLE)

    def _watch(self, callback: Callback) -> None:
        """Give a trunk up that gives no sign, if there is another."""
        if callback.ways and not callback.has_sign:
            loop = asyncio.get_running_loop()
            callback.impatience = loop.call_later(self._patience_s, self._lose_patience, callback)

    def _lose_patience(self, callback: Callback) -> None:
        if self._callbacks.get(callback.key.id) is callback and not callback.has_sign:
            callback.is_given_up = True
            self._hang_up(callback.key.id)

    def sign(self, channel: str) -> None:
        """A channel rings or makes progress."""
        if (callback := self._callbacks.get(channel)) is not None:
            callback.has_sign = True
            self._calm(callback)

    def destroyed(self, event: ChannelDestroyed) -> Awaitable[None] | None:
        """A channel ended; returns what is to be done if it was a customer's and there is another way."""
        if (callback := self._callbacks.get(event.channel.id)) is None:
            return None
        self._calm(callback)
        rang = event.channel.state == "Ringing"
        is_other = callback.is_given_up or is_worth_another(event.cause, event.tech_cause, rang=rang)
        if is_other and callback.ways and not callback.is_unwanted:
            log.info("callback.next_way", cause=event.cause, sip_status=event.tech_cause)
            return self._try(callback)
        self.ended(callback, failure(event.cause, rang=rang))
        return None

    @staticmethod
    def _calm(callback: Callback) -> None:
        if callback.impatience is not None:
            callback.impatience.cancel()
            callback.impatience = None

    def refused(self, key: ChannelKey, reason: LegFailure) -> None:
        """A customer who was to be called was not."""
        self._notices.put(key.id, lambda: self._listener.customer_failed(key, reason))

    def answered(self, call: IncomingCall) -> Callback | None:
        """A customer picked up: returns what was wanted of him, None if nothing is any more."""
        callback = self._callbacks.pop(call.key.id, None)
        if callback is None:
            return None
        self._calm(callback)
        if callback.is_unwanted:
            self.refused(call.key, LegFailure.CANCELLED)
            return None
        self._notices.put(call.key.id, lambda: self._listener.customer_answered(call))
        return callback

    def ended(self, callback: Callback, reason: LegFailure) -> None:
        """A customer was not reached."""
        if self._callbacks.get(callback.key.id) is callback:
            del self._callbacks[callback.key.id]
            self._calm(callback)
            self.refused(callback.key, LegFailure.CANCELLED if callback.is_unwanted else reason)

    def settle(self, snapshot: Snapshot) -> list[str]:
        """Compare with what a node has; returns the channels that nobody wants.

        Those of customers who have answered are calls by then (`Tracker`).
        """
        there = {each.id for each in snapshot.channels}
        for callback in self:
            if callback.key.id not in there:
                self.ended(callback, LegFailure.UNREACHABLE)
        ours = {id_ for id_ in there if id_.startswith(self._prefix) and not id_.endswith(";2")}
        wanted = {callback.key.id for callback in self if not callback.is_unwanted}
        return sorted(ours - wanted)
