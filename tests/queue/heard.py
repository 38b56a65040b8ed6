"""Whether a certain prompt is in what a phone heard."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.flow import Language
from ivr.prompts import _digest, normalise
from ivr.tts.engine import VOICES
from tests.failures.floor import Floor
from tests.support.tones import read_wav

HEARD = 0.6
"""A likeness beyond which a prompt was heard."""
_RATE = 8000
_STARTS_S = (0.3, 0.8, 1.3)
_PIECE_S = 1.0
"""Pieces of a prompt that are looked for: a frame that a busy machine is late with spoils those it is in."""


def prompts_of(floor: Floor) -> Path:
    """Return where a floor's hub keeps what it read aloud."""
    return floor.node.service.settings.agents_file.parent / "prompts"


def likeness(heard: Path, prompts: Path, text: str) -> float:
    """Return how much the place in a recording that is most like a piece of a Japanese prompt is like it.

    1.0: the same but for loudness; where the prompt was not heard it stays far below 0.5. `prompts` is the
    hub's folder of what was read aloud.
    """
    rate, samples = read_wav(heard)
    language = Language("ja")
    name = f"{language}-{_digest(VOICES[language], language, normalise(text))}.wav"
    prompt = read_wav(prompts / name)[1]
    ends = [(round(start * _RATE), round((start + _PIECE_S) * _RATE)) for start in _STARTS_S]
    return max(_likeness(samples[:: rate // _RATE], prompt[a:b]) for a, b in ends if b <= len(prompt))


def _likeness(samples: NDArray[np.float64], piece: NDArray[np.float64]) -> float:
    size = len(samples) + len(piece)
    alike = np.fft.irfft(np.fft.rfft(samples, size) * np.conj(np.fft.rfft(piece, size)), size)
    alike = alike[: len(samples) - len(piece)]
    power = np.convolve(samples**2, np.ones(len(piece)), "valid")[: len(alike)]
    norm = np.sqrt(power * float((piece**2).sum())) + 1e-9
    return float((alike / norm).max())
