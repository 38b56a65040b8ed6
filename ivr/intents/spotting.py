"""Finds words in what was heard although some of their sounds were heard wrong.

All words are looked for at once: the approximate search of P. H. Sellers (1980), a word may begin and end
anywhere, with costs that are lower for sounds that recognisers take for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from ivr.intents.confusions import COSTS, SOUNDS

Floats = npt.NDArray[np.float32]
_NONE: Final = len(SOUNDS)
_CODES: Final = {sound: code for code, sound in enumerate(SOUNDS)}
_MISSING: Final = np.float32(0.75)
"""What a sound costs that is in the word only, or in what was heard only."""
_LEAST: Final = 0.55
"""Likeness below which a word counts as not heard at all."""
_AT_ONCE: Final = 32


@dataclass(frozen=True, slots=True)
class Spotter:
    """Words by their sounds, the same ones in the same order for training and use."""

    words: tuple[str, ...]

    def spot(self, heard: str) -> Floats:
        """Return how surely each word was heard: 0 for not at all, 1 for all its sounds in order."""
        found: Floats = self.spot_all([heard])[0]
        return found

    def spot_all(self, heard: Sequence[str]) -> Floats:
        """Return the same for several utterances: (utterances, words)."""
        found = np.zeros((len(heard), len(self.words)), dtype=np.float32)
        order = sorted(range(len(heard)), key=lambda at: len(heard[at]))  # alike in length, little is padded
        for begin in range(0, len(order) if self.words else 0, _AT_ONCE):
            batch = order[begin : begin + _AT_ONCE]
            found[batch] = self._likeness([heard[at] for at in batch])
        return found

    def _likeness(self, heard: Sequence[str]) -> Floats:
        """Search for all words in all utterances at once; padding costs too much to be taken."""
        lengths = np.array([len(word) for word in self.words])
        every = np.arange(len(lengths))
        costs = _costs(self.words)
        codes = np.full((len(heard), max(map(len, heard))), _NONE)
        for row, each in enumerate(heard):
            codes[row, : len(each)] = _coded(each)
        below = np.empty((len(costs) + 1, len(lengths), len(heard)), dtype=np.float32)
        below[:] = (np.arange(len(costs) + 1, dtype=np.float32) * _MISSING)[:, None, None]
        best = below[lengths, every]
        for code in codes.T:
            column = np.empty_like(below)
            column[0] = 0
            for at, cost in enumerate(costs):
                changed = below[at] + cost[:, code]
                column[at + 1] = np.minimum(changed, np.minimum(below[at + 1], column[at]) + _MISSING)
            below = column
            best = np.minimum(best, below[lengths, every])
        likeness = 1 - best.T / lengths
        found: Floats = (np.maximum(0, likeness - _LEAST) / (1 - _LEAST)) ** 2
        return found


@lru_cache(maxsize=64)
def _costs(words: tuple[str, ...]) -> Floats:
    """Return what it costs that each sound of each word was heard as each sound: (place, word, sound)."""
    most = max(len(word) for word in words)
    codes = np.full((most, len(words)), _NONE)
    for number, word in enumerate(words):
        codes[: len(word), number] = _coded(word)
    table = np.ones((_NONE + 1, _NONE + 1), dtype=np.float32)
    table[:_NONE, :_NONE] = COSTS
    found: Floats = table[codes]
    return found


def _coded(heard: Sequence[str]) -> list[int]:
    return [_CODES.get(sound, _NONE) for sound in heard]
