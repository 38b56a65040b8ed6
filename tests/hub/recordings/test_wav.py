"""Two files become one, with what must not be in it taken out."""

import io
import itertools
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hub.recordings.dtmf import key_tones
from hub.recordings.errors import UnreadableWav
from hub.recordings.wav import Joined, Side, is_silent, merged
from tests.support.tones import RATE_HZ, write_tone

KEYS = {
    "1": (697, 1209),
    "5": (770, 1336),
    "9": (852, 1477),
    "0": (941, 1336),
    "#": (941, 1477),
    "D": (941, 1633),
}
Sound = NDArray[np.int16]


def read(joined: Joined) -> tuple[wave.Wave_read, Sound]:
    data = b"".join(joined.blocks())
    assert len(data) == joined.size
    with wave.open(io.BytesIO(data)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return file, sound.reshape(-1, file.getnchannels())


def write(path: Path, sound: Sound) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(sound.astype("<i2").tobytes())
    return path


def key(name: str, seconds: float = 0.1, level: float = 6000) -> Sound:
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    one, other = KEYS[name]
    return (level * (np.sin(2 * np.pi * one * times) + np.sin(2 * np.pi * other * times))).astype(np.int16)


def quiet(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE_HZ), dtype=np.int16)


def test_sides_are_channels_and_the_shorter_ends_in_silence(tmp_path: Path) -> None:
    one, other = write_tone(tmp_path / "one.wav", 500, 9.0), write_tone(tmp_path / "other.wav", 1700, 5.0)
    joined = Joined.of([one, other])
    file, sound = read(joined)
    assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, RATE_HZ, 2)
    assert joined.seconds == file.getnframes() / RATE_HZ == 9
    for channel, path in enumerate((one, other)):
        (own,) = (block for block in [np.concatenate(list(Side.of(path).blocks()))])
        assert (sound[: len(own), channel] == own).all()
        assert not sound[len(own) :, channel].any()


def test_a_side_without_a_file_is_silent(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "one.wav", 500, 1.0)
    _, sound = read(Joined.of([tmp_path / "none.wav", path]))
    assert not sound[:, 0].any()
    assert sound[:, 1].any()
    with pytest.raises(UnreadableWav):
        Joined.of([tmp_path / "none.wav", tmp_path / "neither.wav"])


def test_a_head_that_was_never_completed_does_not_matter(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "one.wav", 500, 2.0)
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = b"\0\0\0\0"
    path.write_bytes(data + b"\1")
    assert Joined.of([path]).seconds == 2


@pytest.mark.parametrize(
    "data",
    [b"RIFF", b"RIFF1234WAVEdata", b"\0" * 100, b"RIFF1234WAVEfmt \x10\0\0\0" + b"\7" * 16 + b"data1234"],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.wav").write_bytes(data)
    with pytest.raises(UnreadableWav):
        Joined.of([tmp_path / "bad.wav"])


def test_an_empty_file_is_silence_beside_another(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").write_bytes(b"")
    assert Joined.of([tmp_path / "empty.wav", write_tone(tmp_path / "one.wav", 500, 1.0)]).seconds == 1


def test_blanks_are_silent_on_both_sides_and_nothing_else_is(tmp_path: Path) -> None:
    paths = [write_tone(tmp_path / f"{hz}.wav", hz, 10.0) for hz in (500, 1700)]
    _, plain = read(Joined.of(paths))
    _, sound = read(Joined.of(paths, [(3.0, 4.5), (9.0, float("inf"))]))
    silent = np.zeros(len(sound), dtype=bool)
    silent[3 * RATE_HZ : int(4.5 * RATE_HZ)] = silent[9 * RATE_HZ :] = True
    assert not sound[silent].any()
    assert (sound[~silent] == plain[~silent]).all()


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)).map(lambda pair: (min(pair), max(pair)))))
def test_merged_spans_cover_the_same(spans: list[tuple[float, float]]) -> None:
    found = merged(spans)
    assert found == sorted(found)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(found))
    assert all(any(start >= one and end <= other for one, other in found) for start, end in spans)


@given(
    st.sampled_from(sorted(KEYS)),
    st.floats(0.045, 0.3),
    st.sampled_from([150.0, 1000.0, 12_000.0]),
    st.integers(0, 400),
    st.integers(1, 5000),
)
def test_each_key_s_tone_is_found_wherever_it_stands(
    name: str, seconds: float, level: float, offset: int, block: int
) -> None:
    tone = key(name, seconds, level)
    sound = np.concatenate((quiet(0.5), np.zeros(offset, np.int16), tone, quiet(0.5)))
    begin_s = 0.5 + offset / RATE_HZ
    (found,) = merged(key_tones(_cut(sound, block), RATE_HZ))
    assert found[0] <= begin_s
    assert found[1] >= begin_s + len(tone) / RATE_HZ
    assert found[1] - found[0] < seconds + 0.25


def test_speech_like_sounds_and_tones_are_no_keys() -> None:
    random = np.random.default_rng(1)
    noise = random.normal(0, 3000, 5 * RATE_HZ).astype(np.int16)
    times = np.arange(5 * RATE_HZ) / RATE_HZ
    voice = np.sum([np.sin(2 * np.pi * 120 * n * times) / n for n in range(1, 25)], axis=0)
    tones = [(4000 * np.sin(2 * np.pi * hz * times)).astype(np.int16) for hz in (440, 700, 1209, 1700)]
    for sound in (noise, (3000 * voice).astype(np.int16), *tones):
        assert not list(key_tones([sound], RATE_HZ))


def test_no_key_is_left_in_a_recording_that_was_typed_into(tmp_path: Path) -> None:
    """The customer types while we speak; each tone begins anywhere."""
    typed = [part for name in "1590#" for part in (key(name), quiet(0.07))]
    customer = write(tmp_path / "customer.wav", np.concatenate([quiet(1), *typed, quiet(1)]))
    agent = write_tone(tmp_path / "agent.wav", 1700, 3.0)
    _, sound = read(Joined.of([customer, agent]).without_keys())
    assert not list(key_tones([sound[:, 0].copy()], RATE_HZ))
    assert not sound[:, 0].any(), "but for the tones there was nothing"
    assert sound[: int(0.9 * RATE_HZ), 1].any()
    assert not sound[int(1.1 * RATE_HZ) : int(1.2 * RATE_HZ), 1].any(), "the other side may carry an echo"


def _cut(sound: Sound, block: int) -> Iterator[Sound]:
    parts: Sequence[int] = range(0, len(sound), block)
    return (sound[place : place + block] for place in parts)


@pytest.mark.parametrize(
    ("seconds", "level", "silent"), [(1.2, 6000, False), (0.6, 6000, True), (3, 200, True)]
)
def test_a_message_of_less_than_a_second_is_none(
    tmp_path: Path, seconds: float, level: float, silent: bool
) -> None:
    sound = np.concatenate([quiet(6), key("1", seconds, level), quiet(1)])
    assert is_silent(write(tmp_path / "message.wav", sound)) is silent
