"""Opening hours by the clock: public holidays, the year's end, clocks put forward and back."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from acd.hours import Hours, Span

MINUTE_MS = 60_000
DAY_MS = 1440 * MINUTE_MS
NINE_TO_SIX = (Span(opens=540, closes=1080),)
ALL_DAY = (Span(opens=0, closes=1440),)
OFFICE = Hours(week=(*(NINE_TO_SIX,) * 5, (), ()), country="JP")
DAILY = Hours(week=(NINE_TO_SIX,) * 7, country="JP")


def at(text: str, zone: str = "Asia/Tokyo", fold: int = 0) -> int:
    """Return the Unix time in milliseconds of a wall clock."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1000)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-06-01T08:59:59.999", False),
        ("2026-06-01T09:00", True),
        ("2026-06-01T17:59:59.999", True),
        ("2026-06-01T18:00", False),
        ("2026-06-06T12:00", False),
    ],
)
def test_open_from_the_first_minute_up_to_the_last(when: str, expected: bool) -> None:
    assert OFFICE.is_open(at(when)) is expected


def test_a_day_may_last_until_midnight() -> None:
    hours = Hours(week=(ALL_DAY, *((),) * 6))
    assert hours.is_open(at("2026-06-01T00:00"))
    assert hours.is_open(at("2026-06-01T23:59:59.999"))
    assert not hours.is_open(at("2026-06-02T00:00"))


def test_it_is_the_clock_of_the_zone_that_counts() -> None:
    london = Hours(zone="Europe/London", week=(NINE_TO_SIX,) * 7)
    assert london.is_open(at("2026-06-01T17:00"))
    assert not london.is_open(at("2026-01-05T17:59"))
    assert london.is_open(at("2026-01-05T18:00"))


@pytest.mark.parametrize(
    ("day", "what"),
    [
        ("2026-01-01", "元日"),
        ("2026-01-12", "成人の日: second Monday"),
        ("2025-02-24", "振替休日: the Emperor's birthday falls on a Sunday"),
        ("2026-03-20", "春分の日: astronomical"),
        ("2026-05-06", "振替休日: three holidays in a row begin on a Sunday"),
        ("2026-09-22", "国民の休日: a day between two holidays"),
        ("2032-09-21", "国民の休日"),
        ("2026-11-03", "文化の日"),
        ("2019-05-01", "即位の日: once only"),
        ("2021-07-23", "スポーツの日: moved for that year's games"),
    ],
)
def test_closed_on_japans_holidays(day: str, what: str) -> None:
    assert not DAILY.is_open(at(f"{day}T12:00")), what
    without = Hours(week=(NINE_TO_SIX,) * 7)
    assert without.is_open(at(f"{day}T12:00")), what


@pytest.mark.parametrize("day", ["2026-01-02", "2026-05-07", "2026-09-24", "2026-12-31", "2021-10-11"])
def test_open_on_days_that_are_no_holidays(day: str) -> None:
    assert DAILY.is_open(at(f"{day}T12:00"))


def test_a_date_goes_before_a_day_of_every_year_before_holidays_before_the_week() -> None:
    hours = Hours(
        week=(NINE_TO_SIX,) * 7,
        country="JP",
        days={"12-31": (), "2027-12-31": ALL_DAY, "01-01": ALL_DAY, "2027-01-01": ()},
    )
    assert not hours.is_open(at("2026-12-31T12:00"))
    assert hours.is_open(at("2027-12-31T23:00"))
    assert hours.is_open(at("2026-01-01T00:00"))
    assert not hours.is_open(at("2027-01-01T12:00"))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-06-01T08:59:30", "2026-06-01T09:00"),
        ("2026-06-01T10:00:30", "2026-06-01T10:00:30"),
        ("2026-06-05T18:00", "2026-06-08T09:00"),
        ("2026-01-09T18:00", "2026-01-13T09:00"),
        ("2026-05-01T18:00", "2026-05-07T09:00"),
        ("2026-09-18T20:00", "2026-09-24T09:00"),
        ("2026-12-31T18:00", "2027-01-04T09:00"),
    ],
)
def test_the_next_opening_is_after_weekends_and_holidays(when: str, expected: str) -> None:
    assert OFFICE.next_opening_ms(at(when)) == at(expected)


