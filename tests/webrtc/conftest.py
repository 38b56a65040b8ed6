"""A call centre that is called from pages: a real hub, Asterisk, Redis; a site, three agents."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.failures.fixtures import left_clean
from tests.failures.floor import Floor, open_floor
from tests.support.coturn import coturn
from tests.webrtc.shop import SHOP_CONF


@pytest.fixture(scope="package")
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tw-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _edit(name: str, text: str) -> str:
    return SHOP_CONF if name == "webrtc.conf" else text


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _open(_folder: Path) -> AsyncIterator[Floor]:
    database = f"sqlite+aiosqlite:///{_folder / 'hub.db'}"
    async with coturn(_folder) as turn:
        settings: dict[str, Any] = {"TURN_URIS": turn.uri, "TURN_SECRET": turn.secret}
        async with open_floor(_folder, database, edit=_edit, **settings) as floor:
            yield floor


@pytest_asyncio.fixture(loop_scope="package")
async def floor(_open: Floor) -> AsyncIterator[Floor]:
    """The floor. Whatever a test did, no call, no contact and no offer may be left after it."""
    async with left_clean(_open) as floor:
        yield floor
