"""The audit log: who did or looked at what must be accounted for."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.words import Word
from hub.clock import now_ms
from hub.database import reading, writing
from hub.tables import AuditRow


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
    UNBLOCK_ADDRESS = "unblock_address"
    REPAIR = "repair"


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
    """Entries are only ever added. Raises `DatabaseUnavailable`: who is to be watched waits for the log."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def note(self, actor: str, deed: Deed, subject: str, **detail: object) -> None:
        """Write an entry, before the deed is done."""
        row = insert(AuditRow).values(
            id=uuid4().hex, at_ms=now_ms(), actor=actor, deed=deed.value, subject=subject, detail=detail
        )
        async with writing(self._engine) as connection:
            await connection.execute(row)

    async def entries(self, *, before_ms: int | None = None, limit: int = 100) -> list[Entry]:
        """Return the latest entries, newest first."""
        query = select(AuditRow).order_by(AuditRow.at_ms.desc(), AuditRow.id).limit(limit)
        if before_ms is not None:
            query = query.where(AuditRow.at_ms < before_ms)
        columns = query.with_only_columns(*AuditRow.__table__.columns)
        async with reading(self._engine) as connection:
            return [
                Entry(row.id, row.at_ms, row.actor, Deed(row.deed), row.subject, row.detail)
                for row in await connection.execute(columns)
            ]
