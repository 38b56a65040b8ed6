"""Dates as they are said, read back."""

from datetime import date

import pytest

from ivr.spoken_dates import Tense, date_in

TODAY = date(2026, 11, 26)
"""A Thursday."""


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("今日です", "2026-11-26"),
        ("昨日", "2026-11-25"),
        ("きのうです", "2026-11-25"),
        ("一昨日", "2026-11-24"),
        ("明日お願いします", "2026-11-27"),
        ("あさって", "2026-11-28"),
        ("来週の火曜", "2026-12-01"),
        ("来週の火曜日です", "2026-12-01"),
        ("再来週の月曜", "2026-12-07"),
        ("先週の金曜日", "2026-11-20"),
        ("今週の水曜", "2026-11-25"),
        ("らいしゅうのかようび", "2026-12-01"),
        ("火曜日", "2026-12-01"),
        ("木曜日", "2026-11-26"),
        ("四月一日", "2027-04-01"),
        ("4月1日", "2027-04-01"),
        ("十二月二十四日", "2026-12-24"),
        ("しがつついたち", "2027-04-01"),
        ("じゅうにがつはつか", "2026-12-20"),
        ("2025年4月1日", "2025-04-01"),
        ("令和七年四月一日", "2025-04-01"),
        ("4/1", "2027-04-01"),
        ("2026-12-03", "2026-12-03"),
        ("三日前", "2026-11-23"),
        ("3日後", "2026-11-29"),
        ("二週間後", "2026-12-10"),
        ("来月の三日", "2026-12-03"),
        ("来月のみっか", "2026-12-03"),
        ("二十九日", "2026-11-29"),
        ("二月二十九日", "2028-02-29"),
    ],
)
def test_japanese(text: str, day: str) -> None:
    assert str(date_in(text, TODAY, "ja", Tense.FUTURE if "前" not in text else Tense.PAST)) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("tomorrow please", "2026-11-27"),
        ("the day before yesterday", "2026-11-24"),
        ("next Tuesday", "2026-12-01"),
        ("last friday", "2026-11-20"),
        ("tuesday", "2026-12-01"),
        ("April first", "2027-04-01"),
        ("the twenty-first of April", "2027-04-21"),
        ("April 3rd", "2027-04-03"),
        ("april twelve", "2027-04-12"),
        ("december 24 2026", "2026-12-24"),
        ("in three days", "2026-11-29"),
        ("two weeks ago", "2026-11-12"),
    ],
)
def test_english(text: str, day: str) -> None:
    assert str(date_in(text, TODAY, "en", Tense.FUTURE)) == day


@pytest.mark.parametrize("text", ["四月三十一日", "十三月一日", "いつでも", "", "来週", "4月"])
def test_what_is_no_date(text: str) -> None:
    assert date_in(text, TODAY, "ja") is None


def test_the_year_that_is_meant() -> None:
    said = "四月一日"
    assert date_in(said, TODAY, "ja", Tense.PAST) == date(2026, 4, 1)
    assert date_in(said, TODAY, "ja", Tense.NEAREST) == date(2027, 4, 1)
    assert date_in("十二日", TODAY, "ja", Tense.PAST) == date(2026, 11, 12)
