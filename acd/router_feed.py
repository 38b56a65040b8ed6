"""The way out: every action in order, for whoever reads along."""

import asyncio
from collections.abc import AsyncIterator

from acd.actions import Action
from acd.errors import AcdUnavailable, ActionsLost
from acd.router_redis import RouterRedis


async def follow(
    redis: RouterRedis, after: str | None, *, block_ms: int, retry_s: float, pace_s: float = 0.0
) -> AsyncIterator[tuple[str, Action]]:
    """Yield the actions after a position (None: from now on) for ever, waiting while Redis is away.

    `pace_s` is how long it lets actions gather between two looks.

    Raises `ActionsLost` when actions after the position are or may be gone: the reader was away longer
    than they are kept, or Redis came back without the latest, or with nothing (a new epoch).
    """
    position = after
    is_checked = False
    while True:
        try:
            if position is None or not is_checked:
                position = await _checked(redis, position)
                is_checked = True
            found = await redis.read_actions(position, block_ms)
        except AcdUnavailable:
            is_checked = False
            await asyncio.sleep(retry_s)
            continue
        for name, action in found:
            if not _follows(position, name):
                raise ActionsLost(f"actions between {position} and {name} are gone")
            position = name
            yield name, action
        if pace_s:
            await asyncio.sleep(pace_s)


async def _checked(redis: RouterRedis, position: str | None) -> str:
    """Return a position that the stream has reached; raises `ActionsLost` if it is further than that."""
    latest = await redis.last_action()
    if position is None:
        return latest
    if _numbers(latest) < _numbers(position):
        raise ActionsLost(f"{position} is later than the latest action, {latest}")
    return position


def _numbers(position: str) -> tuple[int, int]:
    epoch, _, number = position.partition("-")
    return int(epoch), int(number)


def _follows(position: str, name: str) -> bool:
    """Whether no action lies between two: an epoch numbers its actions from 0 without gaps."""
    (epoch, number), (next_epoch, next_number) = _numbers(position), _numbers(name)
    if not epoch:
        return next_number == 0
    return (next_epoch, next_number) == (epoch, number + 1)
