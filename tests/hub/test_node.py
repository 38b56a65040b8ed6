"""Whose turn it is to serve a node."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import pytest

from acd.errors import AcdUnavailable
from acd.leases import LIFE_MS
from cti.ari.wire import Wire
from hub.node import NodeTurn
from tests.hub.fakes import Clock, settle

WIRE = cast(Wire, object())


@dataclass
class Redis:
    """One lease. `holder` None: nobody has it; `is_away`: nobody can know."""

    holder: str | None = None
    is_away: bool = False
    taken: list[str] = field(default_factory=list)

    def of(self, hub: str) -> "_Leases":
        return _Leases(self, hub)


@dataclass
class _Leases:
    redis: Redis
    hub: str

    async def take(self, name: str, life_ms: int = LIFE_MS) -> bool:
        if self.redis.is_away:
            raise AcdUnavailable("stopped by the test")
        self.redis.taken.append(name)
        if self.redis.holder not in (None, self.hub):
            return False
        self.redis.holder = self.hub
        return True

    async def give_back(self, name: str) -> None:
        if self.redis.is_away:
            raise AcdUnavailable("stopped by the test")
        self.redis.holder = None


async def _connect() -> Wire:
    return WIRE


@pytest.fixture
def redis() -> Redis:
    return Redis()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _turn(redis: Redis, clock: Clock, hub: str = "a") -> NodeTurn:
    return NodeTurn(redis.of(hub), "pbx1", _connect, sleep=clock.sleep, clock=clock)


async def test_the_first_one_connects_and_the_second_waits(redis: Redis, clock: Clock) -> None:
    first, second = _turn(redis, clock), _turn(redis, clock, "b")
    assert await first.connect() is WIRE
    renewing = asyncio.create_task(first.run())
    waiting = asyncio.create_task(second.connect())
    await clock.advance(10)
    assert not waiting.done()
    assert (first.is_ours, second.is_ours, second.is_another_s) == (True, False, True)
    renewing.cancel()
    await clock.advance(LIFE_MS / 1000)
    redis.holder = None  # its lease has lapsed
    await clock.advance(0.25)
    assert await waiting is WIRE
    assert (first.is_ours, second.is_ours) == (False, True)
    assert set(redis.taken) == {"node:pbx1"}


async def test_a_lease_of_one_that_died_is_not_taken_for_one_that_lives(redis: Redis, clock: Clock) -> None:
    redis.holder = "dead"
    turn = _turn(redis, clock)
    waiting = asyncio.create_task(turn.connect())
    await clock.advance(LIFE_MS / 1000)
    assert not turn.is_another_s
    redis.holder = None
    await clock.advance(0.25)
    assert await waiting is WIRE


async def test_it_is_renewed_and_kept_while_redis_is_away(redis: Redis, clock: Clock) -> None:
    turn = _turn(redis, clock)
    await turn.connect()
    running = asyncio.create_task(turn.run())
    await clock.advance(2)
    assert len(redis.taken) >= 4
    redis.is_away = True
    await clock.advance(10)
    assert turn.is_ours
    assert await turn.connect() is WIRE  # though the link was lost
    running.cancel()


async def test_without_redis_nobody_begins(redis: Redis, clock: Clock) -> None:
    redis.is_away = True
    turn = _turn(redis, clock)
    waiting = asyncio.create_task(turn.connect())
    await clock.advance(5)
    assert not waiting.done()
    assert not turn.is_another_s
    waiting.cancel()
    await settle()


async def test_who_lost_it_says_so_and_does_not_connect(redis: Redis, clock: Clock) -> None:
    turn = _turn(redis, clock)
    lost: list[bool] = []
    turn.lost = lambda: lost.append(True)
    await turn.connect()
    redis.holder = "b"  # it stood still for too long
    waiting = asyncio.create_task(turn.connect())
    await settle()
    assert (lost, turn.is_ours, waiting.done()) == ([True], False, False)
    waiting.cancel()


async def test_who_stood_still_is_not_certain_until_he_has_asked(redis: Redis, clock: Clock) -> None:
    turn = _turn(redis, clock)
    resumed: list[bool] = []
    turn.resumed = lambda: resumed.append(True)
    await turn.connect()
    await clock.advance(LIFE_MS / 1000 + 0.1)  # nobody renewed it
    assert not turn.is_ours
    assert await turn.connect() is WIRE
    assert (turn.is_ours, resumed) == (True, [True])


@pytest.mark.parametrize("is_away", [False, True])
async def test_it_is_given_back_at_the_end(redis: Redis, clock: Clock, is_away: bool) -> None:
    turn = _turn(redis, clock)
    await turn.give_back()
    await turn.connect()
    redis.is_away = is_away
    await turn.give_back()
    assert not turn.is_ours
    assert redis.holder == ("a" if is_away else None)
