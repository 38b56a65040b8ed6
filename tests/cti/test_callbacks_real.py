"""Customers who are called back, on a real Asterisk: agent first, then the customer, then both."""

import asyncio

import pytest

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.listener import GoneCause, LegFailure
from cti.outside import Way
from tests.cti.far_end import BUSY, PHONE, FarEnd, Party
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode

pytestmark = pytest.mark.real

NUMBER = "+819012345678"


async def _agent_waits(control: CallControl, far: FarEnd, heard: Heard) -> tuple[Party, ChannelKey]:
    key = control.callback_key("k1")
    await control.ring("o1", key, PHONE, caller_id="0312345678", timeout_s=10)
    agent = await far.rung()
    await agent.answer()
    await heard.until("leg_answered", "o1")
    return agent, key


async def _call(control: CallControl, key: ChannelKey, endpoint: str = PHONE, timeout_s: int = 10) -> None:
    await control.call_customer(key, "o1", [Way(endpoint, "0312345678")], number=NUMBER, timeout_s=timeout_s)


async def test_agent_and_customer_are_brought_together(
    control: CallControl, far: FarEnd, heard: Heard, asterisk: AsteriskNode
) -> None:
    _, key = await _agent_waits(control, far, heard)
    await _call(control, key)
    customer = await far.rung()
    await customer.answer()
    call = await heard.next_call()
    assert (call.key, call.callback, call.caller_number) == (key, "k1", NUMBER)
    await control.connect(key, "o1")
    (bridge,) = await far.link.ari.bridges.list_all()
    assert set(bridge.channels) == {key.id, f"{asterisk.ari_app}.leg.o1"}
    await customer.hang_up()
    await heard.until("call_gone", key, GoneCause.HUNG_UP)
    await heard.until("leg_gone", "o1", GoneCause.HUNG_UP)


@pytest.mark.parametrize(("endpoint", "reason"), [(BUSY, LegFailure.BUSY), (PHONE, LegFailure.NO_ANSWER)])
async def test_a_customer_who_is_not_reached_leaves_the_agent(
    control: CallControl, far: FarEnd, heard: Heard, endpoint: str, reason: LegFailure
) -> None:
    agent, key = await _agent_waits(control, far, heard)
    await _call(control, key, endpoint, timeout_s=1)
    if endpoint == PHONE:
        await far.rung()
    await heard.until("customer_failed", key, reason)
    assert "leg_gone" not in heard.names
    await agent.hang_up()
    await heard.until("leg_gone", "o1", GoneCause.HUNG_UP)


async def test_an_agent_who_does_not_wait_ends_the_calling(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    agent, key = await _agent_waits(control, far, heard)
    await _call(control, key)
    await far.rung()
    await agent.hang_up()
    await heard.until("leg_gone", "o1", GoneCause.HUNG_UP)
    await control.give_up(key)
    await heard.until("customer_failed", key, LegFailure.CANCELLED)


async def test_asterisk_itself_refuses_a_second_call_for_the_same(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    agent, key = await _agent_waits(control, far, heard)
    await far.link.ari.channels.originate_with_id(
        key.id, endpoint=PHONE, app="far", app_args="customer", timeout=5
    )
    await far.rung()
    await _call(control, key)
    await heard.until("customer_failed", key, LegFailure.UNREACHABLE)
    await far.link.ari.channels.hangup(key.id)
    await agent.hang_up()


async def test_a_customer_whose_time_is_out_goes_to_asterisk_s_own_queue(
    control: CallControl, far: FarEnd, heard: Heard
) -> None:
    """As when he is parked and the hub dies; without a hub nobody puts it off."""
    _, key = await _agent_waits(control, far, heard)
    await _call(control, key)
    customer = await far.rung()
    await customer.answer()
    await heard.next_call()
    await control.connect(key, "o1")
    await control.keep_place(key, "support")
    await control.park(key)
    await heard.until("leg_gone", "o1", GoneCause.HUNG_UP)
    channels = far.link.ari.channels
    await channels.set_channel_var(key.id, variable="TIMEOUT(absolute)", value="0.3")
    await heard.until("call_gone", key, GoneCause.LEFT)
    async with asyncio.timeout(10):
        while (place := (await channels.get(key.id)).dialplan).context != "fallback":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert place.exten == "s"
    await customer.hang_up()
    await far.until_gone(key.id)
