"""The hub killed, stopped for a while, or followed by another: whoever waits is served, and in order."""

import asyncio
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from acd.core.records import ContactRecord
from cti.softphone import CallState
from cti.way_out import INTERVAL_S, INTERVALS_KEPT
from tests.failures.deadlines import deadlines, put_off
from tests.failures.floor import TRUNK, Floor, until
from tests.support.ports import free_port
from tests.support.sipp import SippRun, sipp

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

TALKS, NEW = "0611112222", "0677778888"
FIRST, SECOND, THIRD, FAVOURED = "0620000001", "0620000002", "0620000003", "0620000009"
DIRECT, HURRIED = "0388888881", "0388888882"
_MENUS = """
[direct]
type = message
prompt[ja] => はい。
prompt[en] => Yes.
then => queue,support

[hurried]
type = message
prompt[ja] => はい。
prompt[en] => Yes.
then => queue,support,priority=5
"""
_STAY_S = INTERVAL_S * INTERVALS_KEPT


@dataclass(slots=True)
class Crowd:
    """Callers at SIPp, since a softphone's process holds four legs at most."""

    floor: Floor
    stack: AsyncExitStack
    runs: list[SippRun]

    async def joins(self, number: str, dialled: str = DIRECT) -> ContactRecord:
        """Call in and wait until the router has the call in its queue."""
        before = {record.contact.id for record in await self.floor.contacts()}
        await self.calls(number, dialled)

        async def is_new() -> ContactRecord | None:
            records = await self.floor.contacts()
            return next((each for each in records if each.contact.id not in before), None)

        return await until(is_new)

    async def calls(self, number: str, dialled: str = DIRECT) -> None:
        keys = {"from": number, "dialled": dialled, "header": "Subject: call"}
        address = f"{self.floor.node.sip_host}:{self.floor.node.sip_port}"
        options = ("-d", "55000")
        run = sipp("caller", address, local=TRUNK, port=free_port(), keys=keys, options=options)
        self.runs.append(await self.stack.enter_async_context(run))

    def are_all_there(self) -> bool:
        return all(run.process.returncode is None for run in self.runs)


@asynccontextmanager
async def _crowd(floor: Floor) -> AsyncIterator[Crowd]:
    """Callers who get into the queue without keys; those who still call are hung up at the end."""
    numbers = f"_. => welcome\n{DIRECT} => direct\n{HURRIED} => hurried"

    def add_menus(text: str) -> str:
        return text.replace("_. => welcome", numbers, 1) + _MENUS

    async with floor.edited("ivr.conf", add_menus), AsyncExitStack() as stack:
        yield Crowd(floor, stack, [])
        for line in await floor.channels():
            if line.split("!")[0].startswith("PJSIP/carrier"):
                await floor.node.cli(f"channel request hangup {line.split('!')[0]}")


async def _wrapped_up(floor: Floor, agent: str) -> None:
    """Wait until `Queue()` has counted an agent's call, and let it offer him the next one at once."""

    async def is_counted() -> bool:
        told = await floor.node.cli("queue show support")
        return re.search(rf"/{agent} .* has taken 1 calls", told) is not None

    await until(is_counted)
    await floor.node.cli("queue reset stats")


async def test_who_waits_is_served_by_queue_in_the_order_of_the_hub(floor: Floor) -> None:
    async with _crowd(floor) as crowd:
        await floor.sato.available()
        talking = await floor.call(TALKS)
        agent_call, contact = await floor.sato.answers()
        for number in (FIRST, SECOND, THIRD):
            await crowd.joins(number)
        await crowd.joins(FAVOURED, HURRIED)
        await put_off(floor, 4)

        await floor.node.cli("queue reset stats")
        killed_s = await _kill(floor)
        served: list[str] = []
        for _ in range(4):
            rings = await floor.tanaka.rings(_STAY_S + 10)
            served.append(rings.remote.user)
            if len(served) == 1:
                print(f"in Queue() {time.monotonic() - killed_s:.1f} s after the death")
                await crowd.calls(NEW)
                await _queued(floor, 5)
            await rings.answer()
            await rings.hang_up()
            await _wrapped_up(floor, "tanaka")
        assert served == [FAVOURED, FIRST, SECOND, THIRD]
        assert (await floor.tanaka.rings(5)).remote.user == NEW
        assert CallState.ANSWERED is talking.state is agent_call.state

        await floor.hub.start()
        await floor.sign_in()
        await talking.hang_up()
        await floor.sato.wraps_up(contact["id"])


