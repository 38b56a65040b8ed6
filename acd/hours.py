"""Opening hours: a week's spans, public holidays, and days that are different."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays
import msgspec

_DAYS_AHEAD_MAX: Final = 400
_MINUTE_S: Final = 60
_SHIFT_S_MAX: Final = 3 * 3600
"""No clock is put forward or back by more in one night."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Open from one minute of the day up to, not including, another; 1440 is midnight at its end."""

    opens: int
    closes: int


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """When a queue is open, by the clock on the wall of `zone` (tz database).

    `week` has the spans of each weekday, Monday first. On public holidays of `country` (ISO 3166, empty:
    none) the queue is closed. `days` maps a date (YYYY-MM-DD) or a day of every year (MM-DD) to its own
    spans, empty for a closed day, and goes before everything else, a date before a day of every year.
    """

    zone: str = "Asia/Tokyo"
    week: tuple[tuple[Span, ...], ...] = ((), (), (), (), (), (), ())
    country: str = ""
    days: dict[str, tuple[Span, ...]] = msgspec.field(default_factory=dict)

    def is_open(self, at_ms: int) -> bool:
        """Whether it is open at a Unix time."""
        at = datetime.fromtimestamp(at_ms // 1000, ZoneInfo(self.zone))
        minute = at.hour * 60 + at.minute
        return any(span.opens <= minute < span.closes for span in self._spans(at.date()))

    def next_opening_ms(self, at_ms: int) -> int | None:
        """Return the Unix time when it opens next, `at_ms` itself if it is open.

        None if it does not open within 400 days.
        """
        if self.is_open(at_ms):
            return at_ms
        today = datetime.fromtimestamp(at_ms // 1000, ZoneInfo(self.zone)).date()
        for ahead in range(_DAYS_AHEAD_MAX):
            for opening_ms in self._openings_ms(today + timedelta(days=ahead)):
                if opening_ms > at_ms and self.is_open(opening_ms):
                    return opening_ms
        return None

    def _openings_ms(self, day: date) -> Iterator[int]:
        """Yield the moments of a day at which it may open, in order.

        When the clock is put forward or back, all minutes: some are not there, or there twice.
        """
        spans = self._spans(day)
        if not spans:
            return
        zone = ZoneInfo(self.zone)
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        next_day = day + timedelta(days=1)
        begin = int(midnight.timestamp()) - _SHIFT_S_MAX
        end = int(datetime(next_day.year, next_day.month, next_day.day, tzinfo=zone).timestamp())
        if _offset(zone, begin) == _offset(zone, end + _SHIFT_S_MAX):
            first = int(midnight.timestamp())
            yield from sorted((first + span.opens * _MINUTE_S) * 1000 for span in spans)
        else:
            yield from (at * 1000 for at in range(begin, end + _SHIFT_S_MAX, _MINUTE_S))

    def _spans(self, day: date) -> tuple[Span, ...]:
        for name in (day.isoformat(), day.strftime("%m-%d")):
            if name in self.days:
                return self.days[name]
        if self.country and day in _holidays(self.country, day.year):
            return ()
        return self.week[day.weekday()]


def _offset(zone: ZoneInfo, at_s: int) -> timedelta | None:
    return datetime.fromtimestamp(at_s, UTC).astimezone(zone).utcoffset()


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))
