"""Waiting until a changing thing is as wanted."""

import asyncio
from collections.abc import Callable


class Watch:
    """Wakes whoever waits, each time that what is watched changed. One event loop only."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Let every waiter look again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, reached: Callable[[], bool], timeout_s: float) -> None:
        """Return once `reached()`; what it raises ends the wait. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout_s):
            while not reached():
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.add(waiter)
                try:
                    await waiter
                finally:
                    self._waiters.discard(waiter)
