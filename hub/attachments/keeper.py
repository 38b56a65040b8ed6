"""What happens to kept files by time: scanned late, deleted when they were kept long enough."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from acd.ids import QueueName
from acd.policy import QueueSettings
from hub.attachments.attachments import Attachments
from hub.attachments.catalogue import Attachment, Catalogue, Scan
from hub.attachments.errors import FileRefused, Refused
from hub.attachments.scanning import Scanning
from hub.audit import AuditLog, Deed
from hub.clock import now_ms
from hub.objects.errors import ObjectDamaged

log = structlog.get_logger()

_DAY_MS = 86_400_000
_SCAN_S, _PURGE_S = 60.0, 3600.0
_BATCH = 100
HUB = "toritsugi"
"""Who deletes what was kept long enough: the actor of such entries of the audit log."""


class Keeper:
    """Deletes files after `days`, and what an agent brought and never sent after one. `run` is the service.

    Files of faxes go with the recordings of their queue, if that is sooner: after its `record_keep_days`.
    `is_ours`: whether this hub is to do it, of several.
    """

    def __init__(
        self,
        attachments: Attachments,
        catalogue: Catalogue,
        scanning: Scanning,
        audit: AuditLog,
        days: int,
        *,
        queues: Callable[[], Mapping[QueueName, QueueSettings]] = dict,
        is_ours: Callable[[], bool] = lambda: True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._attachments, self._catalogue, self._scanning = attachments, catalogue, scanning
        self._audit, self._days, self._is_ours = audit, days, is_ours
        self._queues, self._sleep, self._clock_ms = queues, sleep, clock_ms

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._again(self.purge, "file.purged", _PURGE_S))
            tasks.create_task(self._again(self.scan_held, "file.scanned_late", _SCAN_S))

    async def purge(self) -> int:
        """Delete what was kept long enough; returns how many. May raise what is `retryable`."""
        now, deleted = self._clock_ms(), 0
        while found := await self._catalogue.abandoned(now - _DAY_MS, _BATCH):
            deleted += await self._delete(found, "never_sent")
        while found := await self._catalogue.older(now - self._days * _DAY_MS, _BATCH):
            deleted += await self._delete(found, "kept_long_enough")
        for queue in self._queues().values():
            if days := queue.recording.keep_days:
                before = now - days * _DAY_MS
                while found := await self._catalogue.faxes(queue.name, before, _BATCH):
                    deleted += await self._delete(found, "kept_long_enough")
        return deleted

    async def scan_held(self) -> int:
        """Ask the scanner about files that wait for it; returns how many do not any more."""
        done = 0
        for file in await self._catalogue.held(_BATCH) if self._scanning.scanner else ():
            refused = ""
            try:
                blocks = self._attachments.stretch(file, 0, file.size - 1)
                if await self._scanning.scan(blocks, file.id) is not Scan.CLEAN:
                    break
            except FileRefused as refusal:
                refused = refusal.reason
            except ObjectDamaged:
                refused = Refused.GONE
            await self._catalogue.scanned(file.id, refused)
            if refused:
                await self._attachments.delete(file.id)
            done += 1
        return done

    async def _delete(self, files: list[Attachment], why: str) -> int:
        for file in files:
            await self._audit.note(HUB, Deed.DELETE_FILE, file.id, contact=file.contact, why=why)
            await self._attachments.delete(file.id)
        return len(files)

    async def _again(self, work: Callable[[], Awaitable[int]], name: str, each_s: float) -> None:
        while True:
            try:
                if self._is_ours() and (done := await work()):
                    log.info(name, files=done)
            except Exception as error:
                will_pass = getattr(error, "retryable", False)
                (log.warning if will_pass else log.exception)(f"{name}.failed", error=type(error).__name__)
            await self._sleep(each_s)
