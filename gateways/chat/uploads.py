"""Files that customers send, kept in the database until their message is handled."""

import secrets
from collections.abc import AsyncIterator, Sequence

import msgspec
from sqlalchemy import Executable, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from gateways.chat.tables import ChatBlock, ChatUpload
from gateways.database import DATABASE_AWAY, transact
from gateways.errors import FetchFailed, GatewayError, StoreUnavailable
from gateways.job import wall_ms

BLOCK = 128 * 1024
_KEPT_MS = 2 * 24 * 3600 * 1000
_TIMEOUT_S = 10.0


class UploadTooLarge(GatewayError):
    """A file has more bytes than a customer may send."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is there as a whole; `type` is the media type that the browser claims."""

    id: str
    name: str
    type: str
    size: int


class Uploads:
    """Blocks of files, a short transaction each: a large file holds up nobody. `size_max` in bytes."""

    def __init__(self, engine: AsyncEngine, size_max: int) -> None:
        self._engine, self.size_max = engine, size_max
        self._reader = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def put(self, session: str, name: str, type_: str, blocks: AsyncIterator[bytes]) -> Upload:
        """Store a file; raises `UploadTooLarge`, `StoreUnavailable`. Of one cut short nothing counts."""
        id_, size, number = secrets.token_urlsafe(16), 0, 0
        await self._write(
            insert(ChatUpload).values(
                id=id_, session=session, name=name[:255], type=type_[:128], stored_at_ms=wall_ms()
            )
        )
        async for block in _of_size(blocks, BLOCK):
            size += len(block)
            if size > self.size_max:
                raise UploadTooLarge(f"more than {self.size_max} bytes")
            await self._write(insert(ChatBlock).values(upload=id_, number=number, content=block))
            number += 1
        await self._write(update(ChatUpload).where(ChatUpload.id == id_).values(size=size))
        return Upload(id=id_, name=name[:255], type=type_[:128], size=size)

    async def of(self, session: str, ids: Sequence[str]) -> tuple[Upload, ...]:
        """Return those files of a session, in that order; unknown ones are left out."""
        table = ChatUpload.__table__.c
        query = select(table.id, table.name, table.type, table.size).where(
            table.id.in_(ids), table.session == session, table.size.is_not(None)
        )
        try:
            async with self._reader.connect() as connection:
                found = {
                    row.id: Upload(id=row.id, name=row.name, type=row.type, size=row.size)
                    for row in await connection.execute(query)
                }
        except DATABASE_AWAY as error:
            raise StoreUnavailable(f"the database is away: {type(error).__name__}") from None
        return tuple(found[each] for each in ids if each in found)

    async def read(self, session: str, upload: str) -> AsyncIterator[bytes]:
        """Read a file from its beginning; raises `FetchFailed`."""
        number = 0
        query = select(ChatUpload.size).where(ChatUpload.id == upload, ChatUpload.session == session)
        try:
            async with self._reader.connect() as connection:
                left = await connection.scalar(query)
                if left is None:
                    raise FetchFailed("the file is not there any more", retryable=False)
                while left > 0:
                    block: bytes | None = await connection.scalar(
                        select(ChatBlock.content).where(
                            ChatBlock.upload == upload, ChatBlock.number == number
                        )
                    )
                    if not block:
                        raise FetchFailed("a part of the file is missing", retryable=False)
                    yield block
                    left, number = left - len(block), number + 1
        except DATABASE_AWAY as error:
            raise FetchFailed(f"the database is away: {type(error).__name__}", retryable=True) from None

    async def purge(self) -> None:
        """Delete what is older than two days; raises one of `DATABASE_AWAY`."""
        old = select(ChatUpload.id).where(ChatUpload.stored_at_ms < wall_ms() - _KEPT_MS)
        await self._transact(delete(ChatBlock).where(ChatBlock.upload.in_(old)))
        await self._transact(delete(ChatUpload).where(ChatUpload.stored_at_ms < wall_ms() - _KEPT_MS))

    async def _write(self, statement: Executable) -> None:
        try:
            await self._transact(statement)
        except DATABASE_AWAY as error:
            raise StoreUnavailable(f"the database is away: {type(error).__name__}") from None

    async def _transact(self, statement: Executable) -> None:
        await transact(self._engine, lambda connection: connection.execute(statement), _TIMEOUT_S)


async def _of_size(blocks: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """Yield the same bytes in pieces of `size`, the last one shorter."""
    kept = bytearray()
    async for block in blocks:
        kept += block
        while len(kept) >= size:
            yield bytes(kept[:size])
            del kept[:size]
    if kept:
        yield bytes(kept)
