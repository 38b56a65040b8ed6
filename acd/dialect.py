"""Asterisk's configuration dialect, read with the place of every value.

    [name](!)            a template
    [name](base,other)   inherits the entries of its templates, in order
    [name](+)            adds to a section that stands earlier
    key = value          or `key => value`; `key += more` appends to the value so far
    ; comment            to the end of the line (`\\;` is a semicolon); `;-- ... --;` over lines
    #include "file"      or `#tryinclude`, which a missing file does not break; globs are allowed

Source: Asterisk documentation, "Asterisk Configuration Files" (main/config.c describes the same).
"""

import glob
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

_DEPTH_MAX = 10
_HEADER = re.compile(r"\[(?P<name>[^\]]*)\]\s*(?:\((?P<options>[^)]*)\))?\s*$")
_ENTRY = re.compile(r"(?P<key>[^=+]*?)\s*(?P<op>\+=|=>|=)\s*(?P<value>.*)$")
_INCLUDE = re.compile(r"#(?P<word>\w+)\s*(?P<file>.*)$")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a configuration file: where, and what was expected there."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class DialectError(Exception):
    """A file that cannot be read as the dialect; `problem` says where and what was expected."""

    def __init__(self, message: str, file: str, line: int) -> None:
        self.problem = Problem(file, line, message)
        super().__init__(str(self.problem))

    @property
    def problems(self) -> list[Problem]:
        return [self.problem]


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key = value`, at the place where it was written (for an inherited one: in the template)."""

    key: str
    value: str
    file: str
    line: int

    def problem(self, message: str) -> Problem:
        return Problem(self.file, self.line, message)


@dataclass(frozen=True, slots=True)
class Section:
    """A section with all its entries, inherited ones first. Keys compare without case."""

    name: str
    is_template: bool
    entries: tuple[Entry, ...]
    file: str
    line: int

    def get(self, key: str) -> Entry | None:
        """Return the last entry of that key: an own one overrides an inherited one."""
        return next((entry for entry in reversed(self.entries) if _same(entry.key, key)), None)

    def all(self, key: str) -> list[Entry]:
        return [entry for entry in self.entries if _same(entry.key, key)]

    def problem(self, message: str) -> Problem:
        return Problem(self.file, self.line, message)


@dataclass(frozen=True, slots=True)
class Document:
    """A file with all that it includes. `sections` keeps the order of writing, templates included."""

    file: str
    sections: dict[str, Section] = field(default_factory=dict)

    def concrete(self) -> Iterator[Section]:
        """Yield the sections that are not templates."""
        return (section for section in self.sections.values() if not section.is_template)


def read(path: Path) -> Document:
    """Read a file and what it includes; raises `DialectError`, also when it cannot be opened."""
    reader = _Reader(path)
    reader.take_file(path, depth=0)
    return Document(str(path), reader.sections)


def read_optional(path: Path) -> tuple[Document, list[Problem]]:
    """Read a file; one that is missing or cannot be read has no sections. Returns what is wrong, too."""
    if not path.exists():
        return Document(str(path)), []
    try:
        return read(path), []
    except DialectError as error:
        return Document(str(path)), list(error.problems)


class _Reader:
    def __init__(self, path: Path) -> None:
        self.root = path.parent
        self.sections: dict[str, Section] = {}
        self.current: str | None = None

    def take_file(self, path: Path, depth: int) -> None:
        name = str(path)
        for line, text in _code_lines(name, _text_of(path)):
            if text.startswith("#"):
                self._directive(text, name, line, depth)
            elif text.startswith("["):
                self._header(text, name, line)
            else:
                self._entry(text, name, line)

    def _directive(self, text: str, file: str, line: int, depth: int) -> None:
        match = _INCLUDE.match(text)
        word = match["word"] if match else ""
        if match is None or word not in ("include", "tryinclude"):
            raise DialectError(f"expected #include or #tryinclude, found {text.split()[0]}", file, line)
        if depth >= _DEPTH_MAX:
            raise DialectError(f"includes nest deeper than {_DEPTH_MAX}: a file includes itself?", file, line)
        wanted = match["file"].strip().strip('"<>')
        if not wanted:
            raise DialectError(f'expected #{word} "file"', file, line)
        found = sorted(glob.glob(str(self.root / wanted)))
        if not found and word == "include" and not glob.has_magic(wanted):
            raise DialectError(
                f"expected the file {self.root / wanted} to include, there is none", file, line
            )
        for each in found:
            self.take_file(Path(each), depth + 1)

    def _header(self, text: str, file: str, line: int) -> None:
        match = _HEADER.match(text)
        name = match["name"].strip() if match else ""
        if match is None or not name:
            raise DialectError("expected [name], [name](!), [name](template) or [name](+)", file, line)
        options = [option.strip() for option in (match["options"] or "").split(",") if option.strip()]
        self.current = name
        if "+" in options:
            if name not in self.sections:
                raise DialectError(
                    f"[{name}](+) adds to a section [{name}], there is none before", file, line
                )
            return
        if name in self.sections:
            first = self.sections[name]
            raise DialectError(
                f"section [{name}] stands already at {first.file}:{first.line}; [{name}](+) adds to it",
                file,
                line,
            )
        parents = [option for option in options if option != "!"]
        entries: list[Entry] = []
        for parent in parents:
            if parent not in self.sections:
                raise DialectError(f"expected a section [{parent}] before [{name}]({parent})", file, line)
            entries.extend(self.sections[parent].entries)
        self.sections[name] = Section(name, "!" in options, tuple(entries), file, line)

    def _entry(self, text: str, file: str, line: int) -> None:
        match = _ENTRY.match(text)
        if match is None or not match["key"]:
            raise DialectError(f"expected key = value, found {text!r}", file, line)
        if self.current is None:
            raise DialectError("expected a [section] before the first value", file, line)
        section = self.sections[self.current]
        entry = Entry(match["key"], match["value"], file, line)
        if match["op"] == "+=" and (earlier := section.get(entry.key)) is not None:
            entry = replace(entry, value=earlier.value + entry.value)
        self.sections[self.current] = replace(section, entries=(*section.entries, entry))


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DialectError("expected UTF-8 text", str(path), line) from None
    except OSError as error:
        raise DialectError(f"cannot be read: {error.strerror}", str(path), 0) from None


def _code_lines(file: str, text: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that says something, comments taken away."""
    opened_at = 0
    for number, raw in enumerate(text.split("\n"), start=1):
        kept = ""
        rest = raw
        while rest:
            if opened_at:
                _, closed, rest = rest.partition("--;")
                opened_at = 0 if closed else opened_at
                continue
            before, semicolon, after = _split_at_semicolon(rest)
            kept += before
            is_block = semicolon and after.startswith("--") and not after.startswith("---")
            opened_at = number if is_block else 0
            rest = after[2:] if is_block else ""
        if stripped := kept.strip():
            yield number, stripped
    if opened_at:
        raise DialectError("expected --; to end the comment that begins here", file, opened_at)


def _split_at_semicolon(text: str) -> tuple[str, bool, str]:
    """Split at the first semicolon that is not escaped; escaped ones lose their backslash."""
    kept: list[str] = []
    at = 0
    while at < len(text):
        if text.startswith("\\;", at):
            kept.append(";")
            at += 2
        elif text[at] == ";":
            return "".join(kept), True, text[at + 1 :]
        else:
            kept.append(text[at])
            at += 1
    return "".join(kept), False, ""


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
