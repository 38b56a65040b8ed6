"""What was said in calls, line by line, and found again."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, or_, select, update

from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.store import Store, insert_new
from crm_bridge.tables import TranscriptRow

_DELETE_MAX = 1_000


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """What one side said without a pause, masked. `side`: `customer` or `agent`, then the one who talks.

    `at_ms` is when it began (Unix time), `confidence` the recogniser's, 0 to 100.
    """

    id: str
    contact: ContactId
    queue: QueueName
    side: str
    agent: AgentId | None
    text: str
    at_ms: int
    confidence: int = 0


class TranscriptStore(Store):
    """All lines."""

    async def write(self, line: TranscriptLine) -> None:
        """Store a line; one that is there already is replaced: more of it was masked since."""
        values = {
            "contact": line.contact,
            "queue": line.queue,
            "side": line.side,
            "agent": line.agent,
            "text": line.text,
            "folded": search_form(line.text),
            "at_ms": line.at_ms,
            "confidence": line.confidence,
        }
        async with self._writing() as connection:
            if not await insert_new(connection, TranscriptRow, id=line.id, **values):
                changed = {"text": line.text, "folded": values["folded"]}
                await connection.execute(
                    update(TranscriptRow).where(TranscriptRow.id == line.id).values(changed)
                )

    async def of(self, contact: ContactId, limit: int = 5_000) -> list[TranscriptLine]:
        """Return what was said in a call, oldest first."""
        return await self._read(
            TranscriptRow.contact == contact, order=(TranscriptRow.at_ms, TranscriptRow.id), limit=limit
        )

    async def search(
        self,
        words: str,
        *,
        limit: int,
        queue: QueueName | None = None,
        agent: AgentId | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        before: tuple[int, str] | None = None,
    ) -> list[TranscriptLine]:
        """Return the lines in which all words stand, newest first; width and case make no difference."""
        row = TranscriptRow
        where = [row.folded.contains(search_form(word), autoescape=True) for word in words.split()]
        if queue is not None:
            where.append(row.queue == queue)
        if agent is not None:
            where.append(row.agent == agent)
        if from_ms is not None:
            where.append(row.at_ms >= from_ms)
        if to_ms is not None:
            where.append(row.at_ms < to_ms)
        if before is not None:
            where.append(or_(row.at_ms < before[0], and_(row.at_ms == before[0], row.id < before[1])))
        return await self._read(*where, order=(row.at_ms.desc(), row.id.desc()), limit=limit)

    async def purge(self, queue: QueueName, before_ms: int) -> int:
        """Delete what was said in a queue's calls before a time; returns how many lines."""
        deleted = 0
        old = select(TranscriptRow.id).where(TranscriptRow.queue == queue, TranscriptRow.at_ms < before_ms)
        while True:
            async with self._writing() as connection:
                statement = delete(TranscriptRow).where(TranscriptRow.id.in_(old.limit(_DELETE_MAX)))
                count = (await connection.execute(statement)).rowcount
            deleted += count
            if count < _DELETE_MAX:
                return deleted

    async def _read(
        self, *where: ColumnElement[bool], order: Sequence[Any], limit: int
    ) -> list[TranscriptLine]:
        query = select(*TranscriptRow.__table__.columns).where(*where).order_by(*order).limit(limit)
        async with self._reading() as connection:
            return [_line(row) for row in await connection.execute(query)]


def search_form(text: str) -> str:
    """Return a text as it is compared in searches: width, case and blanks make no difference."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _line(row: Row[*tuple[Any, ...]]) -> TranscriptLine:
    return TranscriptLine(
        id=row.id,
        contact=row.contact,
        queue=row.queue,
        side=row.side,
        agent=row.agent,
        text=row.text,
        at_ms=row.at_ms,
        confidence=row.confidence,
    )
