"""When something is heard on one side of a call."""

import time

import numpy as np

LOUD, QUIET = 1_000, 120
"""Samples of 16 bits: what of speech and prompts counts as a sound, and what is not even noise."""


class Tap:
    """Takes samples; tells when the first and the last sound came since it was reset (monotonic, seconds)."""

    def __init__(self, threshold: int = LOUD) -> None:
        self._threshold = threshold
        self.first = self.last = 0.0

    def __call__(self, samples: bytes) -> None:
        if np.abs(np.frombuffer(samples, dtype="<i2").astype(int)).max(initial=0) >= self._threshold:
            self.last = time.monotonic()
            self.first = self.first or self.last

    def reset(self) -> None:
        self.first = self.last = 0.0
