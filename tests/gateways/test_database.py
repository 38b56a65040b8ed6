"""Transactions end, one way or the other."""

import asyncio
import random
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateways.database import transact


async def _count_up(connection: AsyncConnection) -> int:
    await connection.execute(text("UPDATE counter SET n = n + 1"))
    return int((await connection.execute(text("SELECT n FROM counter"))).scalar_one())


@pytest.fixture
async def counter(engine: AsyncEngine) -> AsyncEngine:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))
    return engine


async def test_a_cancelled_transaction_leaves_no_lock(counter: AsyncEngine) -> None:
    """Cancelled at moments all over it; each time the next one gets through, long before SQLite gives up."""
    chance = random.Random(1)
    for _ in range(150):
        task = asyncio.create_task(transact(counter, _count_up, 5.0))
        await asyncio.sleep(chance.random() * 0.002)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        async with asyncio.timeout(2):
            await transact(counter, _count_up, 5.0)


async def test_a_transaction_that_takes_too_long_is_given_up(counter: AsyncEngine) -> None:
    begun = asyncio.Event()

    async def dawdle(connection: AsyncConnection) -> None:
        await _count_up(connection)
        begun.set()
        await asyncio.sleep(0.05)
        raise RuntimeError("rolled back")

    with pytest.raises(TimeoutError):
        await transact(counter, dawdle, 0.01)
    assert await transact(counter, _count_up, 5.0) == 1
