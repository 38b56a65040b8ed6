"""Phones that vanish in a call: the caller is kept, and reaches the same agent first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cti.softphone import CallState, MediaState, PhoneCall
from tests.failures.floor import Floor
from tests.phones.conftest import SILENCE_S
from tests.support.hearing import comes_to_hear, record
from tests.support.phone_process import PhoneProcess, phone_process
from tests.support.tones import read_wav, tone_share, write_tone

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

NUMBER = "0611112222"
TONE_HZ = 440


@asynccontextmanager
async def _softphone(floor: Floor, *options: str) -> AsyncIterator[PhoneProcess]:
    """Run sato's phone as a program of its own, in place of the one that he has."""
    server = f"{floor.node.sip_host}:{floor.node.sip_port}"
    password = floor.hub.passwords["sato"][1]
    async with phone_process("sato", server, password, "--auto-answer", *options) as phone:
        await phone.until("登録しました")
        yield phone


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    return write_tone(tmp_path / "tone.wav", TONE_HZ)


async def _talks(floor: Floor, phone: PhoneProcess) -> tuple[PhoneCall, dict[str, Any]]:
    """Bring a caller to sato; returns the call and the contact."""
    seen = len(floor.sato.desktop.events)
    await floor.sato.available()
    call = await floor.call(NUMBER)
    await phone.until("通話中")
    contact = await floor.sato.desktop.wait(
        "contact", lambda event: event["state"] == "connected", after=seen
    )
    await call.wait_media(MediaState.ACTIVE, 20)
    return call, contact


async def _hears(call: PhoneCall, wav: Path, seconds: float) -> tuple[float, float]:
    """Return the share of the agent's tone in what a caller hears, and how loud that is."""
    await record(call, wav, seconds)
    _, samples = read_wav(wav)
    return tone_share(wav, TONE_HZ), float(abs(samples).mean())


async def _ends(floor: Floor, call: PhoneCall, contact: dict[str, Any], agent: str = "sato") -> None:
    seen = len(floor.agents[agent].desktop.events)
    await call.hang_up()
    await floor.agents[agent].wraps_up(contact["id"], after=seen)


async def test_a_crashed_phone_that_is_started_again_has_its_caller_back(
    floor: Floor, tone: Path, tmp_path: Path
) -> None:
    """A new registration tells: long before the media are missed the caller is back."""
    async with _softphone(floor, "--wav", str(tone)) as phone:
        call, contact = await _talks(floor, phone)
        await comes_to_hear(call, TONE_HZ, tmp_path / "before.wav")
        began = asyncio.get_running_loop().time()
        await phone.kill()
        await floor.sato.phone.register()
        agent_call = await floor.sato.rings(15)
        await agent_call.answer()
        took_s = asyncio.get_running_loop().time() - began
        assert call.state is CallState.ANSWERED
        await agent_call.wait_media(MediaState.ACTIVE, 20)
        await agent_call.play(tone)
        await comes_to_hear(call, TONE_HZ, tmp_path / "after.wav")
        print(f"from the crash to the same agent: {took_s:.1f} s")
        await _ends(floor, call, contact)


async def test_who_consults_and_loses_the_phone_has_both_again(
    floor: Floor, tone: Path, tmp_path: Path
) -> None:
    """Caller and colleague hear music meanwhile; the call is the same agent's then, and all can talk."""
    async with _softphone(floor) as phone:
        call, contact = await _talks(floor, phone)
        other, own = await floor.sato.consults(contact["id"], floor.tanaka)
        await other.wait_media(MediaState.ACTIVE, 20)
        seen = len(floor.sato.desktop.events)
        await phone.kill()
        await floor.sato.phone.register()
        agent_call = await floor.sato.rings(15)
        for each in (call, other):
            _, loudness = await _hears(each, tmp_path / "music.wav", 1)
            assert loudness > 0.005, "who waits hears music"
        await agent_call.answer()
        await agent_call.wait_media(MediaState.ACTIVE, 20)
        await agent_call.play(tone)
        await floor.sato.party(contact["id"], own, "held", after=seen)
        await comes_to_hear(call, TONE_HZ, tmp_path / "customer.wav")
        await floor.sato.desktop.command("conference", contact=contact["id"])
        for each in (call, other):
            await comes_to_hear(each, TONE_HZ, tmp_path / "conference.wav")
        await _ends(floor, call, contact)
        await other.wait(CallState.ENDED, 20)


