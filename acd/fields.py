"""Reading values out of a section, noting what is wrong instead of stopping at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from acd.dialect import DialectError, Document, Entry, Problem, Section

_TRUE: Final = frozenset({"yes", "true", "y", "t", "1", "on"})
_FALSE: Final = frozenset({"no", "false", "n", "f", "0", "off"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A name that other files or the database must know, and where it stands."""

    name: str
    place: Entry


class Fields:
    """Reads typed values; each that cannot be read becomes one of `problems` and the default is taken.

    `agents` and `menus` are the names of agents and of sections of `ivr.conf` that were met on the way.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.agents: list[Mention] = []
        self.menus: list[Mention] = []

    def note(self, place: Entry | Section, expected: str) -> None:
        """Note a problem once, even if several sections inherit the same line."""
        problem = place.problem(expected)
        if problem not in self.problems:
            self.problems.append(problem)

    def note_all(self, error: DialectError) -> None:
        self.problems.extend(error.problems)

    def known_keys(self, section: Section, keys: frozenset[str], where: str) -> None:
        for entry in section.entries:
            if entry.key.casefold() not in keys:
                self.note(entry, f"expected a word of {where}, found {entry.key!r}")

    def seconds(self, section: Section, key: str, default: int, low: int, high: int) -> int:
        return self.number(section, key, default, low, high, "seconds")

    def number(
        self, section: Section, key: str, default: int, low: int, high: int, what: str = "a number"
    ) -> int:
        entry = section.get(key)
        if entry is None:
            return default
        return self.within(entry, entry.value, low, high, f"{key} = {what}", default)

    def within(self, entry: Entry, text: str, low: int, high: int, form: str, default: int = 0) -> int:
        """Read a number that is part of an entry; `form` says how the entry is to be written."""
        if text.isascii() and text.isdecimal() and low <= int(text) <= high:
            return int(text)
        self.note(entry, f"expected {form} from {low} to {high}, found {text!r}")
        return default

    def parts(self, entry: Entry, form: str, count: int) -> list[str] | None:
        """Split `a,b,c` into `count` parts, none of them empty; `form` says what they are."""
        parts = [part.strip() for part in entry.value.split(",", count - 1)]
        if len(parts) == count and all(parts):
            return parts
        self.note(entry, f"expected {entry.key} => {form}, found {entry.value!r}")
        return None

    def word(self, section: Section, key: str, allowed: Sequence[str], default: str) -> str:
        """Read one of several words (`plain_word`)."""
        entry = section.get(key)
        if entry is None:
            return default
        return self.one_of(entry, plain_word(entry.value), allowed) or default

    def is_on(self, section: Section, key: str, *, default: bool = False) -> bool:
        return self.word(section, key, ("yes", "no"), "yes" if default else "no") == "yes"

    def one_of(self, entry: Entry, text: str, allowed: Sequence[str]) -> str | None:
        if text in allowed:
            return text
        self.note(entry, f"expected one of {', '.join(allowed)}, found {text!r}")
        return None


def plain_word(text: str) -> str:
    """Return a word without case, Asterisk's many words for yes and no as `yes` and `no`."""
    word = text.strip().casefold()
    return "yes" if word in _TRUE else "no" if word in _FALSE else word


def section_named(document: Document, name: str) -> Section:
    """Return a section, an empty one if the file does not have it or only as a template."""
    found = document.sections.get(name)
    return found if found and not found.is_template else Section(name, False, (), document.file, 0)
