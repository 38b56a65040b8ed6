"""The journal writes in order, and again while the database is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from crm_bridge.errors import CrmUnavailable, StatementFailed
from hub.journal import Journal
from tests.hub.fakes import Clock, settle


class Database:
    """What was written; raises `error` instead while it is set."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.tries = 0
        self.error: Exception | None = None

    async def write(self, name: str) -> None:
        self.tries += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        self.written.append(name)


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def journal(clock: Clock) -> AsyncIterator[Journal]:
    journal = Journal(bound=3, retry_s=1, grace_s=0.01, sleep=clock.sleep)
    running = asyncio.create_task(journal.run())
    yield journal
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_writes_go_in_order(journal: Journal, database: Database) -> None:
    for name in ("a", "b", "c"):
        journal.put(partial(database.write, name))
    assert await journal.flush(1)
    assert database.written == ["a", "b", "c"]


async def test_a_write_waits_for_the_database_and_the_others_for_it(
    journal: Journal, database: Database, clock: Clock
) -> None:
    database.error = CrmUnavailable()
    journal.put(partial(database.write, "a"))
    journal.put(partial(database.write, "b"))
    await settle()
    assert (database.tries, database.written) == (1, [])
    await clock.advance(5)
    assert database.tries == 6
    database.error = None
    await clock.advance(1)
    assert database.written == ["a", "b"]


async def test_a_write_that_is_wrong_is_given_up(journal: Journal, database: Database) -> None:
    database.error = StatementFailed()
    journal.put(partial(database.write, "a"))
    await settle()
    database.error = None
    journal.put(partial(database.write, "b"))
    assert await journal.flush(1)
    assert database.written == ["b"]


async def test_what_cannot_be_written_together_is_written_one_by_one(database: Database) -> None:
    """All that waits goes into one transaction; what is wrong keeps no other from being written."""
    asked = asyncio.Event()
    kept: list[str] = []

    @asynccontextmanager
    async def together() -> AsyncIterator[None]:
        before = len(database.written)
        try:
            yield
        except StatementFailed:
            del database.written[before:]
            kept.append("nothing")
            raise
        kept.append("all")

    async def wrong() -> None:
        raise StatementFailed

    journal = Journal(together=together)
    running = asyncio.create_task(journal.run())
    journal.put(asked.wait)
    await settle()
    for name in ("a", "b"):
        journal.put(partial(database.write, name))
    asked.set()
    assert await journal.flush(1)
    assert (database.written, kept) == (["a", "b"], ["all"])
    journal.put(partial(database.write, "c"))
    journal.put(wrong)
    journal.put(partial(database.write, "d"))
    assert await journal.flush(1)
    assert (database.written, kept) == (["a", "b", "c", "d"], ["all", "nothing"])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_full_journal_refuses_and_counts(journal: Journal, database: Database, clock: Clock) -> None:
    database.error = CrmUnavailable()
    for name in "abcdef":
        journal.put(partial(database.write, name))
        await settle()
    assert journal.refused == 2
    assert not await journal.flush(0)
    database.error = None
    await clock.advance(1)
    assert database.written == ["a", "b", "c", "d"]


async def test_what_waits_when_the_hub_stops_is_written(database: Database) -> None:
    journal = Journal()
    running = asyncio.create_task(journal.run())
    await settle()
    for name in ("a", "b"):
        journal.put(partial(database.write, name))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert database.written == ["a", "b"]
