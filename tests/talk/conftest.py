"""A call centre with a third agent, who is a member of nothing, and with somebody outside to be called."""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from cti.softphone import MediaState, PhoneCall, Softphone
from tests.failures.fixtures import Outside, left_clean
from tests.failures.floor import Floor, open_floor
from tests.support.tones import tone_share, write_tone

OUTSIDE = "0699998888"
_HZ = 1500
_LOOKS = 3


class Ears:
    """Who hears whom: one speaks (a tone), the other's phone is recorded."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, itertools.count()
        self._tone = write_tone(folder / "tone.wav", _HZ)

    async def hears(self, speaker: PhoneCall, listener: PhoneCall) -> bool:
        path = self._folder / f"{next(self._numbers)}.wav"
        for each in (speaker, listener):
            await each.wait_media(MediaState.ACTIVE, 20)
        await speaker.play(self._tone)
        await asyncio.sleep(0.2)
        await listener.record(path)
        await asyncio.sleep(0.5)
        await listener.record(None)
        await speaker.play(None)
        return tone_share(path, _HZ) > 0.5

    async def pairs(self, **people: PhoneCall) -> set[str]:
        """Return who hears each other, as `a-b` by the names given; looked at in both directions."""
        found = set()
        for one, other in itertools.combinations(people, 2):
            ways = [(people[one], people[other]), (people[other], people[one])]
            for _ in range(_LOOKS):  # a busy machine loses frames
                there, back = [await self.hears(*way) for way in ways]
                if there == back:
                    break
            assert there == back, f"{one} and {other} hear each other one way"
            if there:
                found.add(f"{one}-{other}")
        return found


@pytest.fixture(scope="package")
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tk-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="package")
def _outside() -> Outside:
    return Outside(OUTSIDE)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _open(_folder: Path, _outside: Outside) -> AsyncIterator[Floor]:
    url, more = f"sqlite+aiosqlite:///{_folder / 'hub.db'}", {"suzuki": "鈴木"}
    async with open_floor(_folder, url, _outside.trunk, more_agents=more, **_outside.settings) as floor:
        yield floor


@pytest_asyncio.fixture(loop_scope="package")
async def floor(_open: Floor) -> AsyncIterator[Floor]:
    """The floor. Whatever a test did, no call, no contact and no offer may be left after it."""
    async with left_clean(_open) as floor:
        yield floor


@pytest_asyncio.fixture(loop_scope="package")
async def outside(floor: Floor, _outside: Outside) -> Softphone:
    """The phone of somebody outside."""
    return await _outside.phone(floor)


@pytest.fixture
def ears(tmp_path: Path) -> Ears:
    return Ears(tmp_path)
