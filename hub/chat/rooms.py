"""The chat sessions that are connected here, and how hubs tell each other's."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import WSCloseCode

from acd.ids import ContactId
from gateways.chat.frames import Standing, ToWidget, encode
from gateways.chat.gateway import RoomsAway
from hub.chat.link import ChatLink
from hub.fanout import Fanout, HubsAway

ASKS = 3


@dataclass(slots=True, eq=False)
class Room:
    """A session's sockets here. `standing` is None while unknown.

    `asks` counts how often its contact is still looked for in the database.
    """

    links: set[ChatLink] = field(default_factory=set)
    contact: ContactId | None = None
    standing: Standing | None = None
    asks: int = 0

    def put(self, frame: ToWidget, but: ChatLink | None = None) -> None:
        """Tell all sockets but one."""
        if self.links - {but}:
            encoded = encode(frame)
            for link in self.links:
                if link is not but:
                    link.put(encoded)


class Rooms:
    """Sockets by session. `run` hears what other hubs tell.

    `catch_up` is awaited when what they told since a time may not have been heard.
    """

    def __init__(self, redis_url: str) -> None:
        self.all: dict[str, Room] = {}
        self.catch_up: Callable[[int], Awaitable[None]]
        self._others = Fanout(redis_url, "chat", self._heard, self._missed)

    @property
    def sockets(self) -> int:
        """How many sockets are connected here."""
        return sum(len(room.links) for room in self.all.values())

    @asynccontextmanager
    async def join(self, session: str, link: ChatLink) -> AsyncIterator[Room]:
        """Connect a socket for the time of the block."""
        room = self.all.setdefault(session, Room())
        room.links.add(link)
        try:
            yield room
        finally:
            link.end()
            room.links.discard(link)
            if not room.links and self.all.get(session) is room:
                del self.all[session]

    async def tell(self, session: str, frame: ToWidget) -> None:
        """Tell all sockets of a session, here and at other hubs; raises `RoomsAway`."""
        encoded = encode(frame)
        self._put(session, encoded)
        try:
            await self._others.tell((session, encoded))
        except HubsAway as error:
            raise RoomsAway(str(error)) from None

    async def run(self) -> None:
        """Serve until cancelled."""
        await self._others.run()

    async def close(self) -> None:
        """Let all widgets come again, elsewhere."""
        links = [link for room in self.all.values() for link in room.links]
        await asyncio.gather(*(link.close(WSCloseCode.GOING_AWAY, b"the hub stops") for link in links))

    async def disconnect(self) -> None:
        await self._others.close()

    async def _heard(self, session: str, encoded: bytes) -> None:
        self._put(session, encoded)

    async def _missed(self, since_ms: int) -> None:
        await self.catch_up(since_ms)

    def _put(self, session: str, encoded: bytes) -> None:
        if (room := self.all.get(session)) is not None:
            for link in room.links:
                link.put(encoded)
