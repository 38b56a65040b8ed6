"""The one engine that all packages' stores share, and the schema's way up to date.

SQLite: every transaction begins IMMEDIATE, so that it waits for the writer before it (`busy_timeout`)
and never fails in its middle. Who only reads does so without one, in `AUTOCOMMIT`, beside the writer.

A task may be cancelled anywhere in a transaction, and more than once: it is rolled back, and its
connection closed if a statement was under way. Only during the commit does nobody know how it ended.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any, Self

import aiosqlite
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from crm_bridge.store import brief, is_away, is_brief
from gateways.database import is_urgent
from hub.errors import DatabaseUnavailable
from hub.turns import Turns

_BUSY_MS = 5_000
_WAL_TRIES, _WAL_PAUSE_S = 100, 0.005
_CONNECT_S = 5.0
_COMMAND_S = 30.0
_POOL = 10
_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x746F7269  # any number that nobody else locks
_BEGIN = "BEGIN IMMEDIATE"
_NO_TRANSACTION = "no_transaction"
_JOINED: ContextVar[AsyncConnection | None] = ContextVar("joined transaction", default=None)


def create_engine(url: str) -> AsyncEngine:
    """Make an engine for `sqlite+aiosqlite` or `postgresql+asyncpg`; it connects when first used."""
    return _engine(url, foreign_keys=True)


def _engine(url: str, *, foreign_keys: bool) -> AsyncEngine:
    if make_url(url).get_backend_name() != "sqlite":
        server = create_async_engine(
            url,
            pool_size=_POOL,
            max_overflow=_POOL,
            pool_timeout=_CONNECT_S,
            pool_pre_ping=True,
            connect_args={
                "timeout": _CONNECT_S,
                "command_timeout": _COMMAND_S,
                "server_settings": {"application_name": "toritsugi"},
            },
            hide_parameters=True,
        )
        return _Joining(server.sync_engine)
    core = create_async_engine(
        url,
        connect_args={
            "timeout": _BUSY_MS / 1000,
            "isolation_level": None,
            "check_same_thread": False,  # see `_SqliteConnection`: one of the two at a time
            "async_creator_fn": _SqliteConnection.to,
        },
        pool_timeout=_CONNECT_S,
        hide_parameters=True,
    ).sync_engine
    event.listen(core, "connect", _sqlite_pragmas(foreign_keys=foreign_keys))
    event.listen(core, "set_engine_execution_options", _keep_autocommit_from_driver)
    event.listen(core, "set_connection_execution_options", _keep_autocommit_from_driver)
    event.listen(core, "begin", _begin_immediate)
    event.listen(core, "handle_error", _close_cursor_before_connection)
    return _InTurn(core)


class _SqliteConnection(aiosqlite.Connection):
    """Does at once what is `brief` (crm_bridge.store) or `urgent` (gateways.database). Stops once.

    The rest is done in its thread.

    A statement goes to the thread and back four times, which takes longer than what an index answers. What
    may wait for a lock or the disk goes there all the same, and so does all that comes while it works.

    aiosqlite lets who stops it a second time wait for a thread that has ended already. SQLAlchemy closes the
    connection of a task that is cancelled, and stops it if the task is cancelled again meanwhile; the close
    then stops it too (aiosqlite 0.22.1), and the loop never ends.
    """

    _asked = _done = 0
    """What the loop put to the thread, and what the thread is done with."""

    @classmethod
    def to(cls, database: str, **options: Any) -> Self:
        connection = cls(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
        connection._thread.daemon = True  # as SQLAlchemy does with those that it makes itself
        return connection

    def stop(self) -> asyncio.Future[Any] | None:
        return super().stop() if self._running else None

    async def _execute(self, fn: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if (
            (is_brief() or is_urgent())
            and self._asked == self._done
            and not _may_wait(fn, args)
            and self._running
        ):
            return fn(*args, **options)
        self._asked += 1
        return await super()._execute(  # type: ignore[no-untyped-call]
            self._counted, fn, *args, **options
        )

    def _counted(self, fn: Callable[..., Any], *args: Any, **options: Any) -> Any:
        try:
            return fn(*args, **options)
        finally:
            self._done += 1


def _may_wait(fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    """Whether something that is asked of SQLite may wait for a lock, or for the disk."""
    is_of_connection = isinstance(getattr(fn, "__self__", None), sqlite3.Connection)
    return (is_of_connection and fn.__name__ in ("commit", "close")) or args[:1] == (_BEGIN,)


class _Joining(AsyncEngine):
    """Lets a transaction that begins within `together` be part of that one."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        joined = _JOINED.get()
        if joined is not None and joined.engine is self and not joined.closed:
            yield joined
        else:
            async with self._begin() as connection:
                yield connection

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[AsyncConnection]:
        async with super().begin() as connection:
            yield connection


