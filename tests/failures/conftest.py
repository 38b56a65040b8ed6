"""One floor for all of these tests: what a test stops it starts again, and then all must be as before."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.clock import now_ms
from tests.failures.crowd import Crowd, open_crowd
from tests.failures.fixtures import left_clean
from tests.failures.floor import Floor, open_floor
from tests.support.postgresql import PostgresqlCluster, postgresql_cluster


@pytest.fixture(scope="package")
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tf-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="package")
def database(_folder: Path) -> Iterator[PostgresqlCluster]:
    """A PostgreSQL that a test may stop."""
    cluster = postgresql_cluster(_folder / "p")
    cluster.start()
    yield cluster
    cluster.stop()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _open(_folder: Path, database: PostgresqlCluster) -> AsyncIterator[Floor]:
    database.create("floor")
    async with open_floor(_folder, database.url("floor")) as floor:
        yield floor


@pytest_asyncio.fixture(loop_scope="package")
async def floor(_open: Floor) -> AsyncIterator[Floor]:
    """The floor. Whatever a test did, no call, no contact and no offer may be left after it."""
    async with left_clean(_open) as floor:
        yield floor


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _crowd() -> AsyncIterator[Crowd]:
    with tempfile.TemporaryDirectory(prefix="tw-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        async with open_crowd(Path(folder)) as crowd:
            yield crowd


@pytest_asyncio.fixture(loop_scope="package")
async def crowd(_crowd: Crowd) -> AsyncIterator[Crowd]:
    """Many agents. Whatever a test did, no call, contact, offer or difference may be left after it.

    Nor may the journeys of its calls differ from what Asterisk says of them.
    """
    before, began_ms = len(_crowd.hub.log()), now_ms()
    try:
        yield _crowd
        await _crowd.settle()
        await _crowd.journeys_agree(began_ms)
    finally:
        for line in _crowd.hub.log()[before:]:
            if line["level"] != "info":
                print(line)  # pytest shows it with a failure


@pytest.fixture
def seeds(request: pytest.FixtureRequest) -> list[int]:
    """The seeds to play: one that is to be played again, or so many from 0 on."""
    one: int | None = request.config.getoption("--seed")
    return list(range(request.config.getoption("--seeds"))) if one is None else [one]
