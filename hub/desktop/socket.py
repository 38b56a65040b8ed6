"""The WebSocket of one desktop: its life from the handshake to the close frame."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from aiohttp import WSMessage, WSMsgType, web

from acd.ids import AgentId
from hub.accounts import Account
from hub.desktop.bucket import TokenBucket
from hub.desktop.commands import Ping, parse, ref_of
from hub.desktop.handler import DesktopHandler
from hub.desktop.link import BROKEN, LEFT, NOT_READY, SIGNED_OUT, SILENT, Closing, Link
from hub.desktop.protocol import SUBPROTOCOL, Acked, Event, Refused, encode
from hub.desktop.refusals import CommandRefused, Refusal
from hub.desktop.registry import Desktops
from hub.errors import DatabaseUnavailable

log = structlog.get_logger()

StillSignedIn = Callable[[], Awaitable[bool]]

_MESSAGE_MAX = 64 * 1024
_COMMANDS_PER_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketTimes:
    """Patience in seconds.

    A desktop that was silent for `ping_s` is pinged and has `pong_s` to say anything. Whether it is
    still signed in is looked up each `check_s`. A command may take `command_s`, the close `close_s`.
    """

    ping_s: float = 15.0
    pong_s: float = 10.0
    check_s: float = 60.0
    command_s: float = 10.0
    close_s: float = 2.0


class DesktopSocket:
    """Serves desktops: commands to the handler, events from `desktops` out."""

    def __init__(
        self,
        desktops: Desktops,
        handler: DesktopHandler,
        *,
        times: SocketTimes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.desktops, self._handler = desktops, handler
        self._times, self._clock = times or SocketTimes(), clock

    async def serve(
        self, request: web.Request, account: Account, is_signed_in: StillSignedIn
    ) -> web.WebSocketResponse:
        """Serve one desktop until it ends. Who it is and where it comes from was checked before."""
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,), autoping=False, max_msg_size=_MESSAGE_MAX, decode_text=True
        )
        await socket.prepare(request)
        closing = NOT_READY
        try:
            async with asyncio.timeout(self._times.command_s) as joining, self.desktops.join(account) as link:
                joining.reschedule(None)
                closing = await self._live(socket, link, account.id, is_signed_in)
        except Exception as error:
            _note(error, "desktop.failed", account.id)
        finally:
            await self._close(request, socket, closing)
        log.info("desktop.left", agent=account.id, code=closing.code, reason=closing.reason)
        return socket

    async def _live(
        self, socket: web.WebSocketResponse, link: Link, agent: AgentId, is_signed_in: StillSignedIn
    ) -> Closing:
        """Run until the first of: the desktop leaves, is silent, is slow, is signed out, the hub stops."""
        works: tuple[asyncio.Task[Closing], ...] = (
            asyncio.create_task(self._listen(socket, link, agent), name=f"desktop {agent} in"),
            asyncio.create_task(link.pump(socket), name=f"desktop {agent} out"),
            asyncio.create_task(self._watch(is_signed_in), name=f"desktop {agent} session"),
        )
        try:
            ends: list[asyncio.Future[Closing]] = [link.ended, *works]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            return next(end for end in ends if end.done()).result()
        except ConnectionError:
            return LEFT
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)

    async def _watch(self, is_signed_in: StillSignedIn) -> Closing:
        while True:
            await asyncio.sleep(self._times.check_s)
            try:
                if not await is_signed_in():
                    return SIGNED_OUT
            except DatabaseUnavailable:
                continue  # nobody is signed out because the database is away

    async def _listen(self, socket: web.WebSocketResponse, link: Link, agent: AgentId) -> Closing:
        bucket = TokenBucket(_COMMANDS_PER_S, self._clock)
        while True:
            try:
                message = await self._receive(socket)
            except TimeoutError:
                return SILENT
            match message.type:
                case WSMsgType.TEXT:
                    link.put(encode(await self._answer(message.data, agent, bucket)))
                case WSMsgType.PING | WSMsgType.PONG:
                    pass  # a sign of life, no more
                case WSMsgType.BINARY:
                    return BROKEN
                case _:
                    return LEFT

    async def _receive(self, socket: web.WebSocketResponse) -> WSMessage:
        """Return the next frame, a ping answered; raises `TimeoutError` if none comes even after our ping.

        Sending has a timeout too: to a peer that vanished it would wait as long as TCP does.
        """
        try:
            message = await socket.receive(self._times.ping_s)
        except TimeoutError:
            async with asyncio.timeout(self._times.pong_s):
                await socket.ping()
                message = await socket.receive()
        if message.type is WSMsgType.PING:
            async with asyncio.timeout(self._times.pong_s):
                await socket.pong(message.data)
        return message

    async def _answer(self, text: str, agent: AgentId, bucket: TokenBucket) -> Event:
        """Carry a command out and return its one answer."""
        if not bucket.take():
            return _refused(text, CommandRefused(Refusal.TOO_MANY))
        try:
            command = parse(text)
            if not isinstance(command, Ping):
                async with asyncio.timeout(self._times.command_s):
                    await self._handler.command(agent, command)
            return Acked(ref=command.ref)
        except CommandRefused as refusal:
            return _refused(text, refusal)
        except Exception as error:
            _note(error, "desktop.command_failed", agent)
            return _refused(text, CommandRefused(Refusal.UNAVAILABLE))

    async def _close(self, request: web.Request, socket: web.WebSocketResponse, closing: Closing) -> None:
        """Say goodbye, for a moment; then cut, since a peer that does not read would hold us here."""
        try:
            async with asyncio.timeout(self._times.close_s):
                await socket.close(code=closing.code, message=closing.reason.encode())
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()


def _refused(text: str, refusal: CommandRefused) -> Refused:
    return Refused(ref=ref_of(text), code=refusal.code, message=refusal.message)


def _note(error: Exception, event: str, agent: AgentId) -> None:
    """Log what will pass as a warning, and a fault of ours with its trace."""
    will_pass = isinstance(error, TimeoutError) or getattr(error, "retryable", False)
    note = log.warning if will_pass else log.exception
    note(event, agent=agent, error=type(error).__name__)
