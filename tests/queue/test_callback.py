"""A caller asks to be called back: the whole way, with real phones."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from acd.policy import CALLBACK, Propose
from cti.softphone import CallState, MediaState, Softphone
from tests.failures.floor import Floor, until
from tests.queue.conftest import CUSTOMER
from tests.support.hearing import comes_to_hear
from tests.support.tones import write_tone

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

GoBy = Callable[..., Awaitable[None]]
CUSTOMER_HZ, AGENT_HZ, RINGING_HZ = 500, 1500, 400


async def _asks(floor: Floor) -> str:
    """Call in, choose to be called back, and be hung up; returns the contact."""
    call = await floor.call(CUSTOMER)
    contact = (await floor.waiting()).contact.id
    async with asyncio.timeout(30):
        while call.state is not CallState.ENDED:
            await call.dtmf("1")
            await asyncio.sleep(0.7)
    record = await floor.contact(contact)
    assert record is not None
    assert record.contact.is_callback
    return contact


async def _legs_to_customer(floor: Floor) -> int:
    return sum(line.startswith("PJSIP/outside-") for line in await floor.channels())


async def test_a_caller_is_called_back_and_both_talk(
    floor: Floor, customer: Softphone, go_by: GoBy, tmp_path: Path
) -> None:
    await go_by(overflow=(Propose(after_s=1, way=CALLBACK),))
    contact = await _asks(floor)
    seen = len(floor.sato.desktop.events)
    await floor.sato.available()
    offer = await floor.sato.desktop.wait("offer", after=seen)
    assert (offer["contact"], offer["callback"]) == (contact, True)
    agent_call, _ = await floor.sato.answers()
    await agent_call.wait_media(MediaState.ACTIVE, 20)
    customer_call = await customer.next_call(10)
    await comes_to_hear(agent_call, RINGING_HZ, tmp_path / "ringing.wav", share=0.3, seconds=2.5)
    await customer_call.answer()
    await customer_call.wait_media(MediaState.ACTIVE, 20)
    await customer_call.play(write_tone(tmp_path / "customer.wav", CUSTOMER_HZ))
    await agent_call.play(write_tone(tmp_path / "agent.wav", AGENT_HZ))
    await comes_to_hear(agent_call, CUSTOMER_HZ, tmp_path / "by-agent.wav")
    await comes_to_hear(customer_call, AGENT_HZ, tmp_path / "by-customer.wav")
    await customer_call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact, after=seen)


async def test_who_does_not_answer_is_tried_again_and_never_twice_at_a_time(
    floor: Floor, customer: Softphone, go_by: GoBy
) -> None:
    await go_by(overflow=(Propose(after_s=1, way=CALLBACK),), callback_retry_s=1, callback_tries=2)
    contact = await _asks(floor)
    await floor.sato.available()
    for attempt in (1, 2):
        agent_call = await floor.sato.rings()
        await agent_call.answer()
        customer_call = await customer.next_call(10)
        assert await _legs_to_customer(floor) == 1
        await customer_call.hang_up(486)
        await agent_call.wait(CallState.ENDED, 20)
        await until(partial(_was_tried, floor, contact, attempt))
    await until(lambda: _is_over(floor, contact))
    assert await _legs_to_customer(floor) == 0


async def test_an_agent_who_hangs_up_first_stops_the_customer_s_phone(
    floor: Floor, customer: Softphone, go_by: GoBy
) -> None:
    await go_by(overflow=(Propose(after_s=1, way=CALLBACK),), callback_tries=1)
    contact = await _asks(floor)
    await floor.sato.available()
    agent_call = await floor.sato.rings()
    await agent_call.answer()
    customer_call = await customer.next_call(10)
    await agent_call.hang_up()
    await customer_call.wait(CallState.ENDED, 20)
    await until(lambda: _is_over(floor, contact))


async def test_a_callback_outlives_the_hub(floor: Floor, customer: Softphone, go_by: GoBy) -> None:
    await go_by(overflow=(Propose(after_s=1, way=CALLBACK),))
    contact = await _asks(floor)
    await floor.hub.stop()
    await floor.hub.start()
    await floor.sign_in()
    await floor.sato.available()
    seen = len(floor.sato.desktop.events)
    agent_call, _ = await floor.sato.answers()
    customer_call = await customer.next_call(10)
    await customer_call.answer()
    await customer_call.wait_media(MediaState.ACTIVE, 20)
    await asyncio.sleep(0.5)  # an agent who goes before they talk leaves the customer in the queue
    await agent_call.hang_up()
    await customer_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact, after=seen)


async def test_a_hub_that_dies_while_it_calls_leaves_no_phone_ringing(
    floor: Floor, customer: Softphone, go_by: GoBy
) -> None:
    floor.differs_because = "nobody sees how the customer's phone stops ringing that a killed hub called"
    await go_by(overflow=(Propose(after_s=1, way=CALLBACK),))
    contact = await _asks(floor)
    await floor.sato.available()
    agent_call = await floor.sato.rings()
    await agent_call.answer()
    customer_call = await customer.next_call(10)
    floor.hub.signal(signal.SIGKILL)
    await floor.hub.stop()
    await floor.hub.start()
    await customer_call.wait(CallState.ENDED, 20)
    await agent_call.wait(CallState.ENDED, 20)
    await until(partial(_was_tried, floor, contact, 1))
    record = await floor.contact(contact)
    assert record is not None
    assert record.contact.is_callback, "the customer is tried again by the queue's rule"
    assert await _legs_to_customer(floor) == 0
    await floor.sign_in()


async def _was_tried(floor: Floor, contact: str, times: int) -> bool:
    record = await floor.contact(contact)
    return record is None or record.attempts == times


async def _is_over(floor: Floor, contact: str) -> bool:
    return await floor.contact(contact) is None
