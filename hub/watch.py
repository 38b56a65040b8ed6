"""Watching the parts that the hub stands on, and what follows when one goes or comes back."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.database import ping
from hub.errors import DatabaseUnavailable
from hub.readiness import Readiness

log = structlog.get_logger()

PARTS = ("redis", "database", "asterisk")
_PATIENCE_S = 1.0


class Watch:
    """Looks at each part again and again and notes it in `readiness`. `run` is the service.

    While there has been no router for a second, `fall_back` is called at each look. `mend` asks for
    all parts to be brought to agree, when router or database came back.
    """

    def __init__(
        self,
        readiness: Readiness,
        *,
        engine: AsyncEngine,
        has_router: Callable[[], bool],
        has_asterisk: Callable[[], bool],
        fall_back: Callable[[], Awaitable[None]],
        mend: Callable[[], None],
        poll_s: float = 0.25,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._readiness, self._engine = readiness, engine
        self._has_router, self._has_asterisk = has_router, has_asterisk
        self._fall_back, self._mend = fall_back, mend
        self._poll_s, self._clock, self._sleep = poll_s, clock, sleep
        self._router_seen_s = clock()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch_links())
            tasks.create_task(self._watch_database())

    async def _watch_links(self) -> None:
        while True:
            has_router, has_asterisk = self._has_router(), self._has_asterisk()
            self._note("redis", has_router, "" if has_router else "no Redis, or no router at work")
            self._readiness.set("asterisk", has_asterisk, "" if has_asterisk else "no link to Asterisk's ARI")
            if has_router:
                self._router_seen_s = self._clock()
            elif self._clock() - self._router_seen_s >= _PATIENCE_S:
                await self._try_fall_back()
            await self._sleep(self._poll_s)

    async def _try_fall_back(self) -> None:
        try:
            await self._fall_back()
        except Exception:
            log.exception("watch.fall_back_failed")

    async def _watch_database(self) -> None:
        while True:
            try:
                await ping(self._engine)
            except (DatabaseUnavailable, TimeoutError) as error:
                self._readiness.set("database", False, str(error) or "no answer in time")
            else:
                self._note("database", True)
            await self._sleep(4 * self._poll_s)

    def _note(self, part: str, ok: bool, why: str = "") -> None:
        """Note a part's state; one that came back may disagree with the others."""
        came_back = ok and not self._readiness.parts[part].ready
        self._readiness.set(part, ok, why)
        if came_back:
            self._mend()
