"""Rights that one of several hubs has at a time, kept in Redis: each lapses by itself when not renewed.

    leases = Leases(redis_url)
    if await leases.take("node:pbx1"): ...

Every error of Redis or of the connection comes out as `AcdUnavailable`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from acd.ids import new_id
from acd.router_redis import answered

LIFE_MS: Final = 2000
_ANSWER_S: Final = 2.0
_PREFIX: Final = "{acd}:"


class Leases:
    """The leases of one hub. A name is what follows `{acd}:` in Redis's key."""

    def __init__(self, redis_url: str, holder: str | None = None) -> None:
        self._holder = holder or new_id()
        self._redis: Redis = Redis.from_url(
            redis_url,
            socket_timeout=None,
            socket_connect_timeout=_ANSWER_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        folder = Path(__file__).parent / "lua"
        self._hold = self._redis.register_script((folder / "hold.lua").read_text())
        self._release = self._redis.register_script((folder / "release.lua").read_text())

    async def close(self) -> None:
        await self._redis.aclose()

    async def take(self, name: str, life_ms: int = LIFE_MS) -> bool:
        """Take or renew a lease; whether it is ours."""
        async with answered():
            return bool(await self._hold(keys=[_PREFIX + name], args=[self._holder, life_ms]))

    async def give_back(self, name: str) -> None:
        """End a lease of ours at once."""
        async with answered():
            await self._release(keys=[_PREFIX + name], args=[self._holder])

    async def claim(self, names: Iterable[str], life_ms: int) -> None:
        """Take leases, whoever has them: for rights that several may think they have."""
        async with answered(), self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.set(_PREFIX + name, self._holder, px=life_ms)
            await pipe.execute()

    async def is_another_s(self, name: str) -> bool:
        """Whether somebody else has a lease."""
        async with answered():
            holder = cast(bytes | None, await self._redis.get(_PREFIX + name))
        return holder is not None and holder.decode() != self._holder
