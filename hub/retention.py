"""Deleting what was kept long enough: transcripts, deflections, and proofs that were tried."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from acd.ids import QueueName
from acd.policy import QueueSettings
from crm_bridge.errors import CrmError
from hub.clock import now_ms
from hub.crm import Crm

log = structlog.get_logger()

_DAY_MS = 86_400_000
_PROOF_TRIES_DAYS = 7
"""No proof is locked for longer (`proof_lock` of `ivr.conf`)."""
_AGAIN_S = 3600.0


class Retention:
    """Deletes once an hour. `run` is the service.

    Transcripts of a queue go after its `record_keep_days`, deflections after `deflection_days`.
    """

    def __init__(
        self,
        crm: Crm,
        queues: Callable[[], Mapping[QueueName, QueueSettings]],
        *,
        deflection_days: int,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._crm, self._queues, self._deflection_days = crm, queues, deflection_days
        self._sleep, self._clock_ms = sleep, clock_ms

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            try:
                log.info("retention.purged", **await self.purge())
            except CrmError as error:
                log.warning("retention.not_purged", error=type(error).__name__)
            await self._sleep(_AGAIN_S)

    async def purge(self) -> dict[str, int]:
        """Delete what was kept long enough; returns how many rows, by kind. Raises `CrmUnavailable`."""
        lines = 0
        for queue in self._queues().values():
            if days := queue.recording.keep_days:
                lines += await self._crm.transcripts.purge(queue.name, self._before(days))
        return {
            "transcript_lines": lines,
            "deflections": await self._crm.deflections.purge(self._before(self._deflection_days)),
            "call_codes": await self._crm.call_codes.purge(self._clock_ms()),
            "proof_tries": await self._crm.proofs.purge_tries(self._before(_PROOF_TRIES_DAYS)),
        }

    def _before(self, days: int) -> int:
        return self._clock_ms() - days * _DAY_MS
