"""Bringing notices to a listener: in order for each call, calls side by side, the node first."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

Notice = Callable[[], Awaitable[None]]
_WAITING_MAX = 200
"""For one call. A call yields two notices and two a leg, so more of them means a listener that hangs."""


class Notices:
    """Lanes of notices. One that raises is logged, and the next follows."""

    def __init__(self) -> None:
        self._lanes: dict[str, deque[Notice]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._node: asyncio.Task[None] | None = None
        self.refused = 0

    def put(self, call: str, notice: Notice) -> None:
        """Tell something about a call, after all that was told about it and about its node."""
        if (lane := self._lanes.get(call)) is None:
            lane = self._lanes[call] = deque()
            self._start(self._drive(call, lane))
        if len(lane) >= _WAITING_MAX:
            self.refused += 1
            log.error("cti.notice_refused", call=call, refused=self.refused)
            return
        lane.append(notice)

    def put_node(self, notice: Notice) -> None:
        """Tell something about the node, after all that was told about it; calls' notices wait for it."""
        self._node = self._start(self._tell_node(notice, self._node))

    async def drain(self, timeout_s: float) -> None:
        """Wait until all is told; what is left then is cancelled."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _drive(self, call: str, lane: deque[Notice]) -> None:
        try:
            while lane:
                await _finished(self._node)
                await _tell(lane[0])
                lane.popleft()
        finally:
            del self._lanes[call]

    async def _tell_node(self, notice: Notice, before: asyncio.Task[None] | None) -> None:
        await _finished(before)
        await _tell(notice)

    def _start(self, work: Awaitable[None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _finished(task: asyncio.Task[None] | None) -> None:
    if task is not None and not task.done():
        await asyncio.wait({task})


async def _tell(notice: Notice) -> None:
    try:
        await notice()
    except Exception:
        log.exception("cti.listener_failed")
