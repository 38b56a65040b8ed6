"""English, spelled out: what is read does not depend on how a voice takes numerals."""

from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal

from ivr.spoken import values
from ivr.spoken.digits import groups
from ivr.spoken.kinds import COUNTERS, Counter, Currency, Kind
from ivr.spoken.names import romaji, split
from ivr.spoken.values import NotOfItsKind, Value

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS = ["-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = (
    (10**15, "quadrillion"),
    (10**12, "trillion"),
    (10**9, "billion"),
    (10**6, "million"),
    (1000, "thousand"),
)
_WHOLE_MAX = 10**18
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_SECOND = Counter("秒", "second", "seconds")
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def say(kind: Kind, value: Value) -> str:
    """Return what is to be read; raises `NotOfItsKind`."""
    if kind in COUNTERS:
        return _counted(values.number(value), COUNTERS[kind])
    return _SAYINGS[kind](value)


def words(number: Decimal) -> str:
    """Return a number in words: `minus twelve point five`, `one thousand two hundred`."""
    whole, _, decimals = f"{abs(number):f}".partition(".")
    if int(whole) >= _WHOLE_MAX:
        raise NotOfItsKind(whole)
    said = _whole(int(whole))
    if decimals:
        said += " point " + " ".join(_SMALL[int(digit)] for digit in decimals)
    return f"minus {said}" if number < 0 else said


def ordinal(number: Decimal) -> str:
    """Return `third`, `twenty-first`; raises `NotOfItsKind` for what is no whole number."""
    if number != int(number):
        raise NotOfItsKind(str(number))
    front, dash, last = _rpartition(words(Decimal(int(number))))
    if last in _ORDINALS:
        return front + dash + _ORDINALS[last]
    return front + dash + (last[:-1] + "ieth" if last.endswith("y") else last + "th")


def duration(seconds: int) -> str:
    """Return a length of time in its two largest units: `one and a half hours`, `one day and two hours`."""
    days, hours, minutes, rest = values.units(seconds)
    if not days and hours and minutes == 30:
        return f"{_whole(hours)} and a half hours"
    counts = [
        (days, COUNTERS[Kind.DAYS]),
        (hours, COUNTERS[Kind.HOURS]),
        (minutes, COUNTERS[Kind.MINUTES]),
        (rest, _SECOND),
    ]
    first = next((index for index, (count, _) in enumerate(counts) if count), len(counts) - 1)
    shown = [pair for pair in counts[first : first + 2] if pair[0] or pair is counts[first]]
    return " and ".join(_counted(Decimal(count), counter) for count, counter in shown)


def _rpartition(said: str) -> tuple[str, str, str]:
    cut = max(said.rfind(" "), said.rfind("-"))
    return (said[:cut], said[cut], said[cut + 1 :]) if cut >= 0 else ("", "", said)


def _whole(number: int) -> str:
    for scale, name in _SCALES:
        if number >= scale:
            return f"{_whole(number // scale)} {name}" + (
                f" {_whole(number % scale)}" if number % scale else ""
            )
    if number >= 100:
        return f"{_SMALL[number // 100]} hundred" + (f" {_whole(number % 100)}" if number % 100 else "")
    if number >= 20:
        return _TENS[number // 10] + (f"-{_SMALL[number % 10]}" if number % 10 else "")
    return _SMALL[number]


def _counted(number: Decimal, counter: Counter) -> str:
    return f"{words(number)} {counter.one if number == 1 else counter.many}"


def _floor(number: Decimal) -> str:
    return f"basement floor {words(-number)}" if number < 0 else f"{ordinal(number)} floor"


def _spelled(pieces: list[str]) -> str:
    if not pieces:
        raise NotOfItsKind("nothing to spell")
    return ", ".join(
        " ".join(_SMALL[int(sign)] for sign in piece) if piece.isdecimal() else ", ".join(piece)
        for piece in pieces
    )


def _amount(number: Decimal, currency: Currency) -> str:
    if currency.minor is None or number == int(number):
        return _counted(number, currency.major)
    whole, hundredths = int(abs(number)), int(abs(number) % 1 * 100)
    parts = [_counted(Decimal(whole), currency.major)] if whole else []
    parts.append(_counted(Decimal(hundredths), currency.minor))
    return ("minus " if number < 0 else "") + " and ".join(parts)


def _date(day: values.Day) -> str:
    year = f", {_year(day.year)}" if day.year is not None else ""
    return f"{_MONTHS[day.month - 1]} {ordinal(Decimal(day.day))}{year}"


def _weekday(day: values.Day) -> str:
    return (f"{_WEEKDAYS[day.weekday]}, " if day.weekday is not None else "") + _date(day)


def _year(year: int) -> str:
    century, rest = divmod(year, 100)
    if (century % 10 == 0 and rest < 10) or century < 10:
        return _whole(year)
    return f"{_whole(century)} " + (f"{'oh ' if rest < 10 else ''}{_whole(rest)}" if rest else "hundred")


def _time(clock: time) -> str:
    hour, minute = clock.hour, clock.minute
    if minute == 0 and hour in (0, 12):
        return "noon" if hour else "midnight"
    past = f" {'oh ' if minute < 10 else ''}{_whole(minute)}" if minute else ""
    return f"{_whole(hour % 12 or 12)}{past} {'a.m.' if hour < 12 else 'p.m.'}"


def _name(value: Value) -> str:
    name, reading = split(value)
    return name if name.isascii() or not reading else romaji(reading)


_SAYINGS: Mapping[Kind, Callable[[Value], str]] = {
    Kind.NUMBER: lambda value: words(values.number(value)),
    Kind.DIGITS: lambda value: _spelled(groups(values.written(value))),
    Kind.PHONE: lambda value: _spelled(groups(values.phone(value))),
    Kind.PLACE: lambda value: ordinal(values.number(value)),
    Kind.FLOOR: lambda value: _floor(values.number(value)),
    Kind.DURATION: lambda value: duration(values.seconds(value)),
    Kind.ABOUT: lambda value: f"about {duration(values.about(values.seconds(value)))}",
    Kind.AMOUNT: lambda value: _amount(*values.amount(value)),
    Kind.DATE: lambda value: _date(values.day(value)),
    Kind.DAY: lambda value: _weekday(values.day(value)),
    Kind.ERA: lambda value: _date(values.day(value)),
    Kind.TIME: lambda value: _time(values.clock(value)),
    Kind.PERCENT: lambda value: f"{words(values.percent(value))} percent",
    Kind.NAME: _name,
}
