"""Carrying orders about calls to Asterisk, with its refusals turned into what they mean for the call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from cti.ari import AriFailure, AriLink, AriUnavailable, ChannelKey, NotFound
from cti.errors import CallGone, CallRefused, NodeUnavailable
from cti.incoming import stasis_arguments
from cti.tracker import TrackedCall, Tracker


class Orders:
    """Raises `CallGone`, `CallRefused` or `NodeUnavailable`; nothing of ARI's errors comes out."""

    def __init__(self, link: AriLink, tracker: Tracker) -> None:
        self._link, self._tracker = link, tracker

    def call(self, key: ChannelKey) -> TrackedCall:
        if (call := self._tracker.calls.get(key.id)) is None:
            raise CallGone(f"no call {key}")
        return call

    @asynccontextmanager
    async def about(self, key: ChannelKey) -> AsyncIterator[TrackedCall]:
        """Enter with the call, if it is there; what ARI raises inside is translated."""
        call = self.call(key)
        try:
            yield call
        except AriUnavailable as failure:
            raise NodeUnavailable(str(failure)) from failure
        except AriFailure as failure:
            if call.hung_up or _names(key, failure) or not await self._is_inside(key.id):
                raise CallGone(str(failure)) from failure
            raise CallRefused(str(failure)) from failure

    async def send(self, key: ChannelKey, *requests: Awaitable[object]) -> None:
        """Send requests that belong together without waiting in between: Asterisk keeps their order."""
        async with self.about(key):
            outcomes = await asyncio.gather(*requests, return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome

    async def _is_inside(self, channel: str) -> bool:
        """Whether a channel is in our application, by Asterisk's word."""
        try:
            return stasis_arguments(await self._link.ari.channels.get(channel), self._link.app) is not None
        except NotFound:
            return False
        except AriUnavailable as failure:
            raise NodeUnavailable(str(failure)) from failure


def _names(key: ChannelKey, failure: AriFailure) -> bool:
    """Whether it says itself that the channel is gone: Asterisk lists one that hangs up a moment longer."""
    if not isinstance(failure, NotFound) or not f"{failure.path}/".startswith(f"/channels/{key.id}/"):
        return False
    return failure.message in ("Channel not found", "Provided channel was not found")
