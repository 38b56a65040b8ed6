"""The music of waiting callers: 8 kHz mono, loud enough, not clipped, without a seam."""

import wave
from pathlib import Path

import numpy as np

from hub.services.music import write_music


def test_the_piece(tmp_path: Path) -> None:
    path = tmp_path / "moh" / "waiting.wav"
    write_music(path)
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    assert len(samples) == 32 * 8000
    assert 6000 < np.max(np.abs(samples)) < 12000
    loudness = np.sqrt(np.mean(samples.reshape(-1, 4000) ** 2, axis=1))
    assert np.min(loudness) > 200
    assert abs(samples[0] - samples[-1]) < 1500


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "waiting.wav"
    path.write_bytes(b"mine")
    write_music(path)
    assert path.read_bytes() == b"mine"
