"""The tone by which a fax machine that calls says so: CNG, 1100 Hz for half a second (ITU-T T.30 §4.3.3)."""

from typing import Final

import numpy as np

CNG_HZ: Final = 1100
_BLOCK_S: Final = 0.04
_SHARE_MIN: Final = 0.7
_POWER_MIN: Final = 1e-5
"""Of full scale, squared: about -50 dBFS; what is fainter is no tone."""
_BLOCKS_MIN: Final = 10
"""0.4 s: the tone lasts 0.5 s, give or take 15 %."""


class FaxDetector:
    """One stream of 16-bit samples at `rate` Hz. The tone is told once."""

    def __init__(self, rate: int) -> None:
        self._size = int(rate * _BLOCK_S)
        turns = 2j * np.pi * CNG_HZ / rate * np.arange(self._size)
        self._wave = np.exp(-turns)
        self._rest = b""
        self._run = 0
        self._is_told = False

    def feed(self, audio: bytes) -> bool:
        """Return whether the tone was just recognised."""
        if self._is_told:
            return False
        self._rest += audio
        step = 2 * self._size
        while len(self._rest) >= step:
            block = np.frombuffer(self._rest[:step], dtype="<i2") / 32768
            self._rest = self._rest[step:]
            self._run = self._run + 1 if self._is_tone(block) else 0
            if self._run >= _BLOCKS_MIN:
                self._is_told = True
                return True
        return False

    def _is_tone(self, block: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> bool:
        power = float(np.mean(block**2))
        if power < _POWER_MIN:
            return False
        tone = 2 * abs(complex(np.dot(block, self._wave))) ** 2 / self._size**2
        return tone / power >= _SHARE_MIN
