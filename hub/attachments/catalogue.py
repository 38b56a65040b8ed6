"""What files there are, in the database."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from acd.ids import AgentId, ContactId, QueueName
from acd.words import Word
from crm_bridge.model import MessageFile
from crm_bridge.tables import ContactRow
from gateways.files import StoredFile
from hub.database import reading, writing
from hub.tables import AttachmentRow as Table


class Scan(Word):
    """How far the virus scanner is: `NONE` was not asked, `HELD` is to be asked yet."""

    NONE = "none"
    CLEAN = "clean"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a message; one that was refused (`refused`) has no object. A `hub.objects.safe.Sealed`.

    `message` is the one that it came with; `author` an agent who brought it, and it has None there until it
    is sent, then "".
    `stored_ms` None: its object may not be there; `deleted_ms`: it is gone.
    """

    id: str
    contact: ContactId
    message: str | None
    author: AgentId | None
    name: str
    type: str
    size: int
    refused: str = ""
    scan: Scan = Scan.NONE
    object: str = ""
    sha256: str = ""
    stored_size: int = 0
    stored_sha256: str = ""
    key: str | None = None
    arrived_ms: int
    stored_ms: int | None = None
    deleted_ms: int | None = None

    @property
    def is_readable(self) -> bool:
        return self.stored_ms is not None and not self.refused and self.deleted_ms is None

    @property
    def shown(self) -> MessageFile:
        return MessageFile(self.id, self.name, self.type, self.size, self.refused)

    @property
    def stored(self) -> StoredFile:
        return StoredFile(id=self.id, name=self.name, type=self.type, size=self.size)


class Catalogue:
    """Raises `DatabaseUnavailable`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def begin(self, file: Attachment) -> Attachment | None:
        """Note a file whose object comes next, in place of one that never came; one that did is returned."""
        values = {each.key: _value(file, each.key) for each in Table.__table__.columns}
        try:
            async with writing(self._engine) as connection:
                await connection.execute(
                    delete(Table).where(Table.id == file.id, Table.stored_at_ms.is_(None))
                )
                await connection.execute(insert(Table).values(values))
        except IntegrityError:
            return await self.get(file.id)
        return None

    async def get(self, id_: str) -> Attachment | None:
        """Return a file, whatever became of it."""
        found = await self._found(Table.id == id_, limit=1)
        return found[0] if found else None

    async def here(self, id_: str, at_ms: int) -> None:
        """The object of a file is there."""
        await self._set(Table.id == id_, stored_at_ms=at_ms)

    async def scanned(self, id_: str, refused: str = "") -> None:
        """The scanner has said what it makes of a file that was held."""
        await self._set(Table.id == id_, scan=Scan.CLEAN.value, refused=refused)

    async def deleted(self, id_: str, at_ms: int) -> None:
        """The object of a file is gone, and meant to be."""
        await self._set(Table.id == id_, deleted_at_ms=at_ms)

    async def sent(self, ids: list[str]) -> None:
        """Files that an agent brought go out with a message."""
        if ids:
            await self._set(Table.id.in_(ids), message="")

    async def size_of(self, message: str) -> tuple[int, int]:
        """Return how many files a message has so far, and how many bytes they are."""
        query = select(func.count(), func.coalesce(func.sum(Table.size), 0)).where(
            Table.message == message, Table.object != ""
        )
        async with reading(self._engine) as connection:
            count, size = (await connection.execute(query)).one()
        return int(count), int(size)

    async def held(self, limit: int) -> list[Attachment]:
        """Return files that wait for the scanner, oldest first."""
        return await self._found(Table.scan == Scan.HELD.value, _IS_HERE, limit=limit)

    async def older(self, before_ms: int, limit: int) -> list[Attachment]:
        """Return files that arrived before, oldest first."""
        return await self._found(Table.arrived_at_ms < before_ms, _MAY_BE_HERE, limit=limit)

    async def faxes(self, queue: QueueName, before_ms: int, limit: int) -> list[Attachment]:
        """Return files of a queue's faxes that arrived before, oldest first."""
        faxes = select(ContactRow.id).where(ContactRow.channel == Channel.FAX, ContactRow.queue == queue)
        is_fax = Table.contact.in_(faxes)
        return await self._found(Table.arrived_at_ms < before_ms, is_fax, _MAY_BE_HERE, limit=limit)

    async def abandoned(self, before_ms: int, limit: int) -> list[Attachment]:
        """Return files that arrived before and were never sent, or never wholly stored."""
        is_left = Table.message.is_(None) | Table.stored_at_ms.is_(None)
        return await self._found(Table.arrived_at_ms < before_ms, is_left, _MAY_BE_HERE, limit=limit)

    async def _set(self, which: ColumnElement[bool], **values: object) -> None:
        async with writing(self._engine) as connection:
            await connection.execute(update(Table).where(which).values(values))

    async def _found(self, *which: ColumnElement[bool], limit: int) -> list[Attachment]:
        query = select(*Table.__table__.columns).where(*which).order_by(Table.arrived_at_ms).limit(limit)
        async with reading(self._engine) as connection:
            return [_attachment(each) for each in await connection.execute(query)]


_MAY_BE_HERE = Table.deleted_at_ms.is_(None) & (Table.object != "")
_IS_HERE = _MAY_BE_HERE & Table.stored_at_ms.is_not(None)

_FIELDS = {
    "key_id": "key",
    "arrived_at_ms": "arrived_ms",
    "stored_at_ms": "stored_ms",
    "deleted_at_ms": "deleted_ms",
}


def _value(file: Attachment, column: str) -> Any:
    return getattr(file, _FIELDS.get(column, column))


def _attachment(row: Row[*tuple[Any, ...]]) -> Attachment:
    values = {_FIELDS.get(name, name): value for name, value in row._asdict().items()}
    return Attachment(**{**values, "scan": Scan(row.scan)})
