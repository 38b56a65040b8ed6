"""A member who is added while all runs serves the queue, with the hub and without it."""

import asyncio

import pytest

from acd.ids import AgentId
from cti.softphone import CallState
from hub.accounts import Accounts
from hub.audit import AuditLog
from hub.database import create_engine
from hub.members import Members, MemberStore
from hub.passwords import Passwords
from tests.failures.floor import Floor, registered, until

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

NUMBER, SATO = "0611112222", AgentId("sato")


async def test_an_added_member_serves_until_he_is_taken_out(floor: Floor) -> None:
    engine = create_engine(floor.hub.database_url)
    files = (await floor.snapshot()).state.settings
    sales = next(name for name in files.queues if name == "sales")
    members = Members(MemberStore(engine), Accounts(engine, Passwords()), AuditLog(engine), lambda: files)
    try:
        await members.add(sales, SATO, 1, by=SATO)
        await until(lambda: _is_member(floor))
        await until(lambda: _shown(floor, "PJSIP/sato"))
        await _serves(floor)

        await asyncio.to_thread(floor.node.service.stop)
        await asyncio.to_thread(floor.node.service.start)
        await floor.until_ready("asterisk", ready=True)
        for agent in floor.agents.values():
            await agent.phone.register()
            await registered(agent.phone)
        await until(lambda: _shown(floor, "PJSIP/sato"), timeout_s=20)
        await floor.hub.stop()
        await floor.hub.start()
        assert await _is_member(floor)
        await floor.sign_in()

        await members.remove(sales, SATO, by=SATO)
        await until(lambda: _is_gone(floor))
        await until(lambda: _is_no_member(floor))
    finally:
        await engine.dispose()


async def _serves(floor: Floor) -> None:
    """See that a caller of the queue reaches the member."""
    await floor.sato.available()
    call = await floor.call(NUMBER, "2")
    agent_call, contact = await floor.sato.answers()
    assert contact["queue"] == "sales"
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)


async def _is_member(floor: Floor) -> bool:
    """Whether the router has sato in the queue."""
    agents = (await floor.snapshot()).state.agents
    return "sales" in agents[SATO].agent.queues


async def _is_no_member(floor: Floor) -> bool:
    return not await _is_member(floor)


async def _shown(floor: Floor, member: str) -> bool:
    """Whether app_queue has a member that was added."""
    lines = (await floor.node.cli("queue show sales")).splitlines()
    return any(member in line and "(dynamic)" in line and "penalty 1" in line for line in lines)


async def _is_gone(floor: Floor) -> bool:
    return "PJSIP/sato" not in await floor.node.cli("queue show sales")
