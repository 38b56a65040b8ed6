"""The WebSocket of one chat widget: from its hello to its end."""

import asyncio
from contextlib import suppress

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from gateways.chat.frames import FRAME_MAX, SUBPROTOCOL, Hello, Welcome, encode, parse
from gateways.errors import StoreUnavailable
from hub.chat.link import ChatLink
from hub.chat.rooms import Room
from hub.chat.talk import ChatBase, Talk
from hub.clock import now_ms
from hub.errors import DatabaseUnavailable

log = structlog.get_logger()

_HELLO_S, _HEARTBEAT_S, _CLOSE_S = 10.0, 30.0, 2.0
_LINES = 100
OVERLAP_MS = 120_000
"""How much later than its time a message may be stored, or by how much hubs' clocks may differ."""


class Left(Exception):
    """The widget went, or has to; `code` is that of the close frame (RFC 6455 §7.4.1)."""

    def __init__(self, code: int = WSCloseCode.OK, reason: bytes = b"") -> None:
        super().__init__(code)
        self.code, self.reason = code, reason


class ChatSocket:
    """Serves widgets. A message is acknowledged once it is in the inbox, in the order in which it came."""

    def __init__(self, base: ChatBase) -> None:
        self._base = base

    async def serve(self, request: web.Request, address: str) -> web.WebSocketResponse:
        """Serve one widget until it ends. Where it comes from was checked; `address` has its limits."""
        socket = web.WebSocketResponse(
            protocols=(SUBPROTOCOL,), heartbeat=_HEARTBEAT_S, max_msg_size=FRAME_MAX, compress=False
        )
        await socket.prepare(request)
        left = Left()
        try:
            await self._live(socket, request.transport, address)
        except Left as end:
            left = end
        except (DatabaseUnavailable, StoreUnavailable, TimeoutError) as error:
            log.warning("chat.not_served", error=type(error).__name__)
            left = Left(WSCloseCode.TRY_AGAIN_LATER, b"not available")
        except ConnectionError:
            pass
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await socket.close(code=left.code, message=left.reason)
        return socket

    async def _live(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, address: str
    ) -> None:
        hello, base = await _hello(socket), self._base
        known = base.gateway.tokens.read(hello.token)
        session, link = known or base.gateway.tokens.new_session(), ChatLink(socket, transport)
        async with base.rooms.join(session, link) as room:
            room.asks = max(room.asks, 1)
            link.open((encode(await self._welcome(session, hello, room, is_known=known is not None)),))
            talk = Talk(base, room, link, session, address)
            while True:
                if not await talk.take(await _next(socket)):
                    raise Left(WSCloseCode.POLICY_VIOLATION, b"too many frames")

    async def _welcome(self, session: str, hello: Hello, room: Room, *, is_known: bool) -> Welcome:
        after_ms = hello.after_ms - OVERLAP_MS if hello.after_ms else 0
        lines, is_whole = (
            await self._base.history.since(session, after_ms, _LINES) if is_known else ((), True)
        )
        return Welcome(
            token=self._base.gateway.tokens.issue(session),
            lines=lines,
            is_whole=is_whole,
            standing=room.standing,
            time_ms=now_ms(),
        )


async def _hello(socket: web.WebSocketResponse) -> Hello:
    async with asyncio.timeout(_HELLO_S):
        text = await _next(socket)
    with suppress(ValueError):
        hello = parse(text)
        if isinstance(hello, Hello):
            return hello
    raise Left(WSCloseCode.POLICY_VIOLATION, b"expected hello")


async def _next(socket: web.WebSocketResponse) -> str:
    """Return the next frame's text; raises `Left`."""
    message = await socket.receive()
    if message.type is WSMsgType.TEXT:
        return str(message.data)
    if message.type is WSMsgType.BINARY:
        raise Left(WSCloseCode.UNSUPPORTED_DATA, b"expected text frames")
    raise Left
