"""A database that is away, and what its errors give away."""

import asyncio
import threading
import traceback
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from acd.contact import Channel
from acd.ids import ContactId
from crm_bridge.contacts import Contacts
from crm_bridge.customers import Customers
from crm_bridge.errors import CrmError, CrmUnavailable
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from hub.database import create_engine
from tests.crm_bridge.conftest import Crm
from tests.support.ports import free_port

NUMBER = "+81312345678"


@pytest.fixture(params=["sqlite", "postgresql"])
def url_of_nothing(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/missing/crm.db"
    return f"postgresql+asyncpg://toritsugi@127.0.0.1:{free_port()}/toritsugi"


async def test_database_that_is_away_is_worth_another_try(url_of_nothing: str) -> None:
    engine = create_engine(url_of_nothing)
    with pytest.raises(CrmUnavailable) as reading:
        await Customers(engine).identify(IdentifierKind.PHONE, NUMBER)
    with pytest.raises(CrmUnavailable) as writing:
        await Contacts(engine).opened(ContactId("c1"), channel=Channel.VOICE, address=NUMBER, at_ms=1)
    for failure in (reading, writing):
        assert failure.value.retryable
        assert NUMBER not in "".join(traceback.format_exception(failure.value))
    await engine.dispose()
    await _threads_ended()


async def _threads_ended() -> None:
    """Wait for what aiosqlite does not: the thread of a connection that failed tells the loop of its end."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 5)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.real
async def test_connections_that_were_cut_are_made_anew(crm: Crm) -> None:
    await crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    with pytest.raises(DBAPIError):
        async with crm.engine.connect() as connection:
            await connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            )
    with suppress(CrmUnavailable):
        await crm.customers.identify(IdentifierKind.PHONE, NUMBER)
    assert await crm.customers.identify(IdentifierKind.PHONE, NUMBER)


async def test_faults_of_the_schema_give_nothing_away(crm: Crm) -> None:
    async with crm.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE identifier")
    with pytest.raises(CrmError) as failure:
        await crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    assert NUMBER not in "".join(traceback.format_exception(failure.value))
