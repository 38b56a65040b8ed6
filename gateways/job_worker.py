"""The service that works durable jobs off: threads side by side, each in order."""

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from gateways.database import DATABASE_AWAY
from gateways.job import Failed, Job, Outcome, RetryPolicy, Settlement, settle
from gateways.job_store import JobStore

T = TypeVar("T")

log = structlog.get_logger()

_NOTICE_TIMEOUT_S = 5.0


class JobWorker(Generic[T]):
    """Claim jobs, perform them at most `concurrency` at once, write what became of them.

    A turn is one transaction that settles what ended and claims what is next; while it runs further
    jobs end, so that turns carry more the busier it is. A turn follows at once when something was
    added, ended or came due; `poll_s` finds what another hub left behind. `perform` is given
    `timeout_s`, and its claim is renewed meanwhile; without a database to do that it ends with the claim,
    which is then another's. What it raises counts as a failure in doubt. `settled`, quick, is told of each
    try once that is written.
    """

    def __init__(
        self,
        store: JobStore[T],
        perform: Callable[[Job[T]], Awaitable[Outcome]],
        *,
        policy: RetryPolicy,
        settled: Callable[[Job[T], Settlement], Awaitable[None]] | None = None,
        concurrency: int = 32,
        timeout_s: float = 30.0,
        poll_s: float = 1.0,
        grace_s: float = 5.0,
    ) -> None:
        self._store, self._perform, self._policy, self._settled = store, perform, policy, settled
        self._concurrency, self._timeout_s = concurrency, timeout_s
        self._poll_s, self._grace_s = poll_s, grace_s
        self._running: dict[int, asyncio.Task[None]] = {}
        self._limits: dict[int, tuple[asyncio.Timeout, float]] = {}
        self._renewed_s = 0.0
        self._ended: list[tuple[Job[T], Settlement]] = []
        self._due_ms: list[int] = []

    async def run(self) -> None:
        """Serve until cancelled; then jobs at work get `grace_s` to end, and what ended is written."""
        try:
            await self._release()
            while True:
                self._store.news.clear()
                await self._turn(self._concurrency - len(self._running))
                await self._renew()
                await self._idle()
        finally:
            await self._stop()

    async def _release(self) -> None:
        while True:
            try:
                return await self._store.release()
            except DATABASE_AWAY as error:
                await self._wait_for_database(error)

    async def _turn(self, free: int) -> None:
        ended, self._ended = self._ended, []
        began_s = _now_s()
        try:
            jobs = await self._store.turn([settlement for _, settlement in ended], free)
        except DATABASE_AWAY as error:
            self._ended = ended + self._ended
            await self._wait_for_database(error)
            return
        except asyncio.CancelledError:
            self._ended = ended + self._ended
            raise
        for job in jobs:
            self._running[job.seq] = asyncio.create_task(self._work(job, began_s))
        for job, settlement in ended:
            if settlement.due_at_ms:
                heapq.heappush(self._due_ms, settlement.due_at_ms)
            await self._tell(job, settlement)

    async def _wait_for_database(self, error: Exception) -> None:
        log.warning("jobs.database_away", table=self._store.table.name, error=type(error).__name__)
        await asyncio.sleep(self._poll_s)

    async def _renew(self) -> None:
        """Keep the claims of what is at work, in time."""
        now_s = _now_s()
        if not self._running or now_s - self._renewed_s < self._store.lease_s / 4:
            return
        seqs = list(self._running)
        try:
            await self._store.renew(seqs)
        except DATABASE_AWAY as error:
            await self._wait_for_database(error)
            return
        self._renewed_s = now_s
        for limit, end_s in [self._limits[seq] for seq in seqs if seq in self._limits]:
            if not limit.expired():
                limit.reschedule(min(end_s, now_s + self._store.lease_s))

    async def _work(self, job: Job[T], claimed_s: float) -> None:
        end_s = claimed_s + self._timeout_s
        try:
            async with asyncio.timeout_at(min(end_s, claimed_s + self._store.lease_s)) as limit:
                self._limits[job.seq] = limit, end_s
                outcome = await self._perform(job)
        except TimeoutError:
            is_late = _now_s() >= end_s
            outcome = Failed(f"took longer than {self._timeout_s:g} s" if is_late else "its claim lapsed")
        except Exception as error:
            log.exception("jobs.failed", table=self._store.table.name, seq=job.seq)
            outcome = Failed(f"{type(error).__name__}: {error}")
        settlement = settle(
            job,
            outcome,
            self._policy,
            now_ms=self._store.now_ms(),
            jitter=random.random(),  # noqa: S311
        )
        self._ended.append((job, settlement))
        self._limits.pop(job.seq, None)
        del self._running[job.seq]
        self._store.news.set()

    async def _tell(self, job: Job[T], settlement: Settlement) -> None:
        if self._settled is None:
            return
        try:
            async with asyncio.timeout(_NOTICE_TIMEOUT_S):
                await self._settled(job, settlement)
        except Exception:
            log.exception("jobs.notice_failed", table=self._store.table.name, seq=job.seq)

    async def _idle(self) -> None:
        """Wait for news, for the next retry of ours, or for the next look at what others left."""
        now_ms = self._store.now_ms()
        while self._due_ms and self._due_ms[0] <= now_ms:
            heapq.heappop(self._due_ms)
            self._store.news.set()
        next_s = (self._due_ms[0] - now_ms) / 1000 if self._due_ms else self._poll_s
        try:
            async with asyncio.timeout(min(self._poll_s, next_s)):
                await self._store.news.wait()
        except TimeoutError:
            pass

    async def _stop(self) -> None:
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=self._grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._ended:
            await self._turn(0)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
