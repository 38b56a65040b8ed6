"""The music that waiting callers hear, computed at set-up so that nobody else has rights in it."""

import math
import wave
from array import array
from functools import cache
from itertools import product
from pathlib import Path

_RATE_HZ = 8000
_BEAT_S = 0.5
_TONE_S = 3.0
_LOUDEST = 8000
# Four seventh chords, each as MIDI note numbers: F, Em, Dm, C.
_CHORDS = ((53, 60, 64, 69), (52, 59, 62, 67), (50, 57, 60, 65), (48, 55, 59, 64))
_PATTERN = (0, 2, 1, 3, 2, 1, 3, 2)
"""Which note of the chord is struck on each of its beats."""


def write_music(path: Path) -> None:
    """Write a 32 s loop, 8 kHz 16-bit mono, unless the file is there."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = _loop()
    scale = _LOUDEST / max(map(abs, samples))
    fresh = path.with_suffix(".new")
    with wave.open(str(fresh), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE_HZ)
        file.writeframes(array("h", (round(sample * scale) for sample in samples)).tobytes())
    fresh.replace(path)


def _loop() -> list[float]:
    """Broken chords played twice through, tails wrapped round so that the loop has no seam."""
    beats = list(product(_CHORDS * 2, range(len(_PATTERN))))
    total = [0.0] * round(len(beats) * _BEAT_S * _RATE_HZ)
    for beat, (chord, step) in enumerate(beats):
        starts_at = round(beat * _BEAT_S * _RATE_HZ)
        _add(total, starts_at, _bell(chord[_PATTERN[step]] + 12), 0.5)
        if step == 0:
            _add(total, starts_at, _bell(chord[0]), 0.7)
    return total


def _add(total: list[float], starts_at: int, tone: list[float], loudness: float) -> None:
    for at, sample in enumerate(tone, start=starts_at):
        total[at % len(total)] += sample * loudness


@cache
def _bell(note: int) -> list[float]:
    """A soft struck tone: few partials, the higher ones fading sooner."""
    turns_s = 2 * math.pi * 440.0 * 2 ** ((note - 69) / 12)
    tone: list[float] = []
    for number in range(round(_TONE_S * _RATE_HZ)):
        at_s = number / _RATE_HZ
        envelope = min(at_s / 0.008, 1.0) * min((_TONE_S - at_s) / 0.2, 1.0)
        partials = ((1, 1.0), (2, 0.35), (3, 0.12))
        tone.append(
            envelope
            * sum(size * math.sin(turns_s * n * at_s) * math.exp(-1.6 * n * at_s) for n, size in partials)
        )
    return tone
