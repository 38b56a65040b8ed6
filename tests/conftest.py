"""Real peers for tests, each started once a session and handed out clean.

Nothing is skipped: a peer that is missing is an error that says how to install it.
"""

import secrets
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.asterisk import AsteriskNode, asterisk_node
from tests.support.postgresql import PostgresqlCluster, postgresql_cluster
from tests.support.redis import redis_service

# How long an example takes says more about the machine's other work than about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say how much is played of what goes by seeds (`tests/failures/test_hang_ups.py`)."""
    parser.addoption("--seeds", type=int, default=200, help="how many seeds are played (200)")
    parser.addoption("--seed", type=int, default=None, help="play this seed alone")


def pytest_configure() -> None:
    """Let a run that is told to stop (by `timeout`, by CI) stop its peers too, as with Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def _state() -> Iterator[Path]:
    """A folder for the peers of this session: short, since Unix sockets' paths have little room."""
    with tempfile.TemporaryDirectory(prefix="tt-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def asterisk(_state: Path) -> Iterator[AsteriskNode]:
    """A real Asterisk, the same for the whole session: leave no call, no agent and no setting behind."""
    node = asterisk_node(_state / "asterisk")
    node.service.start()
    yield node
    node.service.stop()


@pytest.fixture(scope="session")
def _redis_server(_state: Path) -> Iterator[str]:
    service = redis_service(_state / "redis")
    service.start()
    yield service.url
    service.stop()


@pytest.fixture
def redis_url(_redis_server: str) -> str:
    """A real Redis with nothing in it."""
    address = _redis_server.removeprefix("redis://").partition("/")[0]
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"FLUSHALL\r\n")
        assert connection.recv(64) == b"+OK\r\n"
    return _redis_server


@pytest.fixture(scope="session")
def _postgresql(_state: Path) -> Iterator[PostgresqlCluster]:
    cluster = postgresql_cluster(_state / "postgresql")
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def postgresql_url(_postgresql: PostgresqlCluster) -> Iterator[str]:
    """A fresh, empty database in a real PostgreSQL, as a URL for SQLAlchemy with asyncpg."""
    name = f"test_{secrets.token_hex(6)}"
    _postgresql.create(name)
    yield _postgresql.url(name)
    _postgresql.drop(name)
