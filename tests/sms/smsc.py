"""A message centre: node-smpp in a process of its own, told by lines and telling by lines (`smsc.js`)."""

import asyncio
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import msgspec

_ROOT = Path(__file__).parents[2]


class Event(msgspec.Struct):
    """Something that happened at the centre; `text` is hexadecimal where it was binary."""

    event: str
    port: int = 0
    id: str = ""
    how: str = ""
    source: str = ""
    source_ton: int = 0
    destination: str = ""
    coding: int = 0
    receipt: int = 0
    udh: list[str] = []
    text: str = ""
    number: int | None = None
    status: int = 0
    is_known: bool = False


class Smsc:
    """An asynchronous context manager. `events` is all that happened, in order."""

    def __init__(self) -> None:
        self.port, self._told = 0, 0
        self.events: list[Event] = []
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        node = shutil.which("node") or str(Path(os.environ["TORITSUGI_HOME"]) / "node/bin/node")
        self._process = await asyncio.create_subprocess_exec(
            node,
            str(Path(__file__).with_name("smsc.js")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"NODE_PATH": str(_ROOT / "web/node_modules")},
        )
        self._reading = asyncio.create_task(self._read())
        self.port = (await self.wait_for("listening")).port
        return self

    async def __aexit__(self, *error: object) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def tell(self, do: str, **fields: Any) -> None:
        """Send a command and return once it is obeyed."""
        self._write(do, **fields)
        await self.wait_for("told", self._told)

    def _write(self, do: str, **fields: Any) -> None:
        assert self._process.stdin is not None
        self._told += 1
        self._process.stdin.write(json.dumps({"do": do} | fields).encode() + b"\n")

    def deliver(self, source: str = "819012345678", **fields: Any) -> None:
        """Hand a message or receipt to all that are bound."""
        known = {"source": source, "destination": "81312345678", "source_addr_ton": 1}
        self._write("deliver", **(known | fields))

    def of(self, event: str) -> list[Event]:
        return [each for each in self.events if each.event == event]

    async def wait_for(self, event: str, count: int = 1, timeout_s: float = 20.0) -> Event:
        """Return the event of that kind with that number (from 1), now or later."""
        async with asyncio.timeout(timeout_s):
            while len(self.of(event)) < count:
                await self._news.wait()
        return self.of(event)[count - 1]

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.events.append(msgspec.json.decode(line, type=Event))
            self._news.set()
            self._news = asyncio.Event()
