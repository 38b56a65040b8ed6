"""One desktop's side of the hub: the frames that wait for it, and why it ends."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from aiohttp import WSCloseCode, WSMsgType, web

WAITING_MAX = 256


@dataclass(frozen=True, slots=True)
class Closing:
    """The close frame (RFC 6455 §5.5.1) that a link ends with."""

    code: int
    reason: str


SLOW = Closing(WSCloseCode.TRY_AGAIN_LATER, "does not read")
SILENT = Closing(WSCloseCode.GOING_AWAY, "does not answer")
SIGNED_OUT = Closing(WSCloseCode.POLICY_VIOLATION, "signed out")
STOPPING = Closing(WSCloseCode.GOING_AWAY, "the hub stops")
NOT_READY = Closing(WSCloseCode.TRY_AGAIN_LATER, "not available")
BROKEN = Closing(WSCloseCode.UNSUPPORTED_DATA, "expected text frames")
LEFT = Closing(WSCloseCode.OK, "")


class Link:
    """Frames for one desktop, in order.

    `put` never waits: a desktop for which `WAITING_MAX` frames wait is closed. Nothing is sent before
    `open` put its first frames in front.
    """

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(WAITING_MAX)
        self._first: tuple[bytes, ...] = ()
        self._opened = asyncio.Event()
        self.ended: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()

    def put(self, frame: bytes) -> None:
        """Have a frame sent, or end the link if it does not read."""
        try:
            self._waiting.put_nowait(frame)
        except asyncio.QueueFull:
            self.end(SLOW)

    def open(self, first: Iterable[bytes]) -> None:
        """Begin to send, `first` before all that was put so far."""
        self._first = tuple(first)
        self._opened.set()

    def end(self, closing: Closing) -> None:
        """End the link; the first reason counts."""
        if not self.ended.done():
            self.ended.set_result(closing)

    async def pump(self, socket: web.WebSocketResponse) -> NoReturn:
        """Send until cancelled; raises `ConnectionError` when the peer is gone."""
        await self._opened.wait()
        for frame in self._first:
            await socket.send_frame(frame, WSMsgType.TEXT)
        while True:
            await socket.send_frame(await self._waiting.get(), WSMsgType.TEXT)
