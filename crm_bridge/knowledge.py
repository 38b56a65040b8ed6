"""Answers to what is asked often, from `faq.conf`: found by words, read aloud, or written.

[opening-hours]
intent => opening_hours                   ; of intents.conf, as many as fit
ask[ja] => 営業時間を教えてください          ; how it is asked, as many as wanted
ask[en] => What are your opening hours?
say[ja] => 平日の九時から十七時までです。     ; what is read aloud
say[en] => We are open from nine to five on weekdays.
text[ja] => 平日9:00〜17:00               ; what is written; as said if there is none
url => https://www.example.jp/hours       ; where more is to be read
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from acd.dialect import Entry, Problem, Section, read_optional

FILE_NAME: Final = "faq.conf"
LANGUAGES: Final = ("ja", "en")
_LEAST: Final = 0.2
"""Below this an entry has no more in common with a question than its particles."""
_UNSEEN: Final = math.log(2)
"""Weight of what stands in no entry: it says little of which one is meant."""
_OF_ANSWER: Final = 0.5
"""How much the words of the answer count beside those of the questions."""
_KEY: Final = re.compile(r"(?P<word>ask|say|text)\[(?P<language>[a-z]{2})\]")
_NAME: Final = re.compile(r"[\w.-]{1,64}")
_PARTS: Final = re.compile(r"[a-z0-9']+|[぀-ヿ㐀-鿿々ー]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A section of faq.conf; questions, spoken and written answers by language."""

    name: str
    intents: frozenset[str] = frozenset()
    asks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    url: str = ""

    def spoken(self, language: str) -> str:
        """Return what is read aloud; empty if there is nothing in this language."""
        return self.says.get(language, "")

    def written(self, language: str) -> str:
        """Return what is written, with the address where more is to be read."""
        text = self.texts.get(language) or self.says.get(language, "")
        return f"{text} {self.url}".strip()


@dataclass(frozen=True, slots=True)
class Found:
    """An answer that may fit a question, and how well: 0 to 1."""

    answer: Answer
    score: float


@dataclass(frozen=True, slots=True)
class _Indexed:
    answer: Answer
    language: str
    questions: tuple[Counter[str], ...]
    body: Counter[str]


class Knowledge:
    """All answers, ready to be searched."""

    def __init__(self, answers: Sequence[Answer] = ()) -> None:
        self.answers = {answer.name: answer for answer in answers}
        self._index = [
            _Indexed(
                answer,
                language,
                tuple(_signs(ask) for ask in answer.asks.get(language, ())),
                _signs(f"{answer.spoken(language)} {answer.texts.get(language, '')}"),
            )
            for answer in answers
            for language in LANGUAGES
        ]
        seen = Counter(sign for each in self._index for sign in set().union(*each.questions, each.body))
        total = max(1, len(self._index))
        self._weights = {sign: math.log(1 + total / count) for sign, count in seen.items()}

    def search(self, question: str, language: str, *, limit: int = 5) -> list[Found]:
        """Return the answers that may fit a question, best first; those of the other language too, last."""
        signs = _signs(question)
        best: dict[tuple[bool, str], Found] = {}
        for each in self._index:
            asked = max((self._fit(signs, known) for known in each.questions), default=0.0)
            score = max(asked, _OF_ANSWER * self._share(signs, each.body))
            key = each.language == language, each.answer.name
            if score >= _LEAST and (key not in best or best[key].score < score):
                best[key] = Found(each.answer, round(min(1.0, score), 3))
        own = [found for (is_own, _), found in best.items() if is_own]
        names = {found.answer.name for found in own}
        other = [
            found for (is_own, _), found in best.items() if not is_own and found.answer.name not in names
        ]
        ranked = [*sorted(own, key=_by_score), *sorted(other, key=_by_score)]
        return ranked[:limit]

    def for_intent(self, intent: str, language: str) -> Answer | None:
        """Return the answer to what a caller wants, the first of the file; None if it cannot be spoken."""
        fitting = (answer for answer in self.answers.values() if intent in answer.intents)
        return next((answer for answer in fitting if answer.spoken(language)), None) if intent else None

    def _fit(self, question: Counter[str], known: Counter[str]) -> float:
        """Return how well a question fits one that is known: alike, or short and all of it in there."""
        return (self._likeness(question, known) + self._share(question, known)) / 2

    def _share(self, question: Counter[str], known: Counter[str]) -> float:
        """Return how much of a question stands in a text, rare signs counting more."""
        weights = {sign: count * self._weight(sign) for sign, count in question.items()}
        whole = sum(weights.values())
        return sum(weight for sign, weight in weights.items() if sign in known) / whole if whole else 0.0

    def _likeness(self, one: Counter[str], other: Counter[str]) -> float:
        """Return the cosine of two bags of signs, rare ones counting more."""
        common = one.keys() & other.keys()
        if not common:
            return 0.0
        product = sum(one[sign] * other[sign] * self._weight(sign) ** 2 for sign in common)
        return product / (self._length(one) * self._length(other))

    def _length(self, signs: Counter[str]) -> float:
        return math.sqrt(sum((count * self._weight(sign)) ** 2 for sign, count in signs.items()))

    def _weight(self, sign: str) -> float:
        return self._weights.get(sign, _UNSEEN)


