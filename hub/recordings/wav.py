"""Joining what Asterisk wrote, a file for each side, to one WAV file, with what must not be in it taken out.

Sides are little-endian 16 bit; the customer is the left channel. All of it streams: a call may last hours.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hub.recordings.dtmf import key_tones
from hub.recordings.errors import UnreadableWav

Span = tuple[float, float]
"""A stretch of a recording, in seconds from its beginning."""

_BLOCK = 32_768
_WIDTH = 2
_HEAD_MAX = 4096
_FRAMES_HZ = 50
_SPOKEN_MIN = 256
"""Mean of a frame's samples, without their signs, from which on Asterisk takes it for speech."""


@dataclass(frozen=True, slots=True)
class Side:
    """A file of one channel; `offset` is where its samples begin, in bytes. It may be empty."""

    path: Path
    rate_hz: int
    offset: int
    samples: int

    @classmethod
    def of(cls, path: Path) -> "Side":
        """Read the head of a file; raises `UnreadableWav`, `OSError`.

        The length is the file's, whatever its head says: Asterisk writes that last, or never if it dies.
        """
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD_MAX)
        if not head:
            return cls(path, 8000, 0, 0)
        if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            raise UnreadableWav(f"{path.name}: no WAV file")
        place, form = 12, b""
        while place + 8 <= len(head):
            name, length = head[place : place + 4], int.from_bytes(head[place + 4 : place + 8], "little")
            place += 8
            if name == b"fmt ":
                form = head[place : place + 16]
            if name == b"data":
                return cls(path, _rate(path, form), place, max(0, size - place) // _WIDTH)
            place += length + length % 2
        raise UnreadableWav(f"{path.name}: no samples")

    @classmethod
    def missing(cls, path: Path, rate_hz: int) -> "Side":
        """Return a side of which there is no file: silence."""
        return cls(path, rate_hz, 0, 0)

    def blocks(self) -> Iterator[NDArray[np.int16]]:
        """Yield its samples."""
        left = self.samples
        if not left:
            return
        with self.path.open("rb") as file:
            file.seek(self.offset)
            while left and (data := file.read(min(left, _BLOCK) * _WIDTH)):
                found = np.frombuffer(data[: len(data) // _WIDTH * _WIDTH], dtype="<i2")
                left -= len(found)
                yield found


def _rate(path: Path, form: bytes) -> int:
    if len(form) < 16:
        raise UnreadableWav(f"{path.name}: no format")
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", form)
    if (kind, channels, bits) != (1, 1, 8 * _WIDTH) or not rate:
        raise UnreadableWav(f"{path.name}: expected PCM, 16 bit, one channel")
    return int(rate)


@dataclass(frozen=True, slots=True)
class Joined:
    """One WAV file of several sides that begin together; the shorter one ends in silence.

    `blanks` are silent on all sides, in step with the rest.
    """

    sides: Sequence[Side]
    blanks: Sequence[Span] = ()

    @classmethod
    def of(cls, paths: Sequence[Path], blanks: Sequence[Span] = ()) -> "Joined":
        """Join files, those that are missing as silence; raises `UnreadableWav`, `OSError`."""
        there = {path: Side.of(path) for path in paths if path.exists()}
        rates = {side.rate_hz for side in there.values()}
        if len(rates) != 1:
            raise UnreadableWav(f"{paths[0].name}: " + ("rates differ" if rates else "no such file"))
        (rate_hz,) = rates
        return cls([there.get(path) or Side.missing(path, rate_hz) for path in paths], blanks)

    @property
    def rate_hz(self) -> int:
        return self.sides[0].rate_hz

    @property
    def samples(self) -> int:
        return max(side.samples for side in self.sides)

    @property
    def seconds(self) -> float:
        return self.samples / self.rate_hz

    @property
    def size(self) -> int:
        """Return how long the file is, in bytes."""
        return len(self._head()) + self.samples * len(self.sides) * _WIDTH

    def blocks(self) -> Iterator[bytes]:
        """Yield the file."""
        yield self._head()
        done = 0
        for frames in _aligned([side.blocks() for side in self.sides], self.samples):
            self._blank(frames, done)
            done += len(frames)
            yield frames.tobytes()

    def without_keys(self) -> "Joined":
        """Return the same with every key's tone blank, on whichever side it is heard."""
        found = [span for side in self.sides for span in key_tones(side.blocks(), side.rate_hz)]
        return Joined(self.sides, merged([*self.blanks, *found]))

    def _head(self) -> bytes:
        count, data = len(self.sides), self.samples * len(self.sides) * _WIDTH
        frame = count * _WIDTH
        form = struct.pack("<HHIIHH", 1, count, self.rate_hz, self.rate_hz * frame, frame, 8 * _WIDTH)
        sound = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", data)
        return b"RIFF" + struct.pack("<I", len(sound) + data) + sound

    def _blank(self, frames: NDArray[np.int16], first: int) -> None:
        for start_s, end_s in self.blanks:
            start = round(start_s * self.rate_hz) - first
            end = round(min(end_s, self.seconds) * self.rate_hz) - first
            if start < len(frames) and end > 0:
                frames[max(0, start) : end] = 0


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that overlap as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def _aligned(sides: Sequence[Iterator[NDArray[np.int16]]], samples: int) -> Iterator[NDArray[np.int16]]:
    """Put the sides' samples beside each other, in frames."""
    rests: list[NDArray[np.int16]] = [np.empty(0, dtype="<i2") for _ in sides]
    done = 0
    while done < samples:
        count = min(_BLOCK, samples - done)
        frames = np.zeros((count, len(sides)), dtype="<i2")
        for place, side in enumerate(sides):
            while len(rests[place]) < count and (more := next(side, None)) is not None:
                rests[place] = np.concatenate((rests[place], more))
            own = rests[place][:count]
            frames[: len(own), place] = own
            rests[place] = rests[place][count:]
        done += count
        yield frames


def is_silent(path: Path) -> bool:
    """Whether less than a second is spoken in a file of one channel, as Asterisk counts it.

    Raises `UnreadableWav`, `OSError`.
    """
    side, spoken = Side.of(path), 0
    frame = side.rate_hz // _FRAMES_HZ
    for block in side.blocks():
        frames = np.abs(block[: len(block) // frame * frame].astype(np.int32)).reshape(-1, frame)
        spoken += int((frames.mean(axis=1) > _SPOKEN_MIN).sum())
    return spoken < _FRAMES_HZ
