"""The chat sessions that are connected here, and how hubs tell each other's."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
from aiohttp import WSCloseCode
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from acd.ids import ContactId, new_id
from gateways.chat.frames import Standing, ToWidget, encode
from gateways.chat.gateway import RoomsAway
from hub.chat.link import ChatLink
from hub.clock import now_ms

log = structlog.get_logger()

_CHANNEL = "toritsugi:chat"
_ANSWER_S = 2.0
_AGAIN_S = 0.5
_CHECK_S = 15.0
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
        self._name = new_id().encode()
        self._heard_ms = now_ms()
        self._redis: Redis = Redis.from_url(
            redis_url,
            socket_timeout=None,
            socket_connect_timeout=_ANSWER_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )

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
            async with asyncio.timeout(_ANSWER_S):
                await self._redis.publish(_CHANNEL, b" ".join((self._name, session.encode(), encoded)))
        except (RedisError, OSError, TimeoutError) as error:
            raise RoomsAway(f"Redis is away: {type(error).__name__}") from None

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            try:
                await self._hear()
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("chat.redis_away", error=type(error).__name__)
            await asyncio.sleep(_AGAIN_S)

    async def close(self) -> None:
        """Let all widgets come again, elsewhere."""
        links = [link for room in self.all.values() for link in room.links]
        await asyncio.gather(*(link.close(WSCloseCode.GOING_AWAY, b"the hub stops") for link in links))

    async def disconnect(self) -> None:
        await self._redis.aclose()

    async def _hear(self) -> None:
        """Hear other hubs until the connection is lost."""
        async with self._redis.pubsub() as heard:
            await heard.subscribe(_CHANNEL)
            async with asyncio.timeout(_ANSWER_S):
                await heard.get_message(timeout=None)  # that we hear
            await self.catch_up(self._heard_ms)
            while True:
                self._heard_ms = now_ms()
                message = await heard.get_message(timeout=_CHECK_S)
                if message is None:
                    await heard.ping()
                    async with asyncio.timeout(_ANSWER_S):
                        message = await heard.get_message(timeout=None)
                if message is not None and message["type"] == "message":
                    name, session, frame = message["data"].split(b" ", 2)
                    if name != self._name:
                        self._put(session.decode(), frame)

    def _put(self, session: str, encoded: bytes) -> None:
        if (room := self.all.get(session)) is not None:
            for link in room.links:
                link.put(encoded)
