"""Databases and providers for the gateways' tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateways.tables import Base
from hub.database import create_engine
from tests.fakes.providers import ProviderSimulator


def sqlite_engine(path: Path) -> AsyncEngine:
    """Open a SQLite file as the hub does."""
    return create_engine(f"sqlite+aiosqlite:///{path}")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database with the gateways' tables, of each kind."""
    if request.param == "sqlite":
        opened = sqlite_engine(tmp_path / "hub.sqlite")
    else:
        opened = create_engine(request.getfixturevalue("postgresql_url"))
    async with opened.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield opened
    await opened.dispose()


@pytest.fixture
async def simulator() -> AsyncIterator[ProviderSimulator]:
    """LINE and an SMS provider on loopback."""
    async with ProviderSimulator() as running:
        yield running
