"""Opening hours in `acd.conf`: what they mean, and what cannot be."""

from pathlib import Path

import pytest

from acd.hours import Hours, Span
from acd.ids import QueueName
from acd.settings import load
from tests.acd.files import NOW_MS, folder, problems

QUEUES = "[support]\n[sales]\n"


def hours(path: Path, *lines: str) -> Hours:
    acd = "\n".join(("[office]", "type = hours", *lines, "[support]", "hours = office"))
    settings = load(folder(path, QUEUES, acd), NOW_MS)
    assert settings.queues[QueueName("support")].hours == "office"
    assert settings.queues[QueueName("sales")].hours == ""
    return settings.hours["office"]


def span(opens: str, closes: str) -> Span:
    first, last = (int(text[:2]) * 60 + int(text[3:]) for text in (opens, closes))
    return Span(opens=first, closes=last)


def test_weeks_dates_holidays_and_zone(tmp_path: Path) -> None:
    found = hours(
        tmp_path,
        "timezone = Europe/London",
        "open => mon-fri,13:00-18:00",
        "open => Mon, wed,9:00 - 12:00",
        "open => sat,00:00-24:00",
        "open => 2026-12-30,09:00-12:00",
        "open => 12-29,09:00-15:00",
        "closed => 12-31,2026-05-02",
        "closed => 02-29",
        "holidays = gb",
    )
    morning, day = span("09:00", "12:00"), span("13:00", "18:00")
    assert found == Hours(
        zone="Europe/London",
        week=((morning, day), (day,), (morning, day), (day,), (day,), (span("00:00", "24:00"),), ()),
        country="GB",
        days={
            "2026-12-30": (morning,),
            "12-29": (span("09:00", "15:00"),),
            "12-31": (),
            "2026-05-02": (),
            "02-29": (),
        },
    )


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("daily", "1111111"),
        ("sat-mon", "1000011"),
        ("wed-wed", "0010000"),
        ("tue,thu-fri", "0101100"),
    ],
)
def test_days_of_the_week(tmp_path: Path, days: str, expected: str) -> None:
    week = hours(tmp_path, f"open => {days},09:00-18:00", "holidays =").week
    assert "".join(str(len(spans)) for spans in week) == expected


def test_spans_that_touch_do_not_overlap(tmp_path: Path) -> None:
    assert len(hours(tmp_path, "open => mon,09:00-12:00", "open => mon,12:00-18:00").week[0]) == 2


DAYS = "expected open => days,HH:MM-HH:MM"
DATE = "expected a date (YYYY-MM-DD, MM-DD)"
ENDS = "expected a span that ends after it begins, at 24:00 at the latest"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("open => 09:00-18:00", DAYS),
        ("open =>", DAYS),
        ("open => mon,9-18", DAYS),
        ("open => mon,09:60-18:00", DAYS),
        ("open => someday,09:00-18:00", "expected days (mon, tue, wed"),
        ("open => mon-,09:00-18:00", "expected days (mon, tue, wed"),
        ("open => 2026-02-30,09:00-18:00", "expected days (mon, tue, wed"),
        ("open => mon,18:00-09:00", ENDS),
        ("open => mon,09:00-09:00", ENDS),
        ("open => mon,22:00-24:01", ENDS),
        ("open => mon-wed,17:59-20:00", "expected spans that do not overlap, found 17:59-20:00 again on mon"),
        ("closed => monday", f"{DATE}, found 'monday'"),
        ("closed => 13-01", f"{DATE}, found '13-01'"),
        ("closed => 2027-02-29", f"{DATE}, found '2027-02-29'"),
        ("closed => 12-31,", f"{DATE}, found ''"),
        ("holidays = Japan", "expected a country's two letters (ISO 3166), as in JP, found 'Japan'"),
        ("holidays = XX", "expected a country's two letters (ISO 3166), as in JP, found 'XX'"),
        ("timezone = Tokyo", "expected a time zone such as Asia/Tokyo or Europe/London, found 'Tokyo'"),
        ("timezone = ../etc", "expected a time zone such as"),
        ("timezone =", "expected a time zone such as"),
        ("opens => mon", "expected a word of opening hours, found 'opens'"),
    ],
)
def test_mistakes(tmp_path: Path, line: str, expected: str) -> None:
    acd = f"[office]\ntype = hours\nopen => mon,09:00-18:00\n{line}\n"
    found = problems(tmp_path, QUEUES, acd)
    assert found[0].startswith(f"acd.conf:4: {expected}")


def test_a_day_is_not_open_and_closed(tmp_path: Path) -> None:
    acd = "[office]\ntype = hours\nclosed => 12-31\nopen => 12-31,09:00-10:00\nopen => mon,09:00-10:00\n"
    assert problems(tmp_path, QUEUES, acd) == ["acd.conf:3: expected 12-31 either open or closed, found both"]


@pytest.mark.parametrize(
    "line", ["closed => 12-31", "open => 2025-12-30,09:00-12:00", "open => 2026-05-02,09:00-12:00"]
)
def test_hours_that_never_open(tmp_path: Path, line: str) -> None:
    acd = f"[office]\ntype = hours\n{line}\n"
    if "2026" in line:
        load(folder(tmp_path, QUEUES, acd), NOW_MS)
    else:
        assert problems(tmp_path, QUEUES, acd)[0].startswith(
            "acd.conf:1: expected hours that open within 400 days"
        )


def test_a_queue_names_hours_that_there_are(tmp_path: Path) -> None:
    acd = "[office]\ntype = hours\nopen => daily,09:00-10:00\n[support]\nhours = ofice\n"
    assert problems(tmp_path, QUEUES, acd) == [
        "acd.conf:5: expected a section with type = hours (office), found 'ofice'"
    ]


@pytest.mark.parametrize("name", ["support", "general"])
def test_hours_have_a_name_of_their_own(tmp_path: Path, name: str) -> None:
    acd = f"[{name}]\ntype = hours\nopen => daily,09:00-10:00\n"
    found = problems(tmp_path, QUEUES, acd)
    assert found[0] == f"acd.conf:1: expected opening hours with a name of their own, found [{name}]"


def test_another_type_is_no_queue(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, QUEUES, "[office]\ntype = hour\n")
    assert found.startswith("acd.conf:1: expected the name of a queue of queues.conf, found [office]")


def test_hours_from_a_template(tmp_path: Path) -> None:
    acd = (
        "[base](!)\ntype = hours\nopen => daily,09:00-10:00\n"
        "[office](base)\n[night](base)\nopen => daily,20:00-24:00\n"
    )
    found = load(folder(tmp_path, QUEUES, acd), NOW_MS).hours
    assert [len(found[name].week[0]) for name in ("office", "night")] == [1, 2]
