"""The engine: durable, waiting its turn on SQLite, safe to cancel; away means `DatabaseUnavailable`."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import Context
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from crm_bridge.store import brief
from hub.accounts import Accounts, Role
from hub.database import create_engine, ping, reading, together, writing
from hub.errors import AccountExists, DatabaseUnavailable, UnknownAccount
from hub.passwords import Passwords
from hub.sessions import Sessions
from hub.tables import Base, SessionRow
from tests.hub.conftest import SWIFT
from tests.hub.fakes import Clock
from tests.support.ports import free_port

Work = Callable[[AsyncEngine], Awaitable[None]]


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


async def _sign_in(engine: AsyncEngine, name: str) -> None:
    row = {"token_hash": name, "account": "sato", "created_at_ms": 0, "expires_at_ms": 1}
    async with writing(engine) as connection:
        await connection.execute(insert(SessionRow).values(row))


async def _sign_in_together(engine: AsyncEngine, *names: str) -> None:
    before = await _signed_in(engine)
    async with together(engine):
        for name in names:
            await _sign_in(engine, name)
        assert await _signed_in(engine) == before, "not yet"


async def _signed_in(engine: AsyncEngine) -> list[str]:
    async with reading(engine) as connection:
        return list(await connection.scalars(select(SessionRow.token_hash).order_by(SessionRow.token_hash)))


async def test_together_all_is_written_or_nothing(engine: AsyncEngine) -> None:
    await _sign_in_together(engine, "a", "b")
    assert await _signed_in(engine) == ["a", "b"]
    with pytest.raises(IntegrityError):
        await _sign_in_together(engine, "c", "a")
    await _sign_in(engine, "d")
    assert await _signed_in(engine) == ["a", "b", "d"]


async def test_others_do_not_join(engine: AsyncEngine) -> None:
    async with together(engine):
        await _sign_in(engine, "a")
        other = asyncio.get_running_loop().create_task(_sign_in(engine, "b"), context=Context())
        await asyncio.sleep(0.01)
        assert not other.done(), "waits for its turn"
    await other
    assert await _signed_in(engine) == ["a", "b"]


async def test_a_cancelled_statement_gives_the_lock_up(engine: AsyncEngine) -> None:
    """Cancelled while SQLite works at it, it has rows that nobody fetches."""
    began, may_end, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

    def hold() -> bool:
        loop.call_soon_threadsafe(began.set)
        return may_end.wait(5)

    async def write() -> None:
        async with writing(engine) as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            await raw.driver_connection.create_function("hold", 0, hold)
            await connection.execute(text("SELECT hold()"))

    task = asyncio.create_task(write())
    await began.wait()
    task.cancel()
    may_end.set()
    with pytest.raises(asyncio.CancelledError) as kept:  # its traceback keeps the cursor alive
        await task
    async with asyncio.timeout(2), writing(engine) as connection:
        await connection.execute(text("DELETE FROM sign_in_session"))
    assert kept


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database with two numbers that every transaction leaves alike."""
    if request.param == "sqlite":
        engine = create_engine(f"sqlite+aiosqlite:///{tmp_path}/pair.db")
    else:
        engine = create_engine(request.getfixturevalue("postgresql_url"))
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE pair (a INTEGER, b INTEGER)"))
        await connection.execute(text("INSERT INTO pair VALUES (0, 0)"))
    yield engine
    await engine.dispose()


async def _write_pair(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("UPDATE pair SET a = a + 1 RETURNING a"))
        a, b = (await connection.execute(text("UPDATE pair SET b = b + 1 RETURNING a, b"))).one()
        assert a == b


async def _read_pair(engine: AsyncEngine) -> None:
    async with reading(engine) as connection:
        a, b = (await connection.execute(text("SELECT a, b FROM pair"))).one()
        assert a == b


async def _write_pair_briefly(engine: AsyncEngine) -> None:
    with brief():
        await _write_pair(engine)


