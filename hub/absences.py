"""When the hub did not see its calls: its link to Asterisk, or the hub itself, was away."""

from collections import deque
from collections.abc import Iterator

_SPANS_MAX = 100


class Absences:
    """Spans of time (Unix time, ms). A hub that has just begun has not seen anything yet.

    A link that dies silently is noticed late: `found_ms` says how late at most. What happened meanwhile
    is known `settle_ms` after the end of the absence.
    """

    def __init__(self, *, found_ms: int = 12_000, settle_ms: int = 10_000) -> None:
        self._found_ms, self._settle_ms = found_ms, settle_ms
        self._spans: deque[tuple[int, int]] = deque(maxlen=_SPANS_MAX)
        self._since_ms: int | None = 0

    def began(self, at_ms: int) -> None:
        """The link is away; told again, nothing changes."""
        if self._since_ms is None:
            self._since_ms = at_ms - self._found_ms

    def over(self, at_ms: int) -> None:
        """The link is back, and all calls are known again."""
        if self._since_ms is not None:
            self._spans.append((self._since_ms, at_ms))
            self._since_ms = None

    def explain(self, happened_ms: int, noted_ms: int) -> bool:
        """Whether something could only be noted so late because nobody saw it happen."""
        return any(
            since_ms <= happened_ms <= until_ms and happened_ms <= noted_ms <= until_ms + self._settle_ms
            for since_ms, until_ms in self._all()
        )

    def cover(self, at_ms: int) -> bool:
        """Whether nobody saw what happened at a time."""
        return any(since_ms <= at_ms <= until_ms for since_ms, until_ms in self._all())

    def _all(self) -> Iterator[tuple[int, int]]:
        yield from self._spans
        if self._since_ms is not None:
            yield self._since_ms, 1 << 62
