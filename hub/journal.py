"""Writes to the database that a call must not wait for."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import structlog

from crm_bridge.errors import CrmUnavailable

log = structlog.get_logger()

Write = Callable[[], Awaitable[object]]
Together = Callable[[], AbstractAsyncContextManager[None]]
"""Makes one transaction of all that is written within it."""

_TOGETHER_MAX = 100


class Journal:
    """A bounded, ordered queue of database writes; a write is tried again while the database is away.

    Writes are idempotent, so that a repeated one is harmless. Given `together`, those that come within
    `gather_s` are written in one transaction; if that fails, each by itself, so that one keeps no other from
    being written. `run` is the service; when it is cancelled, what still waits gets `grace_s` seconds. When
    the queue is full, the write is refused and counted in `refused`: the call goes on without it.
    """

    def __init__(
        self,
        *,
        together: Together | None = None,
        gather_s: float = 0.02,
        bound: int = 10_000,
        retry_s: float = 1.0,
        grace_s: float = 3.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._queue: asyncio.Queue[Write] = asyncio.Queue(bound)
        self._together, self._gather_s = together, gather_s
        self._retry_s, self._grace_s, self._sleep = retry_s, grace_s, sleep
        self.refused = 0

    def put(self, write: Write) -> None:
        try:
            self._queue.put_nowait(write)
        except asyncio.QueueFull:
            self.refused += 1
            log.error("journal.full", refused=self.refused)

    async def run(self) -> None:
        """Serve until cancelled."""
        writing = asyncio.create_task(self._write_all(), name="journal")
        try:
            await asyncio.shield(writing)
        finally:
            if not await self.flush(self._grace_s):
                log.error("journal.not_written", waiting=self._queue.qsize())
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _write_all(self) -> None:
        while True:
            writes = [await self._queue.get()]
            if self._together:
                await self._sleep(self._gather_s)
            while self._together and len(writes) < _TOGETHER_MAX and not self._queue.empty():
                writes.append(self._queue.get_nowait())
            if not self._together or len(writes) == 1 or not await _write_together(writes, self._together()):
                for write in writes:
                    await self._write(write)
            for _ in writes:
                self._queue.task_done()

    async def _write(self, write: Write) -> None:
        while True:
            try:
                await write()
            except CrmUnavailable:
                log.warning("journal.database_away", waiting=self._queue.qsize())
                await self._sleep(self._retry_s)
            except Exception:
                log.exception("journal.write_failed")
                return
            else:
                return

    async def flush(self, deadline_s: float) -> bool:
        """Wait until all that was put is written; whether that was so within `deadline_s` seconds."""
        try:
            async with asyncio.timeout(deadline_s):
                await self._queue.join()
        except TimeoutError:
            return False
        return True


async def _write_together(writes: list[Write], together: AbstractAsyncContextManager[None]) -> bool:
    """Write all in one transaction; whether that went well. If not, nothing is written."""
    try:
        async with together:
            for write in writes:
                await write()
    except Exception as error:
        log.info("journal.one_by_one", writes=len(writes), error=type(error).__name__)
        return False
    return True
