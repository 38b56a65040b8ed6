"""Parts that go and come back: readiness, the fall-back, and the call for agreement."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.errors import DatabaseUnavailable
from hub.readiness import Readiness
from hub.watch import PARTS, Watch
from tests.hub.fakes import Clock


@dataclass(slots=True)
class World:
    """Which parts are there, and what the watch did about it."""

    clock: Clock
    readiness: Readiness
    has_router: bool = True
    has_asterisk: bool = True
    has_database: bool = True
    fallen_back: list[float] = field(default_factory=list)
    fall_back_error: Exception | None = None
    mended: int = 0

    async def fall_back(self) -> None:
        self.fallen_back.append(self.clock.now_s)
        if self.fall_back_error is not None:
            raise self.fall_back_error

    def mend(self) -> None:
        self.mended += 1

    async def ping(self, _: AsyncEngine) -> None:
        if not self.has_database:
            raise DatabaseUnavailable("away")


@pytest.fixture
async def world(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    clock = Clock()
    world = World(clock, Readiness(PARTS, clock.ms))
    monkeypatch.setattr("hub.watch.ping", world.ping)
    watch = Watch(
        world.readiness,
        engine=engine,
        has_router=lambda: world.has_router,
        has_asterisk=lambda: world.has_asterisk,
        fall_back=world.fall_back,
        mend=world.mend,
        clock=clock,
        sleep=clock.sleep,
    )
    running = asyncio.create_task(watch.run())
    await clock.advance(0)
    yield world
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_all_there_is_ready(world: World) -> None:
    assert world.readiness.is_ready
    await world.clock.advance(60)
    assert world.fallen_back == []
    assert world.mended == 2, "router and database were heard of for the first time"


@pytest.mark.parametrize(
    ("attribute", "part"),
    [("has_router", "redis"), ("has_asterisk", "asterisk"), ("has_database", "database")],
)
async def test_a_part_that_goes_and_comes_back_is_seen(world: World, attribute: str, part: str) -> None:
    setattr(world, attribute, False)
    await world.clock.advance(1)
    assert [name for name, state in world.readiness.parts.items() if not state.ready] == [part]
    mended = world.mended
    setattr(world, attribute, True)
    await world.clock.advance(1)
    assert world.readiness.is_ready
    assert world.mended == mended + (part != "asterisk"), "call control tells of Asterisk itself"


async def test_a_router_away_for_a_moment_changes_nothing(world: World) -> None:
    world.has_router = False
    await world.clock.advance(0.9)
    world.has_router = True
    await world.clock.advance(10)
    assert world.fallen_back == []


async def test_calls_fall_back_as_long_as_there_is_no_router(world: World) -> None:
    world.has_router = False
    await world.clock.advance(0.75)
    assert world.fallen_back == []
    world.fall_back_error = ValueError("a bug")
    await world.clock.advance(1)
    assert len(world.fallen_back) == 4, "calls may have been found meanwhile"
    world.has_router = True
    await world.clock.advance(10)
    assert len(world.fallen_back) == 4
