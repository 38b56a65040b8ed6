"""A transaction has the time it is given. What cancellation does to one: tests/hub/test_database.py."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateways.database import transact


async def test_a_transaction_that_takes_too_long_is_rolled_back(engine: AsyncEngine) -> None:
    async def count_up(connection: AsyncConnection) -> int:
        await connection.execute(text("UPDATE counter SET n = n + 1"))
        return int((await connection.execute(text("SELECT n FROM counter"))).scalar_one())

    async def dawdle(connection: AsyncConnection) -> None:
        await count_up(connection)
        await asyncio.Event().wait()

    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))
    with pytest.raises(TimeoutError):
        await transact(engine, dawdle, 0.05)
    assert await transact(engine, count_up, 5.0) == 1
