"""Recordings with real phones, from the talk to the store, over pauses, keys and the hub's death."""

import asyncio
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from acd.contact import Channel
from acd.ids import ContactId, QueueName
from crm_bridge.contacts import Contacts
from cti.softphone import CallState, PhoneCall
from hub.database import create_engine
from hub.messages_left import contact_of
from hub.recordings.catalogue import Filter, StoredRecording
from hub.recordings.draft import Draft, Drafts, Kind, Why
from hub.recordings.dtmf import key_tones
from hub.recordings.outside import archive
from tests.failures.floor import Floor, until
from tests.story.desktop import Event
from tests.support.hub import recordings_of
from tests.support.tones import RATE_HZ, read_wav, write_tone

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

NUMBER = "0677778888"
CUSTOMER_HZ, AGENT_HZ = 500, 1700
LONG = "abcdef0123456789abcdef0123456789"


async def test_a_call_is_heard_side_by_side_but_not_in_its_pauses(floor: Floor, tmp_path: Path) -> None:
    caller, agent_call, contact = await _talk(floor, tmp_path)
    began_s = time.monotonic()
    await asyncio.sleep(1.5)
    await _record(floor, contact, "pause")
    paused_s = time.monotonic() - began_s
    await asyncio.sleep(1.0)
    resumed_s = time.monotonic() - began_s
    await _record(floor, contact, "resume")
    await asyncio.sleep(1.0)
    held_s = time.monotonic() - began_s
    await floor.sato.desktop.command("hold", contact=contact)
    await asyncio.sleep(1.0)
    await floor.sato.desktop.command("resume", contact=contact)
    lasted_s = time.monotonic() - began_s
    stored, sound = await _ended(floor, caller, agent_call, contact, tmp_path)
    assert stored.length_ms / 1000 == pytest.approx(lasted_s, abs=1.0)
    assert (stored.agents, stored.queue, stored.sides) == (("sato",), "support", 2)
    (pause,) = stored.pauses
    assert pause.why is Why.AGENT
    assert pause.from_ms / 1000 == pytest.approx(paused_s, abs=0.5)
    middle = (pause.from_ms + (pause.to_ms or 0)) / 2000
    assert not _part(sound, middle - 0.3, middle + 0.3).any(), "silence on both sides"
    assert _tones(_part(sound, middle + 1.0, middle + 1.4)) == (CUSTOMER_HZ, AGENT_HZ)
    before = (paused_s - resumed_s) / 2 + middle
    assert _tones(_part(sound, before - 0.6, before - 0.2)) == (CUSTOMER_HZ, AGENT_HZ)
    offset_s = middle - (paused_s + resumed_s) / 2
    on_hold = _tones(_part(sound, held_s + offset_s + 0.4, held_s + offset_s + 0.8))
    assert on_hold == (CUSTOMER_HZ, 0), "the customer is heard, the agent is not"


async def test_what_a_customer_types_is_not_in_it(floor: Floor, tmp_path: Path) -> None:
    caller, agent_call, contact = await _talk(floor, tmp_path)
    await asyncio.sleep(1.5)
    seen = len(floor.sato.desktop.events)
    await caller.dtmf("4111")
    await _shown(floor, "paused", seen)
    await _shown(floor, "on", seen)
    stored, sound = await _ended(floor, caller, agent_call, contact, tmp_path)
    (pause,) = stored.pauses
    assert pause.why is Why.KEYS
    assert pause.to_ms is not None
    assert pause.to_ms - pause.from_ms >= 5000, "from the last key on"
    assert not _part(sound, pause.from_ms / 1000 - 0.8, pause.to_ms / 1000 - 0.2).any()
    for side in range(2):
        assert not list(key_tones([sound[:, side].copy()], RATE_HZ))


