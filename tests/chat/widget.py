"""A chat widget without a screen: sends one message at a time until it is acknowledged, and comes again."""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

import aiohttp

Frame = dict[str, Any]


class Widget:
    """What the browser's widget does on its socket; an asynchronous context manager.

    `lines` are the messages that it shows, by id; `frames` all that came. `cut` loses the network.
    """

    def __init__(self, hub_url: str, *, name: str = "w", origin: str | None = None) -> None:
        self.name, self.token = name, ""
        self.lines: dict[str, Frame] = {}
        self.frames: list[Frame] = []
        self.shown: list[str] = []
        self.pending: deque[Frame] = deque()
        self._url, self._headers = f"{hub_url}/chat/socket", {"Origin": origin or hub_url}
        self._numbers = itertools.count(1)
        self._news = asyncio.Event()
        self._is_answered = asyncio.Event()
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self._work = asyncio.create_task(self._live())
        await self.wait("welcome", timeout_s=60)  # a hub that only begins takes its time
        return self

    async def __aexit__(self, *error: object) -> None:
        self._work.cancel()
        with suppress(asyncio.CancelledError):
            await self._work
        await self._session.close()

    def say(self, text: str, **fields: object) -> str:
        """Have a message sent; returns its id."""
        id_ = f"{self.name}-message-{next(self._numbers)}"
        self.pending.append({"type": "say", "id": id_, "text": text, **fields})
        self._is_answered.set()
        return id_

    async def send(self, frame: Frame) -> None:
        """Send any frame now."""
        assert self._socket is not None
        await self._socket.send_json(frame)

    def said(self, *, mine: bool) -> list[str]:
        """Return the texts of one side, in the order of their times."""
        lines = sorted(self.lines.values(), key=lambda line: line["at_ms"])
        return [line["text"] for line in lines if line.get("mine", False) is mine]

    def cut(self) -> None:
        """Lose the network: nothing is said to the hub. It may be lost already."""
        connection = self._socket._response.connection if self._socket is not None else None
        if connection is not None and connection.transport is not None:
            connection.transport.abort()

    def go_to(self, hub_url: str) -> None:
        """Lose the network and come again at another hub."""
        self._url, self._headers = f"{hub_url}/chat/socket", {"Origin": hub_url}
        self.cut()

    async def wait(
        self,
        kind: str,
        fits: Callable[[Frame], bool] = lambda _: True,
        *,
        after: int = 0,
        timeout_s: float = 15,
    ) -> Frame:
        """Return the first frame of a type that fits, among those from number `after` on or yet to come."""
        found: Frame = await self.until(
            lambda: next((f for f in self.frames[after:] if f["type"] == kind and fits(f)), None), timeout_s
        )
        return found

    async def until(self, found: Callable[[], Any], timeout_s: float = 15) -> Any:
        """Wait until something is so; returns it."""
        async with asyncio.timeout(timeout_s):
            while not (result := found()):
                self._news.clear()
                await self._news.wait()
            return result

    async def _live(self) -> None:
        while True:
            with suppress(aiohttp.ClientError, ConnectionError, TimeoutError):
                await self._connect()
            await asyncio.sleep(0.05)

    async def _connect(self) -> None:
        async with self._session.ws_connect(
            self._url, protocols=("toritsugi.chat.v1",), headers=self._headers, max_msg_size=0
        ) as socket:
            self._socket = socket
            after_ms = max((line["at_ms"] for line in self.lines.values()), default=0)
            await socket.send_json({"type": "hello", "token": self.token, "after_ms": after_ms})
            sending = asyncio.create_task(self._send(socket))
            try:
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        self._take(json.loads(message.data))
            finally:
                sending.cancel()
                self._socket = None

    async def _send(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Send what is pending, one at a time."""
        while True:
            self._is_answered.clear()
            if self.pending:
                with suppress(ConnectionError):
                    await socket.send_json(self.pending[0])
            await self._is_answered.wait()

    def _take(self, frame: Frame) -> None:
        self.frames.append(frame)
        match frame["type"]:
            case "welcome":
                self.token = frame["token"]
                self._show(frame["lines"])
            case "lines" | "older_lines":
                self._show(frame["lines"])
            case "ack" | "refused":
                if self.pending and self.pending[0]["id"] == frame["id"]:
                    self.pending.popleft()
                self._is_answered.set()
            case "later":
                asyncio.get_running_loop().call_later(frame["retry_s"], self._is_answered.set)
        self._news.set()

    def _show(self, lines: list[Frame]) -> None:
        for line in lines:
            if line["id"] not in self.lines:
                self.shown.append(line["id"])
            at_ms = self.lines.get(line["id"], line)["at_ms"]
            self.lines[line["id"]] = line | {"at_ms": min(at_ms, line["at_ms"])}
