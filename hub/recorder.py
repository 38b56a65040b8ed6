"""Writing down what the router decides, beside routing and never in its way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import structlog

from acd.actions import Action
from acd.errors import AcdUnavailable, ActionsLost
from acd.events import ContactQueued, Event
from acd.router import Snapshot
from hub.clock import now_ms
from hub.decisions import Decision, Position, decision, gap, queued
from hub.errors import DatabaseUnavailable
from hub.history import RoutingHistory

log = structlog.get_logger()

_START = "0-0"
_PACE_S = 0.1
_DAY_MS = 86_400_000
_HELD_UP_S = 1.0


class Actions(Protocol):
    """What is needed of the router (`acd.router.Acd` serves)."""

    def actions(
        self, after: str | None = None, *, pace_s: float = 0.0
    ) -> AsyncIterator[tuple[str, Action]]: ...

    async def snapshot(self) -> Snapshot: ...


class Recorder:
    """Reads the router's actions and stores the decisions among them, in batches. `run` is the service.

    It goes on where the history ends, so that what was decided while no hub ran is written too. While
    the database is away, `bound` decisions wait here; then reading pauses, and what follows waits among
    the router's own actions (`acd.router_redis.Bounds.actions_kept`). What is gone from there when
    reading goes on is a gap: noted in the history and counted in `lost`. Every hub writes; a decision
    that another has written is left alone.
    """

    def __init__(
        self,
        acd: Actions,
        history: RoutingHistory,
        *,
        keep_days: int,
        bound: int = 20_000,
        batch: int = 500,
        pause_s: float = 0.5,
        retry_s: float = 1.0,
        grace_s: float = 2.0,
        purge_s: float = 86_400.0,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._acd, self._history, self._keep_days = acd, history, keep_days
        self._waiting: asyncio.Queue[Decision] = asyncio.Queue(bound)
        self._batch, self._pause_s, self._retry_s = batch, pause_s, retry_s
        self._grace_s, self._purge_s, self._clock_ms = grace_s, purge_s, clock_ms
        self._position: str | None = None
        self._late_until = Position(0, 0)
        self.lost = 0
        """How many decisions were not written: at least, where nobody knows how many there were."""

    async def run(self) -> None:
        """Serve until cancelled; what was read by then is still written if that takes but a moment."""
        writing = asyncio.create_task(self._write_all(), name="routing history")
        purging = asyncio.create_task(self._purge_daily(), name="routing history purge")
        try:
            await self._read_all()
        finally:
            try:
                async with asyncio.timeout(self._grace_s):
                    await self._waiting.join()
            except TimeoutError:
                log.warning("history.not_written", waiting=self._waiting.qsize())
            for task in (writing, purging):
                task.cancel()
            await asyncio.gather(writing, purging, return_exceptions=True)

    def note(self, event: Event, place: str, at_ms: int) -> None:
        """Have it written that this hub queued a contact (`hub.noted.Noter`)."""
        if not isinstance(event, ContactQueued):
            return
        try:
            self._waiting.put_nowait(queued(event.contact, place, at_ms))
        except asyncio.QueueFull:
            self._count_lost(1)

    # --- reading -----------------------------------------------------------------------------------

    async def _read_all(self) -> None:
        while True:
            try:
                if self._position is None:
                    await self._begin()
                await self._follow()
            except ActionsLost:
                await self._pass_over_gap()
            except (DatabaseUnavailable, AcdUnavailable, TimeoutError):
                await asyncio.sleep(self._retry_s)
            except Exception:
                log.exception("history.reading_failed")
                await asyncio.sleep(self._retry_s)

    async def _begin(self) -> None:
        """Go on where the history ends; without any, with the first action there was, if it is kept."""
        known = await self._history.last()
        await self._expect_late()
        self._position = known or _START

    async def _expect_late(self) -> None:
        """Whatever the router has decided by now is read later than it was decided."""
        self._late_until = Position.of((await self._acd.snapshot()).after)

    async def _follow(self) -> None:
        clock = asyncio.get_running_loop().time
        async for position, action in self._acd.actions(after=self._position, pace_s=_PACE_S):
            is_late = Position.of(position) <= self._late_until
            if (found := decision(position, action, self._clock_ms(), is_late=is_late)) is not None:
                began_s = clock()
                await self._waiting.put(found)
                if clock() - began_s > _HELD_UP_S:
                    await self._expect_late()
            self._position = position

    async def _pass_over_gap(self) -> None:
        """Actions after the position are gone: note that, and go on with what the router decides next."""
        try:
            until = (await self._acd.snapshot()).after
        except AcdUnavailable:
            await asyncio.sleep(self._retry_s)
            return
        after = Position.of(self._position or _START)
        if after == Position.of(_START):
            self._position = until  # there was no history that could have a gap
            return
        if Position.of(until).epoch != after.epoch:
            until = _START  # a router that began anew: all that it has decided may still be there
        self._position = until
        found = gap(after, until, self._clock_ms())
        log.warning("history.gap", after=str(after), until=until)
        self._count_lost(found.lost or 1)
        await self._waiting.put(found)

    def _count_lost(self, count: int) -> None:
        self.lost += count
        log.warning("history.lost", count=count, lost=self.lost)

    # --- writing -----------------------------------------------------------------------------------

    async def _write_all(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            if self._waiting.qsize() < self._batch:
                await asyncio.sleep(self._pause_s)
            while len(batch) < self._batch and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._write(batch)
            for _ in batch:
                self._waiting.task_done()

    async def _write(self, batch: list[Decision]) -> None:
        while True:
            try:
                await self._history.add(batch)
            except (DatabaseUnavailable, TimeoutError) as error:
                log.warning("history.database_away", waiting=self._waiting.qsize(), reason=str(error))
                await asyncio.sleep(self._retry_s)
            except Exception:
                log.exception("history.write_failed")
                self._count_lost(len(batch))
                return
            else:
                return

    async def _purge_daily(self) -> None:
        while True:
            try:
                deleted = await self._history.purge(self._clock_ms() - self._keep_days * _DAY_MS)
                log.info("history.purged", decisions=deleted, keep_days=self._keep_days)
            except Exception as error:
                log.warning("history.not_purged", error=type(error).__name__)
            await asyncio.sleep(self._purge_s)
