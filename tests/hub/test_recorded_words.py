"""Recordings as text: voice messages, and calls that nobody listened to."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.errors import CrmUnavailable
from crm_bridge.transcripts import TranscriptLine
from hub.crm import Crm
from hub.recorded_words import RecordedWords
from hub.recordings.archivist import Words
from hub.recordings.draft import Draft, Drafts, Kind
from hub.recordings.errors import NotHeardYet
from ivr.hearing import Alternative, Utterance
from tests.hub.recordings.made import draft_in

KANA = Alternative("か", 0.9, by_sound=True)
CARD = "4111 1111 1111 1111"


class Ears:
    """Hears what it is told to."""

    def __init__(self, *said: str, fails: Exception | None = None, is_full: bool = False) -> None:
        self._said, self._fails, self._is_full = said, fails, is_full
        self.asked: list[tuple[str, int, int]] = []

    async def transcribe(
        self, language: str, audio: bytes, *, rate: int = 8_000
    ) -> tuple[Utterance, ...] | None:
        self.asked.append((language, len(audio), rate))
        if self._fails is not None:
            raise self._fails
        found = [
            Utterance(
                (Alternative("か", 0.9, by_sound=True), Alternative(text, 0.8)),
                language,
                2.0 * at,
                2.0 * at + 1,
            )
            for at, text in enumerate(self._said)
        ]
        return None if self._is_full else tuple(found)


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    return Drafts(tmp_path / "spool")


def message_in(drafts: Drafts, language: str = "en") -> tuple[Draft, list[Path]]:
    draft = draft_in(drafts, kind=Kind.VOICEMAIL, agents=(), language=language)
    return draft, drafts.paths(draft)


async def test_a_message_is_written_down_masked_and_found(crm: Crm, drafts: Drafts) -> None:
    ears = Ears("please call me back", f"my card is {CARD}")
    draft, paths = message_in(drafts)
    words = await RecordedWords(ears.transcribe, crm.transcripts).of(draft, paths)
    text = words.text
    assert words.silent == ()
    first, second = text.split("\n")
    assert first == "please call me back"
    assert second.startswith("my card is ＊")
    assert "1111" not in text
    assert ears.asked == [("en", 16_000, 8_000)]
    lines = await crm.transcripts.of(draft.contact)
    assert [line.text for line in lines] == [first, second]
    assert (lines[1].side, lines[1].queue, lines[1].confidence) == ("customer", "support", 80)
    assert lines[1].at_ms == draft.started_ms + 2_000


async def test_it_may_be_asked_again(crm: Crm, drafts: Drafts) -> None:
    reader = RecordedWords(Ears("hello").transcribe, crm.transcripts)
    draft, paths = message_in(drafts)
    assert [(await reader.of(draft, paths)).text for _ in range(2)] == ["hello", "hello"]
    assert len(await crm.transcripts.of(draft.contact)) == 1


@pytest.mark.parametrize("ears", [Ears(is_full=True), Ears(fails=TimeoutError()), Ears()])
async def test_where_nobody_can_listen_the_message_stands_without_text(
    crm: Crm, drafts: Drafts, ears: Ears
) -> None:
    draft, paths = message_in(drafts)
    assert await RecordedWords(ears.transcribe, crm.transcripts).of(draft, paths) == Words()
    await asyncio.to_thread(paths[0].unlink)
    assert await RecordedWords(Ears("x").transcribe, crm.transcripts).of(draft, paths) == Words()


async def test_numbers_are_silenced_where_the_queue_wants_it(crm: Crm, drafts: Drafts) -> None:
    ears = Ears("hello", f"my card is {CARD}", "thank you", "4111 1111", "1111 1111")
    reader = RecordedWords(ears.transcribe, crm.transcripts, lambda queue: queue == "support")
    words = await reader.of(*message_in(drafts))
    spans = [(pause.from_ms, pause.to_ms) for pause in words.silent]
    assert spans == [(1_700, 3_300), (5_700, 7_300), (7_700, 9_300)]


@pytest.mark.parametrize(("is_silenced", "waited_for_s"), [(False, 60), (True, 3600)])
async def test_a_message_waits_for_a_while_until_somebody_can_listen_to_its_end(
    crm: Crm, drafts: Drafts, *, is_silenced: bool, waited_for_s: int
) -> None:
    draft, paths = message_in(drafts)
    assert draft.ended_ms is not None
    clock_ms = draft.ended_ms + 1000 * waited_for_s - 1000
    reader = RecordedWords(
        Ears(is_full=True).transcribe, crm.transcripts, lambda _: is_silenced, clock_ms=lambda: clock_ms
    )
    with pytest.raises(NotHeardYet):
        await reader.of(draft, paths)
    clock_ms += 1_000
    assert await reader.of(draft, paths) == Words()


async def test_a_call_that_nobody_listened_to_is_heard_from_its_file(crm: Crm, drafts: Drafts) -> None:
    ears = Ears("hello", f"my card is {CARD}")
    draft = draft_in(drafts, language="en", to_hear="support")
    reader = RecordedWords(ears.transcribe, crm.transcripts, lambda queue: queue == "support")
    for _ in range(2):
        words = await reader.of(draft, drafts.paths(draft))
        assert (words.text, words.lines) == ("", 4)
        assert [(pause.from_ms, pause.to_ms) for pause in words.silent] == [(1_700, 3_300)] * 2
    lines = await crm.transcripts.of(draft.contact)
    assert sorted(line.side for line in lines) == ["agent", "agent", "customer", "customer"]
    assert {line.agent for line in lines} == {"sato"}
    assert not any("1111" in line.text for line in lines)


async def test_what_was_written_down_in_a_call_stays_so(crm: Crm, drafts: Drafts) -> None:
    draft = draft_in(drafts, language="en", to_hear="support")
    line = TranscriptLine("c1:1:00001", draft.contact, draft.queue, "customer", None, "hello", 1)
    await crm.transcripts.write(line)
    reader = RecordedWords(Ears(f"it is {CARD}").transcribe, crm.transcripts, lambda _: True)
    words = await reader.of(draft, drafts.paths(draft))
    assert (len(words.silent), words.lines) == (2, 0)
    assert await crm.transcripts.of(draft.contact) == [line]


@pytest.mark.parametrize("ears", [Ears(is_full=True), None])
async def test_such_a_call_waits_until_it_is_heard_or_nobody_wants_that(
    crm: Crm, drafts: Drafts, ears: Ears | None
) -> None:
    draft, is_silenced = draft_in(drafts, language="en", to_hear="support"), True
    reader = RecordedWords(
        ears.transcribe if ears is not None else None, crm.transcripts, lambda _: is_silenced
    )
    with pytest.raises(NotHeardYet):
        await reader.of(draft, drafts.paths(draft))
    is_silenced = False
    assert await reader.of(draft, drafts.paths(draft)) == Words()


async def test_where_speech_is_off_a_message_stands_without_text(crm: Crm, drafts: Drafts) -> None:
    assert await RecordedWords(None, crm.transcripts, lambda _: True).of(*message_in(drafts)) == Words()


async def test_a_database_that_is_away_is_told_so_that_it_is_tried_again(
    crm: Crm, drafts: Drafts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(line: TranscriptLine) -> None:
        raise CrmUnavailable("away")

    monkeypatch.setattr(crm.transcripts, "write", away)
    draft, paths = message_in(drafts)
    with pytest.raises(CrmUnavailable):
        await RecordedWords(Ears("x").transcribe, crm.transcripts).of(draft, paths)


@pytest.fixture
def crm(engine: AsyncEngine) -> Crm:
    return Crm.on(engine)
