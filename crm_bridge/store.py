"""What every store of this package shares: short transactions on one engine, and errors in our terms."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import cache

from sqlalchemy import Executable, Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_bridge.errors import CrmError, CrmUnavailable, StatementFailed
from crm_bridge.tables import Base

_AWAY = (OperationalError, InterfaceError, PoolTimeout, OSError)
_AWAY_STATES = ("08", "40", "53", "55", "57", "58")
"""Classes of SQLSTATE (PostgreSQL 15, appendix A) that another try may not meet: connection lost,
transaction rolled back, out of resources, object in use, operator's intervention, system error."""

_BRIEF: ContextVar[bool] = ContextVar("brief statements", default=False)


@contextmanager
def brief() -> Iterator[None]:
    """Say of the block's statements that an index answers them: they need no thread of their own."""
    token = _BRIEF.set(True)
    try:
        yield
    finally:
        _BRIEF.reset(token)


def is_brief() -> bool:
    """Whether `brief` holds."""
    return _BRIEF.get()


class Store:
    """A view on the customer record.

    Each public method of a store is one short transaction, or reads without one, and may be repeated.
    It raises `CrmUnavailable` when the database is away.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for statements that see what is committed and lock nothing."""
        with _translated():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def _glancing(self) -> AsyncIterator[AsyncConnection]:
        """As `_reading`, for statements that are `brief`."""
        with brief():
            async with self._reading() as connection:
                yield connection

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        """A connection within one transaction, committed at the end of the block."""
        with _translated():
            async with self._engine.begin() as connection:
                yield connection


async def insert_new(connection: AsyncConnection, table: type[Base], **values: object) -> bool:
    """Insert a row unless a unique key already has one; returns whether it was inserted."""
    statement = _insert_new(table, connection.dialect.name)
    return (await connection.execute(statement, values)).rowcount > 0


async def insert_all_new(
    connection: AsyncConnection, table: type[Base], rows: Sequence[Mapping[str, object]]
) -> set[object]:
    """Insert rows unless a unique key already has one; returns the ids of those that were inserted."""
    statement = _insert_new(table, connection.dialect.name).returning(table.__table__.c.id)
    return set((await connection.execute(statement, list(rows))).scalars())


@cache
def _insert_new(table: type[Base], dialect: str) -> Insert:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


async def changed(connection: AsyncConnection, statement: Executable, **values: object) -> bool:
    """Run a statement that writes, with what it leaves open; returns whether it touched a row."""
    return (await connection.execute(statement, values)).rowcount > 0


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except CrmError:
        raise
    except Exception as error:
        state = _state(error)
        if state is None and not isinstance(error, SQLAlchemyError | OSError):
            raise
        # The cause is cut off on purpose: its message quotes parameters, which are personal.
        raise (CrmUnavailable if is_away(error) else StatementFailed)(_name(error, state)) from None


def is_away(error: Exception) -> bool:
    """Whether an error says that the database cannot be reached or serves nobody now."""
    return isinstance(error, _AWAY) or (_state(error) or "")[:2] in _AWAY_STATES


def _state(error: Exception) -> str | None:
    """Return an error's SQLSTATE. While connecting it is asyncpg's own, not wrapped."""
    state: str | None = getattr(getattr(error, "orig", error), "sqlstate", None)
    return state


def _name(error: Exception, state: str | None) -> str:
    """Name an error by its types and SQLSTATE: nothing of its message."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    names = (type(error).__name__, type(cause).__name__ if cause else None, state)
    return " ".join(name for name in names if name)
