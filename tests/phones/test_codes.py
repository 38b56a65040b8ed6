"""Codes typed on a real phone during a call, all through Asterisk and hub."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cti.softphone import CallState, MediaState, PhoneCall
from tests.failures.floor import Floor, until
from tests.support.hearing import comes_to_hear
from tests.support.tones import write_tone

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

NUMBER = "0611112222"


async def _talks(floor: Floor) -> tuple[PhoneCall, PhoneCall, dict[str, Any]]:
    """Bring a caller to sato; returns his call, sato's, and the contact."""
    await floor.sato.available()
    call = await floor.call(NUMBER)
    agent_call, contact = await floor.sato.answers()
    await agent_call.wait_media(MediaState.ACTIVE, 20)
    await call.wait_media(MediaState.ACTIVE, 20)
    return call, agent_call, contact


async def _ends(floor: Floor, call: PhoneCall, contact: dict[str, Any], agent: str = "sato") -> None:
    seen = len(floor.agents[agent].desktop.events)
    await call.hang_up()
    await floor.agents[agent].wraps_up(contact["id"], after=seen)


async def test_hold_and_mute_are_switched_and_the_customer_hears_no_keys(floor: Floor) -> None:
    call, agent_call, contact = await _talks(floor)
    desktop, seen = floor.sato.desktop, len(floor.sato.desktop.events)
    await agent_call.dtmf("*7")
    await desktop.wait("contact", lambda event: event["held"], after=seen)
    seen = len(desktop.events)
    await agent_call.dtmf("*7")
    await desktop.wait("contact", lambda event: not event["held"], after=seen)
    seen = len(desktop.events)
    await agent_call.dtmf("*6")
    await desktop.wait("contact", lambda event: event["muted"], after=seen)
    seen = len(desktop.events)
    await agent_call.dtmf("*6")
    await desktop.wait("contact", lambda event: not event["muted"], after=seen)
    assert call.digits == ""
    await _ends(floor, call, contact)


async def test_a_recording_is_paused_and_resumed_and_never_stopped(floor: Floor) -> None:
    """The queue records always."""
    call, agent_call, contact = await _talks(floor)
    desktop = floor.sato.desktop
    seen = len(desktop.events)
    await agent_call.dtmf("*3")
    await desktop.wait("contact", lambda event: event["recording"] == "paused", after=seen)
    seen = len(desktop.events)
    await agent_call.dtmf("*3")
    await desktop.wait("contact", lambda event: event["recording"] == "on", after=seen)
    await _ends(floor, call, contact)


async def test_keys_that_are_no_code_go_on_to_the_customer(floor: Floor) -> None:
    call, agent_call, contact = await _talks(floor)
    await agent_call.dtmf("12#5")
    assert await call.wait_digits(4, 10) == "12#5"
    await agent_call.dtmf("*")
    assert await call.wait_digits(5, 10) == "12#5*"  # after the time for the next key
    await _ends(floor, call, contact)


async def test_the_customer_s_own_keys_are_no_codes_and_reach_the_agent(floor: Floor) -> None:
    call, agent_call, contact = await _talks(floor)
    await call.dtmf("*0")
    assert await agent_call.wait_digits(2, 10) == "*0"
    assert call.state is CallState.ANSWERED
    await _ends(floor, call, contact)


async def test_a_call_is_hung_up(floor: Floor) -> None:
    call, agent_call, contact = await _talks(floor)
    seen = len(floor.sato.desktop.events)
    await agent_call.dtmf("*0")
    await call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)


async def test_a_call_is_transferred_to_an_extension(floor: Floor) -> None:
    call, agent_call, contact = await _talks(floor)
    await floor.tanaka.available()
    seen = len(floor.tanaka.desktop.events)
    await agent_call.dtmf("#1202#")
    taken = await floor.tanaka.rings()
    await agent_call.wait(CallState.ENDED, 20)
    await taken.answer()
    await floor.tanaka.shown(contact["id"], "connected", after=seen)
    await _ends(floor, call, contact, "tanaka")


async def test_a_call_is_transferred_to_a_queue_by_its_number(floor: Floor) -> None:
    call, agent_call, contact = await _talks(floor)
    await agent_call.dtmf("#1602")  # and no end: the time for the next key ends it
    await agent_call.wait(CallState.ENDED, 20)

    async def waits() -> bool:
        found = await floor.contact(contact["id"])
        return found is not None and found.contact.queue == "sales" and found.is_queued

    await until(waits)
    await call.hang_up()


