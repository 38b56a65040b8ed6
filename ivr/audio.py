"""Sound for the telephone: 8 kHz, or 16 kHz for wideband callers, mono, 16 bit.

Raw samples here are signed, little-endian. A sound in both rates is two files side by side, `NAME.wav` and
`NAME.wav16`: told to play `NAME`, Asterisk takes the one that fits the caller's codec.
"""

import contextlib
import os
import tempfile
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

TELEPHONE_HZ = 8000
WIDE_HZ = 16000
WIDE_SUFFIX = ".wav16"
_PEAK = 0.6
"""Loudest sample of synthesised speech, of full scale: leaves room for mu-law and echo."""
_BYTES_PER_SAMPLE = 2

Samples = npt.NDArray[np.float64]
"""Sound in any unit, one number a sample."""


def to_telephone(samples: Samples, rate_hz: int, to_hz: int = TELEPHONE_HZ) -> bytes:
    """Resample, bring to a common loudness, and return raw samples; empty if there is nothing to hear."""
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak == 0.0:
        return b""
    resampled: Samples = soxr.resample(samples / peak, rate_hz, to_hz)
    return (np.clip(resampled, -1.0, 1.0) * (_PEAK * 32767)).astype("<i2").tobytes()


def read_wav(path: Path) -> tuple[Samples, int]:
    """Return samples, several channels mixed to one, and their rate; raises `wave.Error`, `OSError`."""
    with wave.open(str(path), "rb") as wav:
        if wav.getsampwidth() != _BYTES_PER_SAMPLE:
            raise wave.Error(f"expected 16 bits a sample, found {8 * wav.getsampwidth()}")
        rate_hz, channels = wav.getframerate(), wav.getnchannels()
        frames = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")
    return frames.reshape(-1, channels).mean(axis=1), rate_hz


def narrow(wide: bytes) -> bytes:
    """Return raw samples of 16 kHz at 8 kHz."""
    samples = np.frombuffer(wide, dtype="<i2").astype(np.float64)
    resampled: Samples = soxr.resample(samples, WIDE_HZ, TELEPHONE_HZ)
    return np.clip(resampled, -32768, 32767).astype("<i2").tobytes()


def write_sound(path: Path, wide: bytes) -> None:
    """Write raw samples of 16 kHz in both rates; `path` is the one of 8 kHz, written last."""
    write_wav(path.with_suffix(WIDE_SUFFIX), wide, WIDE_HZ)
    write_wav(path, narrow(wide))


def write_wav(path: Path, pcm: bytes, rate_hz: int = TELEPHONE_HZ) -> None:
    """Write a WAV file of raw samples; who reads the path sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".making-")
    try:
        with os.fdopen(descriptor, "wb") as file, wave.open(file, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(_BYTES_PER_SAMPLE)
            wav.setframerate(rate_hz)
            wav.writeframes(pcm)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def beep() -> bytes:
    """Return 0.4 s of a 440 Hz tone: what is heard where a voice is missing."""
    time_s = np.arange(int(0.4 * TELEPHONE_HZ)) / TELEPHONE_HZ
    fade = np.minimum(1.0, np.minimum(time_s, time_s[::-1]) / 0.02)
    return (np.sin(2 * np.pi * 440 * time_s) * fade * 0.3 * 32767).astype("<i2").tobytes()
