"""What values look like: text as keys, web hooks and files give it, or Python's own types."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import phonenumbers

from ivr.spoken.kinds import CURRENCIES, Currency

Value = str | int | float | Decimal | date | time | timedelta
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_DATE = re.compile(r"(?:(\d{4})[-/.]?)?(\d{1,2})(?:[-/.]|(?<=\d{2}))(\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):?(\d{2})(?::?\d{2})?", re.ASCII)
_LEAP_YEAR = 2000
_SIGNS = {"円": "JPY", "¥": "JPY", "\\": "JPY", "$": "USD", "€": "EUR", "£": "GBP"}


class NotOfItsKind(ValueError):
    """A value is not what its kind says. Never leaves this package: such a value is said as it stands."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day; `year` is None where none is known, and then `weekday` is too. `weekday`: 0 is Monday."""

    year: int | None
    month: int
    day: int
    weekday: int | None


def written(value: Value) -> str:
    """Return a value as a person would write it, in half-width forms."""
    return unicodedata.normalize("NFKC", str(value)).strip()


def number(value: Value) -> Decimal:
    """Read `1234`, `1,234.50`, `-5`."""
    text = written(value).replace(",", "").replace("−", "-")
    if not _NUMBER.fullmatch(text):
        raise NotOfItsKind(text)
    return Decimal(text)


def amount(value: Value) -> tuple[Decimal, Currency]:
    """Read `1200`, `1,200円`, `12.50 USD`, `$12.50`: the number, to the hundredth, and its currency."""
    text = written(value)
    code = next((code for sign, code in _SIGNS.items() if sign in text), "JPY")
    text = text.translate(str.maketrans("", "", "".join(_SIGNS)))
    if matched := re.fullmatch(r"(.+?)\s*([A-Z]{3})|([A-Z]{3})\s*(.+)", text):
        text, code = matched[1] or matched[4], matched[2] or matched[3]
    if code not in CURRENCIES:
        raise NotOfItsKind(code)
    exact = number(text)
    rounded = exact.quantize(Decimal("0.01"))
    return (rounded.to_integral_value() if rounded == int(rounded) else rounded), CURRENCIES[code]


def seconds(value: Value) -> int:
    """Read a number of seconds, or `MM:SS`, `HH:MM:SS`."""
    if isinstance(value, timedelta):
        return max(0, round(value.total_seconds()))
    text = written(value)
    if re.fullmatch(r"(\d+:)?\d{1,2}:\d{2}", text):
        total = 0
        for part in text.split(":"):
            total = total * 60 + int(part)
        return total
    return max(0, round(number(text)))


def percent(value: Value) -> Decimal:
    """Read `12.5`, `12.5%`."""
    return number(written(value).removesuffix("%"))


def about(seconds: int) -> int:
    """Round a wait: tens of seconds below a minute, minutes below an hour, then half hours."""
    step = 10 if seconds < 55 else 60 if seconds < 3570 else 1800
    return max(step, (seconds + step // 2) // step * step)


def units(seconds: int) -> tuple[int, int, int, int]:
    """Return days, hours, minutes and seconds."""
    return seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60, seconds % 60


def day(value: Value) -> Day:
    """Read `2026-04-01`, `2026/4/1`, `20260401`, `04-01`, `0401`, and what begins so (`2026-04-01T09:30`)."""
    if isinstance(value, date):
        return Day(value.year, value.month, value.day, value.weekday())
    text = written(value).partition("T")[0].partition(" ")[0]
    matched = _DATE.fullmatch(text)
    if not matched:
        raise NotOfItsKind(text)
    year = int(matched[1]) if matched[1] else None
    try:
        found = date(year or _LEAP_YEAR, int(matched[2]), int(matched[3]))
    except ValueError as error:
        raise NotOfItsKind(text) from error
    return Day(year, found.month, found.day, found.weekday() if year else None)


def clock(value: Value) -> time:
    """Read `16:07`, `1607`, `9:30`, and what ends so (`2026-04-01T09:30`); seconds are left out."""
    if isinstance(value, datetime):
        return time(value.hour, value.minute)
    if isinstance(value, time):
        return value
    text = re.split(r"[T ]", written(value))[-1]
    matched = _TIME.fullmatch(text)
    try:
        if matched:
            return time(int(matched[1]), int(matched[2]))
    except ValueError as error:
        raise NotOfItsKind(text) from error
    raise NotOfItsKind(text)


def phone(value: Value, region: str = "JP") -> str:
    """Return a phone number in the groups that it is written in; abroad as dialled from here, without `+`."""
    text = written(value)
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise NotOfItsKind(text) from error
    is_domestic = parsed.country_code == phonenumbers.country_code_for_region(region)
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, form.NATIONAL if is_domestic else form.INTERNATIONAL)
