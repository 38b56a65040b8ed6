"""What agents dial on real phones, with the hub and without it."""

from pathlib import Path

import pytest

from cti.softphone import CallState, MediaState, PhoneCall, Softphone
from tests.failures.floor import Floor, until
from tests.phones.conftest import OUTSIDE
from tests.support.hearing import comes_to_hear
from tests.support.tones import write_tone

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]


async def _dials(floor: Floor, number: str) -> PhoneCall:
    return await floor.sato.phone.call(f"sip:{number}@{floor.node.sip_host}:{floor.node.sip_port}")


async def test_a_number_outside_is_a_contact_and_the_phone_is_not_rung(
    floor: Floor, outside: Softphone, tmp_path: Path
) -> None:
    seen = len(floor.sato.desktop.events)
    call = await _dials(floor, OUTSIDE)
    ringing = await outside.next_call(15)
    assert ringing.remote.user == "0312345678"
    await ringing.answer()
    contact = await floor.sato.desktop.wait(
        "contact", lambda event: event["state"] == "connected", after=seen
    )
    assert contact["outbound"]
    await call.wait_media(MediaState.ACTIVE, 20)
    await ringing.play(write_tone(tmp_path / "out.wav", 440))
    await call.play(write_tone(tmp_path / "in.wav", 880))
    await comes_to_hear(call, 440, tmp_path / "agent.wav")
    await comes_to_hear(ringing, 880, tmp_path / "outside.wav")
    with pytest.raises(TimeoutError):
        await floor.sato.phone.next_call(0.1)
    seen = len(floor.sato.desktop.events)
    await call.hang_up()
    await ringing.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)


async def test_codes_work_in_a_call_that_was_dialled(floor: Floor, outside: Softphone) -> None:
    seen = len(floor.sato.desktop.events)
    call = await _dials(floor, OUTSIDE)
    ringing = await outside.next_call(15)
    await ringing.answer()
    contact = await floor.sato.desktop.wait(
        "contact", lambda event: event["state"] == "connected", after=seen
    )
    await call.wait_media(MediaState.ACTIVE, 20)
    await call.dtmf("*7")
    await floor.sato.desktop.wait("contact", lambda event: event["held"], after=seen)
    seen = len(floor.sato.desktop.events)
    await ringing.hang_up()
    await call.wait(CallState.ENDED, 20)
    await floor.sato.wraps_up(contact["id"], after=seen)


async def test_presence_is_set_by_codes(floor: Floor) -> None:
    for code, presence in (("*45", "available"), ("*46", "not_ready")):
        seen = len(floor.sato.desktop.events)
        call = await _dials(floor, code)
        await call.wait(CallState.ENDED, 15)
        events = floor.sato.desktop.events[seen:]
        told = [event["presence"] for _, event in events if event["type"] == "presence"]
        assert told[-1] == presence


async def test_a_parked_call_is_picked_up(floor: Floor) -> None:
    await floor.tanaka.available()
    caller = await floor.call("0611112222")
    parker, contact = await floor.tanaka.answers()
    await parker.wait_media(MediaState.ACTIVE, 20)
    await parker.dtmf("#72")
    await parker.wait(CallState.ENDED, 20)
    await floor.tanaka.away()

    async def is_parked() -> bool:
        found = await floor.contact(contact["id"])
        return found is not None and found.is_parked

    await until(is_parked)
    seen = len(floor.sato.desktop.events)
    call = await _dials(floor, "*85")
    await floor.sato.shown(contact["id"], "connected", after=seen)
    await call.wait(CallState.ANSWERED, 20)
    assert caller.state is CallState.ANSWERED
    seen = len(floor.sato.desktop.events)
    await caller.hang_up()
    await floor.sato.wraps_up(contact["id"], after=seen)
    nobody = await _dials(floor, "*85")
    await nobody.wait(CallState.ENDED, 15)


@pytest.mark.parametrize("number", ["202", "tanaka"])
async def test_a_colleague_is_reached_by_extension_or_name(floor: Floor, number: str) -> None:
    call = await _dials(floor, number)
    ringing = await floor.tanaka.rings()
    await ringing.answer()
    await call.wait(CallState.ANSWERED, 20)
    await call.hang_up()
    await ringing.wait(CallState.ENDED, 20)


async def test_what_is_nothing_is_refused_in_words(floor: Floor) -> None:
    call = await _dials(floor, "12345678901234567")
    await call.wait(CallState.ANSWERED, 20)
    await call.wait(CallState.ENDED, 15)


async def test_without_the_hub_colleagues_are_reached(floor: Floor) -> None:
    await floor.hub.stop()
    call = await _dials(floor, "tanaka")
    ringing = await floor.tanaka.rings()
    await ringing.answer()
    await call.wait(CallState.ANSWERED, 20)
    await call.hang_up()
    await floor.hub.start()
    await floor.sign_in()
