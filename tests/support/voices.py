"""Sound for recognisers: speech by Open JTalk and espeak-ng, and what is no speech. 8 kHz, 16-bit samples."""

import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyopenjtalk

from ivr.audio import read_wav, to_telephone, write_wav

RATE_HZ = 8000
FRAME_BYTES = 320
"""20 ms, as they come from the telephone."""
Samples = npt.NDArray[np.float64]


@cache
def spoken(text: str, speed: float = 1.0) -> bytes:
    """Return a Japanese text, read aloud."""
    samples, rate_hz = pyopenjtalk.tts(text, speed=speed)
    return to_telephone(samples, rate_hz)


@cache
def spoken_in(language: str, text: str) -> bytes:
    """Return a text of another language, read aloud by espeak-ng."""
    with tempfile.TemporaryDirectory(prefix="ts-") as folder:
        path = Path(folder) / "said.wav"
        subprocess.run(["espeak-ng", "-v", language, "-s", "140", "-w", path, text], check=True)
        return to_telephone(*read_wav(path))


def silence(seconds: float) -> bytes:
    return bytes(2 * int(seconds * RATE_HZ))


def noise(seconds: float, level: float = 0.05) -> bytes:
    """White noise; `level` is of full scale."""
    return _pcm(np.random.default_rng(1).normal(0, level, int(seconds * RATE_HZ)))


def tone(hz: float, seconds: float, level: float = 0.3) -> bytes:
    return _pcm(level * np.sin(2 * np.pi * hz * _times(seconds)))


def fax_calling() -> bytes:
    """CNG: half a second of 1100 Hz every three and a half."""
    return silence(1) + tone(1100, 0.5) + silence(3) + tone(1100, 0.5) + silence(1)


def music(seconds: float) -> bytes:
    """Chords that change twice a second, with overtones."""
    chords = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
    times, found = _times(seconds), np.zeros(int(seconds * RATE_HZ))
    for place, chord in enumerate(chords):
        sounds = (times * 2).astype(int) % len(chords) == place
        for hz in chord:
            for overtone in (1, 2, 3):
                found += sounds * np.sin(2 * np.pi * hz * overtone * times) / overtone
    return _pcm(0.08 * found * np.exp(-3 * (times % 0.5)))


def giggles(seconds: float) -> bytes:
    """Short bursts of a high voice, five a second."""
    times = _times(seconds)
    voice = sum(np.sin(2 * np.pi * 420 * overtone * times) / overtone for overtone in range(1, 7))
    return _pcm(0.15 * voice * np.exp(-((times % 0.2 - 0.05) ** 2) / 0.0008))


def mixed(one: bytes, other: bytes) -> bytes:
    """Return both at once, as long as the first."""
    first, second = (np.frombuffer(each, dtype="<i2").astype(np.float64) for each in (one, other))
    return _pcm((first + np.resize(second, first.size)) / 32768)


def frames(audio: bytes) -> list[bytes]:
    """Return audio in pieces of 20 ms."""
    return [audio[at : at + FRAME_BYTES] for at in range(0, len(audio), FRAME_BYTES)]


def write_voice(path: Path, audio: bytes) -> Path:
    write_wav(path, audio)
    return path


def _times(seconds: float) -> Samples:
    return np.arange(int(seconds * RATE_HZ)) / RATE_HZ


def _pcm(samples: Samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
