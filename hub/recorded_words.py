"""What is said in recordings, as text: in voice messages, and in calls that were not listened to.

It is masked, kept as transcripts are, and shown with a message.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import structlog

from acd.ids import QueueName
from crm_bridge.transcripts import TranscriptLine, TranscriptStore
from hub.clock import now_ms
from hub.recordings.archivist import Words
from hub.recordings.draft import Draft, Kind, Pause, Why
from hub.recordings.errors import NotHeardYet, UnreadableWav
from hub.recordings.wav import Side as SoundOfSide
from hub.transcripts import Side
from ivr.hearing import Utterance
from ivr.masking import Line, Masker

log = structlog.get_logger()

_PATIENCE_S: Final = 60.0
"""A recording is heard in less, and as much time again as it lasts."""
_WAITED_FOR_MS: Final = 60_000
"""So long after its end a message waits for somebody who can listen to all of it."""
_SILENCED_WAITED_FOR_MS: Final = 3_600_000
"""The same for one with numbers to silence."""
_MARGIN_MS: Final = 300
"""An utterance is found a moment after its first sound."""
_LANGUAGE: Final = "ja"


class Transcribe(Protocol):
    """Hears a recording to its end, or says that it could not (`ivr.asr.recognisers.Recognisers`)."""

    def __call__(
        self, language: str, audio: bytes, *, rate: int
    ) -> Awaitable[tuple[Utterance, ...] | None]: ...


class RecordedWords:
    """Writes recordings down. `transcribe` is None where nobody ever listens.

    `is_silenced` says whether a queue wants numbers silent in the sound too.
    """

    def __init__(
        self,
        transcribe: Transcribe | None,
        transcripts: TranscriptStore,
        is_silenced: Callable[[QueueName], bool] = lambda _: False,
        *,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._transcribe, self._transcripts = transcribe, transcripts
        self._is_silenced, self._clock_ms = is_silenced, clock_ms

    async def of(self, draft: Draft, paths: Sequence[Path]) -> Words:
        """Return what is said in a recording, the customer's side first.

        Raises `CrmUnavailable`, and `NotHeardYet` if nobody can listen to its end now: then nothing is lost,
        it may be asked again. A message waits for that for a while, a call until its queue wants its numbers
        silent no more.
        """
        return await (
            self._message(draft, paths[0]) if draft.kind is Kind.VOICEMAIL else self._call(draft, paths)
        )

    async def _message(self, draft: Draft, path: Path) -> Words:
        if self._transcribe is None:
            return Words()
        heard = await self._heard(self._transcribe, draft, path)
        is_silenced = self._is_silenced(draft.queue)
        if heard is None:
            patience_ms = _SILENCED_WAITED_FOR_MS if is_silenced else _WAITED_FOR_MS
            if self._clock_ms() - (draft.ended_ms or 0) < patience_ms:
                raise NotHeardYet("nobody can listen to the message to its end")
            return Words()
        lines = _masked(draft, Side.CUSTOMER, heard)
        for line, _ in lines:
            await self._transcripts.write(line)
        silent = tuple(pause for _, pause in lines if pause is not None) if is_silenced else ()
        return Words("\n".join(line.text for line, _ in lines), silent)

    async def _call(self, draft: Draft, paths: Sequence[Path]) -> Words:
        """Listen to a call; what was written down while it was held stays as it is."""
        if draft.to_hear is None or not self._is_silenced(draft.to_hear):
            return Words()
        if self._transcribe is None:
            raise NotHeardYet("numbers are to be silent in the call, and speech is off")
        sides = dict[Side, tuple[Utterance, ...]]()
        for side, path in zip((Side.CUSTOMER, Side.AGENT), paths, strict=True):
            heard = await self._heard(self._transcribe, draft, path)
            if heard is None:
                raise NotHeardYet("numbers are to be silent in the call, and nobody can listen to its end")
            sides[side] = heard
        customer, agent = sides[Side.CUSTOMER], sides[Side.AGENT]
        found = [
            *_masked(draft, Side.CUSTOMER, customer, others=agent),
            *_masked(draft, Side.AGENT, agent, others=customer),
        ]
        silent = tuple(pause for _, pause in found if pause is not None)
        known = await self._transcripts.of(draft.contact)
        if any(not line.id.startswith(draft.id) for line in known):
            return Words(silent=silent)
        for line, _ in found:
            await self._transcripts.write(line)
        return Words(silent=silent, lines=len(found))

    async def _heard(self, transcribe: Transcribe, draft: Draft, path: Path) -> tuple[Utterance, ...] | None:
        """Listen; None if nobody can to the end. Raises `OSError`."""
        try:
            audio, rate = await asyncio.to_thread(_samples, path)
        except (FileNotFoundError, UnreadableWav) as error:
            log.warning("recording.not_written_down", recording=draft.id, error=type(error).__name__)
            return ()
        try:
            async with asyncio.timeout(
                _PATIENCE_S + len(audio) / rate
            ):  # two bytes a sample: twice its length
                heard = await transcribe(draft.language or _LANGUAGE, audio, rate=rate)
        except TimeoutError:
            heard = None
        if heard is None:
            log.warning("recording.not_written_down", recording=draft.id, error="nobody can listen")
        return heard


def _masked(
    draft: Draft, side: Side, heard: Sequence[Utterance], others: Sequence[Utterance] = ()
) -> list[tuple[TranscriptLine, Pause | None]]:
    """Return a line for each utterance, and where it is to be silent.

    A number that is said in several breaths is masked in all of them. `others` is what the other side said.
    """
    masker, found = Masker(draft.language or _LANGUAGE), dict[str, Line]()
    for each in others:
        masker.named(each.written.text, each.began_s)
    for count, each in enumerate(heard):
        for line in masker.heard(
            f"{draft.id}:{side}:{count:05}", each.written.text, each.began_s, each.ended_s
        ):
            found[line.id] = line
    return [
        (_written(draft, side, line, each), _silence(each) if line.is_masked else None)
        for line, each in zip(found.values(), heard, strict=True)
    ]


def _written(draft: Draft, side: Side, line: Line, heard: Utterance) -> TranscriptLine:
    return TranscriptLine(
        id=line.id,
        contact=draft.contact,
        queue=draft.queue,
        side=side,
        agent=next(iter(draft.agents), None),
        text=line.text,
        at_ms=draft.started_ms + round(heard.began_s * 1000),
        confidence=round(heard.written.confidence * 100),
    )


def _silence(heard: Utterance) -> Pause:
    from_ms, to_ms = round(heard.began_s * 1000) - _MARGIN_MS, round(heard.ended_s * 1000) + _MARGIN_MS
    return Pause(from_ms=max(0, from_ms), to_ms=to_ms, why=Why.NUMBER)


def _samples(path: Path) -> tuple[bytes, int]:
    side = SoundOfSide.of(path)
    return b"".join(block.tobytes() for block in side.blocks()), side.rate_hz