def test_the_year_ends_with_days_of_its_own() -> None:
    days = {"12-29": (), "12-30": NINE_TO_SIX, "12-31": (), "01-01": (), "01-02": (), "01-03": ()}
    hours = Hours(week=OFFICE.week, country="JP", days=days)
    assert hours.next_opening_ms(at("2026-12-28T18:00")) == at("2026-12-30T09:00")
    assert hours.next_opening_ms(at("2026-12-30T18:00")) == at("2027-01-04T09:00")


def test_hours_that_never_open() -> None:
    assert Hours().next_opening_ms(at("2026-06-01T12:00")) is None
    assert Hours(days={"2026-05-31": ALL_DAY}).next_opening_ms(at("2026-06-01T12:00")) is None


LONDON = "Europe/London"
NIGHT = Hours(zone=LONDON, week=((Span(opens=70, closes=100),),) * 7)


def test_what_falls_into_the_hour_that_is_left_out_does_not_open() -> None:
    assert NIGHT.next_opening_ms(at("2026-03-29T00:59", LONDON)) == at("2026-03-30T01:10", LONDON)


def test_a_span_that_begins_in_the_hour_left_out_opens_after_it() -> None:
    hours = Hours(zone=LONDON, week=((Span(opens=90, closes=600),),) * 7)
    assert hours.next_opening_ms(at("2026-03-29T00:59", LONDON)) == at("2026-03-29T02:00", LONDON)


def test_in_the_hour_that_comes_twice_it_opens_twice() -> None:
    first, second = (at("2026-10-25T01:10", LONDON, fold=fold) for fold in (0, 1))
    assert second - first == 60 * MINUTE_MS
    assert NIGHT.next_opening_ms(at("2026-10-25T00:00", LONDON)) == first
    assert not NIGHT.is_open(at("2026-10-25T01:45", LONDON))
    assert NIGHT.next_opening_ms(at("2026-10-25T01:45", LONDON)) == second


def test_a_clock_put_back_into_a_span_that_had_ended() -> None:
    hours = Hours(zone=LONDON, week=((Span(opens=30, closes=90),),) * 7)
    at_one_again = at("2026-10-25T01:00", LONDON, fold=1)
    assert hours.next_opening_ms(at("2026-10-25T01:45", LONDON)) == at_one_again


minutes = st.integers(0, 1439)
spans = st.builds(
    lambda one, other: Span(opens=min(one, other), closes=max(one, other) + 1), minutes, minutes
)
days = st.lists(spans, max_size=2).map(tuple)
nights = ("2026-03-28", "2026-10-24", "2026-12-31", "2026-05-02", "2026-09-04", "2026-04-04")


@settings(max_examples=60, deadline=None)
@example(zone="Africa/Cairo", week=[(Span(opens=0, closes=30),)] * 7, night="2026-04-23", minute=1400)
@example(zone="Africa/Cairo", week=[(Span(opens=1410, closes=1440),)] * 7, night="2026-10-29", minute=1430)
@example(zone="Australia/Lord_Howe", week=[(Span(opens=100, closes=120),)] * 7, night="2026-04-04", minute=0)
@given(
    zone=st.sampled_from(
        (
            "Asia/Tokyo",
            LONDON,
            "America/St_Johns",
            "America/Santiago",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
        )
    ),
    week=st.lists(days, min_size=7, max_size=7),
    night=st.sampled_from(nights),
    minute=minutes,
)
def test_the_next_opening_is_what_looking_at_every_minute_finds(
    zone: str, week: list[tuple[Span, ...]], night: str, minute: int
) -> None:
    hours = Hours(zone=zone, week=tuple(week), country="JP")
    start = at(f"{night}T00:00", zone) + minute * MINUTE_MS
    looked_at = range(start, start + 10 * DAY_MS, MINUTE_MS)
    expected = next((each for each in looked_at if hours.is_open(each)), None)
    found = hours.next_opening_ms(start)
    if expected is None:
        assert found is None or found >= looked_at.stop
    else:
        assert found == expected
