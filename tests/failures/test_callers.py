"""Callers whom nobody can know, and callers who hang up, at whatever moment."""

import asyncio
import random

import pytest

from cti.softphone import CallState
from tests.failures.floor import WITHHELD, Floor

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

NUMBER = "0611112222"


@pytest.mark.parametrize(
    ("number", "headers"),
    [
        (WITHHELD, {"Privacy": "id"}),
        ("unknown", None),
        ("110", None),
        ("no-number", None),
    ],
)
async def test_whom_nobody_can_know_is_served_and_never_matched(
    floor: Floor, number: str, headers: dict[str, str] | None
) -> None:
    await floor.sato.available()
    seen = len(floor.sato.desktop.events)
    call = await floor.call(number, "1", headers)
    agent_call, contact = await floor.sato.answers()
    pop = await floor.sato.desktop.wait("screen_pop", after=seen)
    assert (pop["address"], pop["customer"], pop["identifiers"]) == (None, None, [])
    assert (contact["customer"], contact["address"]) == (None, None)
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)


async def test_whom_no_link_can_reach_hears_so_and_gets_into_the_queue(floor: Floor) -> None:
    await floor.call(WITHHELD, "3", {"Privacy": "id"})
    record = await floor.waiting()
    assert record.contact.customer is None
    assert "/sms/messages" not in floor.simulator.requests


async def test_hanging_up_in_the_menu_leaves_nothing(floor: Floor) -> None:
    call = await floor.call(NUMBER, keys="")
    await call.wait(CallState.ANSWERED, 20)
    await call.hang_up()


async def test_hanging_up_before_the_answer_leaves_nothing(floor: Floor) -> None:
    call = await floor.call(NUMBER, keys="")
    await call.hang_up()


async def test_hanging_up_while_waiting_leaves_nothing(floor: Floor) -> None:
    call = await floor.call(NUMBER)
    await floor.waiting()
    await call.hang_up()


async def test_hanging_up_while_a_phone_rings_stops_the_ringing(floor: Floor) -> None:
    await floor.sato.available()
    seen = len(floor.sato.desktop.events)
    call = await floor.call(NUMBER)
    agent_call = await floor.sato.rings()
    offer = await floor.sato.desktop.wait("offer", after=seen)
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    gone = await floor.sato.desktop.wait("offer_withdrawn", after=seen)
    assert (gone["offer"], gone["reason"]) == (offer["offer"], "left")
    assert not await floor.is_resting("sato")


@pytest.mark.parametrize("seed", range(6))
async def test_hanging_up_at_the_moment_of_the_answer_leaves_nothing(floor: Floor, seed: int) -> None:
    chance = random.Random(seed)
    await floor.sato.available()
    call = await floor.call(NUMBER)
    agent_call = await floor.sato.rings()
    answering = asyncio.create_task(agent_call.answer())
    await asyncio.sleep(chance.uniform(0, 0.03))
    await call.hang_up()
    await asyncio.gather(answering, return_exceptions=True)
    await agent_call.wait(CallState.ENDED, 20)
