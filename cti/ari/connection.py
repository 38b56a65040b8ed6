"""One socket's life: requests find their answers, events come out in order."""

import asyncio
import itertools
from collections.abc import Callable, Mapping

import msgspec

from cti.ari.codec import UnknownEvent, body_of, decode, encode_request
from cti.ari.errors import AriUnavailable
from cti.ari.models import Event, RESTResponse
from cti.ari.wire import Wire

_IN_FLIGHT_MAX = 2000
_REMEMBERED = 4096


class Connection:
    """Requests and events on one open socket. It is used up when the socket ends.

    An event that comes twice, at once or after some thousand others, is handed over once: told late, the
    beginning of a call that is over would make a call of it that never ends.

    Asterisk carries out the requests of one socket in the order of sending, so requests that belong
    together can be sent without waiting for each other's answers.
    """

    def __init__(
        self, wire: Wire, on_event: Callable[[Event | UnknownEvent], None], *, timeout_s: float
    ) -> None:
        self._wire, self._on_event, self._timeout_s = wire, on_event, timeout_s
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[RESTResponse]] = {}
        self._is_over = False
        self._remembered: dict[int, None] = {}
        self.frames = 0

    async def request(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None = None
    ) -> bytes:
        """Carry one request (see `Requester`)."""
        if self._is_over:
            raise AriUnavailable("the connection is lost")
        if len(self._waiting) >= _IN_FLIGHT_MAX:
            raise AriUnavailable(f"{_IN_FLIGHT_MAX} requests wait for Asterisk already")
        request_id = str(next(self._ids))
        answer = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = answer
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._wire.send(encode_request(request_id, method, path, query, body))
                return body_of(await answer, method, path)
        except TimeoutError:
            raise AriUnavailable(f"{method} {path}: no answer within {self._timeout_s:g} s") from None
        finally:
            del self._waiting[request_id]

    async def read(self) -> None:
        """Read until the socket ends, then fail what still waits; raises `AriUnavailable` at the end.

        Events are handed over from here, so the callback must not block; what it raises ends the
        connection.
        """
        try:
            while (frame := await self._wire.receive()) is not None:
                self.frames += 1
                self._take(frame)
            raise AriUnavailable("Asterisk closed the connection")
        finally:
            self._is_over = True
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(AriUnavailable("the connection was lost before the answer came"))

    async def close(self) -> None:
        """Close the socket, which ends `read`; may be called twice."""
        await self._wire.close()

    def _take(self, frame: bytes) -> None:
        try:
            message = decode(frame)
        except msgspec.DecodeError as error:
            raise AriUnavailable(f"not ARI: {error}") from error
        if isinstance(message, RESTResponse):
            answer = self._waiting.get(message.request_id)
            if answer is not None and not answer.done():
                answer.set_result(message)
        elif isinstance(message, Event | UnknownEvent) and self._is_news(frame):
            self._on_event(message)

    def _is_news(self, frame: bytes) -> bool:
        """Whether an event was not told before: to the letter, its time in milliseconds included."""
        mark = hash(frame)
        if mark in self._remembered:
            return False
        self._remembered[mark] = None
        if len(self._remembered) > _REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        return True
