"""The durable inbox: every provider event is on disk before its webhook is answered, and handled after."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from acd.contact import Channel
from gateways.database import DATABASE_AWAY, urgent
from gateways.errors import InboxFull, InboxUnavailable
from gateways.job import Done, Failed, Job, JobState, Outcome, Postponed, RetryPolicy, Settlement, wall_ms
from gateways.job_store import DeadLetter, JobStore
from gateways.job_worker import JobWorker
from gateways.protocol import Gateway, Incoming, RawEvent
from gateways.tables import InboxEvent

log = structlog.get_logger()

Handler = Callable[[Incoming, RawEvent], Awaitable[None]]
"""Takes in what an event says; files that came with it are fetched with the event as it came."""

_AGAIN_S = 1.0
_PATIENCE = RetryPolicy(first_s=0.25, longest_s=60.0, tries_max=10)


@dataclass(frozen=True, slots=True)
class _Arrival:
    events: Sequence[RawEvent]
    stored: asyncio.Future[int]


class Inbox:
    """Store events, many webhooks in one commit.

    `run` is the service that writes; without it nothing is stored. Webhooks that arrive during a commit
    share the next one (at most `batch` of them; `bound` may wait). While `backlog_max` events or more
    wait to be handled, by a look every `look_s` seconds, no further ones are taken.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        owner: str,
        bound: int = 1000,
        batch: int = 200,
        backlog_max: int = 100_000,
        look_s: float = 1.0,
        timeout_s: float = 1.5,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self.jobs = JobStore(engine, InboxEvent, _event_of, owner=owner, now_ms=now_ms)
        self._arrivals: asyncio.Queue[_Arrival] = asyncio.Queue(bound)
        self._batch, self._timeout_s = batch, timeout_s
        self._backlog_max, self._look_s = backlog_max, look_s
        self._backlog, self._looked_s = 0, float("-inf")

    async def store(self, events: Sequence[RawEvent]) -> int:
        """Return, once the commit is durable, how many events were new.

        Raises `InboxUnavailable`, of which `InboxFull` says that too much waits.

        When that takes longer than `timeout_s` the events may be stored all the same: their
        redelivery is then recognised.
        """
        if not events:
            return 0
        arrival = _Arrival(events, asyncio.get_running_loop().create_future())
        try:
            self._arrivals.put_nowait(arrival)
            async with asyncio.timeout(self._timeout_s):
                return await arrival.stored
        except asyncio.QueueFull:
            raise InboxFull(f"{self._arrivals.maxsize} webhooks wait for the database") from None
        except TimeoutError:
            raise InboxUnavailable(f"the database took longer than {self._timeout_s:g} s") from None

    async def run(self) -> None:
        """Serve until cancelled; webhooks that still wait are then refused."""
        try:
            while True:
                await self._commit(await self._next_batch())
        finally:
            while not self._arrivals.empty():
                _refuse(self._arrivals.get_nowait(), InboxUnavailable("the inbox is closing"))

    async def waiting(self) -> int:
        """Count the events that wait to be handled, up to `backlog_max`; raises `InboxUnavailable`."""
        try:
            return await self.jobs.transact(
                lambda connection: self.jobs.waiting(connection, self._backlog_max), self._timeout_s
            )
        except DATABASE_AWAY as error:
            raise InboxUnavailable(f"the database is away: {type(error).__name__}") from None

    async def dead_letters(self) -> list[DeadLetter]:
        """List the events that could not be handled, oldest first."""
        return await self.jobs.dead()

    async def retry(self, channel: Channel, event_id: str) -> bool:
        """Have a dead event handled again; whether there was one."""
        return await self.jobs.revive(self.jobs.table.c.channel == channel, self.jobs.table.c.key == event_id)

    async def erase(self, channel: Channel, event_id: str) -> None:
        """Empty an event that was handled, or is at work: what it said is to be read nowhere any more."""
        table = self.jobs.table
        is_it = (table.c.channel == channel) & (table.c.key == event_id)
        is_known = (table.c.state != JobState.WAITING) | (table.c.claimed_until_ms > 0)
        await self.jobs.fetch(update(table).where(is_it, is_known).values(body=b""))

    async def _next_batch(self) -> list[_Arrival]:
        arrivals = [await self._arrivals.get()]
        while len(arrivals) < self._batch and not self._arrivals.empty():
            arrivals.append(self._arrivals.get_nowait())
        return [arrival for arrival in arrivals if not arrival.stored.done()]

    async def _commit(self, arrivals: Sequence[_Arrival]) -> None:
        if not arrivals:
            return
        rows = [_row_of(event) for arrival in arrivals for event in arrival.events]
        try:
            with urgent():
                added = await self.jobs.transact(
                    lambda connection: self._add_if_room(connection, rows), self._timeout_s
                )
        except DATABASE_AWAY as error:
            log.warning("inbox.database_away", webhooks=len(arrivals), error=type(error).__name__)
            for arrival in arrivals:
                _refuse(arrival, InboxUnavailable("the database does not take events"))
            return
        except BaseException:
            for arrival in arrivals:
                _refuse(arrival, InboxUnavailable("the inbox is closing"))
            raise
        if added is None:
            log.error("inbox.full", webhooks=len(arrivals), waiting=self._backlog)
            for arrival in arrivals:
                _refuse(arrival, InboxFull(f"{self._backlog_max} events wait to be handled"))
            return
        self.jobs.news.set()
        new = {(row.channel, row.key) for row in added}
        for arrival in arrivals:
            mine = {(event.channel, event.event_id) for event in arrival.events} & new
            new -= mine
            if not arrival.stored.done():
                arrival.stored.set_result(len(mine))

    async def _add_if_room(
        self, connection: AsyncConnection, rows: Sequence[Mapping[str, object]]
    ) -> list[Row[Any]] | None:
        """Add events and return the new ones; None when too many wait already."""
        now_s = time.monotonic()
        if now_s - self._looked_s >= self._look_s:
            self._backlog = await self.jobs.waiting(connection, self._backlog_max)
            self._looked_s = now_s
        if self._backlog >= self._backlog_max:
            return None
        added = await self.jobs.add(connection, rows)
        self._backlog += len(added)
        return added