def _by_score(found: Found) -> tuple[float, str]:
    return -found.score, found.answer.name


def _signs(text: str) -> Counter[str]:
    """Return what texts are compared by: stems of words, and pairs of signs of Japanese."""
    signs: Counter[str] = Counter()
    for part in _PARTS.findall(unicodedata.normalize("NFKC", text).casefold()):
        if part[0].isascii():
            signs[_stem(part)] += 1
        elif len(part) == 1:
            signs[part] += 1
        else:
            signs.update(part[at : at + 2] for at in range(len(part) - 1))
    return signs


def _stem(word: str) -> str:
    for end in ("ing", "ies", "es", "ed", "s"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            return word.removesuffix(end)
    return word


# --- faq.conf --------------------------------------------------------------------------------------


def examine_knowledge(
    config_dir: Path, intents: Collection[str] | None = None
) -> tuple[tuple[Answer, ...], tuple[Problem, ...]]:
    """Read faq.conf of a folder; returns the answers and what is wrong. No file: no answers.

    `intents` None: whether there are such is not known here.
    """
    document, problems = read_optional(config_dir / FILE_NAME)
    answers = tuple(_answer(section, intents, problems) for section in document.concrete())
    return answers, tuple(problems)


def _answer(section: Section, intents: Collection[str] | None, problems: list[Problem]) -> Answer:
    asks: dict[str, list[str]] = {}
    by_word: dict[str, dict[str, str]] = {"say": {}, "text": {}}
    wanted: set[str] = set()
    url = ""
    if not _NAME.fullmatch(section.name):
        problems.append(section.problem("expected a name of letters, digits, '.', '_' or '-'"))
    for entry in section.entries:
        match = _KEY.fullmatch(entry.key)
        if not entry.value:
            problems.append(entry.problem(f"expected something after {entry.key}"))
        elif match is not None and match["language"] in LANGUAGES:
            if match["word"] == "ask":
                asks.setdefault(match["language"], []).append(entry.value)
            else:
                by_word[match["word"]][match["language"]] = entry.value
        elif entry.key == "intent":
            wanted |= _intents(entry, intents, problems)
        elif entry.key == "url":
            url = entry.value
            if not url.startswith(("https://", "http://")):
                problems.append(entry.problem(f"expected url => https://…, found {url!r}"))
        else:
            problems.append(entry.problem(f"expected {_WORDS}, found {entry.key!r}"))
    if not by_word["say"]:
        problems.append(section.problem("expected say[ja] => … or say[en] => …: what is read aloud"))
    return Answer(
        name=section.name,
        intents=frozenset(wanted),
        asks={language: tuple(each) for language, each in asks.items()},
        says=by_word["say"],
        texts=by_word["text"],
        url=url,
    )


_WORDS: Final = "intent, url, or ask[ja], say[ja], text[ja] (or [en])"


def _intents(entry: Entry, known: Collection[str] | None, problems: list[Problem]) -> set[str]:
    names = {name.strip() for name in entry.value.split(",")}
    if known is not None and (strange := sorted(names - set(known))):
        listed = ", ".join(sorted(known))
        problems.append(entry.problem(f"expected intent => one of {listed}, found {', '.join(strange)}"))
    return names
