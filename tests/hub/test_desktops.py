"""Who is signed in: the grace period after an agent's last desktop, on virtual time."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from acd.errors import AcdUnavailable
from acd.ids import AgentId
from hub.accounts import Account, Role
from hub.desktop.registry import Desktops
from tests.hub.fakes import Clock, FakeHandler, settle

SATO = Account(AgentId("sato"), "Sato", Role.AGENT, 0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def handler() -> FakeHandler:
    return FakeHandler()


@pytest.fixture
def desktops(handler: FakeHandler, clock: Clock) -> Desktops:
    return Desktops(handler, grace_s=20, sleep=clock.sleep)


async def _visit(desktops: Desktops) -> None:
    async with desktops.join(SATO):
        pass


async def test_agent_is_gone_20_s_after_the_last_desktop(
    desktops: Desktops, handler: FakeHandler, clock: Clock
) -> None:
    async with AsyncExitStack() as first:
        await first.enter_async_context(desktops.join(SATO))
        await _visit(desktops)
        await clock.advance(100)
        assert handler.gone == [], "one desktop is still there"
    await clock.advance(19.9)
    assert desktops.agents() == {"sato"}
    assert handler.gone == []
    await clock.advance(0.1)
    assert handler.gone == ["sato"]
    assert desktops.agents() == frozenset()


async def test_agent_who_comes_back_in_time_was_never_gone(
    desktops: Desktops, handler: FakeHandler, clock: Clock
) -> None:
    for _ in range(5):
        await _visit(desktops)
        await clock.advance(19)
    assert handler.gone == []
    await clock.advance(1)
    assert handler.gone == ["sato"], "20 s count from the last time"
    await clock.advance(1000)
    assert handler.gone == ["sato"]


async def test_gone_is_told_until_it_is_heard(desktops: Desktops, handler: FakeHandler, clock: Clock) -> None:
    handler.gone_errors = [AcdUnavailable("away"), RuntimeError("bug")]
    await _visit(desktops)
    await clock.advance(21)
    assert handler.gone == []
    assert desktops.agents() == {"sato"}
    await clock.advance(1)
    assert handler.gone == ["sato"]


async def test_gone_is_not_told_any_more_to_an_agent_who_is_back(
    desktops: Desktops, handler: FakeHandler, clock: Clock
) -> None:
    handler.gone_errors = [AcdUnavailable("away")]
    await _visit(desktops)
    await clock.advance(20)
    async with desktops.join(SATO):
        await clock.advance(100)
        assert handler.gone == []
        assert desktops.agents() == {"sato"}


async def test_coming_waits_for_going(clock: Clock) -> None:
    order: list[str] = []
    going = asyncio.Event()

    class Slow(FakeHandler):
        async def agent_gone(self, agent: AgentId) -> None:
            order.append("going")
            await going.wait()
            order.append("gone")

    handler = Slow()
    desktops = Desktops(handler, grace_s=20, sleep=clock.sleep)
    await _visit(desktops)
    await clock.advance(20)
    back = asyncio.create_task(_visit(desktops))
    await settle()
    assert (order, handler.joined) == (["going"], ["sato"])
    going.set()
    await back
    assert (order, handler.joined) == (["going", "gone"], ["sato", "sato"])
    await clock.advance(20)
    assert order == ["going", "gone"] * 2
    assert desktops.agents() == frozenset()


async def test_close_ends_every_link_and_tells_nobody(
    desktops: Desktops, handler: FakeHandler, clock: Clock
) -> None:
    async with desktops.join(SATO) as link:
        await desktops.close()
        assert link.ended.result().code == 1001
    await clock.advance(100)
    assert handler.gone == []


async def test_who_was_signed_in_before_the_hub_began_has_as_long_to_come_back(
    desktops: Desktops, handler: FakeHandler, clock: Clock
) -> None:
    desktops.expect(AgentId("sato"))
    desktops.expect(AgentId("tanaka"))
    assert desktops.agents() == {"sato", "tanaka"}
    await clock.advance(10)
    async with desktops.join(SATO):
        desktops.expect(AgentId("sato"))
        await clock.advance(100)
        assert handler.gone == ["tanaka"]
        assert desktops.agents() == {"sato"}
