"""The router at work: one leader reads events in order, decides, and commits batch by batch."""

from collections.abc import Sequence

import structlog

from acd.actions import Action
from acd.core.decide import decide
from acd.core.records import Record, RecordKey
from acd.core.state import RoutingState
from acd.errors import LeaseLost
from acd.events import TimerDue
from acd.ids import new_id
from acd.router_redis import Bounds, Entry, Lease, RouterRedis

log = structlog.get_logger()


class Leader:
    """Routes as long as it holds the lease.

    Memory is ahead of Redis only within a batch. Whatever goes wrong, the memory is thrown away and
    a new leader is made, which loads what was committed and goes on from there.
    """

    def __init__(self, redis: RouterRedis, bounds: Bounds, lease: Lease, state: RoutingState) -> None:
        self.lease = lease
        self.state = state
        self._redis = redis
        self._bounds = bounds
        self._position = lease.position
        self._renew_at_ms = 0

    async def lead(self) -> None:
        """Route until something goes wrong; raises `LeaseLost` or `AcdUnavailable`."""
        while True:
            if entries := await self._redis.read_events(self._position, self._block_ms()):
                await self._route(entries)
            await self._renew()
            due_ms = self.state.deadlines.next_ms()
            if due_ms is not None and due_ms <= self._redis.now_ms():
                await self._redis.submit({new_id(): TimerDue()})

    def _block_ms(self) -> int:
        """Return how long to wait for events: until the next deadline or renewal."""
        wait_ms = self._bounds.lease_ms // 4
        due_ms = self.state.deadlines.next_ms()
        return wait_ms if due_ms is None else max(1, min(wait_ms, due_ms - self._redis.now_ms()))

    async def _renew(self) -> None:
        if self._redis.now_ms() < self._renew_at_ms:
            return
        lease = await self._redis.lease(self.lease.fence)
        if lease.fence != self.lease.fence:
            raise LeaseLost("the lease ran out")
        self._put_off_renewal()

    def _put_off_renewal(self) -> None:
        self._renew_at_ms = self._redis.now_ms() + self._bounds.lease_ms // 4

    async def _route(self, entries: Sequence[Entry]) -> None:
        """Decide and commit a batch. One that fails is tried entry by entry, to find the culprit."""
        changes: dict[RecordKey, Record | None] = {}
        actions: list[Action] = []
        try:
            for entry in entries:
                decision = decide(self.state, entry.event(), entry.at_ms)
                changes.update(decision.changes)
                actions.extend(decision.actions)
        except Exception:
            log.exception("router.event_failed", entries=len(entries), first=entries[0].id)
            await self._isolate(entries)
            return
        await self._redis.commit(self.lease, entries[-1], changes, actions)
        self._position = entries[-1].id
        self._put_off_renewal()

    async def _isolate(self, entries: Sequence[Entry]) -> None:
        """Route entries one by one from the committed state; set aside the one that cannot be routed."""
        self.state, _ = await self._redis.load()
        if len(entries) > 1:
            for entry in entries:
                await self._route((entry,))
            return
        (culprit,) = entries
        log.error("router.event_set_aside", entry=culprit.id)
        await self._redis.commit(self.lease, culprit, {}, (), set_aside=culprit.body)
        self._position = culprit.id
