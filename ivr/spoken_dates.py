"""Dates as people say them: 「来週の火曜」「四月一日」「昨日」, "next tuesday", "april first"."""

import calendar
import re
from datetime import date, timedelta
from enum import StrEnum

from ivr.spoken_numbers import digits_in, folded, runs

_DAYS_MAX = 3_700


class Tense(StrEnum):
    """Which year or month is meant where none is said: that of the nearest day before, after, or either."""

    PAST = "past"
    FUTURE = "future"
    NEAREST = "nearest"


_JA_RELATIVE = (
    ("一昨々日|さきおととい", -3),
    ("一昨日|おととい|おとつい", -2),
    ("明々後日|しあさって", 3),
    ("明後日|あさって|みょうごにち", 2),
    ("昨日|きのう|さくじつ", -1),
    ("明日|あした|あす|みょうにち", 1),
    ("今日|本日|きょう|ほんじつ", 0),
)
_EN_RELATIVE = (
    ("day before yesterday", -2),
    ("day after tomorrow", 2),
    ("yesterday", -1),
    ("tomorrow", 1),
    ("today", 0),
)
_JA_DAYS_OF_MONTH = {
    "ついたち": 1,
    "ふつか": 2,
    "みっか": 3,
    "よっか": 4,
    "いつか": 5,
    "むいか": 6,
    "なのか": 7,
    "ようか": 8,
    "ここのか": 9,
    "とおか": 10,
    "はつか": 20,
}
_JA_WEEKDAYS = ("月げつ", "火か", "水すい", "木もく", "金きん", "土ど", "日にち")
_JA_WEEKDAY = re.compile("|".join(f"(?:{each[0]}|{each[1:]})(?:曜|よう)" for each in _JA_WEEKDAYS))
_JA_WEEKS = (
    ("再来週|さらいしゅう", 2),
    ("先々週|せんせんしゅう", -2),
    ("来週|らいしゅう", 1),
    ("先週|せんしゅう", -1),
    ("今週|こんしゅう", 0),
)
_JA_MONTHS = (("再来月|さらいげつ", 2), ("来月|らいげつ", 1), ("先月|せんげつ", -1), ("今月|こんげつ", 0))
_ERAS = {"令和": 2018, "れいわ": 2018, "平成": 1988, "へいせい": 1988}
_KANJI = "0-9一二三四五六七八九十"
_JA_YEAR = re.compile(rf"(?P<era>{'|'.join(_ERAS)})?\s*(?P<year>元|[{_KANJI}〇千百]+)\s*年")
_JA_MONTH_DAY = re.compile(
    r"(?P<month>[0-9一二三四五六七八九十]+|いち|に|さん|し|ご|ろく|しち|はち|く|じゅう(?:いち|に)?)\s*(?:月|がつ)"
    r"\s*の?\s*(?P<day>[0-9一二三四五六七八九十ぁ-ん]+)\s*(?P<mark>日|にち)?"
)
_SLASHED = re.compile(
    r"(?<![0-9])(?:(?P<year>[0-9]{4})[/.\-])?(?P<month>[0-9]{1,2})[/.\-](?P<day>[0-9]{1,2})(?![0-9])"
)
_JA_AGO = re.compile(
    rf"(?P<count>[{_KANJI}]+|[ぁ-ん]+?)\s*(?P<unit>日|週間|しゅうかん)\s*(?P<way>前|まえ|後|ご|あと)"
)
_JA_DAY_ONLY = re.compile(rf"(?P<day>[{_KANJI}]+)\s*日")
_EN_AGO = re.compile(r"(\w[\w -]*?) (day|week)s? (ago|from now|later)|\bin (\w[\w -]*?) (day|week)s?\b")
_EN_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")

_EN_MONTHS = tuple(each.lower() for each in calendar.month_name[1:])
_EN_WEEKDAYS = tuple(each.lower() for each in calendar.day_name)
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth"),
    *("eighteenth", "nineteenth", "twentieth"),
)


def date_in(text: str, today: date, language: str, tense: Tense = Tense.NEAREST) -> date | None:
    """Return the date that a text names, None if it names none that there is."""
    same = folded(text)
    try:
        return _english(same, today, tense) if language == "en" else _japanese(same, today, tense)
    except (ValueError, OverflowError):  # the 31st of April
        return None


def _japanese(text: str, today: date, tense: Tense) -> date | None:
    for words, days in _JA_RELATIVE:
        if re.search(words, text):
            return today + timedelta(days=days)
    if (found := _slashed(text, today, tense)) is not None:
        return found
    if match := _JA_MONTH_DAY.search(text):
        return _placed(_ja_year(text), _ja(match["month"]), _ja_day(match["day"]), today, tense)
    if (found := _ja_distance(text, today)) is not None:
        return found
    if match := _JA_WEEKDAY.search(text):
        weekday = next(at for at, each in enumerate(_JA_WEEKDAYS) if _is_weekday(match[0], each))
        weeks = next((count for words, count in _JA_WEEKS if re.search(words, text)), None)
        return _weekday(today, weekday, weeks, tense)
    months = next((count for words, count in _JA_MONTHS if re.search(words, text)), None)
    match = _JA_DAY_ONLY.search(text)
    day = _ja(match["day"]) if match else _ja_named_day(text)
    return _in_month(day, months, today, tense) if day else None


