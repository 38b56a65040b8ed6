"""Japanese for Open JTalk: numerals, which it reads with their sound changes, and kana where it errs.

What it reads otherwise than people say it (0.4.1), and what is written instead:

| written | it reads | people say | here |
|---|---|---|---|
| `-5` | `、ゴ` | マイナスゴ | `マイナス5` |
| 13 digits or more | digit by digit | ジュッチョー… | `10兆` |
| `1000万` | センマン | イッセンマン | `1千万` |
| `20歳` | ニジュッサイ | ハタチ | `ハタチ` |
| `0時` | ゼロジ | レイジ | `れい時` |
| `12つ` | イチフタツ | ジューニコ | `12個` |
| `123` one by one | ヒャクニジューサン | イチニーサン | `1-23`: with a hyphen it spells |
| `603` so spelled | ロクマルサン | ロクゼロサン | `6ゼロ3` |
"""

import re
from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from itertools import groupby

from ivr.spoken import values
from ivr.spoken.digits import cut, groups
from ivr.spoken.kinds import COUNTERS, Counter, Currency, Kind
from ivr.spoken.names import katakana, split
from ivr.spoken.values import NotOfItsKind, Value

_UNITS = ("", "万", "億", "兆", "京")
_WEEKDAYS = "月火水木金土日"
_ERAS = ((2019, 5, "令和"), (1989, 1, "平成"), (1926, 12, "昭和"))
"""First year and month; what few days of that month came before an era's first count as the era's."""
_LETTERS = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            *("エー", "ビー", "シー", "ディー", "イー", "エフ", "ジー", "エイチ", "アイ", "ジェー", "ケー"),
            *("エル", "エム", "エヌ", "オー", "ピー", "キュー", "アール", "エス", "ティー", "ユー", "ブイ"),
            *("ダブリュー", "エックス", "ワイ", "ゼット"),
        ),
        strict=True,
    )
)


def say(kind: Kind, value: Value) -> str:
    """Return what is to be read; raises `NotOfItsKind`."""
    if kind in COUNTERS:
        return _counted(values.number(value), COUNTERS[kind])
    return _SAYINGS[kind](value)


def numeral(number: Decimal) -> str:
    """Return a number in groups of four digits: `1億2345万6789`, `マイナス12.5`."""
    whole, _, decimals = f"{abs(number):f}".partition(".")
    pieces = cut(whole.rjust(-(-len(whole) // 4) * 4, "0"))
    if len(pieces) > len(_UNITS):
        raise NotOfItsKind(whole)
    units = reversed(_UNITS[: len(pieces)])
    said = "".join(_myriad(int(piece), unit) for piece, unit in zip(pieces, units, strict=True)) or "0"
    return ("マイナス" if number < 0 else "") + said + (f".{decimals}" if decimals else "")


def _myriad(piece: int, unit: str) -> str:
    if not piece:
        return ""
    return f"1千{unit}" if piece == 1000 and unit else f"{piece}{unit}"


def _counted(number: Decimal, counter: Counter) -> str:
    if counter.ja == "つ" and not (number == int(number) and 1 <= number <= 9):
        return f"{numeral(number)}個"
    if counter.ja == "歳" and number == 20:
        return "ハタチ"
    if counter.ja == "日間" and number == 1:
        return "1日"
    return f"{numeral(number)}{counter.ja}"


def _floor(number: Decimal) -> str:
    return f"地下{numeral(-number)}階" if number < 0 else f"{numeral(number)}階"


def _spelled(pieces: list[str]) -> str:
    """Return groups to be read one by one: `エー、123-456`."""
    if not pieces:
        raise NotOfItsKind("nothing to spell")
    said = []
    for is_digits, run in groupby(pieces, str.isdecimal):
        if is_digits:
            said.append(_spelled_digits(list(run)))
        else:
            said += ["".join(_LETTERS[letter] for letter in letters) for letters in run]
    return "、".join(said)


def _spelled_digits(pieces: list[str]) -> str:
    if len(pieces) == 1 and len(pieces[0]) > 1:
        pieces = cut(pieces[0], (len(pieces[0]) + 1) // 2)
    return "-".join(re.sub(r"^([1-9])0([1-9])$", r"\1ゼロ\2", piece) for piece in pieces)


def duration(seconds: int) -> str:
    """Return a length of time in its two largest units: `1時間半`, `2日と3時間`."""
    days, hours, minutes, rest = values.units(seconds)
    if days:
        return f"{days}日" + (f"と{hours}時間" if hours else "")
    if hours:
        return f"{hours}時間" + ("半" if minutes == 30 else f"{minutes}分" if minutes else "")
    if minutes:
        return f"{minutes}分" + (f"{rest}秒" if rest else "")
    return f"{rest}秒"


def _amount(number: Decimal, currency: Currency) -> str:
    if currency.minor is None or number == int(number):
        return f"{numeral(number)}{currency.major.ja}"
    whole, hundredths = int(abs(number)), int(abs(number) % 1 * 100)
    major = f"{numeral(Decimal(whole))}{currency.major.ja}" if whole else ""
    return f"{'マイナス' if number < 0 else ''}{major}{hundredths}{currency.minor.ja}"


def _date(day: values.Day) -> str:
    return (f"{day.year}年" if day.year is not None else "") + f"{day.month}月{day.day}日"


def _weekday(day: values.Day) -> str:
    return _date(day) + (f"、{_WEEKDAYS[day.weekday]}曜日" if day.weekday is not None else "")


def _era(day: values.Day) -> str:
    year = _era_year(day.year, day.month) if day.year is not None else ""
    return f"{year}{day.month}月{day.day}日"


def _era_year(year: int, month: int) -> str:
    for first_year, first_month, name in _ERAS:
        if (year, month) >= (first_year, first_month):
            count = year - first_year + 1
            return f"{name}{'元' if count == 1 else count}年"
    return f"{year}年"


def _time(clock: time) -> str:
    hour, minute = clock.hour, clock.minute
    if (hour, minute) == (12, 0):
        return "正午"
    half, shown = ("午前", hour) if hour < 12 else ("午後", hour - 12)
    return f"{half}{shown or 'れい'}時" + (f"{minute}分" if minute else "")


def _name(value: Value) -> str:
    name, reading = split(value)
    spoken = katakana(reading) if reading else name
    return spoken if spoken.endswith(("様", "さま", "さん")) else f"{spoken}様"


_SAYINGS: Mapping[Kind, Callable[[Value], str]] = {
    Kind.NUMBER: lambda value: numeral(values.number(value)),
    Kind.DIGITS: lambda value: _spelled(groups(values.written(value))),
    Kind.PHONE: lambda value: _spelled(groups(values.phone(value))),
    Kind.PLACE: lambda value: f"{numeral(values.number(value))}番目",
    Kind.FLOOR: lambda value: _floor(values.number(value)),
    Kind.DURATION: lambda value: duration(values.seconds(value)),
    Kind.ABOUT: lambda value: f"約{duration(values.about(values.seconds(value)))}",
    Kind.AMOUNT: lambda value: _amount(*values.amount(value)),
    Kind.DATE: lambda value: _date(values.day(value)),
    Kind.DAY: lambda value: _weekday(values.day(value)),
    Kind.ERA: lambda value: _era(values.day(value)),
    Kind.TIME: lambda value: _time(values.clock(value)),
    Kind.PERCENT: lambda value: f"{numeral(values.percent(value))}パーセント",
    Kind.NAME: _name,
}
