"""A bound on how fast commands come."""

import time
from collections.abc import Callable


class TokenBucket:
    """Allows `rate` takings a second, as many at once after a pause."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._tokens, self._at_s = rate, clock()

    def take(self) -> bool:
        """Whether one more is allowed now; if so, it is taken."""
        now_s = self._clock()
        self._tokens = min(self._rate, self._tokens + (now_s - self._at_s) * self._rate)
        self._at_s = now_s
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
