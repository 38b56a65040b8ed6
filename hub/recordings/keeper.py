"""Drafts of recordings, written down while calls go on: no call fails for want of a disk."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import msgspec
import structlog

from acd.ids import AgentId, ContactId, QueueName
from hub.recordings.draft import Draft, Drafts, Kind

log = structlog.get_logger()

_AGAIN_S = 5.0


class DraftKeeper:
    """Makes drafts and keeps them. `stored` is called when a recording is to be stored."""

    def __init__(
        self,
        drafts: Drafts,
        stored: Callable[[], None],
        *,
        clock_ms: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.drafts, self.stored, self.clock_ms = drafts, stored, clock_ms
        self._sleep = sleep

    def new(self, kind: Kind, contact: ContactId, queue: QueueName, agent: AgentId | None = None) -> Draft:
        """Return a draft that begins now."""
        return Draft(
            id=uuid4().hex,
            kind=kind,
            contact=contact,
            queue=queue,
            started_ms=self.clock_ms(),
            agents=(agent,) if agent else (),
        )

    async def write(self, draft: Draft) -> bool:
        """Keep a draft; False if that cannot be: what runs then goes on by what was kept before."""
        try:
            await asyncio.to_thread(self.drafts.write, draft)
        except OSError as error:
            log.error("recording.not_kept", contact=draft.contact, reason=str(error))
            return False
        return True

    async def clear(self, draft: Draft) -> None:
        """Forget a draft, and what was recorded."""
        await asyncio.to_thread(self.drafts.clear, draft)

    async def hand_over(self, draft: Draft, ended_ms: int) -> None:
        """Have a recording stored; on a disk that is full, as soon as it can be noted that it ended."""
        draft = msgspec.structs.replace(draft, ended_ms=ended_ms)
        while not await self.write(draft):
            await self._sleep(_AGAIN_S)
        self.stored()