async def test_a_hub_that_is_killed_in_a_talk_loses_nothing_of_it(floor: Floor, tmp_path: Path) -> None:
    caller, agent_call, contact = await _talk(floor, tmp_path)
    await asyncio.sleep(1.0)
    began_s = time.monotonic()
    await floor.kill_hub()
    await asyncio.sleep(2.0)
    await floor.hub.start()
    await floor.sign_in()
    (shown,) = (await floor.sato.desktop.wait("welcome"))["contacts"]
    assert shown["id"] == contact
    if shown["recording"] != "on":
        await _shown(floor, "on", 0)
    away_s = time.monotonic() - began_s
    await _record(floor, contact, "pause")
    await _record(floor, contact, "resume")
    stored, sound = await _ended(floor, caller, agent_call, contact, tmp_path)
    assert stored.length_ms / 1000 > away_s
    middle = 1.0 + away_s / 2
    assert _tones(_part(sound, middle - 0.2, middle + 0.2)) == (CUSTOMER_HZ, AGENT_HZ)


async def test_what_ended_without_a_hub_is_stored_by_the_next(floor: Floor, tmp_path: Path) -> None:
    caller, agent_call, contact = await _talk(floor, tmp_path)
    await asyncio.sleep(1.0)
    await floor.kill_hub()
    await asyncio.sleep(1.0)
    await caller.hang_up()
    await floor.hub.start()
    await floor.sign_in()
    await agent_call.wait(CallState.ENDED, 10)
    stored = await _stored(floor, contact)
    assert stored.length_ms >= 1500


async def test_a_hub_that_is_killed_while_it_encrypts_does_so_again(floor: Floor, tmp_path: Path) -> None:
    await floor.kill_hub()
    drafts = Drafts(recordings_of(floor.hub).recording_dir)
    draft = Draft(
        id=LONG,
        kind=Kind.CALL,
        contact=ContactId("long"),
        queue=QueueName("support"),
        started_ms=0,
        ended_ms=1,
    )
    hour = np.tile(np.random.default_rng(1).normal(0, 2000, 60 * RATE_HZ).astype("<i2"), 3 * 60)
    for path in drafts.paths(draft):
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(hour.tobytes())
    drafts.write(draft)
    await _in_the_record(floor, draft)
    starting = asyncio.create_task(floor.hub.start())

    async def is_half_done() -> bool:
        path = drafts.sealed(draft)
        return path.exists() and path.stat().st_size > 1_000_000

    await until(is_half_done, timeout_s=60)
    await floor.kill_hub()
    await asyncio.gather(starting, return_exceptions=True)
    assert drafts.get(LONG) == draft
    await floor.hub.start()
    await floor.sign_in()
    stored = await _stored(floor, "long", timeout_s=120)
    assert stored.length_ms == 3 * 3_600_000
    await until(lambda: _is_gone(drafts), timeout_s=60)
    assert not drafts.sealed(draft).exists()
    async with archive(recordings_of(floor.hub)) as all_:
        await all_.vault.check(stored)


async def _in_the_record(floor: Floor, draft: Draft) -> None:
    engine = create_engine(floor.hub.database_url)
    try:
        await Contacts(engine).opened(
            draft.contact,
            channel=Channel.VOICE,
            address=None,
            at_ms=draft.started_ms,
            customer=None,
            queue=draft.queue,
        )
    finally:
        await engine.dispose()


async def _is_gone(drafts: Drafts) -> bool:
    return drafts.get(LONG) is None


async def test_a_caller_hears_that_he_is_recorded_though_an_agent_is_there_at_once(
    floor: Floor, tmp_path: Path
) -> None:
    floor.differs_because = "the agent has the call, says the journey, while the caller is still told"
    said = "record_announce => この通話は録音されます。ご了承ください。,This call is recorded."
    async with floor.edited("acd.conf", _in_support(said)):
        await floor.sato.available()
        caller = await floor.call(NUMBER)
        await caller.record(tmp_path / "heard.wav")
        seen = len(floor.sato.desktop.events)
        agent_call = await floor.sato.rings()
        await agent_call.answer()
        answered_s = time.monotonic()
        shown = await floor.sato.shown((await _offered(floor, seen))["contact"], "connected", timeout_s=20)
        waited_s = time.monotonic() - answered_s
        await agent_call.play(write_tone(tmp_path / "agent.wav", AGENT_HZ, 5))
        assert shown["recording"] == "on"
        assert waited_s > 1.0, "the agent waits for the end of what is said"
        await asyncio.sleep(1.5)
        stored, sound = await _ended(floor, caller, agent_call, shown["id"], tmp_path)
    assert _tones(_part(sound, stored.length_ms / 1000 - 0.8, stored.length_ms / 1000 - 0.4)) == (0, AGENT_HZ)
    _, heard = read_wav(tmp_path / "heard.wav")
    assert abs(heard).max() > 0.05, "the caller heard it"


