"""Learns to tell choices apart, in a process of its own: `python -m ivr.intents.training`.

It reads one `Lesson` as JSON on standard input and writes what it learnt to the lesson's path.
"""

import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from ivr.hearing import ChoiceId, asked_for
from ivr.intents.classifier import Classifier, Example, train
from ivr.intents.noise import mishear
from ivr.intents.paraphrase import Paraphraser
from ivr.intents.spotting import Spotter
from ivr.intents.words import Word, reader

NONE: Final = ""
"""The label of what means none of the choices."""
_NICENESS: Final = 10
_EACH, _EACH_LEAST = 700, 120
"""Sentences a choice: many for one of many phrases, fewer for a menu's key."""
_NONE_MENU, _NONE_INTENTS = 1, 5
"""Of none so many times as many: to an open question callers answer anything, to a menu mostly its keys."""
_STRANGE, _STRANGE_TOO, _STRANGE_SOUNDS = 0.12, 0.3, 3
"""For each question so many, as a share of its sentences, about something else; how often, beside what it is
about, another word of it is exchanged too; so many sounds a word has that takes its place."""
_NOISES: Final = (0.0, 1.3, 2.2)
_SPOTTED: Final = 400
_WORD_SOUNDS, _PAIR_SOUNDS, _SOUNDS_MAX = 4, 6, 14
"""So many sounds a word, or words in a row, must have to be looked for."""
_OFTEN: Final = 3


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be told apart: phrases by choice, and what else there is."""

    language: str
    phrases: dict[str, tuple[str, ...]]
    synonyms: tuple[tuple[str, ...], ...]
    background: tuple[str, ...]
    path: str


def learn(lesson: Lesson, *, each: int = _EACH) -> Classifier:
    """Return what can be learnt of a lesson, from `each` sentences a choice: the same for the same one."""
    said = list(_said(lesson, each, random.Random(0)))  # noqa: S311 - always the same lesson
    chance = random.Random(1)  # noqa: S311 - as above
    spotter = Spotter(_telling(said))
    examples = [
        Example(label, mishear(words, noise, chance) if noise else words)
        for label, words in said
        for noise in _NOISES
    ]
    return train(examples, spotter)


def main() -> None:
    os.nice(_NICENESS)
    lesson = msgspec.json.decode(sys.stdin.buffer.read(), type=Lesson)
    learn(lesson).save(Path(lesson.path))


def _said(lesson: Lesson, each: int, chance: random.Random) -> Iterator[tuple[str, tuple[Word, ...]]]:
    """Yield sentences for each choice, and for none of them, with their labels."""
    read = reader(lesson.language).read
    paraphraser = Paraphraser(lesson.language, lesson.synonyms, chance)
    most = 0
    for label, phrases in lesson.phrases.items():
        count = min(each, _EACH_LEAST + 4 * len(phrases))
        most = max(most, count)
        plain = chance.sample(phrases, min(len(phrases), count // 2))
        for phrase in plain:
            yield label, read(phrase)
        for _ in range(count - len(plain)):
            yield label, read(paraphraser.say(chance.choice(phrases)))
    yield from ((NONE, words) for words in _strange_questions(lesson, most, chance))
    background, times = _others(lesson), _NONE_INTENTS if most == each else _NONE_MENU
    for _ in range(times * most if background else 0):
        words = read(paraphraser.say(chance.choice(background)))
        yield NONE, words if chance.random() < 0.8 else _jumbled(words, chance)


def _strange_questions(lesson: Lesson, most: int, chance: random.Random) -> Iterator[tuple[Word, ...]]:
    """Yield questions in the words of known ones about something else: how they end says nothing."""
    read = reader(lesson.language).read
    asked = [said for label, said in lesson.phrases.items() if asked_for(ChoiceId(label))]
    words_of_others = [word for said in lesson.background if asked for word in read(said) if word.about]
    strange = [word for word in words_of_others if len(word.sounds) >= _STRANGE_SOUNDS]
    for phrases in asked if strange else ():
        for _ in range(round(_STRANGE * most)):
            words = read(chance.choice(phrases))
            topic = next((at for at, word in enumerate(words) if word.about), 0)
            yield tuple(
                chance.choice(strange)
                if at == topic or (word.about and chance.random() < _STRANGE_TOO)
                else word
                for at, word in enumerate(words)
            )


def _others(lesson: Lesson) -> list[str]:
    """Return the background without what an own choice is made of: a menu may ask for yes and no."""
    read = reader(lesson.language).read
    own = {
        "".join(word.sounds for word in read(phrase)) for said in lesson.phrases.values() for phrase in said
    }
    return [
        phrase for phrase in lesson.background if "".join(word.sounds for word in read(phrase)) not in own
    ]


def _jumbled(words: Sequence[Word], chance: random.Random) -> tuple[Word, ...]:
    """Return noise that sounds like speech."""
    return tuple(chance.sample(words, len(words)))[: chance.randint(1, max(1, len(words)))]


def _telling(said: Sequence[tuple[str, Sequence[Word]]]) -> tuple[str, ...]:
    """Return the sounds of the words, and of words in a row, that tell choices apart best."""
    heard: dict[str, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    for label, words in said:
        total[label] += 1
        for sounds in set(_candidates(words)):
            heard[sounds][label] += 1
    worth: list[tuple[float, str]] = []
    for sounds, counts in heard.items():
        shares = {label: count / total[label] for label, count in counts.items()}
        best = max(shares, key=shares.__getitem__)
        if best != NONE and counts[best] >= _OFTEN:
            worth.append((shares[best] / sum(shares.values()) * counts[best] ** 0.5, sounds))
    return tuple(sounds for _, sounds in sorted(worth, reverse=True)[:_SPOTTED])


def _candidates(words: Sequence[Word]) -> Iterator[str]:
    for at, word in enumerate(words):
        if word.about and _WORD_SOUNDS <= len(word.sounds) <= _SOUNDS_MAX:
            yield word.sounds
        for count in (2, 3):
            row = "".join(each.sounds for each in words[at : at + count])
            if _PAIR_SOUNDS <= len(row) <= _SOUNDS_MAX:
                yield row


if __name__ == "__main__":
    main()
