"""Opening hours: a week's spans, public holidays, and days that are different."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays
import msgspec

_DAYS_AHEAD_MAX: Final = 400


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Open from one minute of the day up to, not including, another; 1440 is midnight at its end."""

    opens: int
    closes: int


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """When a queue is open.

    `week` has the spans of each weekday, Monday first. On public holidays of `country` (ISO 3166, empty:
    none) the queue is closed. `days` maps a date (YYYY-MM-DD) or a day of every year (MM-DD) to its own
    spans, empty for a closed day, and goes before everything else.
    """

    zone: str = "Asia/Tokyo"
    week: tuple[tuple[Span, ...], ...] = ((), (), (), (), (), (), ())
    country: str = ""
    days: dict[str, tuple[Span, ...]] = msgspec.field(default_factory=dict)

    def is_open(self, at_ms: int) -> bool:
        """Whether it is open at a Unix time."""
        at = self._local(at_ms)
        minute = at.hour * 60 + at.minute
        return any(span.opens <= minute < span.closes for span in self._spans(at.date()))

    def next_opening_ms(self, at_ms: int) -> int | None:
        """Return the Unix time when it opens next, `at_ms` itself if it is open, None if it never does."""
        if self.is_open(at_ms):
            return at_ms
        at = self._local(at_ms)
        minute = at.hour * 60 + at.minute
        for ahead in range(_DAYS_AHEAD_MAX):
            day = at.date() + timedelta(days=ahead)
            opens = [span.opens for span in self._spans(day) if ahead or span.opens > minute]
            if opens:
                hour, minute = divmod(min(opens), 60)
                opening = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(self.zone))
                return round(opening.timestamp() * 1000)
        return None

    def _local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(self.zone))

    def _spans(self, day: date) -> tuple[Span, ...]:
        for name in (day.isoformat(), day.strftime("%m-%d")):
            if name in self.days:
                return self.days[name]
        if self.country and day in _holidays(self.country, day.year):
            return ()
        return self.week[day.weekday()]


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))
