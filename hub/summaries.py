"""A few sentences that say what a contact was about, for who has the customer next.

Extractive: sentences that were said are chosen, none is made up. An outside model can stand here too.
"""

import asyncio
import math
import operator
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

EXTRACT: Final = "extract"
_SENTENCES_MAX: Final = 3
_SENTENCE_SIGNS_MAX: Final = 160
_SAID_MAX: Final = 150
"""So many sentences are compared with each other, the first and the last of a long contact."""
_DAMPING: Final = 0.85
_ROUNDS: Final = 20

_END = re.compile(r"(?<=[。！？!?])|(?<=[.])\s+|\n+")
_WORD = re.compile(r"[a-z][a-z']+|[0-9]+|[ァ-ヶー]{2,}|[一-龥々]+")
_COMMON = frozenset(
    re.findall(
        "[a-z']+",
        "the and is are was were you your that this it's it for with have has had not but from can i'm of to"
        " in on at be do does did so if then there here they we our me my he she them what which who",
    )
)
"""English words that say nothing of what a sentence is about."""
_SAYS_NOTHING = {
    "ja": re.compile(
        r"^(?:はい|ええ|うん|そうです|そうですか|わかりました|承知しました|かしこまりました|もしもし|こんにちは|お世話に|"
        r"ありがとう|少々お待ち|お待たせ|失礼|お電話ありがとう|よろしくお願い)[^0-9一-龥ァ-ヶ]*.{0,14}$"
    ),
    "en": re.compile(
        r"^(?:yes|no|ok|okay|hello|hi|thanks?|thank you|sure|right|i see|one moment|please hold|bye|goodbye)"
        r"\b.{0,24}$",
        re.IGNORECASE,
    ),
}
_TELLS = {
    "ja": re.compile(
        r"(?:たい|ください|ほしい|欲しい|できない|できません|届かない|届いて|壊れ|故障|困っ|変更|解約|返品|返金|交換|予約|"
        r"教えて|問い合わせ|違う|エラー|動かない|いくら|いつ|なぜ|どうして)"
    ),
    "en": re.compile(
        r"\b(?:want|need|would like|can't|cannot|doesn't|didn't|broken|wrong|cancel|refund|return|change|"
        r"order|when|why|how much|problem|error|please|will|deliver)\b",
        re.IGNORECASE,
    ),
}
_PROMISES = {
    "ja": re.compile(r"(?:いたします|お送りし|手配|ご連絡|折り返し|対応し|しました|完了|までに|発送|伺い)"),
    "en": re.compile(
        r"\b(?:i will|we will|we'll|i'll|i have|we have|sent|arranged|done|by (?:mon|tues|wednes|thurs|fri))",
        re.IGNORECASE,
    ),
}
_LABELS = {
    "ja": {"intent": "用件", "heard": "聞き取り", "customer": "お客様", "agent": "対応", "result": "結果"},
    "en": {
        "intent": "About",
        "heard": "Given",
        "customer": "Customer",
        "agent": "Agent",
        "result": "Result",
    },
}


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said or written; `by_customer` or by us."""

    text: str
    by_customer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """All that a summary is made of. `heard`: name and value of what the caller gave."""

    language: str = "ja"
    intent: str = ""
    heard: tuple[tuple[str, str], ...] = ()
    said: tuple[Said, ...] = ()
    result: str = ""
    note: str = ""


class Summariser(Protocol):
    """Makes a summary. A language model elsewhere can stand here; what it gets is masked as stored."""

    name: str

    async def summarise(self, matter: Matter) -> str:
        """Return a few sentences, empty if there is nothing to say. May raise: then there is an extract."""


class Extract:
    """The default: chooses sentences."""

    name = EXTRACT

    async def summarise(self, matter: Matter) -> str:
        return await asyncio.to_thread(extract, matter)


@dataclass(frozen=True, slots=True)
class _Sentence:
    at: int
    text: str
    by_customer: bool
    words: Counter[str]


def language_of(said: Iterable[Said]) -> str:
    """Return in which language it was said: English if fewer than one sign in five is Japanese."""
    text = "".join(each.text for each in said)
    signs = sum("\u3040" <= sign <= "\u9fff" for sign in text)
    return "en" if text and signs * 5 < len(text) else "ja"


def extract(matter: Matter) -> str:
    """Return what the customer wanted, gave, and what was done, a line each; empty if nothing is known."""
    language = "en" if matter.language == "en" else "ja"
    labels, colon = _LABELS[language], ": " if language == "en" else "："
    chosen = _chosen(_sentences(matter.said, language), language)
    comma = ", " if language == "en" else "、"
    lines = {
        "intent": matter.intent,
        "heard": comma.join(f"{name}={value}" for name, value in matter.heard),
        "customer": _joined((each for each in chosen if each.by_customer), language),
        "agent": _joined((each for each in chosen if not each.by_customer), language),
        "result": comma.join(filter(None, (matter.result, matter.note))),
    }
    return "\n".join(f"{labels[name]}{colon}{text}" for name, text in lines.items() if text)


def _joined(sentences: Iterable[_Sentence], language: str) -> str:
    return (" " if language == "en" else "").join(each.text for each in sentences)


def _sentences(said: Sequence[Said], language: str) -> list[_Sentence]:
    """Cut what was said into sentences that say something, each once."""
    found: list[_Sentence] = []
    seen: set[str] = set()
    for each in said:
        for part in _END.split(each.text):
            text = " ".join(part.split())[:_SENTENCE_SIGNS_MAX]
            words = _words(text)
            if not words or text in seen or _SAYS_NOTHING[language].match(text):
                continue
            seen.add(text)
            found.append(_Sentence(len(found), text, each.by_customer, words))
    if len(found) > _SAID_MAX:
        found = found[: _SAID_MAX // 2] + found[-_SAID_MAX // 2 :]
    return found


def _words(text: str) -> Counter[str]:
    """Return what a sentence is compared by: words, katakana words, and pairs of kanji."""
    words: Counter[str] = Counter()
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).lower()):
        if "一" <= word[0] <= "龥" and len(word) > 2:
            words.update(word[at : at + 2] for at in range(len(word) - 1))
        elif word not in _COMMON:
            words[word] += 1
    return words


def _chosen(sentences: Sequence[_Sentence], language: str) -> list[_Sentence]:
    """Choose up to three sentences of the customer and two of ours, in the order in which they were said."""
    ranks = _ranks(sentences)
    count = len(sentences)
    scores: dict[int, float] = {}
    for each, rank in zip(sentences, ranks, strict=True):
        tells = _TELLS if each.by_customer else _PROMISES
        place = 1 - each.at / count if each.by_customer else each.at / count  # he says it first, we last
        scores[each.at] = rank * count + 0.8 * bool(tells[language].search(each.text)) + 0.5 * place
    chosen: list[_Sentence] = []
    for by_customer, most in ((True, _SENTENCES_MAX), (False, _SENTENCES_MAX - 1)):
        of_side = [each for each in sentences if each.by_customer is by_customer]
        best = sorted(of_side, key=lambda each: -scores[each.at])
        chosen += _unlike(best)[:most]
    return sorted(chosen, key=lambda each: each.at)


def _unlike(best: Sequence[_Sentence]) -> list[_Sentence]:
    """Leave out what says nearly the same as a better one."""
    kept: list[_Sentence] = []
    for each in best:
        if all(_likeness(each, other) < 0.6 for other in kept):
            kept.append(each)
        if len(kept) >= _SENTENCES_MAX:
            break
    return kept


def _ranks(sentences: Sequence[_Sentence]) -> list[float]:
    """Return how central each sentence is: PageRank over their likeness (Mihalcea and Tarau, 2004)."""
    count = len(sentences)
    if not count:
        return []
    links = [[_likeness(one, other) for other in sentences] for one in sentences]
    sums = [sum(row) for row in links]
    ranks = [1 / count] * count
    for _ in range(_ROUNDS):
        given = [rank / total if total else 0.0 for rank, total in zip(ranks, sums, strict=True)]
        ranks = [
            (1 - _DAMPING) / count + _DAMPING * sum(map(operator.mul, given, row))  # likeness is symmetric
            for row in links
        ]
    return ranks


def _likeness(one: _Sentence, other: _Sentence) -> float:
    """Return the cosine of the words of two sentences."""
    common = one.words.keys() & other.words.keys()
    if one is other or not common:
        return 0.0
    product = sum(one.words[word] * other.words[word] for word in common)
    return product / math.sqrt(_square(one) * _square(other))


def _square(sentence: _Sentence) -> int:
    return sum(each * each for each in sentence.words.values())
