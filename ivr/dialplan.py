"""Dialplan patterns: which numbers an entry is for.

A text without a leading `_` stands for itself. After `_`: X is 0-9, Z 1-9, N 2-9, `[15-7]` one of
those, `.` one or more and `!` zero or more of anything, at the end only; hyphens and spaces are
ignored. Source: Asterisk documentation, "Pattern Matching".
"""

import re
from dataclasses import dataclass

_CLASSES = {"X": frozenset("0123456789"), "Z": frozenset("123456789"), "N": frozenset("23456789")}
_RANGE = re.compile(r"([0-9A-Za-z*#])(?:-([0-9A-Za-z*#]))?")
_BRACKETED = re.compile(rf"(?:{_RANGE.pattern})+")
_VAGUENESS_OF_REST = {"": 0, ".": 1000, "!": 1001}


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is allowed at each place, and how the pattern ends: `.`, `!` or nothing."""

    text: str
    places: tuple[frozenset[str], ...]
    rest: str = ""

    def matches(self, number: str) -> bool:
        if not all(digit in place for digit, place in zip(number, self.places, strict=False)):
            return False
        surplus = len(number) - len(self.places)
        return surplus >= 0 if self.rest == "!" else surplus >= 1 if self.rest else surplus == 0

    @property
    def vagueness(self) -> tuple[int, ...]:
        """Sort key: of two patterns that match, the one with the smaller key is the more specific."""
        return (*(len(place) for place in self.places), _VAGUENESS_OF_REST[self.rest])

    @property
    def is_for_all(self) -> bool:
        return not self.places and self.rest != ""


def parse_pattern(text: str) -> Pattern:
    """Read a pattern; raises `ValueError` with what was expected."""
    if not text.startswith("_"):
        return Pattern(text, tuple(frozenset(sign) for sign in text))
    body = text[1:].replace(" ", "")
    if not body:
        raise ValueError("expected a pattern after _")
    places: list[frozenset[str]] = []
    at = 0
    while at < len(body):
        sign = body[at]
        if sign in ".!":
            if at != len(body) - 1:
                raise ValueError(f"expected {sign} only at the end of the pattern {text}")
            return Pattern(text, tuple(places), sign)
        if sign == "[":
            end = body.find("]", at)
            places.append(_one_of(body[at + 1 : end] if end >= 0 else "", text))
            at = end
        elif sign != "-":
            places.append(_CLASSES.get(sign.upper(), frozenset(sign)))
        at += 1
    return Pattern(text, tuple(places))


def _one_of(body: str, text: str) -> frozenset[str]:
    """Read what stands between brackets: single signs and rising ranges such as `2-5`."""
    if not _BRACKETED.fullmatch(body):
        raise ValueError(f"expected something like [15-7] in the pattern {text}")
    signs: set[str] = set()
    for first, last in _RANGE.findall(body):
        if last and first > last:
            raise ValueError(f"expected a range that rises in the pattern {text}, found {first}-{last}")
        signs.update(chr(code) for code in range(ord(first), ord(last or first) + 1))
    return frozenset(signs)
