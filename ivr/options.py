"""Options of one written section: read, checked, and remembered as understood.

Whatever cannot be read is noted as a problem and replaced by its default, so that one look at a file
finds all that is wrong with it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from acd.dialect import Document, Entry, Problem, Section
from ivr.conditions import CALLER, DIALLED, PROVEN, Condition
from ivr.flow import Action, Prompt, SectionName

_YES, _NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


class Place(Protocol):
    """Something that stands in a file: an entry or a section."""

    def problem(self, message: str) -> Problem: ...


@dataclass(frozen=True, slots=True)
class Link:
    """An action of a section, with its place. `silent`: it happens to a caller who presses nothing."""

    section: SectionName
    place: Place
    action: Action
    silent: bool


class Origins:
    """In which section each entry was written: templates hand theirs on to others."""

    def __init__(self, document: Document) -> None:
        self._names: dict[tuple[str, int], SectionName] = {}
        for section in document.sections.values():
            for entry in section.entries:
                self._names.setdefault((entry.file, entry.line), SectionName(section.name))

    def of(self, entry: Entry) -> SectionName:
        return self._names[entry.file, entry.line]


@dataclass(slots=True)
class Findings:
    """What reading a file brought to light, section by section.

    `conditions` are in the order of writing. `variables` are those that something sets, `mentions` where
    any are used, `kinds` how they are to be read aloud, `recordings` where recordings are asked for,
    `secrets` where variables of the environment.
    """

    problems: list[Problem] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    conditions: list[tuple[Entry, Condition]] = field(default_factory=list)
    variables: set[str] = field(default_factory=lambda: {CALLER, DIALLED, PROVEN})
    mentions: list[tuple[Place, str]] = field(default_factory=list)
    kinds: list[tuple[Place, str]] = field(default_factory=list)
    recordings: list[tuple[Entry, Prompt]] = field(default_factory=list)
    secrets: list[tuple[Entry, str]] = field(default_factory=list)
    understood: set[Entry] = field(default_factory=set)
    unknown: dict[Entry, str] = field(default_factory=dict)

    def note(self, place: Place, message: str) -> None:
        self.problems.append(place.problem(message))

    def note_unknown(self) -> None:
        """Note the entries that no section understood: one that inherits may know what others do not."""
        for entry, message in self.unknown.items():
            if entry not in self.understood:
                self.note(entry, message)


class Options:
    """Reads the options of a section; those never asked for are unknown ones."""

    def __init__(self, written: Section, findings: Findings) -> None:
        self.written = written
        self._findings = findings
        self._known: set[str] = set()

    def all(self, key: str) -> list[Entry]:
        entries = self.written.all(key)
        self._known.add(key.casefold())
        self._findings.understood.update(entries)
        return entries

    def get(self, key: str) -> Entry | None:
        """Return the last entry: it overrides earlier and inherited ones."""
        entries = self.all(key)
        return entries[-1] if entries else None

    def seconds(self, key: str, default: float, least: float, most: float) -> float:
        return self._number(key, default, least, most, r"[0-9]{1,3}(?:\.[0-9]{1,3})?", "seconds")

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        return int(self._number(key, default, least, most, r"[0-9]{1,6}", "a whole number"))

    def share(self, key: str, default: float) -> float:
        return self._number(key, default, 0, 1, r"[01](?:\.[0-9]{1,3})?", "a share")

    def words(self, key: str) -> tuple[str, ...]:
        """Return a list with commas; empty if there is none."""
        entry = self.get(key)
        return tuple(word.strip() for word in entry.value.split(",") if word.strip()) if entry else ()

    def one_of(self, key: str, allowed: Sequence[str], default: str) -> str:
        entry = self.get(key)
        if entry is None:
            return default
        if entry.value.casefold() not in allowed:
            self.note(entry, f"expected {key} {', '.join(allowed)}, found {entry.value}")
            return default
        return entry.value.casefold()

    def flag(self, key: str, *, default: bool) -> bool:
        entry = self.get(key)
        if entry is None:
            return default
        if entry.value.casefold() not in (*_YES, *_NO):
            self.note(entry, f"expected {key} = yes or no, found {entry.value}")
        return entry.value.casefold() in _YES

    def note(self, place: Place, message: str) -> None:
        self._findings.note(place, message)

    def end(self, kind: str) -> None:
        """Remember what nobody asked for."""
        known = ", ".join(sorted(self._known))
        for entry in self.written.entries:
            if entry.key.casefold() not in self._known:
                message = f"expected an option of {kind} ({known}), found {entry.key}"
                self._findings.unknown.setdefault(entry, message)

    def _number(self, key: str, default: float, least: float, most: float, form: str, what: str) -> float:
        entry = self.get(key)
        if entry is None:
            return default
        if not re.fullmatch(form, entry.value) or not least <= float(entry.value) <= most:
            self.note(entry, f"expected {key} = {what}, {least} to {most}, found {entry.value}")
            return default
        return float(entry.value)
