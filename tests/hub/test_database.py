"""The engine: durable and waiting its turn on SQLite; away means `DatabaseUnavailable`."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.accounts import Accounts, Role
from hub.database import create_engine, ping, reading, writing
from hub.errors import AccountExists, DatabaseUnavailable, UnknownAccount
from hub.passwords import Passwords
from hub.sessions import Sessions
from hub.tables import Base, SessionRow
from tests.hub.conftest import SWIFT
from tests.hub.fakes import Clock
from tests.support.ports import free_port


async def test_sqlite_is_durable(engine: AsyncEngine) -> None:
    async with reading(engine) as connection:
        pragmas = [
            await connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]


async def test_writers_that_read_first_wait_instead_of_failing(engine: AsyncEngine) -> None:
    """Without BEGIN IMMEDIATE two transactions that read, then write, end in SQLITE_BUSY at once."""
    together = asyncio.Barrier(2)

    async def count_and_add(name: str) -> int:
        await together.wait()
        async with writing(engine) as connection:
            count = await connection.scalar(select(func.count()).select_from(SessionRow))
            row = {"token_hash": name, "account": "sato", "created_at_ms": 0, "expires_at_ms": 1}
            await connection.execute(insert(SessionRow).values(row))
        return count or 0

    for turn in range(10):
        counts = await asyncio.gather(count_and_add(f"a{turn}"), count_and_add(f"b{turn}"))
        assert sorted(counts) == [2 * turn, 2 * turn + 1], "one after the other"


async def test_readers_do_not_wait_for_a_writer(engine: AsyncEngine) -> None:
    async with writing(engine) as writer:
        row = {"token_hash": "t", "account": "sato", "created_at_ms": 0, "expires_at_ms": 1}
        await writer.execute(insert(SessionRow).values(row))
        async with asyncio.timeout(1), reading(engine) as reader:
            assert await reader.scalar(select(func.count()).select_from(SessionRow)) == 0


@pytest.mark.parametrize("scheme", ["sqlite", "postgresql"])
async def test_database_that_is_away_says_so(tmp_path: Path, scheme: str) -> None:
    urls = {
        "sqlite": f"sqlite+aiosqlite:///{tmp_path}/missing/hub.db",
        "postgresql": f"postgresql+asyncpg://u:hunter2@127.0.0.1:{free_port()}/d",
    }
    engine = create_engine(urls[scheme])
    with pytest.raises(DatabaseUnavailable) as raised:
        await ping(engine)
    assert "hunter2" not in str(raised.value)
    await engine.dispose()


async def test_database_that_does_not_answer_is_away() -> None:
    silent = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    engine = create_engine(f"postgresql+asyncpg://u@127.0.0.1:{port}/d")
    with pytest.raises(DatabaseUnavailable):
        await ping(engine, timeout_s=0.01)
    silent.close()
    await engine.dispose()


async def _assert_accounts_and_sessions_work(engine: AsyncEngine) -> None:
    clock = Clock()
    accounts, sessions = Accounts(engine, Passwords(hasher=SWIFT), clock.ms), Sessions(engine, clock.ms)
    new = await accounts.add("sato", " 佐藤 ", Role.AGENT)
    with pytest.raises(AccountExists):
        await accounts.add("sato", "Other", Role.ADMIN)
    assert await accounts.all() == [new.account]
    assert new.account.name == "佐藤"
    session = await sessions.begin(new.account)
    assert await sessions.account_of(session.token) == new.account
    await clock.advance(13 * 3600)
    later = await sessions.begin(new.account)
    async with reading(engine) as connection:
        assert await connection.scalar(select(func.count()).select_from(SessionRow)) == 1, "old ones cleared"
    await sessions.end_all(new.account.id)
    assert await sessions.account_of(later.token) is None
    await accounts.disable("sato")
    await accounts.disable("sato")
    assert await accounts.sip_agents() == []
    with pytest.raises(UnknownAccount):
        await accounts.disable("nobody")


async def test_accounts_and_sessions_on_sqlite(engine: AsyncEngine) -> None:
    await _assert_accounts_and_sessions_work(engine)


@pytest.mark.real
async def test_accounts_and_sessions_on_postgresql(postgresql_url: str) -> None:
    engine = create_engine(postgresql_url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await ping(engine)
    await _assert_accounts_and_sessions_work(engine)
    await engine.dispose()
