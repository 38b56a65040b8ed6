"""What Whisper hears of the corpus, kept by a hash of the sound and of what heard it: none is heard twice."""

import hashlib
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.speech_corpus.line import over_the_line
from bench.speech_corpus.sentences import Sentence
from bench.speech_corpus.speakers import SPEAKERS, Speaker, hesitate, speak
from ivr.audio import Samples
from ivr.hearing import Utterance

_EVERY_S = 10.0
_ALL_S = 24 * 3600.0

Hear = Callable[[Samples], Utterance]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence as one person says it over one line. `snr_db`: None without noise."""

    sentence: Sentence
    speaker: Speaker
    said: str
    snr_db: float | None
    seed: int

    def key(self, heard_by: str) -> str:
        """Return a name for what is heard of it: the same as long as the same hears the same sound."""
        parts = (heard_by, self.speaker, self.said, self.snr_db, self.seed)
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
    """Transcripts in a folder, a file each; what is missing is heard, on all cores, until the time is up.

    `make` makes the ear in each process, and can be pickled; `heard_by` names all that changes what it hears.
    """

    def __init__(self, folder: Path, make: Callable[[], Hear], heard_by: str) -> None:
        self._folder, self._make, self._heard_by = folder, make, heard_by

    def of(self, wanted: Sequence[Spoken], what: str, deadline_s: float = float("inf")) -> list[Utterance]:
        """Return what is heard of each, in order; raises `TimeoutError` after `deadline_s` on the clock."""
        self._hear([each for each in wanted if not self._path(each).exists()], what, deadline_s)
        return [msgspec.json.decode(self._path(each).read_bytes(), type=Utterance) for each in wanted]

    def _path(self, each: Spoken) -> Path:
        return self._folder / f"{each.key(self._heard_by)}.json"

    def _hear(self, missing: Sequence[Spoken], what: str, deadline_s: float) -> None:
        if not missing:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        left_s = min(deadline_s - time.monotonic(), _ALL_S)
        if left_s <= 0:
            raise TimeoutError(what)
        processes, context = min(os.cpu_count() or 1, len(missing)), multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(self._make,)) as pool:
            hearing = [pool.submit(_hear_one, each, self._path(each)) for each in missing]
            progress = Progress(what, len(missing))
            try:
                for done in as_completed(hearing, left_s):
                    done.result()
                    progress.step()
            except TimeoutError:
                raise TimeoutError(what) from None
            finally:
                pool.shutdown(cancel_futures=True)


class Progress:
    """Says on stderr how far something is, a line every few seconds."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done = what, total, 0
        self._began_s = self._told_s = time.monotonic()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        now_s = time.monotonic()
        if now_s - self._told_s < _EVERY_S and self._done < self._total:
            return
        self._told_s = now_s
        left_s = (now_s - self._began_s) / self._done * (self._total - self._done)
        print(f"{self._what}: {self._done} of {self._total}, {left_s:.0f} s left", file=sys.stderr)


_ears: list[Hear] = []
"""Of a process that hears: its ear."""


def _begin(make: Callable[[], Hear]) -> None:
    sys.stdout = sys.stderr  # pyttsx3 prints
    _ears.append(make())


def _hear_one(each: Spoken, path: Path) -> None:
    heard = _ears[0](each.sound())
    making = path.with_suffix(".making")
    making.write_bytes(msgspec.json.encode(heard))
    making.replace(path)