async def test_a_target_that_is_none_is_refused_in_words_and_the_call_goes_on(floor: Floor) -> None:
    call, agent_call, contact = await _talks(floor)
    await agent_call.dtmf("#1299#")
    await asyncio.sleep(4)
    assert (agent_call.state, call.state) == (CallState.ANSWERED, CallState.ANSWERED)
    await agent_call.dtmf("5")
    assert await call.wait_digits(1, 20) == "5"
    await _ends(floor, call, contact)


async def test_a_colleague_is_consulted_and_has_the_call(floor: Floor) -> None:
    call, agent_call, contact = await _talks(floor)
    await floor.tanaka.available()
    await agent_call.dtmf("*2202#")
    consulted = await floor.tanaka.rings()
    await consulted.answer()
    seen = len(floor.sato.desktop.events)
    await floor.sato.desktop.wait(
        "contact", lambda event: [each["state"] for each in event["parties"]] == ["talking"]
    )
    await agent_call.dtmf("*4")
    await floor.sato.desktop.wait(
        "contact", lambda event: [each["state"] for each in event["parties"]] == ["held"], after=seen
    )
    seen = len(floor.tanaka.desktop.events)
    await agent_call.dtmf("*2")
    await agent_call.wait(CallState.ENDED, 20)
    await floor.tanaka.shown(contact["id"], "connected", after=seen)
    assert call.state is CallState.ANSWERED
    await _ends(floor, call, contact, "tanaka")


async def test_a_consultation_is_given_up(floor: Floor) -> None:
    call, agent_call, contact = await _talks(floor)
    await floor.tanaka.available()
    await agent_call.dtmf("*2202#")
    consulted = await floor.tanaka.rings()
    await agent_call.dtmf("*1")
    await consulted.wait(CallState.ENDED, 20)
    assert (agent_call.state, call.state) == (CallState.ANSWERED, CallState.ANSWERED)
    await _ends(floor, call, contact)


async def test_a_call_is_parked(floor: Floor) -> None:
    call, agent_call, contact = await _talks(floor)
    await agent_call.dtmf("#72")
    await agent_call.wait(CallState.ENDED, 20)

    async def is_parked() -> bool:
        found = await floor.contact(contact["id"])
        return found is not None and found.is_parked

    await until(is_parked)
    await call.hang_up()


async def test_a_phone_transfers_by_refer(floor: Floor) -> None:
    call, agent_call, contact = await _talks(floor)
    await floor.tanaka.available()
    seen = len(floor.tanaka.desktop.events)
    transferring = asyncio.create_task(
        agent_call.transfer(f"sip:202@{floor.node.sip_host}:{floor.node.sip_port}")
    )
    taken = await floor.tanaka.rings()
    await transferring
    await taken.answer()
    await floor.tanaka.shown(contact["id"], "connected", after=seen)
    await _ends(floor, call, contact, "tanaka")


async def test_a_refer_that_cannot_be_is_refused_and_the_call_goes_on(floor: Floor) -> None:
    call, agent_call, contact = await _talks(floor)
    with pytest.raises(Exception, match="transfer failed"):
        await agent_call.transfer(f"sip:nobody@{floor.node.sip_host}:{floor.node.sip_port}")
    assert (agent_call.state, call.state) == (CallState.ANSWERED, CallState.ANSWERED)
    await _ends(floor, call, contact)


async def test_a_phone_transfers_to_a_colleague_to_whom_it_talks(floor: Floor, tmp_path: Path) -> None:
    """The colleague's call goes on as it is, with the customer in place of who transferred."""
    call, agent_call, contact = await _talks(floor)
    await floor.tanaka.available()
    await agent_call.hold()
    second = await floor.sato.phone.call(f"sip:202@{floor.node.sip_host}:{floor.node.sip_port}")
    consulted = await floor.tanaka.rings()
    await consulted.answer()
    await second.wait(CallState.ANSWERED, 20)

    async def they_talk() -> bool:
        bridges = (await floor.node.cli("bridge show all")).splitlines()
        return any(" basic " in line and " 2 " in line for line in bridges)

    await until(they_talk)
    seen = len(floor.tanaka.desktop.events)
    await agent_call.transfer(second)
    await floor.tanaka.shown(contact["id"], "connected", after=seen)
    await second.wait(CallState.ENDED, 20)
    assert (consulted.state, call.state) == (CallState.ANSWERED, CallState.ANSWERED)
    await call.play(write_tone(tmp_path / "customer.wav", 440))
    await comes_to_hear(consulted, 440, tmp_path / "heard.wav")
    await _ends(floor, call, contact, "tanaka")
