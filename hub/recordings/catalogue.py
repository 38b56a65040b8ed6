"""What recordings there are, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import AgentId, ContactId, QueueName
from hub.database import reading, writing
from hub.recordings.draft import Kind, Pause, Why
from hub.tables import RecordingAgentRow, RecordingRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecording:
    """A recording in the store, as the object `object`.

    `sides` are its channels: the customer is the first, we the second. `size` and `sha256` are of the WAV
    file, `stored_size` and `stored_sha256` of the object. `key` is the id of the key, None: not encrypted.
    `deleted_ms`: the object is gone.
    """

    id: str
    kind: Kind
    contact: ContactId
    queue: QueueName
    agents: tuple[AgentId, ...]
    started_ms: int
    length_ms: int
    sides: int
    pauses: tuple[Pause, ...]
    object: str
    size: int
    sha256: str
    stored_size: int
    stored_sha256: str
    key: str | None
    stored_ms: int
    deleted_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which recordings are meant; None: any. Times are of their beginning, `to_ms` itself not included."""

    contact: ContactId | None = None
    agent: AgentId | None = None
    queue: QueueName | None = None
    from_ms: int | None = None
    to_ms: int | None = None


class Catalogue:
    """Raises `DatabaseUnavailable`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, recording: StoredRecording) -> bool:
        """Add a recording; False if one of this id is there."""
        row = insert(RecordingRow).values(
            id=recording.id,
            kind=recording.kind.value,
            contact=recording.contact,
            queue=recording.queue,
            started_at_ms=recording.started_ms,
            length_ms=recording.length_ms,
            sides=recording.sides,
            pauses=[
                {"from_ms": pause.from_ms, "to_ms": pause.to_ms, "why": pause.why.value}
                for pause in recording.pauses
            ],
            object=recording.object,
            size=recording.size,
            sha256=recording.sha256,
            stored_size=recording.stored_size,
            stored_sha256=recording.stored_sha256,
            key_id=recording.key,
            stored_at_ms=recording.stored_ms,
        )
        agents = [
            {"recording": recording.id, "agent": agent, "place": place}
            for place, agent in enumerate(dict.fromkeys(recording.agents))
        ]
        try:
            async with writing(self._engine) as connection:
                await connection.execute(row)
                if agents:
                    await connection.execute(insert(RecordingAgentRow), agents)
        except IntegrityError:
            return False
        return True

    async def get(self, id_: str) -> StoredRecording | None:
        """Return a recording, deleted or not."""
        found = await self._found(select(RecordingRow).where(RecordingRow.id == id_))
        return found[0] if found else None

    async def find(
        self, which: Filter, *, limit: int = 100, before: tuple[int, str] | None = None
    ) -> list[StoredRecording]:
        """Return those that are not deleted, newest first; `before`: beginning and id of the last seen."""
        query = _filtered(which).order_by(RecordingRow.started_at_ms.desc(), RecordingRow.id.desc())
        if before is not None:
            at_ms, id_ = before
            query = query.where(
                (RecordingRow.started_at_ms < at_ms)
                | ((RecordingRow.started_at_ms == at_ms) & (RecordingRow.id < id_))
            )
        return await self._found(query.limit(limit))

    async def deleted(self, id_: str, at_ms: int) -> None:
        """The object of a recording is gone, and meant to be."""
        async with writing(self._engine) as connection:
            await connection.execute(
                update(RecordingRow).where(RecordingRow.id == id_).values(deleted_at_ms=at_ms)
            )

    async def _found(self, query: Select[Any]) -> list[StoredRecording]:
        query = query.with_only_columns(*RecordingRow.__table__.columns)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query)).all()
            ids = [row.id for row in rows]
            agents = await connection.execute(
                select(RecordingAgentRow.recording, RecordingAgentRow.agent)
                .where(RecordingAgentRow.recording.in_(ids))
                .order_by(RecordingAgentRow.place)
            )
            by_recording: dict[str, list[AgentId]] = {}
            for recording, agent in agents:
                by_recording.setdefault(recording, []).append(AgentId(agent))
        return [_stored(row, by_recording.get(row.id, ())) for row in rows]


def _filtered(which: Filter) -> Select[Any]:
    query = select(RecordingRow).where(RecordingRow.deleted_at_ms.is_(None))
    if which.contact is not None:
        query = query.where(RecordingRow.contact == which.contact)
    if which.queue is not None:
        query = query.where(RecordingRow.queue == which.queue)
    if which.agent is not None:
        query = query.where(
            exists().where(
                RecordingAgentRow.recording == RecordingRow.id, RecordingAgentRow.agent == which.agent
            )
        )
    if which.from_ms is not None:
        query = query.where(RecordingRow.started_at_ms >= which.from_ms)
    if which.to_ms is not None:
        query = query.where(RecordingRow.started_at_ms < which.to_ms)
    return query


def _stored(row: Row[Any], agents: Sequence[AgentId]) -> StoredRecording:
    return StoredRecording(
        id=row.id,
        kind=Kind(row.kind),
        contact=ContactId(row.contact),
        queue=QueueName(row.queue),
        agents=tuple(agents),
        started_ms=row.started_at_ms,
        length_ms=row.length_ms,
        sides=row.sides,
        pauses=tuple(
            Pause(from_ms=each["from_ms"], to_ms=each["to_ms"], why=Why(each["why"])) for each in row.pauses
        ),
        object=row.object,
        size=row.size,
        sha256=row.sha256,
        stored_size=row.stored_size,
        stored_sha256=row.stored_sha256,
        key=row.key_id,
        stored_ms=row.stored_at_ms,
        deleted_ms=row.deleted_at_ms,
    )
