"""Deleting transcripts as old as recordings may become."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from acd.ids import QueueName
from acd.policy import QueueSettings
from crm_bridge.errors import CrmError
from crm_bridge.transcripts import TranscriptStore
from hub.clock import now_ms

log = structlog.get_logger()

_DAY_MS = 86_400_000
_AGAIN_S = 3600.0


class TranscriptPurge:
    """Deletes what was said in calls of a queue after its `record_keep_days`. `run` is the service."""

    def __init__(
        self,
        transcripts: TranscriptStore,
        queues: Callable[[], Mapping[QueueName, QueueSettings]],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._transcripts, self._queues = transcripts, queues
        self._sleep, self._clock_ms = sleep, clock_ms

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            try:
                log.info("transcript.purged", lines=await self.purge())
            except CrmError as error:
                log.warning("transcript.not_purged", error=type(error).__name__)
            await self._sleep(_AGAIN_S)

    async def purge(self) -> int:
        """Delete what was kept long enough; returns how many lines. Raises `CrmUnavailable`."""
        deleted = 0
        for queue in self._queues().values():
            if days := queue.recording.keep_days:
                deleted += await self._transcripts.purge(queue.name, self._clock_ms() - days * _DAY_MS)
        return deleted