class _InTurn(_Joining):
    """Lets the transactions of this process write one after the other, in the order in which they come.

    Urgent ones go before the others (`gateways.database.urgent`).

    SQLite has one writer at a time. Those who find it taken try again after ever longer pauses, so that
    one who comes often keeps the others out for a second and more.
    """

    def __init__(self, core: Engine) -> None:
        super().__init__(core)
        self._turns = Turns()

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[AsyncConnection]:
        async with self._turns.turn(urgent=is_urgent()), super()._begin() as connection:
            yield connection


def _sqlite_pragmas(*, foreign_keys: bool) -> Callable[[DBAPIConnection, ConnectionPoolEntry], None]:
    def connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            _use_wal(cursor)
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    return connected


def _use_wal(cursor: DBAPICursor) -> None:
    """Switch to WAL. Two who do so to a new file at once fail at once, whatever `busy_timeout` says."""
    for tries_left in reversed(range(_WAL_TRIES)):
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if not tries_left:
                raise
            time.sleep(_WAL_PAUSE_S)
        else:
            return


def _keep_autocommit_from_driver(_: Engine | Connection, options: dict[str, Any]) -> None:
    """Make `AUTOCOMMIT` a matter of `_begin_immediate` alone: the driver begins nothing by itself anyway.

    SQLAlchemy would tell the driver's thread, and lose the connection until it is garbage if the task is
    cancelled meanwhile (`Connection.__init__`, `engine_connect`).
    """
    if options.get("isolation_level") == "AUTOCOMMIT":
        del options["isolation_level"]
        options[_NO_TRANSACTION] = True


def _begin_immediate(connection: Connection) -> None:
    if not connection.get_execution_options().get(_NO_TRANSACTION):
        connection.exec_driver_sql(_BEGIN)


def _close_cursor_before_connection(context: ExceptionContext) -> None:
    """Let a cancelled statement end before its connection is closed, so that SQLite gives its lock up.

    A statement that has rows left to fetch keeps a closed connection and its transaction alive
    (`sqlite3_close_v2`) until its cursor is garbage. The driver's thread takes its orders in turn: this
    close counts even if it is cancelled itself.
    """
    cancelled = isinstance(context.original_exception, asyncio.CancelledError)
    if cancelled and context.execution_context is not None:
        context.execution_context.cursor.close()  # `context.cursor` is never set (SQLAlchemy 2.1.9)


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Give a connection that sees what is committed and locks nothing; raises `DatabaseUnavailable`."""
    with _translated():
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            yield connection


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Give a connection within one transaction, committed at the end; raises `DatabaseUnavailable`."""
    with _translated():
        async with engine.begin() as connection:
            yield connection


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if not is_away(error):
            raise
        # The cause is cut off: its message may quote parameters.
        raise DatabaseUnavailable(f"the database is away: {type(error).__name__}") from None


@asynccontextmanager
async def together(engine: AsyncEngine) -> AsyncIterator[None]:
    """Let all transactions that the block begins be one, committed at its end: all or nothing.

    Each is to be `brief`. What the block reads without a transaction sees nothing of it yet.
    """
    with brief():
        async with engine.begin() as connection:
            token = _JOINED.set(connection)
            try:
                yield
            finally:
                _JOINED.reset(token)


async def ping(engine: AsyncEngine, timeout_s: float = 2.0) -> None:
    """Ask the database for a sign of life; raises `DatabaseUnavailable`."""
    with _translated():
        async with asyncio.timeout(timeout_s), reading(engine) as connection:
            await connection.execute(text("SELECT 1"))


async def migrate(url: str) -> str:
    """Bring the schema up to date and return its revision; several hubs may do so at the same time."""
    folder = make_url(url).database
    if make_url(url).get_backend_name() == "sqlite" and folder:
        await asyncio.to_thread(Path(folder).parent.mkdir, parents=True, exist_ok=True)
    return await run_alembic(url, lambda config: command.upgrade(config, "head"))


async def run_alembic(url: str, work: Callable[[Config], object]) -> str:
    """Run an Alembic command on a connection of ours, in one transaction; return the revision after it."""
    # Foreign keys are off: SQLite changes a table by copying it, and dropping the old one would delete.
    engine = _engine(url, foreign_keys=False)
    try:
        async with writing(engine) as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            return await connection.run_sync(_with_config, work)
    finally:
        await engine.dispose()


def _with_config(connection: Connection, work: Callable[[Config], object]) -> str:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    work(config)
    return str(config.attributes.get("revision"))
