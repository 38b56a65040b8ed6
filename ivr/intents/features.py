"""What the classifier looks at: pieces of an utterance as written, as it sounds, and what it is about."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from ivr.intents.sounds import coarse, vowels
from ivr.intents.words import Word

SIZE: Final = 1 << 17
"""Features are numbered by a hash of this range."""
Row = tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]
"""Features that occur, by number, and how much each counts."""
Views = dict[str, float]

VIEWS: Final[Views] = {"about": 1.2, "text": 0.8, "sound": 1.0, "coarse": 1.0, "vowels": 0.4}
"""How much each way to look at an utterance counts."""


def row(words: Sequence[Word], views: Views = VIEWS) -> Row:
    """Return the features of an utterance; each view has the same length, whatever the utterance's."""
    numbers: list[int] = []
    weights: list[float] = []
    for view, weight in views.items():
        found = list(dict.fromkeys(_pieces(view, words)))
        numbers.extend(_number(view, piece) for piece in found)
        weights.extend([weight / max(1.0, len(found)) ** 0.5] * len(found))
    return np.array(numbers, dtype=np.int32), np.array(weights, dtype=np.float32)


def _pieces(view: str, words: Sequence[Word]) -> Iterator[str]:
    heard = "".join(word.sounds for word in words)
    match view:
        case "about":
            yield from (about for word in words for about in word.about)
        case "text":
            yield from _grams("".join(word.text for word in words), 1, 3)
        case "sound":
            yield from _grams(heard, 3, 6)
        case "coarse":
            yield from _grams(coarse(heard), 5, 9)
        case "vowels":
            yield from _grams(vowels(heard), 4, 6)


def _grams(text: str, least: int, most: int) -> Iterator[str]:
    edged = f"^{text}$"
    return (edged[at : at + size] for size in range(least, most + 1) for at in range(len(edged) - size + 1))


@lru_cache(maxsize=1 << 17)
def _number(view: str, piece: str) -> int:
    return crc32(f"{view}:{piece}".encode()) % SIZE