def _is_weekday(said: str, name: str) -> bool:
    return said.startswith((name[0], name[1:]))


def _ja(words: str) -> int:
    return int(digits_in(words, "ja") or _one_sign(words))


def _one_sign(words: str) -> str:
    """Read に, し, ご or く where only a number can stand."""
    return {"に": "2", "し": "4", "ご": "5", "く": "9"}[words] if words in ("に", "し", "ご", "く") else "0"


def _ja_day(words: str) -> int:
    """Read a day of the month: 一日, ついたち, じゅうよっか; 0 if it is none."""
    return _ja_named_day(words) or int(digits_in(words, "ja")[:2] or _one_sign(words.removesuffix("にち")))


def _ja_named_day(words: str) -> int:
    """Read ついたち, みっか, じゅうよっか; 0 if there is none."""
    for name, day in _JA_DAYS_OF_MONTH.items():
        if name in words:
            before = words.partition(name)[0]
            return day + (10 * (_ja(before) // 10) if before.endswith("じゅう") else 0)
    return 0


def _ja_year(text: str) -> int | None:
    match = _JA_YEAR.search(text)
    if match is None:
        return None
    year = 1 if match["year"] == "元" else _ja(match["year"])
    if match["era"]:
        return _ERAS[match["era"]] + year
    return year + 2000 if year < 100 else year


def _ja_distance(text: str, today: date) -> date | None:
    match = _JA_AGO.search(text)
    if match is None:
        return None
    count = _ja(match["count"]) * (1 if match["unit"] == "日" else 7)
    if not 0 < count <= _DAYS_MAX:
        return None
    return today + timedelta(days=-count if match["way"] in ("前", "まえ") else count)


def _english(text: str, today: date, tense: Tense) -> date | None:
    for words, days in _EN_RELATIVE:
        if words in text:
            return today + timedelta(days=days)
    if (found := _slashed(text, today, tense)) is not None:
        return found
    month = next((at for at, name in enumerate(_EN_MONTHS, 1) if re.search(rf"\b{name}\b", text)), None)
    if month is not None and (day := _en_day(_EN_YEAR.sub(";", text))):
        year = _EN_YEAR.search(text)
        return _placed(int(year[0]) if year else None, month, day, today, tense)
    if match := _EN_AGO.search(text):
        count = int(digits_in(match[1] or match[4], "en") or 0) * (7 if "week" in (match[2], match[5]) else 1)
        if 0 < count <= _DAYS_MAX:
            return today + timedelta(days=-count if match[3] == "ago" else count)
    weekday = next((at for at, name in enumerate(_EN_WEEKDAYS) if name in text), None)
    if weekday is None:
        return None
    weeks = next((count for word, count in (("next", 1), ("last", -1), ("this", 0)) if word in text), None)
    return _weekday(today, weekday, weeks, tense)


def _en_day(text: str) -> int:
    for at, word in reversed(list(enumerate(_ORDINALS, 1))):
        if match := re.search(rf"\b(twenty|thirty)?[ -]?{word}\b", text):
            return {None: 0, "twenty": 20, "thirty": 30}[match[1]] + at
    if "thirtieth" in text:
        return 30
    short = [int(each.digits) for each in runs(re.sub(r"(?<=[0-9])(?:st|nd|rd|th)\b", " ;", text), "en")]
    return next((each for each in short if 1 <= each <= 31), 0)


def _slashed(text: str, today: date, tense: Tense) -> date | None:
    match = _SLASHED.search(text)
    if match is None:
        return None
    year = int(match["year"]) if match["year"] else None
    return _placed(year, int(match["month"]), int(match["day"]), today, tense)


def _placed(year: int | None, month: int, day: int, today: date, tense: Tense) -> date:
    """Return a day of a month, in the year that is said or meant."""
    if year is not None:
        return date(year, month, day)
    found = []
    for each in range(today.year - 4, today.year + 5):
        try:
            found.append(date(each, month, day))
        except ValueError:  # the 29th of February
            continue
    return _meant(found, today, tense)


def _in_month(day: int, months: int | None, today: date, tense: Tense) -> date:
    def of(count: int) -> date:
        year, month = divmod(today.year * 12 + today.month - 1 + count, 12)
        return date(year, month + 1, day)

    if months is not None:
        return of(months)
    found = []
    for count in (-1, 0, 1, 2):
        try:
            found.append(of(count))
        except ValueError:
            continue
    return _meant(found, today, tense)


def _weekday(today: date, weekday: int, weeks: int | None, tense: Tense) -> date:
    """Return a day of the week (Monday is 0): of a week that begins on Monday, or the nearest one."""
    of_this_week = today - timedelta(days=today.weekday()) + timedelta(days=weekday)
    if weeks is not None:
        return of_this_week + timedelta(weeks=weeks)
    tense = Tense.FUTURE if tense is Tense.NEAREST else tense
    return _meant([of_this_week + timedelta(weeks=each) for each in (-1, 0, 1)], today, tense)


def _meant(found: list[date], today: date, tense: Tense) -> date:
    fits = {
        Tense.PAST: [each for each in found if each <= today],
        Tense.FUTURE: [each for each in found if each >= today],
        Tense.NEAREST: found,
    }[tense]
    return min(fits, key=lambda each: abs((each - today).days))
