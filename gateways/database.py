"""One transaction in the time it is given, and what it raises."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

R = TypeVar("R")

DATABASE_AWAY = (SQLAlchemyError, OSError, TimeoutError)
"""What a transaction raises when the database cannot be reached or does not take it."""


async def transact(
    engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[R]], timeout_s: float
) -> R:
    """Do `work` in one transaction; raises one of `DATABASE_AWAY`, `TimeoutError` after `timeout_s`.

    Cancelled or out of time, it is rolled back, or nobody knows if that happens during the commit. The
    caller waits until the database's driver has let go: with SQLite up to its busy timeout.
    """
    async with asyncio.timeout(timeout_s), engine.begin() as connection:
        return await work(connection)
