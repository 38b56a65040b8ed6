"""Phones transfer by themselves while the hub is away: whatever they ask for, no caller is cut off."""

import asyncio
from contextlib import suppress

import pytest

from cti.softphone import CallState
from tests.failures.floor import Floor, until

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

CALLER, UNKNOWN, NOT_REACHED = "0611112222", "999", "0398765432"


async def test_no_transfer_cuts_a_caller_off(floor: Floor) -> None:
    await floor.kill_hub()
    call = await floor.call(CALLER, keys="")
    rings = [asyncio.create_task(each.rings(20)) for each in floor.agents.values()]
    done, others = await asyncio.wait(rings, return_when=asyncio.FIRST_COMPLETED)
    for each in others:
        each.cancel()
    agent_call = done.pop().result()
    await agent_call.answer()
    await agent_call.wait(CallState.ANSWERED, 20)
    host = f"{floor.node.sip_host}:{floor.node.sip_port}"
    with pytest.raises(Exception, match="transfer failed"):
        await agent_call.transfer(f"sip:{UNKNOWN}@{host}")
    assert CallState.ANSWERED is call.state is agent_call.state
    with suppress(Exception):  # the phone hears what comes of it, or that it is over
        async with asyncio.timeout(20):
            await agent_call.transfer(f"sip:{NOT_REACHED}@{host}")
    await until(floor.in_queue)
    assert call.state is CallState.ANSWERED
    await floor.hub.start()
    await floor.sign_in()
    await call.hang_up()
