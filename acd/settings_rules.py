"""Penalty rules, from `queuerules.conf`.

    [widen]
    penaltychange => 0,1          ; seconds of waiting, highest penalty that is tried
    penaltychange => 30,+2        ; ... two more
    penaltychange => 60,,2,r3     ; ... lowest penalty, and penalties below 3 (from 2 on) count as 3

Source: Asterisk 22, `queuerules.conf.sample`, and `insert_penaltychange`, `update_qe_rule` of app_queue.
"""

import re
from dataclasses import dataclass
from typing import Final

import msgspec

from acd.dialect import Document, Entry
from acd.fields import Fields, section_named
from acd.policy import PenaltyRange

Rules = dict[str, tuple[PenaltyRange, ...]]
"""The ranges of each rule, by the rule's name without case."""

_GENERAL_KEYS: Final = frozenset({"realtime_rules"})
_RULE_KEYS: Final = frozenset({"penaltychange"})
_DAY_S: Final = 86_400
_CHANGE: Final = re.compile(r"(?P<sign>[+-]?)(?P<number>\d{1,7})", re.ASCII)
_FORM: Final = "seconds,max[,min[,raise]], each a penalty or a change as in +2"


@dataclass(frozen=True, slots=True)
class _Shift:
    """A new value, or one relative to what it was."""

    number: int = 0
    is_relative: bool = True

    def of(self, before: int) -> int:
        """Return what becomes of a penalty; none is below 0."""
        return max(0, before + self.number if self.is_relative else self.number)


@dataclass(frozen=True, slots=True)
class _Change:
    """A `penaltychange =>` line."""

    entry: Entry
    after_s: int
    high: _Shift
    low: _Shift
    raised: _Shift
    spares_low: bool


def read_rules(fields: Fields, document: Document) -> Rules:
    """Read all rules; each begins with a range at 0 s and rises by time."""
    fields.known_keys(section_named(document, "general"), _GENERAL_KEYS, "queuerules.conf's [general]")
    rules: Rules = {}
    for section in document.concrete():
        if section.name.casefold() == "general":
            continue
        fields.known_keys(section, _RULE_KEYS, "queuerules.conf")
        found = [_change(fields, entry) for entry in section.all("penaltychange")]
        changes = sorted((each for each in found if each), key=lambda each: each.after_s)
        rules[section.name.casefold()] = _ranges(fields, changes)
    return rules


def _change(fields: Fields, entry: Entry) -> _Change | None:
    parts = [part.strip() for part in entry.value.split(",")]
    if not 2 <= len(parts) <= 4:
        fields.note(entry, f"expected {entry.key} => {_FORM}, found {entry.value!r}")
        return None
    after, high, low, raised = (*parts, "", "")[:4]
    shifts = [_shift(text) for text in (high, low, raised.removeprefix("r"))]
    if None in shifts or raised == "r":
        fields.note(entry, f"expected {entry.key} => {_FORM}, found {entry.value!r}")
        return None
    after_s = fields.within(entry, after, 0, _DAY_S, f"{entry.key} => seconds")
    first, second, third = (shift or _Shift() for shift in shifts)
    return _Change(entry, after_s, first, second, third, raised.startswith("r"))


def _shift(text: str) -> _Shift | None:
    if not text:
        return _Shift()
    match = _CHANGE.fullmatch(text)
    if match is None:
        return None
    number = int(match["number"])
    return _Shift(-number if match["sign"] == "-" else number, bool(match["sign"]))


def _ranges(fields: Fields, changes: list[_Change]) -> tuple[PenaltyRange, ...]:
    """Work the changes out one after the other; of several at one time only the last result counts."""
    found = {0: PenaltyRange()} if changes else {}
    now = PenaltyRange()
    for change in changes:
        now = _after(fields, now, change)
        found[change.after_s] = now
    return tuple(found.values())


def _after(fields: Fields, before: PenaltyRange, change: _Change) -> PenaltyRange:
    """Apply a change as app_queue does: the highest penalty bounds the others as they are then."""
    high = before.high
    if high is not None or not change.high.is_relative:
        high = change.high.of(high or 0)
    elif change.high.number:
        fields.note(change.entry, "expected a highest penalty before one relative to it, as in 0,1")
    low, raised = change.low.of(before.low), change.raised.of(before.raised)
    if high is not None:
        low, raised = min(low, high), min(raised, high)
    return msgspec.structs.replace(
        before, after_s=change.after_s, low=low, high=high, raised=raised, spares_low=change.spares_low
    )
