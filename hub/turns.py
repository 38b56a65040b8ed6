"""Who writes next, where only one can at a time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """One has the turn at a time; the others wait, first come first served.

    Who is urgent goes before all others, but for every other turn: he keeps nobody out.
    """

    def __init__(self) -> None:
        self._is_taken, self._was_urgent = False, False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self, *, urgent: bool) -> AsyncIterator[None]:
        """Wait for a turn, and have it as long as the block lasts."""
        if self._is_taken:
            await self._wait(self._urgent if urgent else self._others)
        else:
            self._is_taken, self._was_urgent = True, urgent
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, waiting: deque[asyncio.Future[None]]) -> None:
        mine = asyncio.get_running_loop().create_future()
        waiting.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():  # the turn was his already
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """Give the turn to the next who waits; those who wait no more are passed over."""
        for waiting in (self._urgent, self._others):
            while waiting and waiting[0].done():
                waiting.popleft()
        is_urgent = bool(self._urgent) and not (self._was_urgent and self._others)
        waiting = self._urgent if is_urgent else self._others
        self._is_taken, self._was_urgent = bool(waiting), is_urgent
        if waiting:
            waiting.popleft().set_result(None)
