"""What is said in voice messages, as text: masked, kept as transcripts are, and shown with the message."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import structlog

from acd.ids import QueueName
from crm_bridge.transcripts import TranscriptLine, TranscriptStore
from hub.clock import now_ms
from hub.recordings.archivist import Words
from hub.recordings.draft import Draft, Pause, Why
from hub.recordings.errors import NotHeardYet
from hub.transcripts import Side
from ivr.audio import read_wav
from ivr.hearing import Utterance
from ivr.masking import Line, Masker

log = structlog.get_logger()

_PATIENCE_S: Final = 120.0
"""A message lasts two minutes at most, and is heard in less time than it lasts."""
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


class VoicemailText:
    """Writes messages down. `is_silenced` says whether a queue wants numbers silent in the sound too."""

    def __init__(
        self,
        transcribe: Transcribe,
        transcripts: TranscriptStore,
        is_silenced: Callable[[QueueName], bool] = lambda _: False,
        *,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._transcribe, self._transcripts = transcribe, transcripts
        self._is_silenced, self._clock_ms = is_silenced, clock_ms

    async def of(self, draft: Draft, path: Path) -> Words:
        """Return what is said in a message; nothing if nobody could listen for long.

        Raises `CrmUnavailable`, and `NotHeardYet` if nobody can listen to its end now, and it is young:
        then nothing is lost, it may be asked again.
        """
        heard = await self._heard(draft, path)
        is_silenced = self._is_silenced(draft.queue)
        if heard is None:
            patience_ms = _SILENCED_WAITED_FOR_MS if is_silenced else _WAITED_FOR_MS
            if self._clock_ms() - (draft.ended_ms or 0) < patience_ms:
                raise NotHeardYet("nobody can listen to the message to its end")
            return Words()
        lines = _masked(draft, heard)
        for line, _ in lines:
            await self._transcripts.write(line)
        silent = tuple(pause for _, pause in lines if pause is not None) if is_silenced else ()
        return Words("\n".join(line.text for line, _ in lines), silent)

    async def _heard(self, draft: Draft, path: Path) -> tuple[Utterance, ...] | None:
        """Listen; None if nobody can to the end."""
        try:
            audio, rate = await asyncio.to_thread(_samples, path)
        except (OSError, ValueError, EOFError) as error:
            log.warning("voicemail.not_written_down", recording=draft.id, error=type(error).__name__)
            return ()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                heard = await self._transcribe(draft.language or _LANGUAGE, audio, rate=rate)
        except TimeoutError:
            heard = None
        if heard is None:
            log.warning("voicemail.not_written_down", recording=draft.id, error="nobody can listen")
        return heard


def _masked(draft: Draft, heard: tuple[Utterance, ...]) -> list[tuple[TranscriptLine, Pause | None]]:
    """Return a line for each utterance, and where it is to be silent.

    A number that is said in several breaths is masked in all of them.
    """
    masker, found = Masker(draft.language or _LANGUAGE), dict[str, Line]()
    for count, each in enumerate(heard):
        for line in masker.heard(f"{draft.id}:{count:05}", each.text, each.began_s, each.ended_s):
            found[line.id] = line
    return [
        (_written(draft, line, each), _silence(each) if line.is_masked else None)
        for line, each in zip(found.values(), heard, strict=True)
    ]


def _written(draft: Draft, line: Line, heard: Utterance) -> TranscriptLine:
    return TranscriptLine(
        id=line.id,
        contact=draft.contact,
        queue=draft.queue,
        side=Side.CUSTOMER,
        agent=None,
        text=line.text,
        at_ms=draft.started_ms + round(heard.began_s * 1000),
        confidence=round(heard.alternatives[0].confidence * 100),
    )


def _silence(heard: Utterance) -> Pause:
    from_ms, to_ms = round(heard.began_s * 1000) - _MARGIN_MS, round(heard.ended_s * 1000) + _MARGIN_MS
    return Pause(from_ms=max(0, from_ms), to_ms=to_ms, why=Why.NUMBER)


def _samples(path: Path) -> tuple[bytes, int]:
    samples, rate = read_wav(path)
    return samples.astype(np.int16).tobytes(), rate
