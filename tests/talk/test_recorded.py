"""Talks of several on real phones are recorded: each side apart, and no word of a consultation."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cti.softphone import MediaState, PhoneCall, Softphone
from hub.recordings.catalogue import StoredRecording
from tests.failures.floor import Floor
from tests.support.recorded import Stretches, exported, stored, tones
from tests.support.tones import write_tone
from tests.talk.conftest import OUTSIDE
from tests.talk.test_talk import over, talks

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

CUSTOMER, SATO, SUZUKI = TONES = 500, 1700, 2300
_STRETCH_S = 1.3


@dataclass(slots=True)
class Talk:
    """A call that is recorded; who is in it hums."""

    floor: Floor
    folder: Path
    caller: PhoneCall
    call: PhoneCall
    contact: str
    stretches: Stretches = field(default_factory=Stretches)

    async def hums(self, phone: PhoneCall, hz: int) -> None:
        await phone.wait_media(MediaState.ACTIVE, 20)
        await phone.play(write_tone(self.folder / f"{hz}.wav", hz, 10))

    async def go_on(self, name: str) -> None:
        """Let a part of the talk, known by this name, last a moment."""
        self.stretches.begin(name)
        await asyncio.sleep(_STRETCH_S)
        self.stretches.end()

    async def pause(self, name: str, agent: str = "sato") -> None:
        """Let a part of the talk not be recorded."""
        desktop = self.floor.agents[agent].desktop
        await desktop.command("record", contact=self.contact, action="pause")
        await self.go_on(name)
        await desktop.command("record", contact=self.contact, action="resume")

    async def heard(self) -> tuple[StoredRecording, dict[str, tuple[set[int], set[int]]]]:
        """Return the recording, once it is stored, and whom each part has on the customer's and our side."""
        recording = await stored(self.floor.hub, self.contact)
        sound = await exported(self.floor.hub, recording, self.folder / "recorded.wav")
        parts = {name: self.stretches.of(name, recording, sound) for name in self.stretches.times}
        assert all(len(part) > 0 for part in parts.values()), "it is as long as the talk"
        return recording, {
            name: (tones(part[:, 0], TONES), tones(part[:, 1], TONES)) for name, part in parts.items()
        }


async def _talk(floor: Floor, folder: Path) -> Talk:
    talk = Talk(floor, folder, *await talks(floor))
    await talk.hums(talk.caller, CUSTOMER)
    await talk.hums(talk.call, SATO)
    await talk.go_on("sato")
    return talk


async def test_somebody_outside_is_heard_in_a_conference(
    floor: Floor, outside: Softphone, tmp_path: Path
) -> None:
    talk = await _talk(floor, tmp_path)
    seen = len(floor.sato.desktop.events)
    await floor.sato.desktop.command("consult", contact=talk.contact, to={"number": OUTSIDE})
    third = await outside.next_call(10)
    await third.answer()
    await floor.sato.desktop.wait(
        "contact", lambda event: [each["state"] for each in event["parties"]] == ["talking"], after=seen
    )
    await talk.hums(third, SUZUKI)
    await talk.go_on("consultation")
    await floor.sato.desktop.command("conference", contact=talk.contact)
    await talk.go_on("conference")
    await talk.caller.hang_up()
    await over(talk.call, third)
    await floor.sato.wraps_up(talk.contact, after=seen)
    _, heard = await talk.heard()
    assert heard == {
        "sato": ({CUSTOMER}, {SATO}),
        "consultation": ({CUSTOMER}, set()),
        "conference": ({CUSTOMER}, {SATO, SUZUKI}),
    }


async def test_an_agent_who_gets_the_call_unannounced_is_heard(floor: Floor, tmp_path: Path) -> None:
    talk = await _talk(floor, tmp_path)
    await talk.pause("paused")
    seen = len(floor.suzuki.desktop.events)
    await floor.sato.desktop.command("transfer", contact=talk.contact, to={"agent": "suzuki"})
    await over(talk.call)
    second, _ = await floor.suzuki.answers()
    await talk.hums(second, SUZUKI)
    await talk.go_on("suzuki")
    await floor.suzuki.desktop.command("hold", contact=talk.contact)
    await talk.go_on("hold")
    await floor.suzuki.desktop.command("resume", contact=talk.contact)
    await talk.hums(second, SUZUKI)
    await talk.pause("paused again", "suzuki")
    await talk.go_on("suzuki again")
    await talk.caller.hang_up()
    await over(second)
    await floor.suzuki.wraps_up(talk.contact, after=seen)
    recording, heard = await talk.heard()
    assert set(recording.agents) == {"sato", "suzuki"}
    assert heard == {
        "sato": ({CUSTOMER}, {SATO}),
        "paused": (set(), set()),
        "suzuki": ({CUSTOMER}, {SUZUKI}),
        "hold": ({CUSTOMER}, set()),
        "paused again": (set(), set()),
        "suzuki again": ({CUSTOMER}, {SUZUKI}),
    }


async def test_a_consultation_that_becomes_a_conference_and_a_transfer(floor: Floor, tmp_path: Path) -> None:
    talk = await _talk(floor, tmp_path)
    seen = len(floor.suzuki.desktop.events)
    second, _ = await floor.sato.consults(talk.contact, floor.suzuki)
    await talk.hums(second, SUZUKI)
    await talk.go_on("consultation")
    await floor.sato.desktop.command("swap", contact=talk.contact)
    await talk.go_on("swapped")
    await floor.sato.desktop.command("conference", contact=talk.contact)
    await talk.go_on("conference")
    await floor.sato.desktop.command("complete_transfer", contact=talk.contact)
    await over(talk.call)
    await floor.suzuki.shown(talk.contact, "connected", after=seen)
    await talk.hums(talk.caller, CUSTOMER)
    await talk.hums(second, SUZUKI)
    await talk.go_on("suzuki")
    await talk.caller.hang_up()
    await over(second)
    await floor.suzuki.wraps_up(talk.contact, after=seen)
    _, heard = await talk.heard()
    assert heard == {
        "sato": ({CUSTOMER}, {SATO}),
        "consultation": ({CUSTOMER}, set()),
        "swapped": ({CUSTOMER}, {SATO}),
        "conference": ({CUSTOMER}, {SATO, SUZUKI}),
        "suzuki": ({CUSTOMER}, {SUZUKI}),
    }


async def test_who_picks_up_a_parked_call_is_heard(floor: Floor, tmp_path: Path) -> None:
    talk = await _talk(floor, tmp_path)
    seen = len(floor.suzuki.desktop.events)
    await floor.sato.desktop.command("park", contact=talk.contact)
    await over(talk.call)
    await floor.sato.shown(talk.contact, "ended")
    await floor.suzuki.desktop.command("pick_up", contact=talk.contact)
    second, _ = await floor.suzuki.answers()
    await talk.hums(second, SUZUKI)
    await talk.go_on("suzuki")
    await talk.caller.hang_up()
    await over(second)
    await floor.suzuki.wraps_up(talk.contact, after=seen)
    _, heard = await talk.heard()
    assert heard == {"sato": ({CUSTOMER}, {SATO}), "suzuki": ({CUSTOMER}, {SUZUKI})}
