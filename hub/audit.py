"""The audit log: who did or looked at what must be accounted for."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import uuid4

import structlog
from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.words import Word
from hub.clock import now_ms
from hub.database import reading, writing
from hub.errors import DatabaseUnavailable
from hub.tables import AuditRow as Table

log = structlog.get_logger()

_DAY_MS = 86_400_000


class Deed(Word):
    """What was done. `subject` of an entry is what it was done to: a contact, agent, recording or address."""

    SUPERVISE = "supervise"
    TAKE_OVER = "take_over"
    CHANGE_PRESENCE = "change_presence"
    CHANGE_QUEUES = "change_queues"
    LOG_OFF = "log_off"
    PLAY_RECORDING = "play_recording"
    LIST_RECORDINGS = "list_recordings"
    DELETE_RECORDING = "delete_recording"
    DOWNLOAD_FILE = "download_file"
    DELETE_FILE = "delete_file"
    UNBLOCK_ADDRESS = "unblock_address"
    REPAIR = "repair"
    CHANGE_CUSTOMER = "change_customer"
    CHANGE_CONSENT = "change_consent"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log; `actor` is an account's id."""

    id: str
    at_ms: int
    actor: str
    deed: Deed
    subject: str
    detail: Mapping[str, object]


class AuditLog:
    """Entries are only ever added, and deleted once they are old.

    Raises `DatabaseUnavailable`: who is to be watched waits for the log.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def note(self, actor: str, deed: Deed, subject: str, **detail: object) -> None:
        """Write an entry, before the deed is done."""
        row = insert(Table).values(
            id=uuid4().hex, at_ms=now_ms(), actor=actor, deed=deed.value, subject=subject, detail=detail
        )
        async with writing(self._engine) as connection:
            await connection.execute(row)

    async def entries(
        self,
        *,
        before_ms: int | None = None,
        actor: str | None = None,
        subject: str | None = None,
        deed: Deed | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """Return the latest entries that fit all that is given, newest first.

        At least `limit` of them, if there are so many: a moment's entries come together, so that the next
        page may begin with what is older than the last one.
        """
        wanted = {Table.actor: actor, Table.subject: subject, Table.deed: deed.value if deed else None}
        fits = [column == value for column, value in wanted.items() if value is not None]
        if before_ms is not None:
            fits.append(Table.at_ms < before_ms)
        last = select(Table.at_ms).where(*fits).order_by(Table.at_ms.desc()).offset(limit - 1).limit(1)
        query = select(*Table.__table__.columns).where(*fits).order_by(Table.at_ms.desc(), Table.id)
        async with reading(self._engine) as connection:
            if (until_ms := await connection.scalar(last)) is not None:
                query = query.where(Table.at_ms >= until_ms)
            return [_entry(row) for row in await connection.execute(query)]

    async def purge(self, before_ms: int) -> int:
        """Delete what is older; return how much that was."""
        async with writing(self._engine) as connection:
            return (await connection.execute(delete(Table).where(Table.at_ms < before_ms))).rowcount

    async def keep(self, days: int) -> NoReturn:
        """Purge at once and each day, until cancelled: the service."""
        while True:
            try:
                deleted = await self.purge(now_ms() - days * _DAY_MS)
                log.info("audit.purged", entries=deleted, keep_days=days)
            except DatabaseUnavailable as error:
                log.warning("audit.not_purged", reason=str(error))
            await asyncio.sleep(_DAY_MS / 1000)


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(row.id, row.at_ms, row.actor, Deed(row.deed), row.subject, row.detail)
