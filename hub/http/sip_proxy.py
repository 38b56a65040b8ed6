"""SIP over WebSocket (RFC 7118) through the hub's own origin to Asterisk, byte for byte.

Who may open a socket is checked here: from which site, with the proof of a live call or phone, how many. What
is said on it Asterisk checks, but for one thing: nobody begins a dialog in another's name.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import Final

import aiohttp
import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from hub.http.problems import Code, RequestRefused
from hub.phone_names import is_caller
from hub.webrtc.limits import MESSAGE_MAX, message_pace
from hub.webrtc.parts import WebParts

log = structlog.get_logger()

SUBPROTOCOL: Final = "sip"
_CONNECT_S, _CLOSE_S = 3.0, 1.0
_CALLER_PING_S, _PHONE_PING_S = 15.0, 2.5
"""How often a page is pinged; one that does not answer in half of that has lost its socket.

An agent's is missed soon, because a caller hears nothing meanwhile (`hub.lost_phones`). If only the answer
was late, packets still come, and he talks on.
"""
_BEGINS: Final = re.compile(r"^(INVITE|REGISTER|MESSAGE|SUBSCRIBE|PUBLISH|REFER|OPTIONS|NOTIFY|INFO) ")
_FROM: Final = re.compile(r"^(?:From|f)\s*:[^\r\n]*?sips?:([^@>;\s]+)@", re.IGNORECASE | re.MULTILINE)
_TO_TAG: Final = re.compile(r"^(?:To|t)\s*:[^\r\n]*;\s*tag=", re.IGNORECASE | re.MULTILINE)

Socket = web.WebSocketResponse
OriginOf = Callable[[web.Request], str]
AddressOf = Callable[[web.Request], str]


class SipProxy:
    """All sockets of this hub. `origin_of` and `address_of` refuse, or say, where a request comes from."""

    def __init__(self, parts: WebParts, origin_of: OriginOf, address_of: AddressOf) -> None:
        self._parts, self._origin_of, self._address_of = parts, origin_of, address_of
        self._sockets: dict[str, set[Socket]] = {}
        parts.calls.cut = parts.phones.cut = self.cut

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Open a socket, if one may."""
        self._origin_of(request)
        name, key = request.query.get("call", ""), request.query.get("key", "")
        if not await self._may(name, key):
            log.warning("sip_proxy.no_proof", personal_address=request.remote)
            raise RequestRefused(Code.FORBIDDEN)
        address = self._address_of(request)
        if not self._parts.guard.join(address):
            raise RequestRefused(Code.REFUSED, status=HTTPStatus.TOO_MANY_REQUESTS, retry_after_s=10)
        try:
            return await self._serve(request, name)
        finally:
            self._parts.guard.leave(address)

    async def cut(self, name: str) -> None:
        """End the sockets of a call or phone that is to be no more."""
        await self._end(self._sockets.get(name, ()), WSCloseCode.POLICY_VIOLATION)

    async def close(self) -> None:
        """End all sockets: calls go on without them for a while."""
        await self._end((each for every in self._sockets.values() for each in every), WSCloseCode.GOING_AWAY)

    async def _end(self, sockets: Iterable[Socket], code: WSCloseCode) -> None:
        await asyncio.gather(*(each.close(code=code) for each in tuple(sockets)), return_exceptions=True)

    async def _may(self, name: str, key: str) -> bool:
        if not name or not key:
            return False
        parts = self._parts
        return await (parts.calls if is_caller(name) else parts.phones).may_connect(name, key)

    async def _serve(self, request: web.Request, name: str) -> web.StreamResponse:
        async with aiohttp.ClientSession() as session:
            try:
                async with asyncio.timeout(_CONNECT_S):
                    inner = await session.ws_connect(
                        self._parts.sip_url,
                        protocols=(SUBPROTOCOL,),
                        max_msg_size=MESSAGE_MAX,
                        timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_S),
                    )
            except (aiohttp.ClientError, OSError, TimeoutError):
                raise RequestRefused(Code.UNAVAILABLE, retry_after_s=5) from None
            outer = web.WebSocketResponse(
                protocols=(SUBPROTOCOL,),
                heartbeat=_CALLER_PING_S if is_caller(name) else _PHONE_PING_S,
                max_msg_size=MESSAGE_MAX,
                timeout=_CLOSE_S,
            )
            await outer.prepare(request)
            await self._joined(name, outer)
            try:
                await self._pass_on(outer, inner, name)
            finally:
                await self._left(name, outer)
                with suppress(Exception):
                    await inner.close()
                    await outer.close()
        return outer

    async def _pass_on(self, outer: Socket, inner: aiohttp.ClientWebSocketResponse[bool], name: str) -> None:
        """Pass messages on, both ways, until one side is done."""
        works = (
            asyncio.create_task(self._outwards(outer, inner, name), name="sip proxy to Asterisk"),
            asyncio.create_task(_inwards(inner, outer), name="sip proxy to the page"),
        )
        try:
            await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)

    async def _outwards(self, outer: Socket, inner: aiohttp.ClientWebSocketResponse[bool], name: str) -> None:
        pace = message_pace()
        async for message in outer:
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            if pace.wait_s(time.monotonic()) > 0 or not _is_own(message.data, name):
                log.warning("sip_proxy.refused", call=name)
                await outer.close(code=WSCloseCode.POLICY_VIOLATION)
                return
            await _send(inner.send_str, inner.send_bytes, message.data)

    async def _joined(self, name: str, socket: Socket) -> None:
        self._sockets.setdefault(name, set()).add(socket)
        if is_caller(name):
            await self._parts.calls.linked(name, is_linked=True)

    async def _left(self, name: str, socket: Socket) -> None:
        sockets = self._sockets.get(name, set())
        sockets.discard(socket)
        if not sockets:
            self._sockets.pop(name, None)
            if is_caller(name):
                await self._parts.calls.linked(name, is_linked=False)


async def _inwards(inner: aiohttp.ClientWebSocketResponse[bool], outer: Socket) -> None:
    async for message in inner:
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return
        await _send(outer.send_str, outer.send_bytes, message.data)


async def _send(
    send_str: Callable[[str], Awaitable[None]],
    send_bytes: Callable[[bytes], Awaitable[None]],
    data: str | bytes,
) -> None:
    if isinstance(data, str):
        await send_str(data)
    else:
        await send_bytes(data)


def _is_own(message: str | bytes, name: str) -> bool:
    """Whether a message may come from a page: what begins a dialog names its own user as the sender."""
    text = message if isinstance(message, str) else message.decode(errors="replace")
    if not _BEGINS.match(text) or _TO_TAG.search(text):
        return True
    sender = _FROM.search(text)
    return sender is not None and sender[1].replace("%7E", "~").replace("%7e", "~") == name
