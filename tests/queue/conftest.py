"""A call centre whose customers can be called back, and whose queues go by what a test says."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from acd.events import SettingsChanged
from acd.ids import QueueName
from acd.policy import RoutingSettings
from cti.softphone import AccountSettings, Softphone
from tests.failures.floor import TRUNK, Floor, open_floor
from tests.support.ports import free_port

SUPPORT = QueueName("support")
CUSTOMER = "09012345678"

_TRUNKS = """
[customers](trunk)
aors = customers

[customers]
type = aor
contact = sip:{host}:{port}
"""
"""A trunk that leads to the customer's own phone."""


@pytest.fixture(scope="package")
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tq-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="package")
def _port() -> int:
    return free_port()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _open(_folder: Path, _port: int) -> AsyncIterator[Floor]:
    trunks = _TRUNKS.format(host=TRUNK, port=_port)
    endpoint: dict[str, Any] = {
        "CALLBACK_ENDPOINT": "PJSIP/{national}@customers",
        "CALLBACK_CALLER_ID": "0312345678",
    }
    async with open_floor(_folder, f"sqlite+aiosqlite:///{_folder / 'hub.db'}", trunks, **endpoint) as floor:
        yield floor


@pytest_asyncio.fixture(loop_scope="package")
async def floor(_open: Floor) -> AsyncIterator[Floor]:
    """The floor; nothing may be left of a test, nor of the settings that it made."""
    settings, before = (await _open.snapshot()).state.settings, len(_open.hub.log())
    try:
        yield _open
        await _go_by(_open, settings)
        await _open.settle()
    finally:
        for line in _open.hub.log()[before:]:
            print(line)  # pytest shows it with a failure


@pytest_asyncio.fixture(loop_scope="package")
async def customer(floor: Floor, _port: int) -> Softphone:
    """A phone that calls in, and that can be called."""
    phone = await floor.engine.account(
        AccountSettings(user=CUSTOMER, domain=TRUNK, bound_address=TRUNK, bound_port=_port)
    )
    floor.callers[CUSTOMER] = phone
    return phone


@pytest.fixture
def go_by(floor: Floor) -> Callable[..., Awaitable[None]]:
    """Let the router go by other settings of the queue `support`."""

    async def change(**changes: Any) -> None:
        settings = (await floor.snapshot()).state.settings
        queue = msgspec.structs.replace(settings.queues[SUPPORT], **changes)
        await _go_by(floor, msgspec.structs.replace(settings, queues={**settings.queues, SUPPORT: queue}))

    return change


async def _go_by(floor: Floor, settings: RoutingSettings) -> None:
    await floor.acd.submit(SettingsChanged(settings=msgspec.to_builtins(settings)))
