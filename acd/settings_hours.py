"""Opening hours, from sections of `acd.conf` with `type = hours`.

[office]
type = hours
timezone = Asia/Tokyo
open => mon-fri,09:00-18:00           ; also mon,wed,09:00-12:00 or daily,00:00-24:00
open => 2026-12-30,09:00-12:00        ; that date only, instead of its weekday
closed => 12-31,2026-05-02            ; every year, or that date
holidays = JP                         ; closed on that country's public holidays
"""

import re
from datetime import date
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from acd.dialect import Document, Entry, Section
from acd.fields import Fields
from acd.hours import Hours, Span

_KEYS: Final = frozenset({"type", "open", "closed", "holidays", "timezone"})
_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN: Final = re.compile(r"(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)", re.ASCII)
_DATE: Final = re.compile(r"(?:\d{4}-)?\d\d-\d\d", re.ASCII)
_DAYS: Final = f"{', '.join(_WEEK)}, as in mon-fri, or daily, or a date (YYYY-MM-DD, MM-DD)"
_MIDNIGHT: Final = 1440
_LEAP_YEAR: Final = "2000-"

_Spans = dict[str, tuple[Span, ...]]
"""By weekday or date."""


def is_hours(section: Section) -> bool:
    """Whether a section of `acd.conf` is opening hours, not a queue."""
    kind = section.get("type")
    return kind is not None and kind.value.casefold() == "hours"


def read_hours(fields: Fields, document: Document, now_ms: int) -> dict[str, Hours]:
    """Read all opening hours; `now_ms` (Unix time) is from when on they must open once."""
    found: dict[str, Hours] = {}
    for section in document.concrete():
        if is_hours(section):
            hours = _hours(fields, section)
            found[section.name] = hours
            if hours.next_opening_ms(now_ms) is None:
                fields.note(
                    section, "expected hours that open within 400 days, as in open => mon-fri,09:00-18:00"
                )
    return found


def _hours(fields: Fields, section: Section) -> Hours:
    fields.known_keys(section, _KEYS, "opening hours")
    spans: _Spans = {}
    for entry in section.all("open"):
        _add_opening(fields, entry, spans)
    for entry in section.all("closed"):
        _add_closing(fields, entry, spans)
    return Hours(
        zone=_zone(fields, section),
        week=tuple(spans.get(day, ()) for day in _WEEK),
        country=_country(fields, section),
        days={day: opened for day, opened in spans.items() if day not in _WEEK},
    )


def _add_opening(fields: Fields, entry: Entry, spans: _Spans) -> None:
    """Add an `open =>` line to the spans of each of its days."""
    *words, last = (part.strip() for part in entry.value.casefold().split(","))
    span = _span(fields, entry, last) if words else None
    if not words:
        fields.note(entry, f"expected {entry.key} => days,HH:MM-HH:MM, found {entry.value!r}")
    if span is None:
        return
    for word in words:
        for day in _days_of(fields, entry, word):
            before = spans.get(day, ())
            if any(each.opens < span.closes and span.opens < each.closes for each in before):
                fields.note(entry, f"expected spans that do not overlap, found {last} again on {day}")
            spans[day] = tuple(sorted((*before, span), key=lambda each: each.opens))


def _add_closing(fields: Fields, entry: Entry, spans: _Spans) -> None:
    for word in (part.strip() for part in entry.value.split(",")):
        if not _is_date(word):
            fields.note(entry, f"expected a date (YYYY-MM-DD, MM-DD), found {word!r}")
        elif spans.get(word):
            fields.note(entry, f"expected {word} either open or closed, found both")
        else:
            spans[word] = ()


def _days_of(fields: Fields, entry: Entry, word: str) -> tuple[str, ...]:
    """Return the weekdays or the date that a word means; weeks go round, as in sat-mon."""
    if word == "daily":
        return _WEEK
    first, dash, last = (part.strip() for part in word.partition("-"))
    if first in _WEEK and (last in _WEEK or not dash):
        begin = _WEEK.index(first)
        count = (_WEEK.index(last) - begin) % 7 + 1 if dash else 1
        return tuple(_WEEK[(begin + ahead) % 7] for ahead in range(count))
    if _is_date(word):
        return (word,)
    fields.note(entry, f"expected days ({_DAYS}), found {word!r}")
    return ()


def _is_date(word: str) -> bool:
    if not _DATE.fullmatch(word):
        return False
    try:
        date.fromisoformat(word if len(word) == len("YYYY-MM-DD") else _LEAP_YEAR + word)
    except ValueError:
        return False
    return True


def _span(fields: Fields, entry: Entry, text: str) -> Span | None:
    match = _SPAN.fullmatch(text)
    numbers = [int(number) for number in match.groups()] if match else []
    if not numbers or numbers[1] > 59 or numbers[3] > 59:
        fields.note(entry, f"expected {entry.key} => days,HH:MM-HH:MM, found {entry.value!r}")
        return None
    span = Span(opens=numbers[0] * 60 + numbers[1], closes=numbers[2] * 60 + numbers[3])
    if not span.opens < span.closes <= _MIDNIGHT:
        fields.note(
            entry,
            f"expected a span that ends after it begins, at 24:00 at the latest, found {text!r};"
            " what is after midnight belongs to the next day",
        )
        return None
    return span


def _zone(fields: Fields, section: Section) -> str:
    default = Hours().zone
    entry = section.get("timezone")
    if entry is None:
        return default
    try:
        ZoneInfo(entry.value)
    except (OSError, ValueError, KeyError):
        fields.note(entry, f"expected a time zone such as {default} or Europe/London, found {entry.value!r}")
        return default
    return entry.value


def _country(fields: Fields, section: Section) -> str:
    entry = section.get("holidays")
    if entry is None or not entry.value:
        return ""
    country = entry.value.upper()
    if country in _countries():
        return country
    fields.note(entry, f"expected a country's two letters (ISO 3166), as in JP, found {entry.value!r}")
    return ""


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=False))