class InboxWorker:
    """Hand each stored event's message to `handler`, in order within a thread, at least once.

    What `handler` raises is tried again: for as long as it takes if the error is `retryable` (a part of
    the hub is away), otherwise a few times. An event that keeps failing, or cannot be read, becomes a
    dead letter and lets its thread go on. `run` is the service. `postponed` counts the tries that were
    put off since a part of the hub was away or full, by channel and error.
    """

    def __init__(
        self,
        inbox: Inbox,
        gateways: Mapping[Channel, Gateway],
        handler: Handler,
        *,
        policy: RetryPolicy = _PATIENCE,
        concurrency: int = 8,
        timeout_s: float = 30.0,
        poll_s: float = 1.0,
        grace_s: float = 5.0,
    ) -> None:
        self._gateways, self._handler = gateways, handler
        self.postponed: Counter[tuple[str, str]] = Counter()
        self._worker = JobWorker(
            inbox.jobs,
            self._handle,
            policy=policy,
            settled=self._settled,
            concurrency=concurrency,
            timeout_s=timeout_s,
            poll_s=poll_s,
            grace_s=grace_s,
        )

    async def run(self) -> None:
        """Serve until cancelled."""
        await self._worker.run()

    async def _handle(self, job: Job[RawEvent]) -> Outcome:
        gateway = self._gateways.get(job.payload.channel)
        if gateway is None:
            return Failed("the channel is not set up", retryable=False)
        if not job.payload.body:
            return Done()  # it was erased
        try:
            message = gateway.decode(job.payload)
        except ValueError as error:
            return Failed(f"cannot be read: {error}", retryable=False)
        if message is None:
            return Done()
        try:
            await self._handler(message, job.payload)
        except Exception as error:
            if not getattr(error, "retryable", False):
                raise
            self.postponed[message.channel.value, type(error).__name__] += 1
            log.warning("inbox.postponed", channel=message.channel, error=type(error).__name__)
            return Postponed(_AGAIN_S)
        return Done()

    async def _settled(self, job: Job[RawEvent], settlement: Settlement) -> None:
        event = job.payload
        if settlement.state is JobState.DEAD:
            reason = settlement.reason
            log.error("inbox.dead_letter", channel=event.channel, event_id=event.event_id, reason=reason)
        elif settlement.state is JobState.DONE and (gateway := self._gateways.get(event.channel)):
            await gateway.taken(event)


def _row_of(event: RawEvent) -> dict[str, object]:
    return {
        "channel": event.channel,
        "key": event.event_id,
        "address": event.address,
        "body": event.body,
    }


def _event_of(row: Row[Any]) -> RawEvent:
    return RawEvent(channel=Channel(row.channel), event_id=row.key, address=row.address, body=row.body)


def _refuse(arrival: _Arrival, error: InboxUnavailable) -> None:
    if not arrival.stored.done():
        arrival.stored.set_exception(error)
