"""A desktop without a screen: what an agent's page does on its socket."""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any, Self

import aiohttp

Event = dict[str, Any]


class CommandRefused(Exception):
    """The hub answered a command with an error; `code` is the protocol's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Desktop:
    """An agent's link to the hub; an asynchronous context manager. `events` holds all that came."""

    def __init__(self, hub_url: str, agent: str, password: str) -> None:
        self.agent = agent
        self.events: list[tuple[float, Event]] = []
        self._hub_url, self._password = hub_url, password
        self._refs = itertools.count(1)
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        # Addresses are the loopback's own, which a cookie jar leaves out unless told otherwise.
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        try:
            body = {"id": self.agent, "password": self._password}
            async with self._session.post(f"{self._hub_url}/api/v1/session", json=body) as answer:
                answer.raise_for_status()
                self.token = (await answer.json())["token"]
            self._socket = await self._session.ws_connect(
                f"{self._hub_url}/api/v1/desktop",
                protocols=("toritsugi.desktop.v1",),
                headers={"Authorization": f"Bearer {self.token}"},
            )
            self._reader = asyncio.create_task(self._read())
            await self.wait("welcome")
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        self._reader.cancel()
        await self._socket.close()
        await self._session.close()

    async def command(self, kind: str, **fields: object) -> None:
        """Send a command and wait for its answer; raises `CommandRefused`."""
        ref = f"{self.agent}-{next(self._refs)}"
        await self._socket.send_json({"type": kind, "ref": ref, **fields})
        _, answer = await self._first(
            lambda event: event.get("ref") == ref and event["type"] in ("ack", "error"), 0, 20.0
        )
        if answer["type"] == "error":
            raise CommandRefused(answer["code"])

    async def wait(
        self,
        kind: str,
        fits: Callable[[Event], bool] = lambda _: True,
        *,
        after: int = 0,
        timeout_s: float = 10.0,
    ) -> Event:
        """Return the first event of a type that fits, among those from number `after` on or yet to come."""
        return (await self.wait_timed(kind, fits, after=after, timeout_s=timeout_s))[1]

    async def wait_timed(
        self,
        kind: str,
        fits: Callable[[Event], bool] = lambda _: True,
        *,
        after: int = 0,
        timeout_s: float = 10.0,
    ) -> tuple[float, Event]:
        """Like `wait`, with the event loop's time at which the event came."""
        return await self._first(lambda event: event["type"] == kind and fits(event), after, timeout_s)

    async def get(self, path: str) -> Any:
        """GET a JSON resource of the API with this agent's session."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self._session.get(f"{self._hub_url}/api/v1{path}", headers=headers) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def fetch(self, path: str) -> bytes:
        """GET something of the API that is no JSON with this agent's session."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self._session.get(f"{self._hub_url}/api/v1{path}", headers=headers) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def bring(self, contact: str, name: str, content: bytes, kind: str) -> str:
        """Bring a file for a contact, of a media type; returns its id."""
        url = f"{self._hub_url}/api/v1/contacts/{contact}/files"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        async with self._session.post(url, params={"name": name}, data=content, headers=headers) as answer:
            answer.raise_for_status()
            return str((await answer.json())["id"])

    async def send(self, method: str, path: str, body: object = None) -> int:
        """Ask something of the API with this agent's session; returns the status."""
        headers, url = {"Authorization": f"Bearer {self.token}"}, f"{self._hub_url}/api/v1{path}"
        async with self._session.request(method, url, headers=headers, json=body) as answer:
            return answer.status

    async def closed(self) -> int | None:
        """Wait until the hub has closed the link; returns the code."""
        async with asyncio.timeout(20):
            await asyncio.wait({self._reader})
        return self._socket.close_code

    async def _first(
        self, fits: Callable[[Event], bool], after: int, timeout_s: float
    ) -> tuple[float, Event]:
        async with asyncio.timeout(timeout_s):
            while True:
                self._news.clear()
                for at, event in self.events[after:]:
                    if fits(event):
                        return at, event
                after = len(self.events)
                await self._news.wait()

    async def _read(self) -> None:
        clock = asyncio.get_running_loop().time
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                event = json.loads(message.data)
                self.events.append((clock(), event))
                if event["type"] == "welcome" and len(self.events) > 1:  # all is shown anew
                    self.events.extend((clock(), each) for each in event["contacts"])
                self._news.set()
