"""What Whisper hears of the corpus, kept by a hash of the sound so that no sound is heard twice."""

import hashlib
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.progress import track

from bench.speech_corpus.line import over_the_line
from bench.speech_corpus.sentences import Sentence
from bench.speech_corpus.speakers import SPEAKERS, Speaker, hesitate, speak
from ivr.audio import Samples
from ivr.hearing import Utterance

_HEARD_BY = "ivr.asr.whisper-2"
"""Changes with whatever changes what is heard of the same sound."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence as one person says it over one line. `snr_db`: None without noise."""

    sentence: Sentence
    speaker: Speaker
    said: str
    snr_db: float | None
    seed: int

    @property
    def key(self) -> str:
        """A name for this sound: the same as long as the same sound is made."""
        parts = (_HEARD_BY, self.speaker, self.said, self.snr_db, self.seed)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]

    def sound(self) -> Samples:
        """Say it."""
        return over_the_line(speak(self.speaker, self.said), self.snr_db, self.seed)


def spoken(sentences: Sequence[Sentence], snr_db: float | None, times: int = 1) -> list[Spoken]:
    """Give each sentence to so many speakers in turn, hesitations added to some."""
    return [
        Spoken(
            sentence,
            SPEAKERS[(number + 3 * again) % len(SPEAKERS)],
            hesitate(sentence.text, number + again),
            snr_db,
            number,
        )
        for again in range(times)
        for number, sentence in enumerate(sentences)
    ]


class Transcripts:
    """Transcripts in a folder, a file each; what is missing is heard, until the time is up."""

    def __init__(self, folder: Path, hear: Callable[[], Callable[[Samples], Utterance]]) -> None:
        self._folder = folder
        self._make = hear
        self._hear: Callable[[Samples], Utterance] | None = None

    def of(self, wanted: Iterable[Spoken], what: str, deadline_s: float = float("inf")) -> list[Utterance]:
        """Return what is heard of each, in order; raises `TimeoutError` after `deadline_s` on the clock."""
        found: list[Utterance] = []
        for each in track(list(wanted), what, disable=not sys.stderr.isatty()):
            if time.monotonic() > deadline_s:
                raise TimeoutError(what)
            found.append(self._one(each.key, each.sound))
        return found

    def _one(self, key: str, sound: Callable[[], Samples]) -> Utterance:
        path = self._folder / f"{key}.json"
        if path.exists():
            return msgspec.json.decode(path.read_bytes(), type=Utterance)
        self._hear = self._hear or self._make()
        heard = self._hear(sound())
        path.parent.mkdir(parents=True, exist_ok=True)
        making = path.with_suffix(".making")
        making.write_bytes(msgspec.json.encode(heard))
        making.replace(path)
        return heard
