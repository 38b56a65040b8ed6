"""Files of messages: taken, kept, read."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from uuid import uuid4

import structlog

from acd.ids import AgentId, ContactId
from crm_bridge.model import MessageFile
from gateways.errors import FetchFailed, FileGone, FilesUnavailable
from gateways.files import StoredFile
from gateways.protocol import Part
from hub.attachments.arrival import arrived, streamed, whole
from hub.attachments.catalogue import Attachment, Catalogue, Scan
from hub.attachments.errors import FileRefused, Refused
from hub.attachments.examine import examine
from hub.attachments.links import FileLinks
from hub.attachments.names import clean
from hub.attachments.scanning import Scanning
from hub.clock import now_ms
from hub.objects.errors import NoKey, ObjectDamaged, StoreUnavailable
from hub.objects.safe import Safe

log = structlog.get_logger()

_TYPE_MAX = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`size_max` bytes a file, `total_max` and `count_max` a message; `types` are such as `image/*`."""

    size_max: int
    total_max: int
    count_max: int = 10
    types: tuple[str, ...] = ("*/*",)

    def allows(self, kind: str) -> bool:
        """Whether files of a type are kept."""
        main = kind.partition("/")[0]
        return any(each in ("*/*", f"{main}/*", kind) for each in self.types)


