"""A call centre with a supervisor, and tones to hear who hears whom."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Set
from pathlib import Path

import pytest
import pytest_asyncio

from cti.softphone import MediaState, PhoneCall
from tests.failures.fixtures import left_clean
from tests.failures.floor import Agent, Floor, open_floor
from tests.support.tones import tone_share, write_tone

MORI = "mori"
_HZ = (500, 900, 1500)
_HEARD = 0.2
"""Of three who speak each has about a third of the power; glitches of a busy machine have less."""


@pytest.fixture(scope="package")
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ts-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _open(_folder: Path) -> AsyncIterator[Floor]:
    url = f"sqlite+aiosqlite:///{_folder / 'hub.db'}"
    async with open_floor(_folder, url, supervisor=MORI) as floor:
        yield floor


@pytest_asyncio.fixture(loop_scope="package")
async def floor(_open: Floor) -> AsyncIterator[Floor]:
    """The floor. Whatever a test did, no call, no contact and no offer may be left after it."""
    async with left_clean(_open) as floor:
        yield floor


@pytest.fixture
def mori(floor: Floor) -> Agent:
    """The supervisor."""
    return floor.agents[MORI]


class Ears:
    """All speak at once, each a tone of his own; then it is known who heard whom."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tones = [write_tone(folder / f"{hz}.wav", hz) for hz in _HZ]

    async def hearing(self, **people: PhoneCall) -> dict[str, Set[str]]:
        """Return whom each hears, by the names given; themselves included, if there is an echo."""
        for call, tone in zip(people.values(), self._tones, strict=False):
            await call.wait_media(MediaState.ACTIVE, 20)
            await call.play(tone)
        await asyncio.sleep(0.4)
        for name, call in people.items():
            await call.record(self._folder / f"{name}.wav")
        await asyncio.sleep(0.6)
        for call in people.values():
            await call.record(None)
            await call.play(None)
        return {name: self._heard(self._folder / f"{name}.wav", [*people]) for name in people}

    def _heard(self, path: Path, names: list[str]) -> Set[str]:
        shares = {name: tone_share(path, hz) for name, hz in zip(names, _HZ, strict=False)}
        print(path.stem, "hears", {name: round(share, 2) for name, share in shares.items()})
        return {name for name, share in shares.items() if share > _HEARD}


@pytest.fixture
def ears(tmp_path: Path) -> Ears:
    return Ears(tmp_path)
