"""Which sounds recognisers take for which, over a telephone.

Measured with Whisper base on the spoken development sentences of `bench/speech_corpus` (150 sentences, 8 kHz,
mu-law, noise at 20 dB), 7,100 sounds: vowels nearly always survive, half of the consonants do not.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

SOUNDS: Final = "aiueoNkgsztdnhbpmrywjcflvqx"
"""All sounds of Japanese (`c`: that of `tsu` and `chi`, `N`: the syllable n), and letters of others."""

HEARD_AS: Final[dict[str, dict[str, float]]] = {
    "a": {"o": 0.01, "u": 0.01},
    "i": {"u": 0.015, "o": 0.01, "a": 0.01, "e": 0.01},
    "u": {"i": 0.03, "o": 0.02, "e": 0.005, "a": 0.005},
    "e": {"i": 0.02, "u": 0.01, "a": 0.01},
    "o": {"a": 0.02, "u": 0.01, "i": 0.005},
    "N": {"n": 0.02, "i": 0.02, "m": 0.01},
    "k": {"s": 0.05, "h": 0.05, "t": 0.04, "p": 0.01, "c": 0.01, "y": 0.01, "g": 0.01},
    "g": {"n": 0.13, "k": 0.05, "z": 0.04, "d": 0.04, "s": 0.02, "r": 0.02, "m": 0.02, "b": 0.02},
    "s": {"t": 0.04, "k": 0.03, "c": 0.02, "h": 0.02, "z": 0.01, "r": 0.01},
    "z": {"s": 0.15, "j": 0.05, "d": 0.05, "g": 0.03},
    "t": {"s": 0.13, "k": 0.03, "d": 0.01, "h": 0.02, "c": 0.01, "p": 0.01},
    "d": {"r": 0.03, "g": 0.03, "s": 0.02, "z": 0.02, "b": 0.01, "n": 0.01},
    "n": {"m": 0.08, "r": 0.01, "h": 0.01},
    "h": {"k": 0.17, "s": 0.10, "b": 0.03, "p": 0.02, "w": 0.02, "g": 0.02, "t": 0.02, "f": 0.02},
    "b": {"g": 0.10, "d": 0.05, "z": 0.05, "w": 0.04, "m": 0.04, "k": 0.03},
    "p": {"h": 0.35, "s": 0.25, "k": 0.15, "t": 0.10, "b": 0.05},
    "m": {"n": 0.02, "b": 0.01, "w": 0.01},
    "r": {"d": 0.03, "n": 0.02, "b": 0.01, "y": 0.01},
    "y": {"r": 0.06, "n": 0.06, "t": 0.03, "g": 0.03, "j": 0.02, "m": 0.02},
    "w": {"m": 0.19, "g": 0.07, "r": 0.06, "n": 0.04, "b": 0.03},
    "j": {"z": 0.06, "y": 0.05, "c": 0.05, "d": 0.02},
    "c": {"s": 0.10, "k": 0.10, "t": 0.04, "y": 0.03, "h": 0.02},
    "f": {"h": 0.10, "s": 0.10, "k": 0.05},
    "l": {"r": 0.10, "w": 0.05},
    "v": {"b": 0.10, "f": 0.10},
}  # fmt: skip
"""How often each sound is heard as another one."""

LOST: Final = {"y": 0.13, "b": 0.08, "h": 0.05, "c": 0.05}
LOST_OTHERS: Final = 0.02
"""How often a sound is not heard at all."""

_DEAREST: Final = 0.93


def _cost(sound: str, heard: str) -> float:
    if sound == heard:
        return 0.0
    return min(_DEAREST, 0.16 * -float(np.log(HEARD_AS.get(sound, {}).get(heard, 0.0) + 0.003)))


COSTS: Final[npt.NDArray[np.float32]] = np.array(
    [[_cost(sound, heard) for heard in SOUNDS] for sound in SOUNDS], dtype=np.float32
)
"""What it costs to take a sound (row) for another (column): nothing if it is the same, less than 1 else."""