async def test_a_message_goes_into_the_same_store(floor: Floor, tmp_path: Path) -> None:
    async with floor.edited("acd.conf", _in_support("overflow => 1,voicemail")):
        caller = await floor.call(NUMBER)
        contact = (await floor.waiting()).contact.id
        await caller.play(write_tone(tmp_path / "customer.wav", CUSTOMER_HZ, 5))
        await asyncio.sleep(12)
        await caller.hang_up()
        stored = await _stored(floor, contact)
        assert (await floor.waiting()).contact.id == contact_of(ContactId(contact))
    assert (stored.kind, stored.sides, stored.agents) == (Kind.VOICEMAIL, 1, ())
    assert stored.length_ms > 1000


def _in_support(line: str) -> Callable[[str], str]:
    return lambda text: text.replace("[support](service)", f"[support](service)\n{line}\n;", 1)


async def _offered(floor: Floor, after: int) -> Event:
    return await floor.sato.desktop.wait("offer", after=max(0, after - 3))


# --- steps ---------------------------------------------------------------------------------------------


async def _talk(floor: Floor, folder: Path) -> tuple[PhoneCall, PhoneCall, str]:
    """Connect a customer and sato, both humming; returns once it is recorded."""
    await floor.sato.available()
    caller = await floor.call(NUMBER)
    agent_call, shown = await floor.sato.answers()
    await caller.play(write_tone(folder / "customer.wav", CUSTOMER_HZ, 5))
    await agent_call.play(write_tone(folder / "agent.wav", AGENT_HZ, 5))
    assert shown["recording"] == "on"
    return caller, agent_call, shown["id"]


async def _shown(floor: Floor, recording: str, after: int) -> None:
    await floor.sato.desktop.wait(
        "contact", lambda event: event["recording"] == recording, after=after, timeout_s=12
    )


async def _record(floor: Floor, contact: str, action: str) -> None:
    await floor.sato.desktop.command("record", contact=contact, action=action)


async def _ended(
    floor: Floor, caller: PhoneCall, agent_call: PhoneCall, contact: str, folder: Path
) -> tuple[StoredRecording, NDArray[np.int16]]:
    """Let the customer hang up; returns the recording and its samples, a column for each side."""
    seen = len(floor.sato.desktop.events)
    await caller.hang_up()
    await agent_call.wait(CallState.ENDED, 5)
    await floor.sato.wraps_up(contact, after=seen)
    stored = await _stored(floor, contact)
    async with archive(recordings_of(floor.hub)) as all_:
        await all_.vault.check(stored)
        await all_.export(stored, folder / "recorded.wav")
    with wave.open(str(folder / "recorded.wav")) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    return stored, sound


async def _stored(floor: Floor, contact: str, timeout_s: float = 15) -> StoredRecording:
    async with archive(recordings_of(floor.hub)) as all_:

        async def found() -> StoredRecording | None:
            return next(iter(await all_.catalogue.find(Filter(contact=ContactId(contact)))), None)

        return await until(found, timeout_s=timeout_s)


def _part(sound: NDArray[np.int16], begin_s: float, end_s: float) -> NDArray[np.int16]:
    return sound[max(0, round(begin_s * RATE_HZ)) : round(end_s * RATE_HZ)]


def _tones(part: NDArray[np.int16]) -> tuple[int, ...]:
    """Return for each side which of the two tones it has most of, 0 for neither."""
    found = []
    for side in range(2):
        powers = abs(np.fft.rfft(part[:, side].astype(float))) ** 2
        shares = {}
        for hz in (CUSTOMER_HZ, AGENT_HZ):
            at = round(hz * len(part) / RATE_HZ)
            shares[hz] = powers[at - 3 : at + 4].sum() / (powers.sum() or 1.0)
        best = max(shares, key=lambda hz: shares[hz])
        found.append(best if shares[best] > 0.6 else 0)
    return tuple(found)
