"""A call centre whose agents work with their phones alone, and whose phones are soon missed."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti.softphone import AccountSettings, Softphone
from hub.accounts import Accounts
from hub.database import create_engine
from hub.passwords import Passwords
from tests.failures.floor import TRUNK, Floor, open_floor
from tests.support.ports import free_port

SILENCE_S = 5
"""After so long without media Asterisk gives a phone up."""

OUTSIDE = "09012345678"
_TRUNKS = """
[outside](trunk)
aors = outside

[outside]
type = aor
contact = sip:{host}:{port}
"""
"""A trunk that leads to the phone of somebody outside."""


def _impatient(name: str, text: str) -> str:
    if name == "pjsip.conf":
        return text.replace("rtp_timeout = 20 ", f"rtp_timeout = {SILENCE_S} ")
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
def _port() -> int:
    return free_port()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _open(_folder: Path, _port: int) -> AsyncIterator[Floor]:
    url, trunks = f"sqlite+aiosqlite:///{_folder / 'hub.db'}", _TRUNKS.format(host=TRUNK, port=_port)
    way: dict[str, Any] = {
        "CALLBACK_ENDPOINT": "PJSIP/{national}@outside",
        "CALLBACK_CALLER_ID": "0312345678",
    }
    async with open_floor(_folder, url, trunks, edit=_impatient, **way) as floor:
        engine = create_engine(floor.hub.database_url)
        for agent, extension in (("sato", "201"), ("tanaka", "202")):
            await Accounts(engine, Passwords()).give_extension(agent, extension)
        await engine.dispose()
        yield floor


@pytest_asyncio.fixture(loop_scope="package")
async def floor(_open: Floor) -> AsyncIterator[Floor]:
    """The floor. Whatever a test did, no call, no contact and no offer may be left after it."""
    before = len(_open.hub.log())
    try:
        yield _open
        await _open.settle()
    finally:
        for line in _open.hub.log()[before:]:
            print(line)  # pytest shows it with a failure


@pytest_asyncio.fixture(loop_scope="package")
async def outside(floor: Floor, _port: int) -> AsyncIterator[Softphone]:
    """The phone of somebody outside, to which a trunk leads."""
    settings = AccountSettings(user=OUTSIDE, domain=TRUNK, bound_address=TRUNK, bound_port=_port)
    phone = await floor.engine.account(settings)
    yield phone
    await phone.close()