async def _read_pair_briefly(engine: AsyncEngine) -> None:
    with brief():
        await _read_pair(engine)


async def _turns(work: Awaitable[None]) -> int:
    """How many turns of the event loop it takes."""
    task, turns = asyncio.ensure_future(work), 0
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    return turns


def test_cancelled_twice_in_a_statement_the_loop_ends(tmp_path: Path) -> None:
    slow = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT max(i) FROM n"
    )

    async def count(engine: AsyncEngine) -> None:
        async with reading(engine) as connection:
            await connection.execute(text(slow))

    async def cancel_twice(pause_s: float) -> None:
        engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'hub.db'}")
        await ping(engine)
        task = asyncio.create_task(count(engine))
        for _ in range(2):
            await asyncio.sleep(pause_s)
            task.cancel()
        await asyncio.sleep(0)

    for pause_s in (0.02, 0.05):
        end = threading.Thread(target=asyncio.run, args=(cancel_twice(pause_s),), daemon=True)
        end.start()
        end.join(timeout=20)
        assert not end.is_alive()


@pytest.mark.parametrize("work", [_write_pair, _read_pair, _write_pair_briefly, _read_pair_briefly])
async def test_cancelled_anywhere_it_locks_nobody_out(pair: AsyncEngine, work: Work) -> None:
    """Each time the next writer gets through, and the pool has its connection back."""
    chance, tasks = random.Random(1), []
    turns = max([await _turns(work(pair)) for _ in range(5)])
    for _ in range(80):
        task = asyncio.ensure_future(work(pair))
        for _ in range(chance.randrange(turns)):
            await asyncio.sleep(0)
        task.cancel()
        tasks.append(task)  # its traceback keeps cursors and connections from being collected
        await asyncio.wait({task})
        assert task.cancelled() or task.exception() is None
        async with asyncio.timeout(2):
            await _write_pair(pair)
    assert isinstance(pair.pool, QueuePool)
    assert pair.pool.checkedout() == 0


async def test_what_is_brief_needs_no_thread(engine: AsyncEngine) -> None:
    async with reading(engine) as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.create_function("thread", 0, threading.get_ident)
        here = threading.get_ident()
        assert await connection.scalar(text("SELECT thread()")) != here
        with brief():
            assert await connection.scalar(text("SELECT thread()")) == here


async def test_what_is_brief_waits_for_what_the_thread_does(engine: AsyncEngine) -> None:
    """A statement that was given up is still under way."""
    may_end, began, loop = threading.Event(), asyncio.Event(), asyncio.get_running_loop()

    def hold() -> bool:
        loop.call_soon_threadsafe(began.set)
        return may_end.wait(5)

    async with reading(engine) as connection:
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
        assert driver is not None
        await driver.create_function("hold", 0, hold)
        await driver.create_function("thread", 0, threading.get_ident)
        held = asyncio.create_task(driver.execute("SELECT hold()"))
        await began.wait()
        held.cancel()
        loop.call_later(0.05, may_end.set)
        with brief():
            rows = await driver.execute_fetchall("SELECT thread()")
        assert rows != [(threading.get_ident(),)], "done in its thread, after that"


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


async def test_database_that_takes_nobody_yet_is_away() -> None:
    """PostgreSQL that starts refuses with 57P03, which SQLAlchemy has no class for."""
    fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is not yet accepting connections\0\0"

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)  # asks for TLS, in vain
        writer.write(b"N")
        await reader.read(1000)
        writer.write(b"E" + (len(fields) + 4).to_bytes(4) + fields)
        await writer.drain()
        writer.close()

    starting = await asyncio.start_server(refuse, "127.0.0.1", 0)
    engine = create_engine(f"postgresql+asyncpg://u@127.0.0.1:{starting.sockets[0].getsockname()[1]}/d")
    with pytest.raises(DatabaseUnavailable):
        async with writing(engine):
            pass
    starting.close()
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
