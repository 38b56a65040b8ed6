"""Sound for the telephone."""

import wave
from pathlib import Path

import numpy as np
import pytest

from ivr.audio import beep, narrow, read_wav, to_telephone, write_sound, write_wav


def tone(rate_hz: int, peak: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    time_s = np.arange(rate_hz) / rate_hz
    return np.sin(2 * np.pi * 300 * time_s) * peak


@pytest.mark.parametrize("peak", [0.01, 20000.0, 40000.0])
@pytest.mark.parametrize("rate_hz", [8000, 22050, 48000])
def test_every_voice_is_equally_loud_and_8_khz(rate_hz: int, peak: float) -> None:
    samples = np.frombuffer(to_telephone(tone(rate_hz, peak), rate_hz), dtype="<i2")
    assert samples.size == pytest.approx(8000, abs=10)
    assert np.abs(samples).max() == pytest.approx(0.6 * 32767, rel=0.03)


def test_silence_is_nothing() -> None:
    assert to_telephone(np.zeros(100), 8000) == b""
    assert to_telephone(np.zeros(0), 8000) == b""


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "beep.wav"
    write_wav(path, beep())
    samples, rate_hz = read_wav(path)
    assert (samples.size, rate_hz) == (3200, 8000)
    assert samples.astype("<i2").tobytes() == beep()
    assert [each.name for each in path.parent.iterdir()] == ["beep.wav"]


def test_both_rates_are_the_same_sound(tmp_path: Path) -> None:
    wide = to_telephone(tone(22050, 1.0), 22050, 16000)
    write_sound(tmp_path / "tone.wav", wide)
    assert read_wav(tmp_path / "tone.wav16")[1] == 16000
    samples, rate_hz = read_wav(tmp_path / "tone.wav")
    assert (samples.size, rate_hz) == (8000, 8000)
    assert np.abs(samples).max() == pytest.approx(0.6 * 32767, rel=0.03)
    assert samples[100:-100] == pytest.approx(np.frombuffer(wide, dtype="<i2")[200:-200:2], abs=200)
    assert narrow(b"") == b""


def test_a_file_that_cannot_be_put_in_place_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "beep.wav"
    (target / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_wav(target, beep())
    assert list(tmp_path.iterdir()) == [target]


def test_several_channels_become_one(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as wav:
        wav.setparams((2, 2, 8000, 0, "NONE", ""))
        wav.writeframes(np.array([[100, 300], [-100, -300]], dtype="<i2").tobytes())
    assert read_wav(path)[0].tolist() == [200.0, -200.0]
