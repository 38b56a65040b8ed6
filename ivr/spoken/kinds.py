"""What kinds of things are said, and what is counted how."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a value is; what it may look like stands in `ivr.spoken.values`."""

    NUMBER = "number"
    DIGITS = "digits"
    """Read one by one, letters too: an order number."""
    PHONE = "phone"
    PLACE = "place"
    DURATION = "duration"
    ABOUT = "about"
    """A duration, rounded."""
    AMOUNT = "amount"
    DATE = "date"
    DAY = "day"
    """A date with its day of the week."""
    ERA = "era"
    """A date by the Japanese era; in English as `DATE`."""
    TIME = "time"
    PERCENT = "percent"
    NAME = "name"

    PEOPLE = "people"
    CALLERS = "callers"
    CASES = "cases"
    TIMES = "times"
    THINGS = "things"
    PIECES = "pieces"
    BOTTLES = "bottles"
    SHEETS = "sheets"
    MACHINES = "machines"
    BOOKS = "books"
    LETTERS = "letters"
    BOXES = "boxes"
    FLOOR = "floor"
    AGE = "age"
    POINTS = "points"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    NIGHTS = "nights"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Counter:
    """How something is counted: `ja` follows the number, `one` and `many` do in English."""

    ja: str
    one: str
    many: str


COUNTERS: Mapping[Kind, Counter] = {
    Kind.PEOPLE: Counter("人", "person", "people"),
    Kind.CALLERS: Counter("名", "caller", "callers"),
    Kind.CASES: Counter("件", "case", "cases"),
    Kind.TIMES: Counter("回", "time", "times"),
    Kind.THINGS: Counter("つ", "item", "items"),
    Kind.PIECES: Counter("個", "piece", "pieces"),
    Kind.BOTTLES: Counter("本", "bottle", "bottles"),
    Kind.SHEETS: Counter("枚", "sheet", "sheets"),
    Kind.MACHINES: Counter("台", "unit", "units"),
    Kind.BOOKS: Counter("冊", "copy", "copies"),
    Kind.LETTERS: Counter("通", "letter", "letters"),
    Kind.BOXES: Counter("箱", "box", "boxes"),
    Kind.AGE: Counter("歳", "year old", "years old"),
    Kind.POINTS: Counter("点", "point", "points"),
    Kind.MINUTES: Counter("分", "minute", "minutes"),
    Kind.HOURS: Counter("時間", "hour", "hours"),
    Kind.DAYS: Counter("日間", "day", "days"),
    Kind.NIGHTS: Counter("泊", "night", "nights"),
    Kind.WEEKS: Counter("週間", "week", "weeks"),
    Kind.MONTHS: Counter("か月", "month", "months"),
    Kind.YEARS: Counter("年間", "year", "years"),
}
"""All kinds that are a number and what it counts."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency's names; `minor` is its hundredth, `None` where there is none in use."""

    major: Counter
    minor: Counter | None = None


_CENT = Counter("セント", "cent", "cents")
CURRENCIES: Mapping[str, Currency] = {
    "JPY": Currency(Counter("円", "yen", "yen")),
    "USD": Currency(Counter("ドル", "dollar", "dollars"), _CENT),
    "EUR": Currency(Counter("ユーロ", "euro", "euros"), _CENT),
    "GBP": Currency(Counter("ポンド", "pound", "pounds"), Counter("ペンス", "penny", "pence")),
    "CNY": Currency(Counter("元", "yuan", "yuan")),
    "KRW": Currency(Counter("ウォン", "won", "won")),
}
