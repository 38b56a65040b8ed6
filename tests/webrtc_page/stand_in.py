"""A hub with nothing but what pages need that call, on a real Asterisk: so that each fault can be made.

Whom a page calls is its own token: an extension of Asterisk's context `internal` (`*43` is the echo).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from tests.support.asterisk import AsteriskNode

DIST = Path(__file__).resolve().parents[2] / "web" / "dist"
FALLBACK = {"phone": "+81312345678", "callback": True}


@dataclass(slots=True)
class StandIn:
    """`told` is what pages told, by kind; `refuses` the status by which calls are refused, if any."""

    asterisk: AsteriskNode
    user: str
    url: str = ""
    told: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refuses: int = 0
    has_video: bool = True
    ice_servers: list[dict[str, Any]] = field(default_factory=list)
    sockets: set[web.WebSocketResponse] = field(default_factory=set)
    opened: int = 0
    is_away: bool = False
    _upstream: aiohttp.ClientSession | None = None

    def link(self, target: str) -> str:
        """Return the address of a page that calls an extension."""
        return f"{self.url}/call/#token={target}"

    async def cut(self) -> None:
        """Abort all sockets of SIP, as a network does."""
        for socket in list(self.sockets):
            transport = socket._req.transport if socket._req else None
            if transport is not None:
                transport.abort()

    async def place(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        if self.refuses:
            error = {"code": "refused", "message": {"ja": "", "en": ""}}
            body = {"error": error, "fallback": FALLBACK, "call": "c1", "key": "k1"}
            return web.json_response(body, status=self.refuses)
        password = self.asterisk.passwords[self.user]
        return web.json_response(
            {
                "call": "c1",
                "key": "k1",
                "websocket": "/sip?call=c1&key=k1",
                "uri": f"sip:{self.user}@toritsugi",
                "user": self.user,
                "password": password,
                "dial": f"sip:{wanted['token'].replace('.', '*')}@toritsugi",
                "expires_s": 120,
                "ice_servers": self.ice_servers,
                "ice_transport_policy": "all",
                "video": wanted["video"],
                "queue_name": "サポート",
                "fallback": FALLBACK,
            }
        )

    async def stage(self, request: web.Request) -> web.Response:
        return web.json_response({"state": "talking", "video": self.has_video})

    async def tell(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer k1"
        self.told.setdefault(request.match_info["kind"], []).append(await request.json())
        return web.Response(status=204)

    async def sip(self, request: web.Request) -> web.StreamResponse:
        """Pass SIP on to Asterisk, both ways."""
        if self.is_away:
            raise web.HTTPServiceUnavailable
        assert self._upstream is not None
        self.opened += 1
        address = self.asterisk.ari_url.replace("http", "ws").removesuffix("/ari") + "/ws"
        async with self._upstream.ws_connect(address, protocols=("sip",), compress=0) as there:
            here = web.WebSocketResponse(protocols=("sip",), compress=False)
            await here.prepare(request)
            self.sockets.add(here)
            tasks = [asyncio.create_task(_pass(here, there)), asyncio.create_task(_pass(there, here))]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self.sockets.discard(here)
                for task in tasks:
                    task.cancel()
        return here


async def _pass(
    source: aiohttp.ClientWebSocketResponse | web.WebSocketResponse,
    target: aiohttp.ClientWebSocketResponse | web.WebSocketResponse,
) -> None:
    with suppress(ConnectionError):
        async for message in source:
            if message.type is WSMsgType.TEXT:
                await target.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await target.send_bytes(message.data)


async def _file(request: web.Request) -> web.FileResponse:
    path = (DIST / request.match_info["path"]).resolve()
    if request.path.startswith("/call/"):
        path = DIST / "call.html"
    if not path.is_relative_to(DIST) or not path.is_file():
        raise web.HTTPNotFound
    policy = (
        "default-src 'self'; media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'"
    )
    return web.FileResponse(path, headers={"Content-Security-Policy": policy})


@asynccontextmanager
async def stand_in(asterisk: AsteriskNode, user: str) -> AsyncIterator[StandIn]:
    """Serve the page; `user` is an account of a browser at Asterisk."""
    hub = StandIn(asterisk, user)
    app = web.Application()
    app.add_routes(
        [
            web.post("/webrtc/calls", hub.place),
            web.get("/webrtc/calls/c1", hub.stage),
            web.post("/webrtc/calls/c1/{kind}", hub.tell),
            web.get("/sip", hub.sip),
            web.get("/{path:.*}", _file),
        ]
    )
    async with aiohttp.ClientSession() as upstream, TestServer(app) as server:
        hub._upstream = upstream
        hub.url = str(server.make_url("")).rstrip("/")
        yield hub
