"""Asterisk restarted under the hub: its calls are gone, and nothing else is."""

import asyncio

import pytest

from tests.failures.floor import Floor, registered, until

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

TALKS, WAITS, NEW = "0611112222", "0622223333", "0633334444"


async def test_a_restart_of_asterisk_ends_its_calls_and_no_more(floor: Floor) -> None:
    await floor.sato.available()
    await floor.call(TALKS)
    _, contact = await floor.sato.answers()
    seen = len(floor.sato.desktop.events)
    await floor.call(WAITS)
    waiting = await floor.waiting()
    await floor.tanaka.available()
    await floor.tanaka.rings()

    await asyncio.to_thread(floor.node.service.stop)
    await floor.until_ready("asterisk", ready=False)
    await asyncio.to_thread(floor.node.service.start)
    await floor.until_ready("asterisk", ready=True)

    await floor.sato.wraps_up(contact["id"], after=seen)

    async def is_gone() -> bool:
        return await floor.contact(waiting.contact.id) is None

    await until(is_gone)
    for agent in (floor.sato, floor.tanaka):
        await agent.phone.register()
        await registered(agent.phone)
    call = await floor.call(NEW)
    seen = len(floor.sato.desktop.events)
    _, contact = await floor.sato.answers()
    await call.hang_up()
    await floor.sato.wraps_up(contact["id"], after=seen)
