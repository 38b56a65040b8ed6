"""Codes that agents type on their phones during a call: which keys mean what. Pure; time comes from outside.

The names and their defaults are those of Asterisk's `features.conf`, as is the rule: keys that may
become a code are kept back until it is clear, and what is none goes on to the other side.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Feature(StrEnum):
    """What a code does, by its name in `features.conf`. The `ATXFER_` ones are for a consultation only."""

    BLINDXFER = "blindxfer"
    ATXFER = "atxfer"
    DISCONNECT = "disconnect"
    PARKCALL = "parkcall"
    AUTOMIXMON = "automixmon"
    HOLD = "hold"
    MUTE = "mute"
    ATXFER_ABORT = "atxferabort"
    ATXFER_COMPLETE = "atxfercomplete"
    ATXFER_THREEWAY = "atxferthreeway"
    ATXFER_SWAP = "atxferswap"

    @property
    def is_for_consultation(self) -> bool:
        """Whether it means something only while somebody is consulted."""
        return self in _CONSULTING

    @property
    def wants_target(self) -> bool:
        """Whether the keys that follow it say to whom."""
        return self in (Feature.BLINDXFER, Feature.ATXFER)


_CONSULTING: Final = frozenset(
    {Feature.ATXFER_ABORT, Feature.ATXFER_COMPLETE, Feature.ATXFER_THREEWAY, Feature.ATXFER_SWAP}
)
_ANYWHERE: Final = frozenset({Feature.DISCONNECT, Feature.AUTOMIXMON, Feature.HOLD, Feature.MUTE})
"""What a consultation leaves as it is, unless a code of its own is the same."""

DEFAULT_CODES: Final[Mapping[Feature, str]] = {
    Feature.BLINDXFER: "#1",
    Feature.ATXFER: "*2",
    Feature.DISCONNECT: "*0",
    Feature.PARKCALL: "#72",
    Feature.AUTOMIXMON: "*3",
    Feature.HOLD: "*7",
    Feature.MUTE: "*6",
    Feature.ATXFER_ABORT: "*1",
    Feature.ATXFER_COMPLETE: "*2",
    Feature.ATXFER_THREEWAY: "*3",
    Feature.ATXFER_SWAP: "*4",
}
TARGET_MAX: Final = 32
END_OF_TARGET: Final = "#"


@dataclass(frozen=True, slots=True)
class FeatureCodes:
    """The codes of a call centre. `digit_timeout_s` is for the next key of a code, the other of a target."""

    codes: Mapping[Feature, str] = field(default_factory=lambda: dict(DEFAULT_CODES))
    digit_timeout_s: float = 1.0
    target_digit_timeout_s: float = 3.0

    def active(self, *, consults: bool) -> dict[str, Feature]:
        """Return the codes that count in a talk, or during a consultation."""
        talking = {each for each in Feature if not each.is_for_consultation}
        wanted = [*(talking & _ANYWHERE), *_CONSULTING] if consults else [*talking]
        return {self.codes[each]: each for each in wanted if self.codes.get(each)}


@dataclass(frozen=True, slots=True)
class Typed:
    """A code that was typed. `target` are the keys that followed it, empty if there were none."""

    feature: Feature
    target: str = ""


@dataclass(frozen=True, slots=True)
class TargetWanted:
    """A code that wants a target was typed: the agent is to be told so."""

    feature: Feature


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Keys that are no code: they are for the other side."""

    digits: str


Outcome = Typed | TargetWanted | PassedOn


class Keypad:
    """The keys of one phone during a call. `deadline_s` is when `lapsed` is due, if nothing is typed.

    Times are of the caller's clock, in seconds.
    """

    def __init__(self, codes: FeatureCodes) -> None:
        self._codes = codes
        self._kept = ""
        self._active: dict[str, Feature] = {}
        self._feature: Feature | None = None
        self._target = ""
        self.deadline_s: float | None = None

    def typed(self, digit: str, now_s: float, *, consults: bool) -> list[Outcome]:
        """Take one key; `consults`: somebody is consulted at this moment."""
        if self._feature is not None:
            return self._targeted(digit, now_s)
        if not self._kept:
            self._active = self._codes.active(consults=consults)
        self._kept += digit
        return self._settle(now_s, is_over=False)

    def lapsed(self, now_s: float) -> list[Outcome]:
        """Nothing was typed in time: what was kept back means what it means, and a target is complete."""
        if self._feature is not None:
            return [self._finished(self._feature)]
        return self._settle(now_s, is_over=True)

    def _targeted(self, digit: str, now_s: float) -> list[Outcome]:
        feature = self._feature
        assert feature is not None
        if digit == END_OF_TARGET:
            return [self._finished(feature)]
        if digit == "*" and self._target:  # begin anew
            self._target = ""
        else:
            self._target += digit
        if len(self._target) >= TARGET_MAX:
            return [self._finished(feature)]
        self.deadline_s = now_s + self._codes.target_digit_timeout_s
        return []

    def _finished(self, feature: Feature) -> Typed:
        typed = Typed(feature, self._target)
        self._feature, self._target, self.deadline_s = None, "", None
        return typed

    def _settle(self, now_s: float, *, is_over: bool) -> list[Outcome]:
        """Say what the kept keys mean, as far as that is clear."""
        outcomes: list[Outcome] = []
        passed = ""
        while self._kept:
            if not is_over and self._may_grow():
                break
            feature = self._code_at_the_beginning()
            if feature is None:
                passed, self._kept = passed + self._kept[0], self._kept[1:]
                continue
            code = self._codes.codes[feature]
            self._kept = self._kept[len(code) :]
            if passed:
                outcomes.append(PassedOn(passed))
                passed = ""
            outcomes.append(self._begun(feature))
            if self._feature is not None:  # the rest is its target
                self._target, self._kept = self._kept, ""
        if passed:
            outcomes.append(PassedOn(passed))
        self.deadline_s = self._deadline(now_s)
        return outcomes

    def _may_grow(self) -> bool:
        """Whether the kept keys are the beginning of a code."""
        return any(code != self._kept and code.startswith(self._kept) for code in self._active)

    def _code_at_the_beginning(self) -> Feature | None:
        """Return the longest code with which the kept keys begin."""
        begun = [code for code in self._active if self._kept.startswith(code)]
        return self._active[max(begun, key=len)] if begun else None

    def _begun(self, feature: Feature) -> Outcome:
        if not feature.wants_target:
            return Typed(feature)
        self._feature, self._target = feature, ""
        return TargetWanted(feature)

    def _deadline(self, now_s: float) -> float | None:
        if self._feature is not None:
            return now_s + self._codes.target_digit_timeout_s
        return now_s + self._codes.digit_timeout_s if self._kept else None


def clashes(codes: Mapping[Feature, str]) -> Iterator[tuple[Feature, Feature]]:
    """Yield pairs of features that have the same code and count at the same time."""
    for group in (
        [each for each in Feature if not each.is_for_consultation],
        [each for each in Feature if each in _CONSULTING],
    ):
        yield from _same(codes, group)


def _same(codes: Mapping[Feature, str], group: Iterable[Feature]) -> Iterator[tuple[Feature, Feature]]:
    first: dict[str, Feature] = {}
    for feature in group:
        if code := codes.get(feature):
            if code in first:
                yield first[code], feature
            else:
                first[code] = feature
