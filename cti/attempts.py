"""Calling a number outside: one way after the other, under one name of the Asterisk channel."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from cti.ari import AriFailure
from cti.ari.models import ChannelDestroyed
from cti.outside import Way, is_worth_another

log = structlog.get_logger()

_PATIENCE_S = 12.0
"""How long a trunk may give no sign (ringing, progress) if there is another: timer B of RFC 3261 is 32 s."""


@dataclass(slots=True, eq=False)
class Attempt:
    """A number that is being called. `ways` are those that were not tried yet.

    `dial` has Asterisk call by a way, and raises `AriFailure`; `is_wanted`: whether it is to go on at all;
    `failed` is told when no way is left that Asterisk takes. `has_sign`: the way that is tried leads on.
    """

    channel: str
    ways: list[Way]
    dial: Callable[[Way], Awaitable[object]]
    is_wanted: Callable[[], bool]
    failed: Callable[[], None]
    has_sign: bool = False
    is_given_up: bool = False
    impatience: asyncio.TimerHandle | None = None


class Attempts:
    """All numbers of a node that are being called. `hang_up` has a channel hung up without waiting for it."""

    def __init__(self, hang_up: Callable[[str], None], *, patience_s: float = _PATIENCE_S) -> None:
        self._hang_up, self._patience_s = hang_up, patience_s
        self._attempts: dict[str, Attempt] = {}

    async def begin(
        self,
        channel: str,
        ways: Sequence[Way],
        dial: Callable[[Way], Awaitable[object]],
        *,
        is_wanted: Callable[[], bool],
        failed: Callable[[], None],
    ) -> None:
        """Call by the first way that Asterisk takes."""
        attempt = self._attempts[channel] = Attempt(channel, list(ways), dial, is_wanted, failed)
        await self._go_on(attempt)

    def sign(self, channel: str) -> None:
        """A channel rings or makes progress."""
        if (attempt := self._attempts.get(channel)) is not None:
            attempt.has_sign = True
            _calm(attempt)

    def next_way(self, event: ChannelDestroyed) -> Awaitable[None] | None:
        """A channel ended that was not answered; returns what is to be done if there is another way."""
        if (attempt := self._attempts.get(event.channel.id)) is None:
            return None
        _calm(attempt)
        rang = event.channel.state == "Ringing"
        is_other = attempt.is_given_up or is_worth_another(event.cause, event.tech_cause, rang=rang)
        if is_other and attempt.ways and attempt.is_wanted():
            log.info("outside.next_way", cause=event.cause, sip_status=event.tech_cause)
            return self._go_on(attempt)
        return None

    def forget(self, channel: str) -> None:
        """A number was reached, or is not to be called any more."""
        if (attempt := self._attempts.pop(channel, None)) is not None:
            _calm(attempt)

    async def _go_on(self, attempt: Attempt) -> None:
        """Call by the next way; a way that Asterisk refuses at once is passed over."""
        while attempt.ways and attempt.is_wanted():
            way = attempt.ways.pop(0)
            attempt.has_sign = attempt.is_given_up = False
            try:
                await attempt.dial(way)
            except AriFailure as error:
                if error.retryable:  # nobody knows whether it rings
                    break
            else:
                self._watch(attempt)
                return
        if self._attempts.get(attempt.channel) is attempt:
            self.forget(attempt.channel)
            attempt.failed()

    def _watch(self, attempt: Attempt) -> None:
        """Give a trunk up that gives no sign, if there is another."""
        is_open = self._attempts.get(attempt.channel) is attempt
        if is_open and attempt.ways and not attempt.has_sign:
            loop = asyncio.get_running_loop()
            attempt.impatience = loop.call_later(self._patience_s, self._lose_patience, attempt)

    def _lose_patience(self, attempt: Attempt) -> None:
        if self._attempts.get(attempt.channel) is attempt and not attempt.has_sign:
            attempt.is_given_up = True
            self._hang_up(attempt.channel)


def _calm(attempt: Attempt) -> None:
    if attempt.impatience is not None:
        attempt.impatience.cancel()
        attempt.impatience = None
