"""Two Asterisks that fax each other, the same for all tests of a module."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.fax import FaxWire, fax_wire


@pytest.fixture(scope="package")
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tfax-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def wire(_folder: Path) -> AsyncIterator[FaxWire]:
    async with fax_wire(_folder) as wire:
        yield wire
