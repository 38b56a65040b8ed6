"""Parts of long texts, stored until they are a whole: whatever hub they come to and what it lives through."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Executable, Row, Table, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from acd.contact import Channel
from gateways.database import DATABASE_AWAY, transact
from gateways.errors import InboxUnavailable
from gateways.sms.deliver import HEADER_LENGTH, Deliver, Place
from gateways.sms.tables import SmsPart
from gateways.tables import InboxEvent

_TIMEOUT_S = 5.0
_THREADS_MAX = 200
_LATELY_MS, _UNANSWERED_MS, _EVENTS_MAX = 120_000, 10_000, 2_000
_TABLE: Table = SmsPart.__table__  # type: ignore[assignment]  # a declared class has a table
_EVENTS: Table = InboxEvent.__table__  # type: ignore[assignment]


class SmsText(msgspec.Struct, frozen=True, kw_only=True):
    """Parts of one text in order, by their ids; `event` is the same whoever puts them together."""

    ids: tuple[str, ...]
    pdus: tuple[bytes, ...]

    @property
    def event(self) -> str:
        return "parts-" + hashlib.sha256("\n".join(self.ids).encode()).hexdigest()[:32]


def thread_of(told: Deliver, place: Place) -> str:
    """Return what the parts of a text have in common: who wrote to whom under which reference."""
    named = (told.source, told.destination, str(place.reference), str(place.total))
    return hashlib.sha256("\0".join(named).encode()).hexdigest()


class SmsParts:
    """The parts of one database. Everything raises `InboxUnavailable`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        self._insert = insert(_TABLE).on_conflict_do_nothing()

    async def add(self, id_: str, thread: str, place: Place, pdu: bytes, at_ms: int) -> None:
        """Store a part, once for each id."""
        row = {"thread": thread, "number": place.number, "total": place.total, "pdu": pdu}
        await self._do(self._insert.values(id=id_, event="", stored_at_ms=at_ms, **row))

    async def stored_before(self, at_ms: int) -> list[str]:
        """Return the ids of the last SMS that the inbox has from before a time, if that is not long ago.

        A hub that died then may not have answered them.
        """
        newest = select(_EVENTS.c.channel, _EVENTS.c.key, _EVENTS.c.stored_at_ms)
        rows = await self._do(newest.order_by(_EVENTS.c.seq.desc()).limit(_EVENTS_MAX))
        found = [row for row in rows if row.channel == Channel.SMS and row.stored_at_ms <= at_ms]
        last_ms = max((row.stored_at_ms for row in found), default=0)
        if last_ms < at_ms - _LATELY_MS:
            return []
        return [row.key for row in found if row.stored_at_ms >= last_ms - _UNANSWERED_MS]

    async def whole(self, thread: str) -> SmsText | None:
        """Return the text of a thread if all its parts are there; of two with one number the later counts."""
        rows = await self._waiting(thread)
        latest = {row.number: row for row in rows}
        return _text(latest.values()) if rows and len(latest) == rows[-1].total else None

    async def waiting(self, before_ms: int) -> list[tuple[str, int]]:
        """Return the threads with parts that wait since before a time, and since when; oldest first."""
        since = func.min(_TABLE.c.stored_at_ms)
        old = select(_TABLE.c.thread, since).where(_TABLE.c.event == "", _TABLE.c.stored_at_ms <= before_ms)
        found = await self._do(old.group_by(_TABLE.c.thread).order_by(since).limit(_THREADS_MAX))
        return [(thread, since_ms) for thread, since_ms in map(tuple, found)]

    async def rest(self, thread: str) -> tuple[SmsText, bool]:
        """Return what waits of a thread, and whether it is news; of two with one number the earlier counts.

        It is none if texts have the same parts already: a centre delivered them again to another hub.
        """
        there = select(_TABLE.c.pdu).where(_TABLE.c.thread == thread, _TABLE.c.event != "")
        shown = {row.pdu[HEADER_LENGTH:] for row in await self._do(there)}
        earliest = {row.number: row for row in reversed(await self._waiting(thread))}
        text = _text(earliest.values())
        return text, any(pdu[HEADER_LENGTH:] not in shown for pdu in text.pdus)

    async def taken(self, text: SmsText) -> None:
        """A text is in the inbox."""
        await self._do(update(_TABLE).where(_TABLE.c.id.in_(text.ids)).values(event=text.event))

    async def purge(self, before_ms: int) -> None:
        """Remove parts of texts that were put together, stored before a time."""
        await self._do(delete(_TABLE).where(_TABLE.c.event != "", _TABLE.c.stored_at_ms < before_ms))

    async def _waiting(self, thread: str) -> Sequence[Row[Any]]:
        waits = (_TABLE.c.thread == thread) & (_TABLE.c.event == "")
        return await self._do(select(_TABLE).where(waits).order_by(_TABLE.c.stored_at_ms, _TABLE.c.id))

    async def _do(self, statement: Executable) -> Sequence[Row[Any]]:
        async def work(connection: AsyncConnection) -> Sequence[Row[Any]]:
            result = await connection.execute(statement)
            return result.all() if result.returns_rows else ()

        try:
            return await transact(self._engine, work, _TIMEOUT_S)
        except DATABASE_AWAY as error:
            raise InboxUnavailable(f"the database is away: {type(error).__name__}") from None


def _text(rows: Iterable[Row[Any]]) -> SmsText:
    ordered = sorted(rows, key=lambda row: row.number)
    return SmsText(ids=tuple(row.id for row in ordered), pdus=tuple(row.pdu for row in ordered))
