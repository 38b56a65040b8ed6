"""Work in order within a key, keys side by side."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

Work = Callable[[], Awaitable[None]]


class LaneFull(Exception):
    """A key's lane holds all the work it may; what it does is stuck or far too slow."""


class Lanes:
    """Run pieces of work one after the other for each key, without one key delaying another.

    A piece of work that raises is logged and the lane goes on: what must not be lost raises where it
    is asked for, not here. A lane that is empty costs nothing.
    """

    def __init__(self, *, bound: int = 1000) -> None:
        self._bound = bound
        self._lanes: dict[str, deque[Work]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, key: str, work: Work) -> None:
        """Add work to a lane; raises `LaneFull` beyond the bound."""
        if (lane := self._lanes.get(key)) is not None:
            if len(lane) >= self._bound:
                raise LaneFull(key)
            lane.append(work)
            return
        self._lanes[key] = deque((work,))
        task = asyncio.create_task(self._drive(key), name=f"lane {key}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drive(self, key: str) -> None:
        lane = self._lanes[key]
        try:
            while lane:
                try:
                    await lane[0]()
                except Exception:
                    log.exception("lane.work_failed", lane=key)
                lane.popleft()
        finally:
            del self._lanes[key]

    async def drain(self, deadline_s: float) -> None:
        """Wait for all lanes to empty; what is left after `deadline_s` seconds is cancelled."""
        if not self._tasks:
            return
        _, left = await asyncio.wait(self._tasks, timeout=deadline_s)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