class Attachments:
    """Keeps files; `gateways.files.Files` for gateways.

    `folder` is for files that are on their way into the safe.
    """

    def __init__(
        self,
        safe: Safe,
        catalogue: Catalogue,
        links: FileLinks,
        rules: Rules,
        folder: Path,
        *,
        scanning: Scanning,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._safe, self._catalogue, self._links, self._rules = safe, catalogue, links, rules
        self._folder, self._scanning, self._clock_ms = folder, scanning, clock_ms

    # --- in ------------------------------------------------------------------------------------

    async def take(
        self, contact: str, part: Part, blocks: AsyncIterable[bytes], *, key: str, message: str | None = None
    ) -> MessageFile:
        """Keep a customer's file, once for each contact and key; a bad one is `refused`.

        With `message`, its id, all files of one are limited together. Raises `FilesUnavailable`,
        `FetchFailed` and `DatabaseUnavailable`: another try may succeed.
        """
        id_ = hashlib.sha256(f"{contact}\0{key}".encode()).hexdigest()[:32]
        before = await self._catalogue.get(id_)
        if before is not None and (before.stored_ms is not None or before.refused):
            return before.shown
        if before is not None:  # a try that ended halfway
            await self._away(before)
        file = self._new(id_, contact, part.name, part.type, part.size or 0)
        return await self._keep(replace(file, message=message or f"{contact}:{key}"), blocks)

    async def put(
        self, contact: str, agent: AgentId, name: str, type_: str, blocks: AsyncIterable[bytes]
    ) -> MessageFile:
        """Keep a file that an agent is going to send; a bad one is `refused`. Raises as `take`."""
        return await self._keep(
            replace(self._new(uuid4().hex, contact, name, type_, 0), author=agent), blocks
        )

    async def find(self, contact: str, ids: Sequence[str]) -> Sequence[MessageFile]:
        """Return which of these files can go out with a message of a contact; they are kept from now on.

        None of them can if they are too many or too large together.
        """
        found = [await self._catalogue.get(each) for each in dict.fromkeys(ids)]
        files = [each for each in found if each is not None and _is_sendable(each, contact)]
        if len(files) > self._rules.count_max or sum(each.size for each in files) > self._rules.total_max:
            return ()
        await self._catalogue.sent([each.id for each in files if each.message is None])
        return tuple(each.shown for each in files)

    # --- out -----------------------------------------------------------------------------------

    async def get(self, id_: str) -> Attachment | None:
        """Return a file that can be read, or could once."""
        return await self._catalogue.get(id_)

    async def read(self, file: StoredFile) -> AsyncIterator[bytes]:
        """Read a file from its beginning, in blocks; raises `FileGone`, `FilesUnavailable`."""
        found = await self._catalogue.get(file.id)
        if found is None or not found.is_readable:
            raise FileGone(file.id)
        try:
            async for block in self.stretch(found, 0, found.size - 1):
                yield block
        except (ObjectDamaged, NoKey) as error:
            log.error("file.unreadable", file=found.id, reason=str(error))
            raise FileGone(file.id) from None
        except StoreUnavailable as error:
            raise FilesUnavailable(str(error)) from None

    def stretch(self, file: Attachment, first: int, last: int) -> AsyncIterator[bytes]:
        """Yield bytes `first` to `last` of a file; see `Safe.read` for what it raises."""
        return self._safe.read(file, first, last)

    def link(self, file: StoredFile) -> str:
        """Return a public address of a file, signed and good for a while."""
        return self._links.make(file.id)

    async def linked(self, token: str) -> Attachment | None:
        """Return the file that a public address is of; None if it leads nowhere any more."""
        id_ = self._links.read(token)
        found = await self._catalogue.get(id_) if id_ else None
        return found if found is not None and found.is_readable else None

    async def remove(self, contact: str, files: Sequence[MessageFile]) -> None:
        """Delete the files of a message for good, as when it was withdrawn. Raises what is `retryable`."""
        for each in files:
            found = await self._catalogue.get(each.id)
            if found is not None and found.contact == contact:
                await self.delete(found.id)

    async def delete(self, id_: str) -> None:
        """Delete a file for good. Raises what is `retryable`."""
        found = await self._catalogue.get(id_)
        if found is not None and found.object and found.deleted_ms is None:
            await self._away(found)
            await self._catalogue.deleted(id_, self._clock_ms())

    # --- within --------------------------------------------------------------------------------

    async def _away(self, file: Attachment) -> None:
        """Delete a file's object; raises `FilesUnavailable`."""
        try:
            await self._safe.delete(file)
        except StoreUnavailable as error:
            raise FilesUnavailable(str(error)) from None

    def _new(self, id_: str, contact: str, name: str, type_: str, size: int) -> Attachment:
        return Attachment(
            id=id_,
            contact=ContactId(contact),
            message=None,
            author=None,
            name=clean(name),
            type=type_[:_TYPE_MAX],
            size=size,
            arrived_ms=self._clock_ms(),
        )

    async def _keep(self, file: Attachment, blocks: AsyncIterable[bytes]) -> MessageFile:
        try:
            size_max = await self._room(file)
            async with arrived(blocks, self._folder, size_max) as (content, size):
                return await self._store(replace(file, size=size), content)
        except FileRefused as refusal:
            return await self._refuse(file, refusal.reason)
        except FetchFailed as error:
            if error.retryable:
                raise
            return await self._refuse(file, Refused.GONE)
        except (OSError, StoreUnavailable, ObjectDamaged) as error:
            log.warning("file.not_stored", file=file.id, reason=type(error).__name__)
            raise FilesUnavailable(str(error)) from None

    async def _room(self, file: Attachment) -> int:
        """Return how many bytes a file may have; raises `FileRefused` without reading one that has more."""
        if not self._safe.is_open:
            raise FileRefused(Refused.NOT_KEPT)
        count, total = await self._catalogue.size_of(file.message) if file.message else (0, 0)
        size_max = min(self._rules.size_max, self._rules.total_max - total)
        if count >= self._rules.count_max or file.size > size_max:
            raise FileRefused(Refused.TOO_LARGE)
        return size_max

    async def _store(self, file: Attachment, content: IO[bytes]) -> MessageFile:
        looked = await asyncio.to_thread(examine, content, file.name)
        if not self._rules.allows(looked.type):
            raise FileRefused(Refused.TYPE)
        scan = await self._scanning.scan(streamed(content), file.id)
        day = datetime.fromtimestamp(file.arrived_ms / 1000, UTC)
        name, path = (
            f"{day:%Y/%m/%d}/{file.id}-{secrets.token_hex(4)}.sealed",
            self._folder / f"{file.id}.sealed",
        )
        try:
            sealed = await asyncio.to_thread(self._safe.seal, file.id, name, file.size, whole(content), path)
            kept = replace(
                file,
                name=looked.name,
                type=looked.type,
                scan=scan,
                refused=Refused.NOT_SCANNED if scan is Scan.HELD else "",
                object=name,
                sha256=sealed.sha256,
                stored_size=sealed.stored_size,
                stored_sha256=sealed.stored_sha256,
                key=sealed.key,
            )
            if (there := await self._catalogue.begin(kept)) is not None:
                return there.shown
            await self._safe.keep(sealed, path)
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        await self._catalogue.here(file.id, self._clock_ms())
        log.info("file.kept", file=file.id, type=kept.type, size=kept.size, scan=scan)
        return kept.shown

    async def _refuse(self, file: Attachment, reason: Refused) -> MessageFile:
        log.info("file.refused", file=file.id, reason=reason, is_customer_s=file.author is None)
        refused = replace(file, refused=reason.value)
        if file.author is None:  # an agent hears it at once, and nothing of the file is left
            there = await self._catalogue.begin(refused)
            return (there or refused).shown
        return refused.shown


def _is_sendable(file: Attachment, contact: str) -> bool:
    return file.contact == contact and file.author is not None and file.is_readable
