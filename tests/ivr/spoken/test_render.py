"""What changes from call to call is read right: by the table, and by rules of its own over many values."""

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from bench import readings
from ivr.spoken import Kind, Value, render
from ivr.spoken.kinds import COUNTERS

_DIGITS = dict(
    zip(
        "0123456789",
        ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ"),
        strict=True,
    )
)
_SOFT = {1: "イッ", 6: "ロッ", 8: "ハッ", 10: "ジュッ"}
_FOUR_IS_YO = {"円", "人", "時間", "年間"}
_RULES: dict[str, tuple[dict[int, str], dict[int, str]]] = {
    "名": ({}, {0: "メイ"}),
    "枚": ({}, {0: "マイ"}),
    "台": ({}, {0: "ダイ"}),
    "円": ({}, {0: "エン"}),
    "年間": ({}, {0: "ネンカン"}),
    "個": ({1: "イッ", 6: "ロッ", 10: "ジュッ"}, {0: "コ"}),
    "回": ({1: "イッ", 6: "ロッ", 10: "ジュッ"}, {0: "カイ"}),
    "件": ({1: "イッ", 6: "ロッ", 10: "ジュッ"}, {0: "ケン"}),
    "か月": ({1: "イッ", 6: "ロッ", 10: "ジュッ"}, {0: "カゲツ"}),
    "冊": ({1: "イッ", 8: "ハッ", 10: "ジュッ"}, {0: "サツ"}),
    "点": ({1: "イッ", 8: "ハッ", 10: "ジュッ"}, {0: "テン"}),
    "通": ({1: "イッ", 8: "ハッ", 10: "ジュッ"}, {0: "ツウ"}),
    "週間": ({1: "イッ", 8: "ハッ", 10: "ジュッ"}, {0: "シュウカン"}),
    "本": (_SOFT, {0: "ホン", 1: "ポン", 3: "ボン", 6: "ポン", 8: "ポン", 10: "ポン"}),
    "泊": (_SOFT, {0: "ハク", 1: "パク", 3: "パク", 4: "パク", 6: "パク", 8: "パク", 10: "パク"}),
}
"""Sound changes by the last digit (10: a number that ends in 0): the digit's, and the counter's."""


def counted(number: int, counter: str) -> str:
    """Return how 1 to 99 of something are read, from rules alone."""
    stems, ends = _RULES[counter]
    tens, ones = divmod(number, 10)
    said = (_DIGITS[str(tens)] if tens > 1 else "") + ("ジュウ" if tens and ones else "")
    last = ones or 10
    stem = stems.get(last) or ("ジュウ" if not ones else _DIGITS[str(ones)])
    if ones == 4 and counter in _FOUR_IS_YO:
        stem = "ヨ"
    return said + stem + ends.get(last, ends[0])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_table_is_read_right(language: str) -> None:
    assert readings.wrong(language) == []


def test_the_japanese_table_is_large_and_knows_every_kind() -> None:
    rows = readings.rows("ja")
    assert len(rows) >= 200
    assert {row.kind for row in rows} == set(Kind)


@pytest.mark.parametrize("kind", [kind for kind, counter in COUNTERS.items() if counter.ja in _RULES])
def test_counters_change_their_sound_as_rules_say(kind: Kind) -> None:
    counter = COUNTERS[kind].ja
    for number in range(1, 100):
        heard = readings.reading(f"ただいま{render(kind, number, 'ja')}です")
        assert heard == readings.plain(f"タダイマ{counted(number, counter)}デス"), number


def test_digits_are_read_one_by_one() -> None:
    rng = random.Random(5)
    for _ in range(400):
        digits = "".join(rng.choices("0123456789", k=rng.randint(1, 16)))
        heard = readings.reading(f"番号は{render('digits', digits, 'ja')}です")
        right = readings.plain(f"バンゴウワ{''.join(_DIGITS[digit] for digit in digits)}デス")
        assert heard.replace("ー", "") == right.replace("ー", ""), digits


@pytest.mark.parametrize(
    ("kind", "value", "japanese"),
    [
        ("number", Decimal("12.50"), "12.50"),
        ("number", "１２３４５", "1万2345"),
        ("amount", 1200, "1200円"),
        ("amount", "USD 0.99", "99セント"),
        ("place", 3, "3番目"),
        ("about", timedelta(minutes=5, seconds=10), "約5分"),
        ("date", date(2026, 4, 1), "2026年4月1日"),
        ("day", datetime(2026, 4, 1, 9, 30), "2026年4月1日、水曜日"),  # noqa: DTZ001 - said as it is
        ("time", datetime(2026, 4, 1, 9, 30), "午前9時30分"),  # noqa: DTZ001 - said as it is
        ("time", time(16, 7), "午後4時7分"),
        ("time", "2026-04-01T09:30", "午前9時30分"),
        ("duration", "1:30:00", "1時間半"),
        ("name", "佐藤 花子", "佐藤 花子様"),
    ],
)
def test_values_come_in_many_forms(kind: str, value: Value, japanese: str) -> None:
    assert render(kind, value, "ja") == japanese


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "N/A"),
        ("amount", "12 XYZ"),
        ("date", "2026-02-30"),
        ("date", "soon"),
        ("time", "25:00"),
        ("digits", "。"),
        ("phone", "none"),
        ("name", ""),
        ("place", ""),
        ("number", "1" * 30),
        ("percent", "half"),
        ("duration", "a while"),
    ],
)
@pytest.mark.parametrize("language", ["ja", "en", "fr"])
def test_what_is_none_of_its_kind_is_said_as_it_stands(kind: str, value: str, language: str) -> None:
    assert render(kind, value, language) == value


def test_another_language_reads_numerals_itself() -> None:
    assert render("amount", "1200", "fr") == "1200"


def test_a_kind_that_there_is_not_is_said_as_it_stands() -> None:
    assert render("weight", "1,5", "ja") == "1,5"
