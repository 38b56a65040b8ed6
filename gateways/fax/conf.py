"""`fax.conf`: on which numbers faxes are received, where they wait, and what is seen of us.

[main]
number => 0312345679                ; as the carrier names it, or a pattern
tone => 0312345678                  ; a number of voice: a fax machine that calls there is sent here
queue = support
station = +81 3 1234 5679
header = SAMPLE INC.
name = 株式会社サンプル
caller_id => 0312345679
pages_max = 30
tries_max = 5
font = /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from acd.dialect import DialectError, Problem, Section, read

FILE_NAME: Final = "fax.conf"
_KEYS: Final = "number, tone, queue, station, header, name, caller_id, pages_max, tries_max, font"
_NAME = re.compile(r"[a-z0-9_]{1,32}")
_NUMBER = re.compile(r"\+?[0-9]{2,20}|_\+?(?:[0-9XZN]|\[[0-9-]+\]){2,20}[.!]?")
_STATION = re.compile(r"[+0-9 ]{1,20}")
_HEADER = re.compile(r"[A-Za-z0-9 .&()'/-]{0,50}")
_CALLER_ID = re.compile(r"\+?[0-9]{3,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaxLine:
    """A line. `queue` empty: that of the channel; `station` is T.30's identification, at most 20 signs.

    `pages_max` and `tries_max` are of a fax that we send.
    """

    name: str
    numbers: tuple[str, ...] = ()
    tones: tuple[str, ...] = ()
    queue: str = ""
    station: str = ""
    header: str = ""
    company: str = ""
    caller_id: str = ""
    pages_max: int = 30
    tries_max: int = 5
    font: str = ""


def examine_fax(
    config_dir: Path, queues: Collection[str] | None = None
) -> tuple[tuple[FaxLine, ...], tuple[Problem, ...]]:
    """Read the lines of a folder and what is wrong with them. No file: no lines.

    `queues` None: whether there are such is not known here.
    """
    path = config_dir / FILE_NAME
    if not path.exists():
        return (), ()
    try:
        document = read(path)
    except DialectError as error:
        return (), tuple(error.problems)
    problems: list[Problem] = []
    lines = tuple(_Reader(section, queues, problems).line() for section in document.concrete())
    seen: dict[str, str] = {}
    for line in lines:
        for number in (*line.numbers, *line.tones):
            if number in seen:
                section = document.sections[line.name]
                problems.append(section.problem(f"expected a number once, [{seen[number]}] has {number}"))
            seen[number] = line.name
    return lines, tuple(problems)


class _Reader:
    """Reads one section; what is wrong is noted, and left out."""

    def __init__(self, section: Section, queues: Collection[str] | None, problems: list[Problem]) -> None:
        self._section, self._queues, self._problems = section, queues, problems

    def line(self) -> FaxLine:
        section = self._section
        known = {word.strip() for word in _KEYS.split(",")}
        for entry in section.entries:
            if entry.key.casefold() not in known:
                self._problems.append(entry.problem(f"expected {_KEYS}, found {entry.key!r}"))
        if not _NAME.fullmatch(section.name):
            self._problems.append(section.problem("expected a name of small letters, digits and '_'"))
        return FaxLine(
            name=section.name,
            numbers=self._numbers("number"),
            tones=self._numbers("tone"),
            queue=self._queue(),
            station=self._text("station", _STATION, "up to 20 digits, blanks and +"),
            header=self._text("header", _HEADER, "up to 50 letters, digits and blanks, ASCII"),
            company=self._text("name"),
            caller_id=self._text("caller_id", _CALLER_ID, "a number"),
            pages_max=self._number("pages_max", 30, 200),
            tries_max=self._number("tries_max", 5, 20),
            font=self._font(),
        )

    def _numbers(self, key: str) -> tuple[str, ...]:
        found = []
        for entry in self._section.all(key):
            if _NUMBER.fullmatch(entry.value):
                found.append(entry.value)
            else:
                self._problems.append(
                    entry.problem(f"expected {key} => a number or a pattern, found {entry.value!r}")
                )
        return tuple(found)

    def _text(self, key: str, form: re.Pattern[str] | None = None, words: str = "") -> str:
        entry = self._section.get(key)
        if entry is None:
            return ""
        if form is not None and not form.fullmatch(entry.value):
            self._problems.append(entry.problem(f"expected {key} = {words}, found {entry.value!r}"))
            return ""
        return entry.value

    def _queue(self) -> str:
        entry = self._section.get("queue")
        if entry is None:
            return ""
        if self._queues is not None and entry.value not in self._queues:
            names = ", ".join(sorted(self._queues))
            self._problems.append(entry.problem(f"expected a queue ({names}), found {entry.value!r}"))
            return ""
        return entry.value

    def _number(self, key: str, default: int, most: int) -> int:
        entry = self._section.get(key)
        if entry is None:
            return default
        if entry.value.isascii() and entry.value.isdecimal() and 1 <= int(entry.value) <= most:
            return int(entry.value)
        self._problems.append(entry.problem(f"expected {key} = 1 to {most}, found {entry.value!r}"))
        return default

    def _font(self) -> str:
        path = self._text("font")
        if path and not Path(path).is_file():
            entry = self._section.get("font")
            assert entry is not None, "it was just read"
            self._problems.append(entry.problem(f"expected a font's file, there is no {path}"))
            return ""
        return path
