"""An agent on the phone with somebody else is offered no call until he hangs up."""

import pytest

from acd.explanation import Consideration, Rule
from acd.ids import AgentId
from cti.softphone import CallState, PhoneCall
from tests.failures.floor import Floor, until

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

NUMBER, SATO = "0611112222", AgentId("sato")


async def test_a_phone_in_use_is_offered_nothing(floor: Floor) -> None:
    echo = await _picks_up(floor)
    await floor.sato.available()
    call = await floor.call(NUMBER)
    waiting = await floor.waiting()
    explained = await floor.acd.explain(waiting.contact.id)
    assert explained is not None
    assert explained.considered[0] == Consideration(agent=SATO, rule=Rule.ON_PHONE)
    with pytest.raises(TimeoutError):
        await floor.sato.rings(3)
    await echo.hang_up()
    agent_call, contact = await floor.sato.answers()
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)


async def test_a_call_of_ours_is_no_reason_to_offer_no_text(floor: Floor) -> None:
    await floor.sato.available()
    call = await floor.call(NUMBER)
    agent_call, contact = await floor.sato.answers()

    assert [line for line in await floor.channels() if line.startswith("PJSIP/sato") and "!Up!" in line]
    desk = (await floor.snapshot()).state.desks.get(SATO)
    assert desk is not None
    assert (desk.is_ready, desk.record.is_on_phone) == (True, False)
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)


async def test_a_hub_that_begins_knows_who_is_on_the_phone(floor: Floor) -> None:
    echo = await _picks_up(floor)
    await floor.hub.stop()
    await floor.hub.start()
    await floor.sign_in()
    await floor.sato.available()
    call = await floor.call(NUMBER)
    await floor.waiting()
    with pytest.raises(TimeoutError):
        await floor.sato.rings(2)
    await echo.hang_up()
    agent_call, contact = await floor.sato.answers()
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)


async def _picks_up(floor: Floor) -> PhoneCall:
    """Let sato's phone call the echo, and wait until the router knows."""
    echo = await floor.sato.phone.call(f"sip:*43@{floor.node.sip_host}:{floor.node.sip_port}")
    await echo.wait(CallState.ANSWERED, 20)

    async def is_seen_in_use() -> bool:
        return (await floor.snapshot()).state.agents[SATO].is_on_phone

    await until(is_seen_in_use)
    return echo
