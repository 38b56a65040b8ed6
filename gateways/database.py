"""Transactions that are not broken off half-way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

R = TypeVar("R")

DATABASE_AWAY = (SQLAlchemyError, OSError, TimeoutError)
"""What a transaction raises when the database cannot be reached or does not take it."""

_TO_END_S = 6.0


async def transact(
    engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[R]], timeout_s: float
) -> R:
    """Do `work` in one transaction; raises one of `DATABASE_AWAY`, `TimeoutError` after `timeout_s`.

    A cancelled caller, or one whose time is up, still waits some seconds for the transaction to end. With
    aiosqlite a transaction that is cancelled between two statements keeps SQLite's write lock for as
    long as its cursor is not collected, and nobody writes any more.
    """

    async def transaction() -> R:
        async with engine.begin() as connection:
            return await work(connection)

    task = asyncio.create_task(transaction())
    try:
        async with asyncio.timeout(timeout_s):
            return await asyncio.shield(task)
    finally:
        if not task.done():
            await asyncio.wait({task}, timeout=_TO_END_S)
        if not task.cancel() and not task.cancelled():
            task.exception()  # seen here, so that asyncio does not report it once more
