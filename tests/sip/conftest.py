"""A call centre with two outbound trunks whose far ends a test holds, on a real Asterisk."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.failures.fixtures import left_clean
from tests.failures.floor import TRUNK, Floor, open_floor
from tests.support.ports import free_port
from tests.support.sip_wire import SipWire, sip_wire

_TRUNKS = """
[first](trunk)
aors = first

[first](trunk-aor)
contact = sip:{host}:{first}
qualify_frequency = 2
qualify_timeout = 1.5

[second](trunk)
aors = second
outbound_auth = second

[second](trunk-aor)
contact = sip:{host}:{second}
qualify_frequency = 2
qualify_timeout = 1.5

[second]
type = auth
auth_type = digest
username = 0312345678
password = secret

[second]
type = registration
outbound_auth = second
server_uri = sip:{host}:{second}
client_uri = sip:0312345678@{host}
retry_interval = 1
line = yes
endpoint = second

[linecall](trunk)
aors = linecall
trust_id_inbound = no

[linecall]
type = aor

[linecall]
type = identify
endpoint = linecall
match = {linecall}
"""
TRUNKS_CONF = """
[first]
caller_id => 0312345678
caller_id => sales,0312340000
[second]
form = e164
caller_id => 0398765432
withhold = prefix
[linecall]
outgoing = no
line_user_header = X-LINE-User
"""
LINE_CALL = "127.0.0.4"
"""Where LINE's calls come from."""


STRAIGHT = "0399990000"
"""A number whose callers go into the queue without a menu."""


def _with_straight(text: str) -> str:
    numbers = f"[numbers]\n{STRAIGHT} => straight\n"
    section = "[straight]\ntype = message\nprompt[ja] => はい。\nprompt[en] => Yes.\nthen => queue,support\n"
    return text.replace("[numbers]\n", numbers, 1) + section


@dataclass(frozen=True, slots=True)
class Carriers:
    """The far ends of the trunks `first` (known by address) and `second` (which wants us to register)."""

    first: SipWire
    second: SipWire


@pytest.fixture(scope="package")
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ts-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="package")
def _ports() -> tuple[int, int]:
    return free_port(), free_port()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _open(_folder: Path, _ports: tuple[int, int]) -> AsyncIterator[Floor]:
    trunks = _TRUNKS.format(host=TRUNK, linecall=LINE_CALL, first=_ports[0], second=_ports[1])
    database = f"sqlite+aiosqlite:///{_folder / 'hub.db'}"
    async with (
        open_floor(_folder, database, trunks, BLOCK_S="20", RECORDING_DIR=str(_folder)) as floor,
        floor.edited("trunks.conf", lambda _: TRUNKS_CONF),
        floor.edited("ivr.conf", _with_straight),
    ):
        yield floor


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def carriers(_open: Floor, _ports: tuple[int, int]) -> AsyncIterator[Carriers]:
    asterisk = (_open.node.sip_host, _open.node.sip_port)
    async with (
        sip_wire(asterisk, TRUNK, _ports[0]) as first,
        sip_wire(asterisk, TRUNK, _ports[1]) as second,
    ):
        yield Carriers(first, second)


@pytest_asyncio.fixture(loop_scope="package")
async def floor(_open: Floor) -> AsyncIterator[Floor]:
    """The floor; nothing may be left of a test."""
    async with left_clean(_open) as floor:
        yield floor


@pytest_asyncio.fixture(loop_scope="package", autouse=True)
async def _fresh(carriers: Carriers) -> AsyncIterator[None]:
    yield
    for wire in (carriers.first, carriers.second):
        wire.is_silent, wire.verdicts = False, ["200 OK"]
        while not wire.invites.empty():
            wire.invites.get_nowait()
