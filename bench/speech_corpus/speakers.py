"""People who do not exist: two engines, varied in speed, pitch and length of the vocal tract."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import soxr

from ivr.audio import TELEPHONE_HZ, Samples
from ivr.tts.engine import Engine, Voice, load_engine

_FILLERS = ("えーと、", "あのー、", "えっと、", "あの、すみません、", "うーんと、")


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice. `tract` over 1 is a shorter vocal tract, as children have it: formants and pitch go up.

    `half_tones` only moves the pitch, and only where the engine is Open JTalk.
    """

    name: str
    engine: str
    speed: float = 1.0
    half_tones: float = 0.0
    tract: float = 1.0


SPEAKERS = (
    Speaker("usual", "openjtalk"),
    Speaker("quick", "openjtalk", speed=1.25, half_tones=1),
    Speaker("slow", "openjtalk", speed=0.85, half_tones=-2),
    Speaker("man", "openjtalk", half_tones=-3, tract=0.88),
    Speaker("young", "openjtalk", speed=1.1, half_tones=2, tract=1.08),
    Speaker("quick-man", "openjtalk", speed=1.2, half_tones=-2, tract=0.93),
    Speaker("old", "openjtalk", speed=0.9, half_tones=-4, tract=0.97),
    Speaker("formants", "pyttsx3", speed=0.9),
)
"""The last one is the hard one: espeak-ng, which even people understand badly."""


def speak(speaker: Speaker, text: str) -> Samples:
    """Return speech at the telephone's rate, its peak at 1; a pause of 0.25 s before and after."""
    samples, rate = _synthesize(speaker, text)
    heard: Samples = soxr.resample(samples, rate * speaker.tract, TELEPHONE_HZ)
    pause = np.zeros(TELEPHONE_HZ // 4)
    return np.concatenate([pause, heard / max(1e-9, float(np.abs(heard).max())), pause])


def hesitate(text: str, number: int) -> str:
    """Return a text as somebody says it who thinks: each third with a filler, each ninth begun twice."""
    if number % 9 == 4 and len(text) > 6:
        return f"{text[:2]}、{text}"
    return _FILLERS[number // 3 % len(_FILLERS)] + text if number % 3 == 0 else text


def _synthesize(speaker: Speaker, text: str) -> tuple[Samples, float]:
    speed = speaker.speed / speaker.tract  # what the resampling does to the speed is taken back
    if speaker.engine == "openjtalk":
        import pyopenjtalk

        samples, rate = pyopenjtalk.tts(text, speed=speed, half_tone=speaker.half_tones)
        return samples, rate
    return _engine(speaker.engine).synthesize(text, "ja", Voice(speaker.engine, speed=speed))


@cache
def _engine(name: str) -> Engine:
    return load_engine(name)
