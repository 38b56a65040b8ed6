"""A call centre whose agents work with their phones alone, and whose phones are soon missed."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from cti.softphone import Softphone
from hub.accounts import Accounts
from hub.database import create_engine
from hub.passwords import Passwords
from tests.failures.fixtures import Outside, left_clean
from tests.failures.floor import Floor, open_floor

SILENCE_S = 5
"""After so long without media Asterisk gives a phone up."""

OUTSIDE = "09012345678"


def _impatient(name: str, text: str) -> str:
    if name == "pjsip.conf":
        return text.replace("rtp_timeout = 20 ", f"rtp_timeout = {SILENCE_S} ")
    if name == "trunks.conf":
        return text.replace(";number => _0. ", "number => _0. ")
    if name == "acd.conf":
        return text.replace(";number = 601 ", "number = 601 ").replace(
            "[sales](service)", "[sales](service)\nnumber = 602"
        )
    return text


@pytest.fixture(scope="package")
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tp-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="package")
def _outside() -> Outside:
    return Outside(OUTSIDE)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _open(_folder: Path, _outside: Outside) -> AsyncIterator[Floor]:
    url = f"sqlite+aiosqlite:///{_folder / 'hub.db'}"
    async with open_floor(_folder, url, _outside.trunk, edit=_impatient, **_outside.settings) as floor:
        engine = create_engine(floor.hub.database_url)
        for agent, extension in (("sato", "201"), ("tanaka", "202")):
            await Accounts(engine, Passwords()).give_extension(agent, extension)
        await engine.dispose()
        yield floor


@pytest_asyncio.fixture(loop_scope="package")
async def floor(_open: Floor) -> AsyncIterator[Floor]:
    """The floor. Whatever a test did, no call, no contact and no offer may be left after it."""
    async with left_clean(_open) as floor:
        yield floor


@pytest_asyncio.fixture(loop_scope="package")
async def outside(floor: Floor, _outside: Outside) -> Softphone:
    """The phone of somebody outside, to which a trunk leads."""
    return await _outside.phone(floor)
