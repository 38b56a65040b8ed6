"""The customer record on both databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.background import Backgrounds
from crm_bridge.consents import Consents
from crm_bridge.contacts import Contacts
from crm_bridge.customers import Customers
from crm_bridge.journey import Journey
from crm_bridge.link_tokens import LinkTokens
from crm_bridge.messages import Messages
from crm_bridge.tables import Base
from hub.database import create_engine


@dataclass(frozen=True, slots=True)
class Crm:
    """All stores on one engine."""

    engine: AsyncEngine
    customers: Customers
    contacts: Contacts
    messages: Messages
    journey: Journey
    tokens: LinkTokens
    backgrounds: Backgrounds
    consents: Consents


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/crm.db"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest_asyncio.fixture
async def crm(database_url: str) -> AsyncIterator[Crm]:
    engine = create_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield Crm(
        engine,
        Customers(engine),
        Contacts(engine),
        Messages(engine),
        Journey(engine),
        LinkTokens(engine),
        Backgrounds(engine),
        Consents(engine),
    )
    await engine.dispose()