async def test_a_new_hub_takes_back_who_waits_and_knows_who_talks(floor: Floor) -> None:
    async with _crowd(floor) as crowd:
        await floor.sato.available()
        talking = await floor.call(TALKS)
        _, talk_of_sato = await floor.sato.answers()
        first = await crowd.joins(FIRST)
        second = await crowd.joins(SECOND)
        third = await crowd.joins(THIRD)
        await _kill(floor)
        await _queued(floor, 3)
        by_queue = await floor.tanaka.rings()
        assert by_queue.remote.user == FIRST
        await by_queue.answer()
        await crowd.calls(NEW)
        await _queued(floor, 4)

        await floor.hub.start()
        await floor.sign_in()

        async def are_back() -> dict[str, ContactRecord] | None:
            records = {str(record.contact.id): record for record in await floor.contacts()}
            waiting = [record for record in records.values() if record.is_queued]
            return records if len(waiting) == 3 and not _waits_in_queue(await floor.in_queue()) else None

        records = await until(are_back)
        for before in (second, third):
            assert records[before.contact.id].contact.arrived_ms == before.contact.arrived_ms
        olds = (talk_of_sato["id"], *(each.contact.id for each in (first, second, third)))
        (new,) = records.keys() - set(olds)
        assert records[new].contact.arrived_ms > third.contact.arrived_ms
        talk = records[first.contact.id]
        assert (talk.state, talk.agent) == ("connected", "tanaka")
        assert talk.contact.arrived_ms == first.contact.arrived_ms
        shown = (await floor.tanaka.desktop.wait("welcome"))["contacts"]
        assert [(each["id"], each["state"]) for each in shown] == [(first.contact.id, "connected")]

        await floor.tanaka.available()  # and busy all the same
        await talking.hang_up()
        await floor.sato.wraps_up(talk_of_sato["id"])
        sato_call, taken = await floor.sato.answers()
        assert taken["id"] == second.contact.id
        assert all(call is by_queue for call in floor.tanaka.phone.calls)
        await floor.sato.away()
        await sato_call.hang_up()
        await floor.sato.wraps_up(taken["id"])
        seen = len(floor.tanaka.desktop.events)
        await floor.tanaka.away()
        await by_queue.hang_up()
        await floor.tanaka.wraps_up(first.contact.id, after=seen)
        assert crowd.runs[2].process.returncode is crowd.runs[3].process.returncode is None


async def test_a_hub_that_stands_still_for_a_while_keeps_its_callers(floor: Floor) -> None:
    async with _crowd(floor) as crowd:
        await crowd.joins(FIRST)
        menu = await floor.call(NEW, keys="")
        await menu.wait(CallState.ANSWERED, 20)
        await put_off(floor, 2)
        floor.hub.signal(signal.SIGSTOP)
        await asyncio.sleep(2)
        floor.hub.signal(signal.SIGCONT)
        for _ in range(INTERVALS_KEPT + 1):
            await put_off(floor, 2)
            assert not await floor.in_queue()
        assert crowd.are_all_there()


async def test_who_talks_or_is_on_hold_may_stay_for_ever(floor: Floor) -> None:
    await floor.sato.available()
    call = await floor.call(TALKS)
    _, contact = await floor.sato.answers()
    assert list((await deadlines(floor)).values()) == [0]
    await floor.sato.desktop.command("hold", contact=contact["id"])
    waiting = await floor.call(NEW)
    await floor.waiting()
    await put_off(floor, 1)
    assert (await deadlines(floor))[contact["id"]] == 0
    await waiting.hang_up()
    await call.hang_up()
    await floor.sato.wraps_up(contact["id"])


def _waits_in_queue(lines: list[str]) -> list[str]:
    """Return those of the channels in `Queue()` that are in no bridge."""
    return [line for line in lines if not line.split("!")[12]]


async def _kill(floor: Floor) -> float:
    """Kill the hub; returns the time of it."""
    at_s = time.monotonic()
    floor.hub.signal(signal.SIGKILL)

    async def is_gone() -> bool:
        return floor.hub.service.daemon.pid is None

    await until(is_gone)
    return at_s


async def _queued(floor: Floor, count: int) -> None:
    async def are_all() -> bool:
        return len(await floor.in_queue()) >= count

    await until(are_all, timeout_s=_STAY_S + 10)
