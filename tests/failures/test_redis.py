"""Redis away: calls go on by themselves, messages wait, and all comes back without a restart."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from acd.core.records import ContactRecord
from cti.softphone import CallState
from tests.failures.floor import Floor, until
from tests.fakes.line import line_user_id

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

TALKS, WAITS, NEW = "0611112222", "0622223333", "0633334444"


async def test_calls_and_messages_outlive_redis(floor: Floor) -> None:
    await floor.sato.available()
    talking = await floor.call(TALKS)
    agent_call, contact = await floor.sato.answers()
    waiting = await floor.call(WAITS)
    await floor.waiting()
    async with _no_redis(floor):
        parts = (await floor.ready())["parts"]
        assert [part for part, state in parts.items() if not state["ready"]] == ["redis"]
        await until(floor.in_queue)
        by_queue = await floor.tanaka.rings()  # Asterisk's own queue has the same members
        await by_queue.answer()
        assert await floor.simulator.say(line_user_id("no redis"), "聞こえますか") == 200
        assert CallState.ANSWERED is talking.state is waiting.state is agent_call.state
    # The router is back: it knows who talks, the message finds somebody, and so does a new call.
    talk = await until(lambda: _talk_of(floor, "tanaka"))
    seen = len(floor.tanaka.desktop.events)
    await waiting.hang_up()
    await by_queue.wait(CallState.ENDED, 20)
    await floor.tanaka.wraps_up(talk.contact.id, after=seen)
    await floor.tanaka.available()
    seen = len(floor.sato.desktop.events)
    assert (await floor.tanaka.accepts())["messages"][0]["text"] == "聞こえますか"
    assert (await floor.hub_letters()) == []
    await talking.hang_up()
    await floor.sato.wraps_up(contact["id"], after=seen)
    await _is_routed(floor)


async def test_a_call_that_ends_meanwhile_is_over_when_redis_is_back(floor: Floor) -> None:
    await floor.sato.available()
    talking = await floor.call(TALKS)
    agent_call, contact = await floor.sato.answers()
    seen = len(floor.sato.desktop.events)
    async with _no_redis(floor):
        await talking.hang_up()
        await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)
    await _is_routed(floor)


async def test_a_call_that_rings_meanwhile_is_offered_no_longer(floor: Floor) -> None:
    await floor.sato.available()
    seen = len(floor.sato.desktop.events)
    call = await floor.call(TALKS)
    agent_call = await floor.sato.rings()
    async with _no_redis(floor):
        await agent_call.wait(CallState.ENDED, 20)
        await until(floor.in_queue)
        await call.hang_up()
    offer = await floor.sato.desktop.wait("offer", after=seen)
    withdrawn = await floor.sato.desktop.wait("offer_withdrawn", after=seen)
    assert withdrawn["offer"] == offer["offer"]
    await _is_routed(floor)


async def test_a_redis_that_lost_everything_is_told_what_is_true(floor: Floor) -> None:
    await floor.sato.available()
    await floor.tanaka.available()
    talking = await floor.call(TALKS)
    one, other = await asyncio.wait(
        [asyncio.create_task(agent.answers()) for agent in (floor.sato, floor.tanaka)],
        return_when=asyncio.FIRST_COMPLETED,
    )
    _, contact = next(iter(one)).result()
    for task in other:
        task.cancel()
    async with _no_redis(floor):
        await asyncio.to_thread(shutil.rmtree, floor.redis.state / "appendonlydir")

    async def is_known() -> bool:
        record = await floor.contact(contact["id"])
        agents = (await floor.snapshot()).state.agents.values()
        return (
            record is not None
            and record.state == "connected"
            and all(a.presence == "available" for a in agents)
        )

    await until(is_known)
    await talking.hang_up()
    await _is_routed(floor)


async def _talk_of(floor: Floor, agent: str) -> ContactRecord | None:
    """Return the contact that an agent has, by the router's word."""
    records = await floor.contacts()
    return next((each for each in records if (each.agent, each.state) == (agent, "connected")), None)


@asynccontextmanager
async def _no_redis(floor: Floor) -> AsyncIterator[None]:
    """Stop Redis for the time of the block, and wait until the hub has noticed either way."""
    await asyncio.to_thread(floor.redis.stop)
    try:
        await floor.until_ready("redis", ready=False)
        yield
    finally:
        await asyncio.to_thread(floor.redis.start)
    await floor.until_ready("redis", ready=True)


async def _is_routed(floor: Floor) -> None:
    """See that a new call reaches an agent through the hub."""
    await floor.sato.available()
    await floor.tanaka.away()
    call = await floor.call(NEW)
    _, contact = await floor.sato.answers()
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await floor.sato.wraps_up(contact["id"], after=seen)
