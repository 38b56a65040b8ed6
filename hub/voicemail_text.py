"""What is said in voice messages, as text: masked, kept as transcripts are, and shown with the message."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import structlog

from crm_bridge.transcripts import TranscriptLine, TranscriptStore
from hub.recordings.draft import Draft
from hub.transcripts import Side
from ivr.audio import read_wav
from ivr.hearing import Utterance
from ivr.masking import Masker

log = structlog.get_logger()

_PATIENCE_S: Final = 120.0
"""A message lasts two minutes at most, and is heard in less time than it lasts."""
_LANGUAGE: Final = "ja"


class Transcribe(Protocol):
    """Hears a recording (`ivr.asr.recognisers.Recognisers.transcribe` serves)."""

    def __call__(
        self, language: str, audio: bytes, *, rate: int
    ) -> Awaitable[tuple[Utterance, ...] | None]: ...


class VoicemailText:
    """Writes messages down."""

    def __init__(self, transcribe: Transcribe, transcripts: TranscriptStore) -> None:
        self._transcribe, self._transcripts = transcribe, transcripts

    async def of(self, draft: Draft, path: Path) -> str:
        """Return what is said in a message, masked; "" if nobody can listen now.

        Raises `CrmUnavailable`: then nothing is lost, it may be asked again.
        """
        try:
            audio, rate = await asyncio.to_thread(_samples, path)
            async with asyncio.timeout(_PATIENCE_S):
                heard = await self._transcribe(draft.language or _LANGUAGE, audio, rate=rate)
        except (OSError, ValueError, EOFError, TimeoutError) as error:
            log.warning("voicemail.not_written_down", recording=draft.id, error=type(error).__name__)
            return ""
        if heard is None:
            log.warning("voicemail.not_written_down", recording=draft.id, error="nobody can listen")
            return ""
        lines = _masked(draft, heard)
        for line in lines:
            await self._transcripts.write(line)
        return "\n".join(line.text for line in lines)


def _masked(draft: Draft, heard: tuple[Utterance, ...]) -> list[TranscriptLine]:
    """Return a line for each utterance; a number that is said in several breaths is masked in all of them."""
    masker, texts = Masker(draft.language or _LANGUAGE), dict[str, str]()
    for count, each in enumerate(heard):
        for line in masker.heard(f"{draft.id}:{count:05}", each.text, each.began_s, each.ended_s):
            texts[line.id] = line.text
    return [
        TranscriptLine(
            id=id_,
            contact=draft.contact,
            queue=draft.queue,
            side=Side.CUSTOMER,
            agent=None,
            text=text,
            at_ms=draft.started_ms + round(each.began_s * 1000),
            confidence=round(each.alternatives[0].confidence * 100),
        )
        for (id_, text), each in zip(texts.items(), heard, strict=True)
    ]


def _samples(path: Path) -> tuple[bytes, int]:
    samples, rate = read_wav(path)
    return samples.astype(np.int16).tobytes(), rate
