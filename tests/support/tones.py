"""Tones as stand-ins for speech: each party hums at a frequency of its own, and who was heard is measured."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
_AMPLITUDE = 8000
_PCM_BYTES = 2


def write_tone(path: Path, hz: float, seconds: float = 2.0, rate_hz: int = RATE_HZ) -> Path:
    """Write a WAV file (16-bit, mono) of one tone and return its path."""
    times = np.arange(int(seconds * rate_hz)) / rate_hz
    samples = (_AMPLITUDE * np.sin(2 * np.pi * hz * times)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(_PCM_BYTES)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return path


def read_wav(path: Path) -> tuple[int, NDArray[np.float64]]:
    """Return a mono WAV file's rate in Hz and its samples, full scale 1.0."""
    with wave.open(str(path), "rb") as file:
        assert file.getnchannels() == 1, f"{path} is not mono"
        assert file.getsampwidth() == _PCM_BYTES, f"{path} is not 16-bit"
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return file.getframerate(), samples.astype(np.float64) / 32768


def tone_share(path: Path, hz: float, *, skip_s: float = 0.0) -> float:
    """Return what share of a WAV file's power is at one frequency: 1.0 for that pure tone, 0.0 for silence.

    Goertzel's algorithm on blocks of 50 ms (so within 20 Hz), which do not suffer from lost frames.
    """
    rate, samples = read_wav(path)
    block = rate // 20
    heard = samples[int(skip_s * rate) :]
    blocks = heard[: len(heard) // block * block].reshape(-1, block)
    total = float((blocks**2).sum()) * block / 2
    return float(_goertzel(blocks, hz / rate).sum()) / total if total else 0.0


def _goertzel(blocks: NDArray[np.float64], cycles_per_sample: float) -> NDArray[np.float64]:
    """Return the power of each block (row) at one frequency."""
    coefficient = 2 * np.cos(2 * np.pi * cycles_per_sample)
    last = before = np.zeros(len(blocks), dtype=np.float64)
    for samples in blocks.T:
        last, before = samples + coefficient * last - before, last
    power: NDArray[np.float64] = last**2 + before**2 - coefficient * last * before
    return power


def split_wav(path: Path) -> list[Path]:
    """Write each channel of a WAV file to a file of its own, and return them from left to right."""
    with wave.open(str(path), "rb") as file:
        rate, count = file.getframerate(), file.getnchannels()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, count)
    found = [path.with_stem(f"{path.stem}-{number}") for number in range(count)]
    for number, each in enumerate(found):
        with wave.open(str(each), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(_PCM_BYTES)
            file.setframerate(rate)
            file.writeframes(samples[:, number].tobytes())
    return found
