"""The hub killed: calls stay up, new ones go to Asterisk's own queue, and a new hub takes over."""

import time

import pytest

from cti.softphone import CallState
from tests.failures.floor import RING_S, Floor, until

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

TALKS, WAITS, NEW = "0611112222", "0622223333", "0633334444"


async def test_a_new_hub_takes_over_who_talks_and_who_waits(floor: Floor) -> None:
    await floor.sato.available()
    talking = await floor.call(TALKS)
    agent_call, contact = await floor.sato.answers()
    waiting = await floor.call(WAITS)
    arrived_ms = (await floor.waiting()).contact.arrived_ms

    await floor.kill_hub()
    new = await floor.call(NEW, keys="")
    await until(floor.in_queue)
    await new.hang_up()
    assert CallState.ANSWERED is talking.state is waiting.state is agent_call.state

    await floor.hub.start()
    await floor.sign_in()
    welcome = await floor.sato.desktop.wait("welcome")
    assert welcome["presence"] == "available"
    assert [(each["id"], each["state"]) for each in welcome["contacts"]] == [(contact["id"], "connected")]
    assert (await floor.waiting()).contact.arrived_ms == arrived_ms
    await floor.tanaka.available()
    tanaka_call, taken = await floor.tanaka.answers()
    pop = await floor.tanaka.desktop.wait("screen_pop", lambda event: event["contact"] == taken["id"])
    assert abs(time.time() * 1000 - arrived_ms - pop["waited_ms"]) < 5000
    await floor.tanaka.desktop.command("hang_up", contact=taken["id"])
    await waiting.wait(CallState.ENDED, 20)
    await tanaka_call.wait(CallState.ENDED, 20)
    await talking.hang_up()
    await agent_call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"])


async def test_a_phone_that_rang_rings_again(floor: Floor) -> None:
    async with floor.edited(
        "queues.conf", lambda text: text.replace(f"timeout = {RING_S} ", "timeout = 30 ")
    ):
        await floor.sato.available()
        call = await floor.call(TALKS)
        rang = await floor.sato.rings()
        await floor.kill_hub()
        await floor.hub.start()
        await floor.sign_in()
        await rang.wait(CallState.ENDED, 20)
        seen = len(floor.sato.desktop.events)
        _, contact = await floor.sato.answers()
        await call.hang_up()
        await floor.sato.wraps_up(contact["id"], after=seen)


async def test_who_was_in_the_menu_gets_into_the_queue(floor: Floor) -> None:
    call = await floor.call(TALKS, keys="")
    await call.wait(CallState.ANSWERED, 20)
    await floor.kill_hub()
    await floor.hub.start()
    await floor.sign_in()
    await floor.waiting()
    await call.hang_up()


async def test_wrap_up_is_still_to_be_done(floor: Floor) -> None:
    async with floor.edited(
        "queues.conf", lambda text: text.replace("wrapuptime = 15 ", "wrapuptime = 300 ")
    ):
        await floor.sato.available()
        call = await floor.call(TALKS)
        _, contact = await floor.sato.answers()
        await call.hang_up()
        await floor.sato.shown(contact["id"], "wrap_up")
        await floor.kill_hub()
        await floor.hub.start()
        await floor.sign_in()
        (shown,) = (await floor.sato.desktop.wait("welcome"))["contacts"]
        assert (shown["id"], shown["state"]) == (contact["id"], "wrap_up")
        await floor.sato.desktop.command("wrap_up", contact=contact["id"], disposition="resolved")
        await floor.sato.shown(contact["id"], "ended")
