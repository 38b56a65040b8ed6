"""Deleting recordings: those of a queue that are kept for so many days, and single ones."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from acd.ids import QueueName
from acd.policy import QueueSettings
from hub.audit import AuditLog, Deed
from hub.clock import now_ms
from hub.errors import DatabaseUnavailable
from hub.objects.errors import ObjectError
from hub.recordings.catalogue import Catalogue, Filter, StoredRecording
from hub.recordings.vault import Vault

log = structlog.get_logger()

_DAY_S = 86_400
_AGAIN_S = 3600.0
_BATCH = 100
HUB = "toritsugi"
"""Who deletes what was kept long enough: the actor of such entries of the audit log."""


class Purge:
    """Deletes: it is noted in the audit log before. `run` is the service that does so by time.

    `queues` are the settings that hold now; a recording of a queue that is gone is kept.
    """

    def __init__(
        self,
        vault: Vault,
        catalogue: Catalogue,
        audit: AuditLog,
        queues: Callable[[], Mapping[QueueName, QueueSettings]],
        *,
        is_ours: Callable[[], bool] = lambda: True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._vault, self._catalogue, self._audit, self._queues = vault, catalogue, audit, queues
        self._is_ours, self._sleep, self._clock_ms = is_ours, sleep, clock_ms

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            try:
                if self._is_ours():
                    log.info("recording.purged", deleted=await self.purge())
            except (DatabaseUnavailable, ObjectError) as error:
                log.warning("recording.not_purged", reason=str(error))
            except Exception:
                log.exception("recording.not_purged")
            await self._sleep(_AGAIN_S)

    async def purge(self) -> int:
        """Delete what was kept long enough; returns how many. May raise what is `retryable`."""
        deleted = 0
        for queue in self._queues().values():
            days = queue.recording.keep_days
            if not days:
                continue
            which = Filter(queue=queue.name, to_ms=self._clock_ms() - days * _DAY_S * 1000)
            while found := await self._catalogue.find(which, limit=_BATCH):
                for recording in found:
                    await self.delete(recording, HUB, keep_days=days)
                deleted += len(found)
        return deleted

    async def delete(self, recording: StoredRecording, actor: str, **why: object) -> None:
        """Delete one for good; what was known of it stays. Raises what is `retryable`."""
        await self._audit.note(
            actor,
            Deed.DELETE_RECORDING,
            recording.id,
            contact=recording.contact,
            queue=recording.queue,
            **why,
        )
        await self._vault.delete(recording)
        await self._catalogue.deleted(recording.id, self._clock_ms())
