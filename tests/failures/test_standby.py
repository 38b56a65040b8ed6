"""Two hubs for one Asterisk: the second takes the first one's place within 3 s."""

import asyncio
import signal
from datetime import datetime
from pathlib import Path

import pytest

from cti.softphone import CallState, PhoneCall
from cti.way_out import INTERVAL_S, INTERVALS_KEPT
from tests.failures.floor import Agent, Floor, until
from tests.story.desktop import Desktop
from tests.support.hub import RunningHub, prepared_hub

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

TALKS, WAITS, NEW = "0611112222", "0622223333", "0633334444"
_TAKES_OVER_S = 3.0


async def test_the_second_hub_takes_the_place_of_the_first(floor: Floor, tmp_path: Path) -> None:
    second = await _second_hub(floor, tmp_path)
    await second.start()
    try:
        await floor.sato.available()
        talking = await floor.call(TALKS)
        agent_call, contact = await floor.sato.answers()  # by the first hub, though there are two
        waiting = await floor.call(WAITS)
        arrived_ms = (await floor.waiting()).contact.arrived_ms

        died = datetime.now().astimezone()
        floor.hub.signal(signal.SIGKILL)
        linked = await _linked(second)
        print(f"taken over {(linked - died).total_seconds():.1f} s after the death")
        assert (linked - died).total_seconds() < _TAKES_OVER_S
        assert not await floor.in_queue()
        assert CallState.ANSWERED is talking.state is waiting.state is agent_call.state
        assert (await floor.waiting()).contact.arrived_ms == arrived_ms

        async with Desktop(second.url, "tanaka", floor.hub.passwords["tanaka"][0]) as desktop:
            tanaka = Agent(desktop, floor.tanaka.phone)
            await tanaka.available()
            _, taken = await tanaka.answers()
            await tanaka.away()
            await waiting.hang_up()
            await tanaka.wraps_up(taken["id"])
        record = await floor.contact(contact["id"])
        assert record is not None
        assert (record.state, record.agent) == ("connected", "sato")
        await floor.hub.start()  # and now it is the second
    finally:
        await second.stop()
    assert CallState.ANSWERED is talking.state is agent_call.state
    await floor.until_ready("asterisk", ready=True)
    await floor.sign_in()
    await talking.hang_up()
    await floor.sato.wraps_up(contact["id"])
    await floor.sato.available()
    call = await floor.call(NEW)
    _, contact = await floor.sato.answers()
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await floor.sato.wraps_up(contact["id"], after=seen)


async def test_a_hub_that_stood_still_for_too_long_leaves_its_place(floor: Floor, tmp_path: Path) -> None:
    second = await _second_hub(floor, tmp_path)
    await second.start()
    try:
        await floor.sato.available()
        talking = await floor.call(TALKS)
        agent_call, contact = await floor.sato.answers()
        waiting = await floor.call(WAITS)
        await floor.waiting()
        floor.hub.signal(signal.SIGSTOP)
        await _linked(second)
        async with Desktop(second.url, "tanaka", floor.hub.passwords["tanaka"][0]) as desktop:
            tanaka = Agent(desktop, floor.tanaka.phone)
            await tanaka.available()
            tanaka_call, taken = await tanaka.answers()
            floor.hub.signal(signal.SIGCONT)

            async def has_noticed() -> bool:
                return any(line["event"] == "node.turn_lost" for line in floor.hub.log())

            await until(has_noticed)
            await _stays_put(floor, {talking, agent_call, waiting, tanaka_call})
            assert [line["event"] for line in second.log()].count("ari.link_up") == 1
            await tanaka.away()
            await waiting.hang_up()
            await tanaka.wraps_up(taken["id"])
        await talking.hang_up()
        await floor.sato.wraps_up(contact["id"])
    finally:
        floor.hub.signal(signal.SIGCONT)
        await second.stop()
    await floor.until_ready("asterisk", ready=True)


async def _stays_put(floor: Floor, calls: set[PhoneCall]) -> None:
    """See that calls outlive every deadline that they may have."""
    late_s = asyncio.get_running_loop().time() + INTERVAL_S * INTERVALS_KEPT + 1

    async def is_late() -> bool:
        assert all(call.state is CallState.ANSWERED for call in calls)
        assert not await floor.in_queue()
        return asyncio.get_running_loop().time() > late_s

    await until(is_late, timeout_s=30)


async def _second_hub(floor: Floor, folder: Path) -> RunningHub:
    webhooks = floor.simulator.webhook_url
    hub = await prepared_hub(
        folder,
        floor.node,
        floor.redis.url,
        floor.simulator,
        config_dir=floor.config,
        database_url=floor.hub.database_url,
    )
    floor.simulator.webhook_url = webhooks
    return hub


async def _linked(hub: RunningHub) -> datetime:
    """Wait until a hub has the link to Asterisk; returns since when."""

    async def is_linked() -> str | None:
        return next((line["timestamp"] for line in hub.log() if line["event"] == "ari.link_up"), None)

    return datetime.fromisoformat(await until(is_linked))