async def test_a_conference_talks_on_without_its_agent_s_phone(
    floor: Floor, tone: Path, tmp_path: Path
) -> None:
    async with _softphone(floor) as phone:
        call, contact = await _talks(floor, phone)
        other, _ = await floor.sato.consults(contact["id"], floor.tanaka)
        await other.wait_media(MediaState.ACTIVE, 20)
        await floor.sato.desktop.command("conference", contact=contact["id"])
        await other.play(tone)
        await phone.kill()
        await floor.sato.phone.register()
        agent_call = await floor.sato.rings(15)
        await comes_to_hear(call, TONE_HZ, tmp_path / "others.wav")
        await agent_call.answer()
        await agent_call.wait_media(MediaState.ACTIVE, 20)
        for each in (call, agent_call):
            await comes_to_hear(each, TONE_HZ, tmp_path / "all.wav")
        await agent_call.hang_up()  # who hangs up still leaves the call to the other
        await floor.tanaka.shown(contact["id"], "connected")
        await comes_to_hear(call, TONE_HZ, tmp_path / "two.wav")
        await _ends(floor, call, contact, "tanaka")


async def _consulted(floor: Floor, phone: PhoneProcess) -> tuple[PhoneCall, PhoneCall, dict[str, Any], str]:
    """Have tanaka, who talks to a caller, consult sato; returns caller, tanaka's call, contact, sato's."""
    await floor.tanaka.available()
    call = await floor.call(NUMBER)
    agent_call, contact = await floor.tanaka.answers()
    for each in (call, agent_call):
        await each.wait_media(MediaState.ACTIVE, 20)
    seen = len(floor.sato.desktop.events)
    await floor.tanaka.desktop.command("consult", contact=contact["id"], to={"agent": "sato"})
    own = await floor.sato.desktop.wait(
        "contact", lambda event: event["state"] == "connected" and event["about"] is not None, after=seen
    )
    await floor.tanaka.party(contact["id"], own["id"], "talking")
    return call, agent_call, contact, own["id"]


async def test_who_is_consulted_and_loses_the_phone_is_consulted_again(
    floor: Floor, tone: Path, tmp_path: Path
) -> None:
    """Who consults him hears music meanwhile, as the caller does; then all is as it was."""
    async with _softphone(floor, "--wav", str(tone)) as phone:
        call, agent_call, contact, own = await _consulted(floor, phone)
        await comes_to_hear(agent_call, TONE_HZ, tmp_path / "before.wav")
        seen = len(floor.tanaka.desktop.events)
        await phone.kill()
        await floor.sato.phone.register()
        back = await floor.sato.rings(15)
        await floor.tanaka.party(contact["id"], own, "ringing", after=seen)
        for each in (call, agent_call):
            share, loudness = await _hears(each, tmp_path / "music.wav", 1)
            assert share < 0.5
            assert loudness > 0.005, "who waits hears music"
        await back.answer()
        await floor.tanaka.party(contact["id"], own, "talking", after=seen)
        await back.wait_media(MediaState.ACTIVE, 20)
        await back.play(tone)
        await comes_to_hear(agent_call, TONE_HZ, tmp_path / "again.wav")
        assert (await _hears(call, tmp_path / "customer.wav", 1.5))[0] < 0.5
        await floor.tanaka.desktop.command("complete_transfer", contact=contact["id"])
        await agent_call.wait(CallState.ENDED, 20)
        await comes_to_hear(call, TONE_HZ, tmp_path / "handed_over.wav")
        await _ends(floor, call, contact, "sato")
        await back.wait(CallState.ENDED, 20)


