"""When something is due: a heap of times in which outdated entries stay until they come up."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush

from acd.core.records import RecordKey

_COMPACT_MIN = 1024


class Deadlines:
    """Due times by record key.

    An entry counts only if `due_of(key)` still says that time. Outdated ones are dropped when they
    reach the top, and all at once when the heap has doubled since the last time.
    """

    def __init__(self, due_of: Callable[[RecordKey], int]) -> None:
        self._due_of = due_of
        self._heap: list[tuple[int, RecordKey]] = []
        self._compact_at = _COMPACT_MIN

    def add(self, due_ms: int, key: RecordKey) -> None:
        heappush(self._heap, (due_ms, key))
        if len(self._heap) > self._compact_at:
            self._compact()

    def next_ms(self) -> int | None:
        """Return the earliest time at which something is due."""
        while self._heap:
            due_ms, key = self._heap[0]
            if self._due_of(key) == due_ms:
                return due_ms
            heappop(self._heap)
        return None

    def pop(self, now_ms: int) -> RecordKey | None:
        """Take away and return the key that is due earliest, if it is due by now."""
        due_ms = self.next_ms()
        if due_ms is None or due_ms > now_ms:
            return None
        return heappop(self._heap)[1]

    def _compact(self) -> None:
        self._heap = [entry for entry in set(self._heap) if self._due_of(entry[1]) == entry[0]]
        heapify(self._heap)
        self._compact_at = max(_COMPACT_MIN, 2 * len(self._heap))
