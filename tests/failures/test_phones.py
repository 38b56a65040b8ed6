"""Phones that are busy, gone or not answered, and agents who hang up."""

import pytest

from cti.softphone import CallState
from tests.failures.floor import Agent, Floor

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

NUMBER = "0611112222"
BUSY = 486


async def test_a_busy_phone_s_call_goes_on_to_somebody_else(floor: Floor) -> None:
    await floor.sato.available()
    await floor.call(NUMBER)
    await (await floor.sato.rings()).hang_up(BUSY)
    await floor.sato.desktop.wait("offer_withdrawn", lambda event: event["reason"] == "rejected")
    assert await floor.is_resting("sato")
    await _served_by(floor.tanaka)


async def test_a_phone_that_is_not_registered_is_passed_over(floor: Floor) -> None:
    await floor.sato.phone.close()
    await floor.sato.available()
    seen = len(floor.sato.desktop.events)
    await floor.call(NUMBER)
    await floor.sato.desktop.wait("offer_withdrawn", after=seen)
    await _served_by(floor.tanaka)
    floor.sato.phone = await floor.phone("sato")


async def test_a_phone_that_nobody_answers_stops_ringing_in_time(floor: Floor) -> None:
    await floor.sato.available()
    seen = len(floor.sato.desktop.events)
    await floor.call(NUMBER)
    unanswered = await floor.sato.rings()
    await floor.sato.desktop.wait("offer_withdrawn", lambda event: event["reason"] == "no_answer", after=seen)
    await unanswered.wait(CallState.ENDED, 20)
    assert await floor.is_resting("sato")
    await _served_by(floor.tanaka)


async def test_an_agent_who_hangs_up_ends_the_caller_s_call(floor: Floor) -> None:
    await floor.sato.available()
    call = await floor.call(NUMBER)
    agent_call, contact = await floor.sato.answers()
    seen = len(floor.sato.desktop.events)
    await agent_call.hang_up()
    await call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)


async def test_a_call_on_hold_ends_when_the_caller_hangs_up(floor: Floor) -> None:
    await floor.sato.available()
    call = await floor.call(NUMBER)
    agent_call, contact = await floor.sato.answers()
    seen = len(floor.sato.desktop.events)
    await floor.sato.desktop.command("hold", contact=contact["id"])
    await floor.sato.desktop.wait("contact", lambda event: event["held"], after=seen)
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)


async def _served_by(agent: Agent) -> None:
    """See that the call that waits reaches an agent who comes now."""
    await agent.available()
    seen = len(agent.desktop.events)
    call, contact = await agent.answers()
    await call.hang_up()
    await agent.wraps_up(contact["id"], after=seen)
