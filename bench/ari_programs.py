"""One program, written once for each way into ARI: answer every call of an application and hang up.

The libraries of others are not among this project's dependencies; what is not installed is left out.
"""

import asyncio
import base64
import importlib
import importlib.util
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp

from cti.ari import Ari, AriFailure, AriLink, Snapshot, websocket
from cti.ari.codec import refusal
from cti.ari.models import Event, StasisStart
from tests.support.asterisk import AsteriskNode

Delays = list[float]
"""From StasisStart's reading to the answer's acknowledgement, in milliseconds; one for each call."""
Program = Callable[[AsteriskNode, Delays], AbstractAsyncContextManager[None]]


def programs() -> Mapping[str, Program]:
    """Return the programs that can run here, by name."""
    others = {"asyncari": _with_asyncari, "ari_client": _with_ari_client}
    installed = {name: each for name, each in others.items() if importlib.util.find_spec(name)}
    return {"websocket": _over_websocket, "http": _over_http} | installed


class _Answering:
    """Answers and hangs up by `ari`, whatever carries its requests."""

    def __init__(self, ari: Ari, delays: Delays) -> None:
        self._ari, self._delays = ari, delays
        self._tasks: set[asyncio.Task[None]] = set()

    def linked(self, snapshot: Snapshot) -> None:
        """See `AriListener`."""

    def unlinked(self) -> None:
        """See `AriListener`."""

    def received(self, event: Event) -> None:
        """See `AriListener`."""
        if isinstance(event, StasisStart):
            task = asyncio.create_task(self._serve(event.channel.id, time.perf_counter()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _serve(self, channel: str, began_s: float) -> None:
        try:
            await self._ari.channels.answer(channel)
            self._delays.append((time.perf_counter() - began_s) * 1000)
            await self._ari.channels.hangup(channel)
        except AriFailure:
            pass  # the caller gave up, which counts as a failed call


class _Http:
    """A `Requester` that sends each request by plain HTTP."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def request(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None = None
    ) -> bytes:
        async with self._session.request(method, self._url + path, params=query, data=body) as response:
            answer = await response.read()
            if response.status >= 400:
                raise refusal(response.status, answer, method, path)
            return answer


@asynccontextmanager
async def _over_websocket(node: AsteriskNode, delays: Delays) -> AsyncIterator[None]:
    link = _link(node)
    async with _running(link, _Answering(link.ari, delays)):
        yield


@asynccontextmanager
async def _over_http(node: AsteriskNode, delays: Delays) -> AsyncIterator[None]:
    secret = base64.b64encode(f"{node.ari_user}:{node.ari_password}".encode()).decode()
    async with aiohttp.ClientSession(headers={"Authorization": f"Basic {secret}"}) as session:
        answering = _Answering(Ari(_Http(session, node.ari_url)), delays)
        async with _running(_link(node), answering):
            yield


@asynccontextmanager
async def _running(link: AriLink, answering: _Answering) -> AsyncIterator[None]:
    service = asyncio.create_task(link.run(answering))
    await link.up(timeout_s=10)
    yield
    await link.close()
    await service


def _link(node: AsteriskNode) -> AriLink:
    connect = websocket(node.ari_url, node.ari_user, node.ari_password, node.ari_app)
    return AriLink(connect, node=node.node, app=node.ari_app)


@asynccontextmanager
async def _with_asyncari(node: AsteriskNode, delays: Delays) -> AsyncIterator[None]:
    library: Any = importlib.import_module("asyncari")
    base = node.ari_url.removesuffix("/ari") + "/"
    async with library.connect(base, node.ari_app, node.ari_user, node.ari_password) as client:

        async def serve(channel: Any, began_s: float) -> None:
            try:
                await channel.answer()
                delays.append((time.perf_counter() - began_s) * 1000)
                await channel.hang_up()
            except Exception:  # its errors are of many kinds: the caller gave up
                pass

        async def listen() -> None:
            async with client.on_channel_event("StasisStart") as starts:
                async for objects, _ in starts:
                    client.taskgroup.start_soon(serve, objects["channel"], time.perf_counter())

        client.taskgroup.start_soon(listen)
        yield


@asynccontextmanager
async def _with_ari_client(node: AsteriskNode, delays: Delays) -> AsyncIterator[None]:
    library: Any = importlib.import_module("ari_client")
    host, _, port = node.ari_url.removeprefix("http://").removesuffix("/ari").partition(":")
    client = library.AriClient(host, int(port), node.ari_user, node.ari_password)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(channel: Any, began_s: float) -> None:
        try:
            await client.ari.answer_channel(channel.id)
            delays.append((time.perf_counter() - began_s) * 1000)
            await client.ari.hangup_channel(channel.id)
        except Exception:  # its errors are of many kinds: the caller gave up
            pass

    async def started(event: Any) -> None:
        task = asyncio.create_task(serve(event.channel, time.perf_counter()))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    client.on_stasis_start(started)
    await client.connect(node.ari_app)
    yield
    await client.disconnect()
