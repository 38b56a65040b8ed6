"""Digits in what somebody said: `1234`, `一二三四`, `いちにさんよん`, `千二百三十四`, "twelve thirty-four".

A run is what belongs together: digits with nothing between them but separators and hesitation.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Run:
    """Digits that belong together, and where they stand in the text."""

    start: int
    end: int
    digits: str


@dataclass(frozen=True, slots=True)
class _Token:
    """A number word: its value; `unit`: it multiplies what stands before it; `word`: it was no figure."""

    start: int
    end: int
    value: int
    unit: bool = False
    word: str = ""


_JA_UNITS = {
    "億": 10**8,
    "おく": 10**8,
    "万": 10**4,
    "まん": 10**4,
    "千": 1000,
    "せん": 1000,
    "ぜん": 1000,
    "百": 100,
    "ひゃく": 100,
    "びゃく": 100,
    "ぴゃく": 100,
    "十": 10,
    "じゅう": 10,
    "じゅっ": 10,
    "じっ": 10,
}
_JA_DIGITS = {
    "〇": 0,
    "零": 0,
    "ぜろ": 0,
    "れい": 0,
    "まる": 0,
    "一": 1,
    "いち": 1,
    "いっ": 1,
    "二": 2,
    "に": 2,
    "三": 3,
    "さん": 3,
    "四": 4,
    "よん": 4,
    "し": 4,
    "五": 5,
    "ご": 5,
    "六": 6,
    "ろく": 6,
    "ろっ": 6,
    "七": 7,
    "なな": 7,
    "しち": 7,
    "八": 8,
    "はち": 8,
    "はっ": 8,
    "九": 9,
    "きゅう": 9,
    "く": 9,
}
_EN_DIGITS = {
    "zero": 0,
    "oh": 0,
    "o": 0,
    "nought": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
}
_EN_TEENS = tuple(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
)
_EN_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_EN_UNITS = {"hundred": 100, "thousand": 1000}
_EN_TIMES = {"double": 2, "triple": 3}

_SIGNS = r"\s\-‐–—−ー,、。.・/"
_JA_BETWEEN = re.compile(rf"(?:[{_SIGNS}]|の|ん|えーと|えっと|ええと|えー|あのー|あの|うーん)*")
_EN_BETWEEN = re.compile(rf"(?:[{_SIGNS}]|\b(?:and|um+|uh+|er+|hyphen|dash|space)\b)*")
_LONGEST_FIRST = sorted((*_JA_UNITS, *_JA_DIGITS), key=len, reverse=True)
_JA_WORD = re.compile("|".join(("[0-9]", *_LONGEST_FIRST)))
_EN_NUMBERS: Mapping[str, int] = (
    _EN_DIGITS
    | {word: 10 + at for at, word in enumerate(_EN_TEENS)}
    | {word: 20 + 10 * at for at, word in enumerate(_EN_TENS)}
)
_EN_WORD = re.compile("[0-9]|" + "|".join(rf"\b{word}\b" for word in (*_EN_NUMBERS, *_EN_UNITS, *_EN_TIMES)))
_MAY_BE_OTHER = frozenset(
    {"に", "し", "ご", "く", "さん", "まる", "れい", "せん", "ぜん", "まん", "おく", "いっ", "はっ", "じっ"}
)
"""Words that count only beside other digits: particles, titles, ends of verbs."""


def folded(text: str) -> str:
    """Return a text in one form of the same length: half width, lower case, hiragana."""
    return "".join(_folded_sign(sign) for sign in text)


def runs(text: str, language: str) -> list[Run]:
    """Return the runs of digits in a text, in order. Any language but `en` is read as Japanese."""
    is_english = language == "en"
    same = folded(text)
    found = _english(same) if is_english else _japanese(same)
    between = _EN_BETWEEN if is_english else _JA_BETWEEN
    groups: list[list[_Token]] = []
    for token in found:
        if groups and between.fullmatch(same, groups[-1][-1].end, token.start):
            groups[-1].append(token)
        else:
            groups.append([token])
    written = _written_english if is_english else _written_japanese
    return [
        Run(group[0].start, group[-1].end, digits)
        for group in groups
        if _is_number(group) and (digits := written(group))
    ]


def digits_in(text: str, language: str) -> str:
    """Return all digits of a text, the runs one after the other; empty if there are none."""
    return "".join(run.digits for run in runs(text, language))


def _folded_sign(sign: str) -> str:
    wide = unicodedata.normalize("NFKC", sign).lower()
    sign = wide if len(wide) == 1 else sign
    return chr(ord(sign) - 0x60) if "ァ" <= sign <= "ヶ" else sign


def _is_number(group: Sequence[_Token]) -> bool:
    """Whether words are a number and nothing else."""
    return len(group) > 1 or group[0].word not in _MAY_BE_OTHER


def _japanese(text: str) -> Iterator[_Token]:
    for match in _JA_WORD.finditer(text):
        word = match[0]
        if word in _JA_UNITS:
            yield _Token(match.start(), match.end(), _JA_UNITS[word], unit=True, word=word)
        else:
            value = int(word) if word.isascii() else _JA_DIGITS[word]
            yield _Token(match.start(), match.end(), value, word="" if word.isascii() else word)


def _english(text: str) -> Iterator[_Token]:
    times, since = 1, 0
    for match in _EN_WORD.finditer(text):
        word = match[0]
        if word in _EN_TIMES:
            times, since = _EN_TIMES[word], match.start()
            continue
        start = since if times > 1 else match.start()
        if word in _EN_UNITS:
            yield _Token(start, match.end(), _EN_UNITS[word], unit=True, word=word)
        else:
            value = int(word) if word.isdigit() else _EN_NUMBERS[word]
            for _ in range(times):
                yield _Token(start, match.end(), value, word="" if word.isdigit() else word)
                start = match.end()
        times = 1


def _written_japanese(group: Sequence[_Token]) -> str:
    """Write digits one after the other; where units stand among them, the number that they make."""
    if not any(token.unit for token in group):
        return "".join(str(token.value) for token in group)
    total = section = 0
    current: int | None = None
    for token in group:
        if not token.unit:
            current = (current or 0) * 10 + token.value
        elif token.value >= 10_000:
            total += (section + (current or 0) or 1) * token.value
            section, current = 0, None
        else:
            section += (1 if current is None else current) * token.value
            current = None
    return str(total + section + (current or 0))


def _written_english(group: Sequence[_Token]) -> str:
    """As in Japanese, but `twelve thirty-four` is 1234."""
    parts: list[str] = []
    for is_whole, words in groupby(_by_number(group), key=lambda each: each[0]):
        tokens = [token for _, token in words]
        parts.append(_whole_english(tokens) if is_whole else _digits_english(tokens))
    return "".join(parts)


def _by_number(group: Sequence[_Token]) -> Iterator[tuple[bool, _Token]]:
    is_whole = any(token.unit for token in group)
    return ((is_whole, token) for token in group)


def _digits_english(tokens: Sequence[_Token]) -> str:
    written, at = "", 0
    while at < len(tokens):
        value, word = tokens[at].value, tokens[at].word
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if word in _EN_TENS and after is not None and after.word and 1 <= after.value <= 9:
            value, at = value + after.value, at + 1
        written, at = written + str(value), at + 1
    return written


def _whole_english(tokens: Sequence[_Token]) -> str:
    total = section = current = 0
    for token in tokens:
        if not token.unit:
            current = current * 10 + token.value if not token.word else current + token.value
        elif token.value == 1000:
            total, section, current = total + (section + current or 1) * 1000, 0, 0
        else:
            section, current = section + (current or 1) * token.value, 0
    return str(total + section + current)