@pytest.mark.parametrize("kind", ["swap", "conference"])
async def test_who_was_brought_in_and_loses_the_phone_is_there_again(
    floor: Floor, tone: Path, tmp_path: Path, kind: str
) -> None:
    async with _softphone(floor) as phone:
        call, agent_call, contact, own = await _consulted(floor, phone)
        await floor.tanaka.desktop.command(kind, contact=contact["id"])
        await agent_call.play(tone)
        seen = len(floor.tanaka.desktop.events)
        await phone.kill()
        await floor.sato.phone.register()
        back = await floor.sato.rings(15)
        await comes_to_hear(call, TONE_HZ, tmp_path / "meanwhile.wav")
        await back.answer()
        is_swapped = kind == "swap"
        await floor.tanaka.party(contact["id"], own, "held" if is_swapped else "joined", after=seen)
        await back.wait_media(MediaState.ACTIVE, 20)
        await comes_to_hear(call, TONE_HZ, tmp_path / "customer.wav")
        share, loudness = await _hears(back, tmp_path / "colleague.wav", 1.5)
        assert (share > 0.8) is not is_swapped
        assert loudness > 0.005, "who waits hears music"
        await _ends(floor, call, contact, "tanaka")
        await back.wait(CallState.ENDED, 20)


async def test_who_was_consulted_and_stays_away_is_let_go(floor: Floor, tone: Path, tmp_path: Path) -> None:
    async with _softphone(floor) as phone:
        call, agent_call, contact, own = await _consulted(floor, phone)
        seen = len(floor.sato.desktop.events)
        await phone.kill()
        ended = await floor.sato.desktop.wait(
            "contact",
            lambda event: event["id"] == own and event["state"] == "ended",
            after=seen,
            timeout_s=SILENCE_S + 45,
        )
        assert ended["about"] == contact["id"]
        await agent_call.play(tone)
        await comes_to_hear(call, TONE_HZ, tmp_path / "customer.wav")
        await _ends(floor, call, contact, "tanaka")
    await _own_phone(floor)


async def test_a_phone_that_stays_away_leaves_its_caller_to_others_with_music(
    floor: Floor, tone: Path, tmp_path: Path
) -> None:
    """Nothing tells of it but the missing media."""
    async with _softphone(floor, "--wav", str(tone)) as phone:
        call, contact = await _talks(floor, phone)
        await phone.kill()
        await asyncio.sleep(SILENCE_S + 2)
        assert call.state is CallState.ANSWERED
        share, loudness = await _hears(call, tmp_path / "music.wav", 2)
        assert share < 0.5
        assert loudness > 0.005, "the caller hears music"
        await floor.tanaka.available()
        tanaka_call, taken = await floor.tanaka.answers(timeout_s=40)
        assert taken["id"] == contact["id"]
        await _ends(floor, call, taken, "tanaka")
        await tanaka_call.wait(CallState.ENDED, 20)
    await _own_phone(floor)


async def test_a_caller_may_hang_up_while_the_phone_is_waited_for(floor: Floor, tone: Path) -> None:
    async with _softphone(floor, "--wav", str(tone)) as phone:
        call, contact = await _talks(floor, phone)
        await phone.kill()
        await asyncio.sleep(SILENCE_S + 2)
        await _ends(floor, call, contact)
    await _own_phone(floor)


async def test_an_agent_who_hangs_up_ends_the_call_as_ever(floor: Floor, tone: Path) -> None:
    async with _softphone(floor, "--wav", str(tone)) as phone:
        call, contact = await _talks(floor, phone)
        seen = len(floor.sato.desktop.events)
        phone.type("hangup")
        await call.wait(CallState.ENDED, 20)
        await floor.sato.wraps_up(contact["id"], after=seen)
    await _own_phone(floor)


async def test_a_phone_that_registers_anew_and_talks_on_is_let_alone(floor: Floor) -> None:
    await floor.sato.available()
    call = await floor.call(NUMBER)
    agent_call, contact = await floor.sato.answers()
    other = await floor.phone("sato")  # a second one, which is now the one that rings
    await asyncio.sleep(3)
    assert agent_call.state is CallState.ANSWERED
    await _ends(floor, call, contact)
    await other.close()
    await _own_phone(floor)


async def _own_phone(floor: Floor) -> None:
    """Give sato the phone back that the next test expects."""
    await floor.sato.phone.register()
