"""The matcher: what a caller may mean, by what was learnt of the phrases of each choice."""

import asyncio
import contextlib
import hashlib
import math
import zipfile
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import structlog

from ivr.hearing import Alternative, ChoiceId, Choices, Guess, Utterance
from ivr.intents.classifier import Classifier, Floats, sounds_of
from ivr.intents.intent import Knowledge
from ivr.intents.spotting import Spotter
from ivr.intents.training import NONE, Lesson
from ivr.intents.words import reader
from ivr.worker_process import start_worker

_log = structlog.get_logger(__name__)
_METHOD: Final = "2"
"""Part of the name of what was learnt: changes with how it is learnt."""
_LISTENING: Final = 1.0
"""How much it counts that a phrase fits the sound worse than another one."""
_INAUDIBLE: Final = 0.0005
"""Phrases that fit less well than this do not fit at all, and differ no more."""
_TEACHING_S: Final = 600.0
_LESSONS_MAX: Final = 64
_ALTERNATIVES_MAX: Final = 6
_WORTH: Final = 0.7
"""An alternative is looked at if it is at least this likely, compared with the likeliest."""
_LIKENESS: Final = 0.6
"""How sure an untrained matcher is at most."""


class Matcher:
    """Ranks choices with classifiers that it has learnt, one for each set of phrases.

    What was learnt is kept in `folder` under a hash of all that it depends on. Until a set is learnt,
    callers are understood by how much like a phrase sounds what they said.
    """

    def __init__(self, knowledge: Mapping[str, Knowledge], folder: Path) -> None:
        self._knowledge = knowledge
        self._folder = folder
        self._known: dict[str, Classifier] = {}
        self._lessons: dict[int, tuple[Choices, Lesson, str]] = {}
        self._turn = asyncio.Lock()

    async def prepare(self, choices: Choices) -> bool:
        """Learn to tell choices apart, or read what was learnt before; False if that failed."""
        lesson, key = self._lesson(choices)
        if key in self._known:
            return True
        async with self._turn:
            if key not in self._known and len(lesson.phrases) + bool(lesson.background) > 1:
                await self._learn(lesson, key)
        return key in self._known

    async def recall(self, choices: Choices) -> bool:
        """Read what was learnt before, if it was."""
        lesson, key = self._lesson(choices)
        with contextlib.suppress(OSError, ValueError, KeyError, zipfile.BadZipFile):
            self._known[key] = await asyncio.to_thread(Classifier.load, Path(lesson.path))
        return key in self._known

    async def rank(self, utterance: Utterance, choices: Choices) -> Sequence[Guess]:
        """See `ivr.hearing.Understanding`."""
        try:
            classifier = self._known.get(self._lesson(choices)[1])
            return await asyncio.to_thread(rank, utterance, choices, classifier)
        except Exception:  # a caller goes on by keys, whatever a dictionary makes of what was said
            _log.exception("understanding_failed")
            return ()

    async def _learn(self, lesson: Lesson, key: str) -> None:
        path = Path(lesson.path)
        for attempt in ("read", "taught"):
            with contextlib.suppress(OSError, ValueError, KeyError, zipfile.BadZipFile):
                self._known[key] = await asyncio.to_thread(Classifier.load, path)
                return
            if attempt == "read":
                await _teach(lesson)

    def _lesson(self, choices: Choices) -> tuple[Lesson, str]:
        """Return what is to be learnt, and its name; remembered while the same choices are asked about."""
        found = self._lessons.get(id(choices.phrases))  # they are kept, so that no others get this id
        if found and found[0].language == choices.language:
            return found[1:]
        lesson, key = self._new_lesson(choices)
        while len(self._lessons) >= _LESSONS_MAX:
            del self._lessons[next(iter(self._lessons))]
        self._lessons[id(choices.phrases)] = (choices, lesson, key)
        return lesson, key

    def _new_lesson(self, choices: Choices) -> tuple[Lesson, str]:
        knowledge = self._knowledge.get(choices.language, Knowledge())
        lesson = Lesson(
            language=choices.language,
            phrases={str(choice): said for choice, said in choices.phrases.items() if said},
            synonyms=knowledge.synonyms,
            background=knowledge.background,
            path="",
        )
        key = hashlib.sha256(_METHOD.encode() + msgspec.json.encode(lesson)).hexdigest()[:32]
        return msgspec.structs.replace(lesson, path=str(self._folder / f"{key}.npz")), key


def rank(utterance: Utterance, choices: Choices, classifier: Classifier | None) -> tuple[Guess, ...]:
    """Return what may be meant, likeliest first, by a classifier, or without one by likeness to phrases."""
    read = reader(choices.language).read
    alternatives = [words for each in _likely(utterance.alternatives) if (words := read(each.text))]
    if not alternatives:
        return ()
    if classifier is None:
        shares = _by_likeness(choices, [sounds_of(words) for words in alternatives])
    else:
        scores = classifier.scores(alternatives) + _by_listening(utterance, choices, classifier.labels)
        weighed = np.exp(scores - scores.max())
        shares = dict(zip(classifier.labels, (weighed / weighed.sum()).tolist(), strict=True))
    guesses = [Guess(ChoiceId(label), share) for label, share in shares.items() if label != NONE]
    return tuple(sorted(guesses, key=lambda guess: -guess.confidence))


def _by_listening(utterance: Utterance, choices: Choices, labels: Sequence[str]) -> Floats:
    """Return what speaks against each label, where an engine compared all phrases with the sound itself.

    How badly a phrase fits says little, how much worse than another one says much.
    """
    heard = {each.text: each.confidence for each in utterance.alternatives}
    best = {
        str(choice): max((max(heard[phrase], _INAUDIBLE) for phrase in said if phrase in heard), default=0.0)
        for choice, said in choices.phrases.items()
    }
    if len(best) < 2 or not all(best.values()):
        return np.zeros(len(labels), dtype=np.float32)
    most = max(best.values())
    against = [_LISTENING * math.log(best[label] / most) if label in best else 0.0 for label in labels]
    return np.array(against, dtype=np.float32)


def _likely(alternatives: Sequence[Alternative]) -> list[Alternative]:
    least = _WORTH * max(each.confidence for each in alternatives)
    return [each for each in alternatives if each.confidence >= least][:_ALTERNATIVES_MAX]


def _by_likeness(choices: Choices, heard: Sequence[str]) -> dict[str, float]:
    """Return a share for each choice by its phrase that what was heard has in it most wholly."""
    read = reader(choices.language).read
    best: dict[str, float] = {}
    for choice, phrases in choices.phrases.items():
        spotter = Spotter(tuple(filter(None, dict.fromkeys(sounds_of(read(phrase)) for phrase in phrases))))
        found = [float(spotter.spot(each).max(initial=0.0)) for each in heard]
        best[str(choice)] = max(found)
    total = max(1.0, sum(best.values()))
    return {choice: _LIKENESS * share / total for choice, share in best.items()}


async def _teach(lesson: Lesson) -> None:
    """Run a lesson in a process of its own; that it failed is logged."""
    process = await start_worker("ivr.intents.training", stderr=PIPE)
    try:
        async with asyncio.timeout(_TEACHING_S):
            _, said = await process.communicate(msgspec.json.encode(lesson))
        if process.returncode:
            _log.error("intents_not_learnt", reason=said.decode(errors="replace")[-500:])
    except TimeoutError:
        _log.error("intents_not_learnt", reason=f"not within {_TEACHING_S:g} s")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
