"""What a hub has recorded, and who is heard in it: people who each hum a tone of their own."""

import time
import wave
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from acd.ids import ContactId
from hub.recordings.catalogue import Filter, StoredRecording
from hub.recordings.outside import archive
from tests.failures.floor import until
from tests.support.hub import RunningHub, recordings_of
from tests.support.tones import RATE_HZ

_SHARE = 0.1
_MARGIN_S = 0.35


async def stored(hub: RunningHub, contact: str, timeout_s: float = 30) -> StoredRecording:
    """Wait until a contact's recording is in the store."""
    async with archive(recordings_of(hub)) as all_:

        async def found() -> StoredRecording | None:
            return next(iter(await all_.catalogue.find(Filter(contact=ContactId(contact)))), None)

        return await until(found, timeout_s=timeout_s)


async def exported(hub: RunningHub, recording: StoredRecording, path: Path) -> NDArray[np.int16]:
    """Verify a recording and return its samples, a column for each side: the customer's, ours."""
    async with archive(recordings_of(hub)) as all_:
        await all_.vault.check(recording)
        await all_.export(recording, path)
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)


@dataclass(slots=True)
class Stretches:
    """Parts of a talk, by name, with their times (Unix time, seconds)."""

    times: dict[str, list[float]] = field(default_factory=dict)

    def begin(self, name: str) -> None:
        """Let a part begin, and with it end the one before."""
        self.end()
        self.times[name] = [time.time()]

    def end(self) -> None:
        """Let the part end that is going on."""
        for times in self.times.values():
            if len(times) == 1:
                times.append(time.time())

    def of(self, name: str, recording: StoredRecording, sound: NDArray[np.int16]) -> NDArray[np.int16]:
        """Return what is recorded of a part, without its edges."""
        begin_s, end_s = (each - recording.started_ms / 1000 for each in self.times[name])
        return sound[round((begin_s + _MARGIN_S) * RATE_HZ) : round((end_s - _MARGIN_S) * RATE_HZ)]


def tones(samples: NDArray[np.int16], among: Collection[int]) -> set[int]:
    """Return which tones (Hz) one side has."""
    powers = abs(np.fft.rfft(samples.astype(float))) ** 2
    total = powers[1:].sum()
    places = {hz: round(hz * len(samples) / RATE_HZ) for hz in among}
    return {hz for hz, at in places.items() if total and powers[at - 3 : at + 4].sum() > _SHARE * total}
