"""Between the hub and ARI: it falls silent without closing, or tells events twice."""

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web


class AriProxy:
    """Passes the frames of ARI's WebSocket on. `url` is where it stands in for ARI.

    `refuses`: new connections are turned away. `twice` is the chance of an event to come twice: at once,
    or again after others. `heard` is called with each frame from Asterisk.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._swallowing: set[web.WebSocketResponse] = set()
        self._open: set[web.WebSocketResponse] = set()
        self.refuses = False
        self.twice = 0.0
        self.chance = random.Random(0)
        self.told_twice = 0
        self.heard: Callable[[str], None] = lambda _: None
        self.url = ""

    def fall_silent(self) -> None:
        """From now on swallow what passes on the connections now open; new ones work."""
        self._swallowing |= self._open

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if self.refuses:
            raise web.HTTPServiceUnavailable
        here = web.WebSocketResponse(autoping=False, max_msg_size=0)
        headers = {"Authorization": request.headers["Authorization"]}
        async with aiohttp.ClientSession(headers=headers) as session:
            url = f"{self._target}{request.path.removeprefix('/ari')}"
            async with session.ws_connect(url, params=request.query, max_msg_size=0) as there:
                await here.prepare(request)
                self._open.add(here)
                works = (
                    asyncio.create_task(self._to_asterisk(here, there)),
                    asyncio.create_task(self._to_hub(here, there)),
                )
                try:
                    await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    self._open.discard(here)
                    for work in works:
                        work.cancel()
        return here

    async def _to_asterisk(
        self, here: web.WebSocketResponse, there: aiohttp.ClientWebSocketResponse[bool]
    ) -> None:
        async for message in here:
            if message.type is aiohttp.WSMsgType.TEXT and here not in self._swallowing:
                await there.send_str(message.data)

    async def _to_hub(
        self, here: web.WebSocketResponse, there: aiohttp.ClientWebSocketResponse[bool]
    ) -> None:
        late: list[str] = []
        async for message in there:
            if message.type is not aiohttp.WSMsgType.TEXT or here in self._swallowing:
                continue
            self.heard(message.data)
            await here.send_str(message.data)
            if self.twice and self._is_event(message.data) and self.chance.random() < self.twice:
                self.told_twice += 1
                if self.chance.random() < 0.5:
                    await here.send_str(message.data)
                else:
                    late.append(message.data)
            while late and self.chance.random() < 0.3:
                await here.send_str(late.pop(0))

    @staticmethod
    def _is_event(frame: str) -> bool:
        return bool(json.loads(frame).get("type") != "RESTResponse")


@asynccontextmanager
async def ari_proxy(target: str, listening: socket.socket | None = None) -> AsyncIterator[AriProxy]:
    """Yield a proxy before the ARI at `target` (`http://127.0.0.1:8088/ari`), on loopback or on a socket."""
    proxy = AriProxy(target)
    app = web.Application()
    app.router.add_get("/ari/events", proxy.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.SockSite(runner, listening) if listening else web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0]
        proxy.url = f"http://{host}:{port}/ari"
        yield proxy
    finally:
        await runner.cleanup()
