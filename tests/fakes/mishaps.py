"""Misbehaviour on demand: errors, lost answers, slowness."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Mishap:
    """What goes wrong with one request.

    `status` is answered in place of the truth (0: the connection is dropped without an answer, `None`:
    the truth is told). `after_taking`: the request has its effect all the same. The answer comes
    `delay_s` later than it could. Requests go wrong whose path has `path` in it.
    """

    status: int | None = None
    retry_after: str | None = None
    after_taking: bool = False
    delay_s: float = 0.0
    path: str = ""


class Mishaps:
    """The mishaps to come, first in first out; without any left, a random share of the requests."""

    def __init__(self) -> None:
        self._next: deque[Mishap] = deque()
        self._random: random.Random | None = None
        self._share = 0.0

    def add(self, mishap: Mishap, times: int = 1) -> None:
        self._next.extend([mishap] * times)

    def at_random(self, seed: int, share: float) -> None:
        """From now on let that share of requests (0 to 1) go wrong, in ways that the seed decides."""
        self._random, self._share = random.Random(seed), share

    async def apply(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request, well or badly."""
        mishap = self._draw(request.path)
        if mishap is None:
            return await handler(request)
        truth = await handler(request) if mishap.after_taking or mishap.status is None else None
        if mishap.delay_s:
            await asyncio.sleep(mishap.delay_s)
        if mishap.status is None and truth is not None:
            return truth
        if not mishap.status:
            return _drop(request)
        headers = {} if mishap.retry_after is None else {"Retry-After": mishap.retry_after}
        return web.json_response(
            {"message": _MESSAGES.get(mishap.status, "")}, status=mishap.status, headers=headers
        )

    def _draw(self, path: str) -> Mishap | None:
        if (mishap := next((each for each in self._next if each.path in path), None)) is not None:
            self._next.remove(mishap)
            return mishap
        if self._random is None or self._random.random() >= self._share:
            return None
        status = self._random.choice((0, 429, 500, 503))
        return Mishap(status, after_taking=status != 429 and self._random.random() < 0.5)


_MESSAGES = {
    429: "The API rate limit has been exceeded. Try again later.",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def _drop(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
