"""Numbers that nobody is to read in a transcript: of payment cards, and My Number.

A card is 13 to 19 digits with a right check digit (Luhn, ISO/IEC 7812-1 annex B); 14 to 16 digits in one
breath count without it too: one of them may have been misheard. My Number is 12 digits with a check digit
(総務省令第85号 of 2014, article 5). Digits in words count as figures do, and what is said in several breaths
is one number. Where words say which number it is, its length alone tells it, a digit more or less: one may
have been misheard.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ivr.spoken_numbers import Run, folded, runs

MASK = "＊"
_CARD_MIN, _CARD_MAX = 13, 19
_MISHEARD = range(14, 17)
_MY_NUMBER = 12
_DIGITS_MAX = 64
"""So many digits in a row are looked at; whatever comes before them is none of the same number."""
_BREATH_S = 12.0
_AFTER_S = 20.0
_CODE = (3, 4)
"""How long after such a number what has so many digits is masked too: security code, expiry."""
_NAMED_S = 60.0
"""So long after it was named, or asked for, a number may be said."""
_NAMES = (
    (
        re.compile(
            r"かーどの?(?:番号|ばんごう)|くれじっと|でびっと|\bcard(?:'s)? number|\b(?:credit|debit) card"
        ),
        frozenset(range(_CARD_MIN - 1, _CARD_MAX + 2)),
    ),
    (
        re.compile(r"まいなんばー|個人番号|こじんばんごう|\bmy ?number|\bindividual number"),
        frozenset(range(_MY_NUMBER - 1, _MY_NUMBER + 2)),
    ),
)
"""What names such a number, and how long that may be as it is heard."""
_TELEPHONE = re.compile(r"0[5-9]0\d{8}|81\d{9,10}")
"""A Japanese telephone number that is as long."""


def is_card(digits: str) -> bool:
    """Whether digits may be the number of a payment card, by length and check digit."""
    if not _CARD_MIN <= len(digits) <= _CARD_MAX or len(set(digits)) == 1:
        return False
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_my_number(digits: str) -> bool:
    """Whether digits may be a My Number of a person, by length and check digit."""
    if len(digits) != _MY_NUMBER or len(set(digits)) == 1:
        return False
    weighed = (
        int(digit) * (at + 1 if at <= 6 else at - 5)
        for at, digit in enumerate(reversed(digits[:-1]), start=1)
    )
    rest = sum(weighed) % 11
    return int(digits[-1]) == (0 if rest <= 1 else 11 - rest)


def is_secret(digits: str) -> bool:
    """Whether what was said in one breath is such a number, or begins or ends with one."""
    if is_my_number(digits) or is_card(digits) or len(digits) in _MISHEARD:
        return True
    lengths = range(_CARD_MIN, len(digits)) if len(digits) > _MISHEARD[-1] else ()
    return any(is_card(digits[:each]) or is_card(digits[-each:]) for each in lengths)


def named_lengths(text: str) -> frozenset[int]:
    """Return how many digits a number may have that a text names; empty if it names none."""
    same = folded(text)
    return frozenset().union(*(lengths for name, lengths in _NAMES if name.search(same)))


def masked(text: str, language: str) -> str:
    """Return a text with such numbers masked, one sign a sign."""
    near = named_lengths(text)
    return _without(text, [run for run in runs(text, language) if _is_number([run.digits], near)])


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance as it may be read; `is_masked`: something of it is not shown."""

    id: str
    text: str
    is_masked: bool


@dataclass(slots=True)
class _Said:
    """An utterance that may be part of a number; `runs` are its digits, `hidden` those that are masked."""

    id: str
    text: str
    ended_s: float
    runs: Sequence[Run]
    hidden: set[Run] = field(default_factory=set)


class Masker:
    """Masks what one side of a call says, utterance by utterance.

    A number that is said in several utterances is found with its last digits: those before are then
    masked too, and told again. Nothing is kept longer than a number can go on.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._said: list[_Said] = []
        self._number_s = float("-inf")
        self._named: list[tuple[float, frozenset[int]]] = []

    def named(self, text: str, at_s: float) -> None:
        """Take what another side said: it may ask for a number."""
        if lengths := named_lengths(text):
            self._named.append((at_s, lengths))

    def heard(self, id_: str, text: str, began_s: float, ended_s: float) -> list[Line]:
        """Take an utterance; returns it as it may be read, and those before that have to be masked anew.

        Times are seconds of one clock; utterances come in order.
        """
        self.named(text, began_s)
        near = self._near(began_s)
        now = _Said(id_, text, ended_s, runs(text, self._language))
        if self._said and (began_s - self._said[-1].ended_s > _BREATH_S or not self._goes_on(now)):
            self._said.clear()
        self._said.append(now)
        if began_s - self._number_s <= _AFTER_S:
            now.hidden |= {run for run in now.runs if len(run.digits) in _CODE}
        changed = self._mask(near)
        if now not in changed:
            changed.append(now)
        if len(changed) > 1 or any(_is_number([run.digits], near) for run in now.runs):
            self._number_s = ended_s
        self._forget_early()
        return [Line(each.id, _without(each.text, each.hidden), bool(each.hidden)) for each in changed]

    def _near(self, at_s: float) -> frozenset[int]:
        return frozenset().union(
            *(lengths for named_s, lengths in self._named if 0 <= at_s - named_s <= _NAMED_S)
        )

    def _goes_on(self, now: _Said) -> bool:
        """Whether digits may belong to those said before: nothing but a word or two stands between."""
        return bool(now.runs) and bool(self._said[-1].runs)

    def _mask(self, near: frozenset[int]) -> list[_Said]:
        """Hide the runs of a number that goes over utterances; returns those of which more is hidden."""
        whole = [(said, run) for said in self._said for run in said.runs]
        secret = {
            (id(said), run)
            for first in range(len(whole))
            for last in range(first, len(whole))
            if _is_number([run.digits for _, run in whole[first : last + 1]], near)
            for said, run in whole[first : last + 1]
        }
        changed = []
        for said in self._said:
            hidden = {run for run in said.runs if (id(said), run) in secret} | said.hidden
            if hidden != said.hidden:
                said.hidden = hidden
                changed.append(said)
        return changed

    def _forget_early(self) -> None:
        def count() -> int:
            return sum(len(run.digits) for said in self._said for run in said.runs)

        while len(self._said) > 1 and count() > _DIGITS_MAX:
            del self._said[0]


def _is_number(breaths: Sequence[str], near: frozenset[int]) -> bool:
    """Whether these are all the breaths of one such number, or of what has a length that is `near`."""
    whole = "".join(breaths)
    if len(whole) in near and not _TELEPHONE.fullmatch(whole):
        return True
    if len(breaths) == 1:
        return is_secret(whole)
    return is_card(whole) or is_my_number(whole) or [len(each) for each in breaths] == [4, 4, 4, 4]


def _without(text: str, hidden: Iterable[Run]) -> str:
    for run in hidden:
        text = text[: run.start] + MASK * (run.end - run.start) + text[run.end :]
    return text
