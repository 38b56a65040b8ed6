"""One customer's socket: the frames that wait for it. Idle, it costs no task."""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from aiohttp import WSMsgType, web

WAITING_MAX = 128


class ChatLink:
    """Frames for one socket, in order.

    `put` never waits: a socket for which `WAITING_MAX` frames wait is cut. Nothing is sent before `open`
    put its first frames in front.
    """

    __slots__ = ("_is_open", "_is_over", "_socket", "_transport", "_waiting", "_work")

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self._socket, self._transport = socket, transport
        self._waiting: deque[bytes] = deque()
        self._work: asyncio.Task[None] | None = None
        self._is_open = self._is_over = False

    def put(self, frame: bytes) -> None:
        """Have a frame sent, or cut the socket if it does not read."""
        if self._is_over:
            return
        if len(self._waiting) >= WAITING_MAX:
            self.cut()
            return
        self._waiting.append(frame)
        self._go_on()

    def open(self, first: Iterable[bytes]) -> None:
        """Begin to send, `first` before all that was put so far."""
        self._waiting.extendleft(reversed(tuple(first)))
        self._is_open = True
        self._go_on()

    def cut(self) -> None:
        """End the connection at once: the widget comes again, and is told what it missed."""
        self.end()
        if self._transport is not None:
            self._transport.abort()

    def end(self) -> None:
        """Send nothing more."""
        self._is_over = True
        self._waiting.clear()
        if self._work is not None:
            self._work.cancel()

    async def close(self, code: int, reason: bytes) -> None:
        """Tell the widget that it is to come again."""
        self.end()
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self._socket.close(code=code, message=reason, drain=False)

    def _go_on(self) -> None:
        if self._is_open and self._work is None and self._waiting:
            self._work = asyncio.create_task(self._send())

    async def _send(self) -> None:
        try:
            while self._waiting:
                await self._socket.send_frame(self._waiting.popleft(), WSMsgType.TEXT)
        except ConnectionError:
            self._waiting.clear()  # the reading side notices
        finally:
            self._work = None
