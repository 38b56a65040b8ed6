"""Finding the tones of telephone keys in sound (ITU-T Q.23), so that no recording tells a digit."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

_LOW_HZ: Final = (697, 770, 852, 941)
_HIGH_HZ: Final = (1209, 1336, 1477, 1633)
_FRAME_S, _HOP_S = 0.025, 0.0125
_SHARE_MIN = 0.6
"""What part of the sound's power the two tones must have together."""
_TWIST_MAX = 16.0
"""By what factor one tone may be stronger than the other: 12 dB, where Q.24 asks receivers for 8 at most."""
_LOUD_MIN = 30.0
"""Root mean square of 16 bit samples below which nothing is a key: -61 dB."""
_MARGIN_S = 0.04
_ROWS = 64
"""Products of this size make OpenBLAS start no threads, which would spin for far longer than they work."""


def key_tones(blocks: Iterable[NDArray[np.int16]], rate_hz: int) -> Iterator[tuple[float, float]]:
    """Yield where keys are heard, in seconds, with a little before and after; they may overlap.

    Two frames one after the other must show the same key: Q.24's shortest tone, 40 ms, holds that.
    """
    frame, hop = round(_FRAME_S * rate_hz), round(_HOP_S * rate_hz)
    waves = _waves(frame, rate_hz)
    rest: NDArray[np.int16] = np.empty(0, dtype=np.int16)
    before, first = np.array([-1]), 0
    for block in blocks:
        sound = np.concatenate((rest, block))
        count = max(0, (len(sound) - frame) // hop + 1)
        keys = np.concatenate((before, _keys(sound, frame, hop, count, waves)))
        for number in np.flatnonzero((keys[1:] >= 0) & (keys[1:] == keys[:-1])):
            at = first + int(number) * hop
            yield max(0.0, (at - hop) / rate_hz - _MARGIN_S), (at + frame) / rate_hz + _MARGIN_S
        before, rest = keys[-1:], sound[count * hop :]
        first += count * hop


def _waves(frame: int, rate_hz: int) -> NDArray[np.float32]:
    """Return cosine and sine of each tone, as columns."""
    angles = 2 * np.pi * np.arange(frame)[:, None] / rate_hz * np.array((*_LOW_HZ, *_HIGH_HZ))
    return np.concatenate((np.cos(angles), np.sin(angles)), axis=1, dtype=np.float32)


def _keys(
    sound: NDArray[np.int16], frame: int, hop: int, count: int, waves: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Return which of the sixteen keys each frame has, -1 for none."""
    if not count:
        return np.empty(0, dtype=np.int64)
    frames = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float32), frame)[: count * hop : hop]
    products = [frames[place : place + _ROWS] @ waves for place in range(0, count, _ROWS)]
    parts = np.concatenate(products) ** 2 * np.float32(2 / frame)
    powers = parts[:, :8] + parts[:, 8:]
    total = np.einsum("ij,ij->i", frames, frames)
    low, high = powers[:, :4].argmax(axis=1), powers[:, 4:].argmax(axis=1)
    rows = np.arange(count)
    one, other = powers[rows, low], powers[rows, 4 + high]
    is_key = (
        (total > frame * _LOUD_MIN**2)
        & (one + other > _SHARE_MIN * total)
        & (one < _TWIST_MAX * other)
        & (other < _TWIST_MAX * one)
    )
    return np.where(is_key, low * 4 + high, -1)
