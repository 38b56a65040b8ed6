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
from cti.softphone import Softphone
from tests.failures.fixtures import Outside, left_clean
from tests.failures.floor import Floor, open_floor, until

SUPPORT = QueueName("support")
CUSTOMER = "09012345678"


def _without_memory(name: str, text: str) -> str:
    """The same customer calls in one test after the other: he is not to be asked whether he comes back."""
    return text.replace("resume = 120", "resume = 0") if name == "triage.conf" else text


async def _has_prompts(floor: Floor) -> bool:
    return any(each["event"] == "prompts.ready" for each in floor.hub.log())


@pytest.fixture(scope="package")
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tq-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="package")
def _outside() -> Outside:
    return Outside(CUSTOMER)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _open(_folder: Path, _outside: Outside) -> AsyncIterator[Floor]:
    url = f"sqlite+aiosqlite:///{_folder / 'hub.db'}"
    async with open_floor(_folder, url, _outside.trunk, edit=_without_memory, **_outside.settings) as floor:
        await until(lambda: _has_prompts(floor), timeout_s=60)
        yield floor


@pytest_asyncio.fixture(loop_scope="package")
async def floor(_open: Floor) -> AsyncIterator[Floor]:
    """The floor; nothing may be left of a test, nor of the settings that it made."""
    settings = (await _open.snapshot()).state.settings
    async with left_clean(_open) as floor:
        yield floor
        await _go_by(floor, settings)


@pytest_asyncio.fixture(loop_scope="package")
async def customer(floor: Floor, _outside: Outside) -> Softphone:
    """A phone that calls in, and that can be called."""
    return await _outside.phone(floor)


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
