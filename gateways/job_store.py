"""Durable jobs in one table: added once, claimed by one worker at a time, in order within a thread."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    Executable,
    Row,
    Table,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from acd.contact import Channel
from gateways.database import transact
from gateways.job import Job, JobState, Settlement, wall_ms
from gateways.tables import Base

R = TypeVar("R")
T = TypeVar("T")

_TIMEOUT_S = 10.0
_OWNER_MAX = 64
LEASE_S = 15.0

# Literals: a plan made for any parameter cannot use a partial index (PostgreSQL manual, 11.8).
_WAITING: ColumnElement[str] = literal_column(f"'{JobState.WAITING}'")
_DEAD: ColumnElement[str] = literal_column(f"'{JobState.DEAD}'")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that nobody tries any more, for a person to see."""

    channel: Channel
    key: str
    address: str
    reason: str
    attempts: int
    stored_at_ms: int


class JobStore(Generic[T]):
    """The jobs of one table, seen by one owner.

    `owner` names the hub (its last 64 characters count) and is unique among those that run. One that
    starts again under its old name takes up its own work at once, others take it over when the claim
    lapses: `lease_s` after it was made, or renewed. `read` makes a row's payload. `news`: there may be
    something to claim.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        model: type[Base],
        read: Callable[[Row[Any]], T],
        *,
        owner: str,
        lease_s: float = LEASE_S,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self._engine = engine
        self.table = cast(Table, model.__table__)
        self.news = asyncio.Event()
        self.lease_s = lease_s
        self.now_ms = now_ms
        self._read = read
        self._owner = owner[-_OWNER_MAX:]
        self._insert = _insert_statement(self.table, engine.dialect.name)
        self._claim = _claim_statement(self.table)
        self._settle = _settle_statement(self.table)

    async def transact(
        self, work: Callable[[AsyncConnection], Awaitable[R]], timeout_s: float = _TIMEOUT_S
    ) -> R:
        """Do `work` in one transaction; raises one of `DATABASE_AWAY`."""
        return await transact(self._engine, work, timeout_s)

    async def fetch(self, statement: Executable) -> Sequence[Row[Any]]:
        """Execute one statement in a transaction of its own; returns its rows, if it gives any."""

        async def work(connection: AsyncConnection) -> Sequence[Row[Any]]:
            result = await connection.execute(statement)
            return result.all() if result.returns_rows else ()

        return await self.transact(work)

    async def add(self, connection: AsyncConnection, rows: Sequence[Mapping[str, object]]) -> list[Row[Any]]:
        """Insert rows, passing over those whose key is there; returns `channel`, `key` of the new ones."""
        common = {"state": JobState.WAITING, "stored_at_ms": self.now_ms()}
        return list(await connection.execute(self._insert, [common | dict(row) for row in rows]))

    async def turn(self, settlements: Sequence[Settlement], limit: int) -> list[Job[T]]:
        """Write what became of jobs and claim about `limit` others, oldest first, in one transaction."""
        if not settlements and limit <= 0:
            return []
        now_ms = self.now_ms()
        until_ms = self._until_ms(now_ms)

        async def work(connection: AsyncConnection) -> Sequence[Row[Any]]:
            if settlements:
                await connection.execute(self._settle, [self._row_of(each) for each in settlements])
            if limit <= 0:
                return ()
            values = {"now": now_ms, "until": until_ms, "owner": self._owner, "most": limit}
            return (await connection.execute(self._claim, values)).all()

        ordered = sorted(await self.transact(work), key=lambda row: cast(int, row.seq))
        return [Job(row.seq, self._read(row), row.attempts, row.refused) for row in ordered]

    async def renew(self, seqs: Sequence[int]) -> None:
        """Keep claims of this owner for another `lease_s`; those that others have by now stay theirs."""
        table, until_ms = self.table, self._until_ms(self.now_ms())
        mine = table.c.seq.in_(seqs) & (table.c.state == _WAITING) & (table.c.claimed_by == self._owner)
        await self.fetch(update(table).where(mine).values(claimed_until_ms=until_ms))

    async def release(self) -> None:
        """Give back what this owner had claimed when it ended without a word."""
        table = self.table
        mine = (table.c.state == _WAITING) & (table.c.claimed_by == self._owner)
        await self.fetch(update(table).where(mine).values(claimed_until_ms=0))

    async def waiting(self, connection: AsyncConnection, most: int) -> int:
        """Count the jobs that wait, those at work included, up to `most`."""
        some = select(self.table.c.seq).where(self.table.c.state == _WAITING).limit(most).subquery()
        return await connection.scalar(select(func.count()).select_from(some)) or 0

    async def dead(self, limit: int = 1000) -> list[DeadLetter]:
        """List the dead jobs, oldest first."""
        table = self.table
        query = select(table).where(table.c.state == _DEAD).order_by(table.c.seq).limit(limit)
        return [_dead_letter(row) for row in await self.fetch(query)]

    async def revive(self, *which: ColumnElement[bool], keeps_doubt: bool = True) -> bool:
        """Let a dead job wait again, with all its tries before it; whether it was dead."""
        table = self.table
        doubt = case((table.c.attempts > table.c.refused, 1), else_=0) if keeps_doubt else 0
        again = (
            update(table)
            .where(table.c.state == _DEAD, *which)
            .values(state=JobState.WAITING, attempts=doubt, refused=0, due_at_ms=0, claimed_until_ms=0)
            .returning(table.c.seq)
        )
        revived = await self.fetch(again)
        self.news.set()
        return bool(revived)

    def _until_ms(self, now_ms: int) -> int:
        return now_ms + round(self.lease_s * 1000)

    def _row_of(self, settlement: Settlement) -> dict[str, object]:
        named = {"sent_as": settlement.sent_as} if "sent_as" in self.table.c else {}
        return named | {
            "_seq": settlement.seq,
            "_owner": self._owner,
            "_done": settlement.state is JobState.DONE,
            "state": settlement.state,
            "attempts": settlement.attempts,
            "refused": settlement.refused,
            "due_at_ms": settlement.due_at_ms,
            "reason": settlement.reason,
        }


def _insert_statement(table: Table, dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(table.c.channel, table.c.key)


def _claim_statement(table: Table) -> Any:
    """Claim the head of each thread, unless somebody works in that thread.

    The outer condition alone makes a claim exclusive: a rival that saw the same head finds it taken.
    `SKIP LOCKED` (PostgreSQL; SQLite has one writer anyway) spares the rival the wait.
    """
    head, other = table.alias("head"), table.alias("other")
    waits_in_thread = (
        (other.c.state == _WAITING)
        & (other.c.channel == head.c.channel)
        & (other.c.address == head.c.address)
    )
    is_at_work = other.c.claimed_until_ms >= bindparam("now")
    heads = (
        select(head.c.seq)
        .where(
            head.c.state == _WAITING,
            head.c.due_at_ms <= bindparam("now"),
            head.c.claimed_until_ms < bindparam("now"),
            ~exists().where(waits_in_thread, other.c.seq < head.c.seq),
            ~exists().where(waits_in_thread, is_at_work),
        )
        .order_by(head.c.seq)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
    return (
        update(table)
        .where(table.c.seq.in_(heads), table.c.claimed_until_ms < bindparam("now"))
        .values(
            claimed_until_ms=bindparam("until"),
            claimed_by=bindparam("owner"),
            attempts=table.c.attempts + 1,
        )
        .returning(*table.c)
    )


def _settle_statement(table: Table) -> Any:
    """Write a settlement by primary key; one that isn't `done` only while the claim is still the owner's."""
    still_mine = (table.c.claimed_by == bindparam("_owner")) | bindparam("_done")
    columns = ["state", "attempts", "refused", "due_at_ms", "reason"]
    columns += ["sent_as"] if "sent_as" in table.c else []
    return (
        update(table)
        .where(table.c.seq == bindparam("_seq"), table.c.state == _WAITING, still_mine)
        .values({name: bindparam(name) for name in columns} | {"claimed_until_ms": 0})
    )


def _dead_letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(Channel(row.channel), row.key, row.address, row.reason, row.attempts, row.stored_at_ms)
