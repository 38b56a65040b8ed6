"""What hubs tell each other by the way, over Redis: who does not hear it is told that he did not."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from acd.ids import new_id
from hub.clock import now_ms
from hub.errors import HubError

log = structlog.get_logger()

_ANSWER_S = 2.0
_AGAIN_S = 0.5
_CHECK_S = 15.0
_AWAY = (RedisError, OSError, TimeoutError)


class HubsAway(HubError):
    """What was told may have reached no other hub."""

    retryable = True


class Fanout:
    """One subject among all hubs of a Redis. `run` hears what the others tell.

    `heard` is awaited with key and frame of each, `catch_up` when what was told since a time (Unix, ms) may
    not have been heard: after each time without Redis, and once in the beginning.
    """

    def __init__(
        self,
        redis_url: str,
        subject: str,
        heard: Callable[[str, bytes], Awaitable[None]],
        catch_up: Callable[[int], Awaitable[None]],
    ) -> None:
        self._subject, self._heard, self._catch_up = f"toritsugi:{subject}", heard, catch_up
        self._name = new_id().encode()
        self._heard_ms = now_ms()
        self._redis: Redis = Redis.from_url(
            redis_url,
            socket_timeout=None,
            socket_connect_timeout=_ANSWER_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )

    async def tell(self, *told: tuple[str, bytes]) -> None:
        """Tell all other hubs, in order; keys have no spaces. Raises `HubsAway`."""
        try:
            async with asyncio.timeout(_ANSWER_S), self._redis.pipeline(transaction=False) as pipeline:
                for key, frame in told:
                    pipeline.publish(self._subject, b" ".join((self._name, key.encode(), frame)))
                await pipeline.execute()
        except _AWAY as error:
            raise HubsAway(f"Redis is away: {type(error).__name__}") from None

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            try:
                await self._hear()
            except _AWAY as error:
                log.warning("fanout.redis_away", subject=self._subject, error=type(error).__name__)
            await asyncio.sleep(_AGAIN_S)

    async def close(self) -> None:
        await self._redis.aclose()

    async def _hear(self) -> None:
        """Hear other hubs until the connection is lost."""
        async with self._redis.pubsub() as told:
            await told.subscribe(self._subject)
            async with asyncio.timeout(_ANSWER_S):
                await told.get_message(timeout=None)  # that we hear
            await self._catch_up(self._heard_ms)
            while True:
                self._heard_ms = now_ms()
                message = await told.get_message(timeout=_CHECK_S)
                if message is None:
                    await told.ping()
                    async with asyncio.timeout(_ANSWER_S):
                        message = await told.get_message(timeout=None)
                if message is not None and message["type"] == "message":
                    name, key, frame = message["data"].split(b" ", 2)
                    if name != self._name:
                        await self._heard(key.decode(), frame)
