"""One transaction in the time it is given, and what it raises."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

R = TypeVar("R")

DATABASE_AWAY = (SQLAlchemyError, OSError, TimeoutError)
"""What a transaction raises when the database cannot be reached or does not take it."""


_URGENT: ContextVar[bool] = ContextVar("urgent transaction", default=False)


def is_urgent() -> bool:
    """Whether a transaction that begins now goes before others that wait for their turn."""
    return _URGENT.get()


@contextmanager
def urgent() -> Iterator[None]:
    """Let the transactions of the block be urgent, and short: somebody waits to be answered in time."""
    token = _URGENT.set(True)
    try:
        yield
    finally:
        _URGENT.reset(token)


async def transact(
    engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[R]], timeout_s: float
) -> R:
    """Do `work` in one transaction; raises one of `DATABASE_AWAY`, `TimeoutError` after `timeout_s`.

    Cancelled or out of time, it is rolled back, or nobody knows if that happens during the commit. The
    caller waits until the database's driver has let go: with SQLite up to its busy timeout.
    """
    async with asyncio.timeout(timeout_s), engine.begin() as connection:
        return await work(connection)
