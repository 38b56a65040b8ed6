"""The routing core's shell on Redis: what a hub talks to.

    acd = Acd(redis_url)
    task_group.create_task(acd.run())
    await acd.submit(ContactQueued(contact=contact))
    async for position, action in acd.actions(after=None): ...

Any number of hubs share one Redis. One of them routes at a time; all may submit, read the actions
and look at the state.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import structlog

from acd.actions import Action
from acd.core.explain import Explanation, explain
from acd.core.state import RoutingState
from acd.errors import AcdFull, AcdUnavailable, LeaseLost
from acd.events import Event
from acd.ids import ContactId, new_id
from acd.router_feed import follow
from acd.router_inlet import Inlet
from acd.router_leader import Leader
from acd.router_redis import Bounds, RouterRedis

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Routing as it was committed. Actions that come after it are those `after` this position."""

    state: RoutingState
    after: str


class Acd:
    """One hub's part in routing.

    `on_rebuild` is called when Redis has lost everything: it submits what is true elsewhere (agents,
    live channels, open threads). It is called again until it gets through.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        on_rebuild: Callable[[], Awaitable[None]] | None = None,
        bounds: Bounds | None = None,
        retry_s: float = 0.25,
    ) -> None:
        self._bounds = bounds or Bounds()
        self._redis = RouterRedis(redis_url, new_id(), self._bounds)
        self._inlet = Inlet(self._redis)
        self._on_rebuild = on_rebuild
        self._retry_s = retry_s
        self._epoch = 0
        self._is_ready = self._is_away = False
        self._leader: Leader | None = None
        self._rebuilding: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether Redis answered lately and somebody routes."""
        return self._is_ready

    @property
    def is_leader(self) -> bool:
        return self._leader is not None

    async def submit(self, event: Event) -> str:
        """Hand an event to the router, once, and return its place in the stream.

        Raises `AcdUnavailable` (the event may then still have arrived) and `AcdFull`.
        """
        return await self._inlet.submit(event)

    def actions(self, after: str | None = None, *, pace_s: float = 0.0) -> AsyncIterator[tuple[str, Action]]:
        """Yield every action after a position, with its own, in order, for ever; None: from now on.

        While Redis is away it waits. Who is in no hurry lets them gather for `pace_s`: that is less work for
        everybody. Raises `ActionsLost` when actions after the position are gone:
        begin anew with `snapshot`.
        """
        return follow(
            self._redis, after, block_ms=self._bounds.lease_ms // 2, retry_s=self._retry_s, pace_s=pace_s
        )

    async def snapshot(self) -> Snapshot:
        """Return agents, contacts and queues as committed; raises `AcdUnavailable`."""
        state, after = await self._redis.load()
        state.now_ms = self._redis.now_ms()
        return Snapshot(state, after)

    async def position(self) -> str:
        """Return the place (see `submit`) of the latest event that was routed; raises `AcdUnavailable`."""
        return await self._redis.position()

    async def begin_anew(self, timeout_s: float = 5.0) -> None:
        """Have whoever routes go by what Redis has, whatever he remembers; raises `AcdUnavailable`."""
        deposed = await self._redis.depose()
        try:
            async with asyncio.timeout(timeout_s):
                while await self._redis.fence() == deposed:  # noqa: ASYNC110 - another process makes it so
                    await asyncio.sleep(self._bounds.lease_ms / 20_000)
        except TimeoutError:
            raise AcdUnavailable("nobody took over routing") from None

    async def explain(self, contact: ContactId) -> Explanation | None:
        """Return why a contact is where it is, None if it is not in routing; raises `AcdUnavailable`."""
        state = (await self.snapshot()).state
        record = state.contacts.get(contact)
        return explain(state, record) if record else None

    async def run(self) -> None:
        """Compete for the lease and route while holding it, until cancelled."""
        try:
            while True:
                await self._take_part_safely()
        finally:
            self._is_ready = False
            await self._step_down()

    async def close(self) -> None:
        """Close the connections; may be called twice."""
        await self._redis.close()

    async def _take_part_safely(self) -> None:
        try:
            await self._take_part()
        except LeaseLost as lost:
            log.warning("router.lease_lost", why=str(lost))
        except (AcdUnavailable, AcdFull) as error:
            if not self._is_away:
                log.warning("router.unavailable", why=str(error))
            self._is_ready, self._is_away = False, True
            await asyncio.sleep(self._retry_s)
        finally:
            self._leader = None

    async def _take_part(self) -> None:
        """Lead if nobody does, otherwise wait a moment."""
        lease = await self._redis.lease(0)
        self._note_epoch(lease.epoch)
        self._is_ready, self._is_away = True, False
        if not lease.fence:
            await asyncio.sleep(self._bounds.lease_ms / 4000)
            return
        state, _ = await self._redis.load()
        self._leader = Leader(self._redis, self._bounds, lease, state)
        log.info("router.leads", fence=lease.fence, contacts=len(state.contacts))
        await self._leader.lead()

    def _note_epoch(self, epoch: int) -> None:
        is_new = self._epoch not in (0, epoch)
        self._epoch = epoch
        if is_new and self._on_rebuild is not None:
            log.warning("router.state_lost", epoch=epoch)
            if self._rebuilding is not None:
                self._rebuilding.cancel()
            self._rebuilding = asyncio.create_task(self._rebuild(self._on_rebuild), name="router rebuild")

    async def _rebuild(self, submit_all: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await submit_all()
            except (AcdUnavailable, AcdFull):
                await asyncio.sleep(self._retry_s)
            except Exception:
                log.exception("router.rebuild_failed")
                await asyncio.sleep(self._retry_s * 4)
            else:
                return

    async def _step_down(self) -> None:
        if self._rebuilding is not None:
            self._rebuilding.cancel()
        try:
            async with asyncio.timeout(1):
                await self._redis.release()
        except (AcdUnavailable, TimeoutError):
            log.warning("router.lease_not_released")
