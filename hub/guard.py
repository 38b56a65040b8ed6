"""Patience with wrong passwords: each failure after the first few costs twice the wait."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(slots=True)
class _Tries:
    count: int
    blocked_until_s: float


class Guard:
    """Counts tries by key and says how long to wait before the next.

    The first `free` tries cost nothing, then 1, 2, 4... up to `longest_s` seconds. A try counts from
    its beginning, so that many at once do not slip through. At most `keys_max` keys are remembered;
    the one that was quiet longest is forgotten first.
    """

    def __init__(
        self,
        *,
        free: int = 5,
        longest_s: float = 300.0,
        keys_max: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free, self._longest_s, self._keys_max, self._clock = free, longest_s, keys_max, clock
        self._tries: OrderedDict[Hashable, _Tries] = OrderedDict()

    def begin(self, key: Hashable) -> float:
        """Count a try; a result above 0 is the seconds to wait, and the try must not be made."""
        now_s = self._clock()
        tries = self._tries.setdefault(key, _Tries(0, now_s))
        self._tries.move_to_end(key)
        while len(self._tries) > self._keys_max:
            self._tries.popitem(last=False)
        if (wait_s := tries.blocked_until_s - now_s) > 0:
            return wait_s
        tries.count += 1
        if (paid := tries.count - self._free) >= 0:
            tries.blocked_until_s = now_s + min(self._longest_s, 2.0 ** min(paid, 30))
        return 0.0

    def forget(self, key: Hashable) -> None:
        """A try succeeded."""
        self._tries.pop(key, None)

    def take_back(self, key: Hashable) -> None:
        """A try came to nothing, right or wrong, through no fault of who made it."""
        if (tries := self._tries.get(key)) is not None:
            tries.count = max(0, tries.count - 1)
            tries.blocked_until_s = self._clock()
