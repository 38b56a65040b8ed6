"""What was said in a chat session, out of the customer record and what the inbox still holds."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from acd.contact import Channel
from crm_bridge.model import Direction, MessageFile
from crm_bridge.tables import IS_CHAT, ContactRow, MessageRow
from gateways.chat.codec import buttons_of, line_of_event, link_of
from gateways.chat.frames import Button, File, Line
from gateways.files import Files, StoredFile
from gateways.job import JobState
from gateways.protocol import Choice, RawEvent
from gateways.tables import InboxEvent, OutboxMessage
from hub.database import reading

_MESSAGE, _CONTACT = MessageRow.__table__.c, ContactRow.__table__.c
_EVENT, _SENT = InboxEvent.__table__.c, OutboxMessage.__table__.c
_SOME = 400


class _More(msgspec.Struct):
    files: tuple[MessageFile, ...] = ()
    choices: tuple[Choice, ...] = ()


class History:
    """Reads sessions' messages. Raises `DatabaseUnavailable`."""

    def __init__(self, engine: AsyncEngine, files: Files) -> None:
        self._engine, self._files = engine, files

    async def since(self, session: str, after_ms: int, limit: int) -> tuple[tuple[Line, ...], bool]:
        """Return the newest messages after a time, newest last, and whether those are all of them.

        What the customer said and nobody handled yet is among them.
        """
        async with reading(self._engine) as connection:
            lines, is_all = await self._said(connection, session, _MESSAGE.at_ms > after_ms, limit)
            waiting = await _waiting(connection, session)
        known = {line.id for line in lines}
        return (*lines, *(line for line in waiting if line.id not in known)), is_all

    async def before(self, session: str, before_ms: int, limit: int) -> tuple[tuple[Line, ...], bool]:
        """Return the newest messages before a time, newest last, and whether there are none before those."""
        async with reading(self._engine) as connection:
            return await self._said(connection, session, _MESSAGE.at_ms < before_ms, limit)

    async def ours(self, sessions: Collection[str], after_ms: int) -> dict[str, list[Line]]:
        """Return what was said to sessions after a time, oldest first."""
        found: dict[str, list[Line]] = {}
        every = sorted(sessions)
        for start in range(0, len(every), _SOME):
            query = (
                _select(_MESSAGE.at_ms > after_ms)
                .where(
                    _CONTACT.address.in_(every[start : start + _SOME]), _MESSAGE.direction == Direction.OUT
                )
                .order_by(_MESSAGE.at_ms, _MESSAGE.id)
            )
            async with reading(self._engine) as connection:
                rows = (await connection.execute(query)).all()
                choices = await _choices(connection, rows)
            for row in rows:
                found.setdefault(row.address, []).append(self._line(row, row.address, choices))
        return found

    async def _said(
        self, connection: AsyncConnection, session: str, when: ColumnElement[bool], limit: int
    ) -> tuple[tuple[Line, ...], bool]:
        query = (
            _select(when)
            .where(_CONTACT.address == session)
            .order_by(_MESSAGE.at_ms.desc(), _MESSAGE.id.desc())
            .limit(limit + 1)
        )
        rows = (await connection.execute(query)).all()
        newest = rows[:limit]
        choices = await _choices(connection, newest)
        lines = tuple(self._line(row, session, choices) for row in reversed(newest))
        return lines, len(rows) <= limit

    def _line(self, row: Row[Any], session: str, choices: dict[str, tuple[Button, ...]]) -> Line:
        mine = row.direction == Direction.IN
        more = msgspec.convert(row.more or {}, _More)
        return Line(
            id=row.id.removeprefix(f"{Channel.CHAT}:{session}:") if mine else row.id,
            at_ms=row.at_ms,
            text=row.text,
            mine=mine,
            kind=row.kind,
            files=tuple(map(self._file, more.files)),
            choices=choices.get(row.id, ()),
            withdrawn=row.withdrawn_at_ms is not None,
        )

    def _file(self, file: MessageFile) -> File:
        stored = StoredFile(id=file.id, name=file.name, type=file.type, size=file.size)
        url = "" if file.refused else link_of(self._files, stored)
        return File(name=file.name, type=file.type, size=file.size, url=url, refused=file.refused)


def _select(when: ColumnElement[bool]) -> Any:
    """Select messages of chats; a session's are found by its contacts, of which there are few."""
    return (
        select(
            _MESSAGE.id,
            _MESSAGE.direction,
            _MESSAGE.text,
            _MESSAGE.at_ms,
            _MESSAGE.kind,
            _MESSAGE.more,
            _MESSAGE.withdrawn_at_ms,
            _CONTACT.address,
        )
        .join(ContactRow.__table__, _CONTACT.id == _MESSAGE.contact)
        .where(IS_CHAT, when)
    )


async def _choices(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[str, tuple[Button, ...]]:
    """Return the buttons of the newest messages to the customer: the outbox has them."""
    keys = [row.id for row in rows if row.direction == Direction.OUT]
    if not keys:
        return {}
    query = select(_SENT.key, _SENT.more).where(_SENT.key.in_(keys), _SENT.more.is_not(None))
    found = await connection.execute(query)
    return {row.key: buttons_of(msgspec.convert(row.more or {}, _More).choices) for row in found}


async def _waiting(connection: AsyncConnection, session: str) -> list[Line]:
    query = (
        select(_EVENT.key, _EVENT.body)
        .where(_EVENT.channel == Channel.CHAT, _EVENT.address == session, _EVENT.state == JobState.WAITING)
        .order_by(_EVENT.seq)
    )
    events = [
        RawEvent(channel=Channel.CHAT, event_id=row.key, address=session, body=row.body)
        for row in await connection.execute(query)
    ]
    return [line for line in map(line_of_event, events) if line is not None]
