"""Work that one hub at a time does, of all that share Redis: the others stand by."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog

from acd.errors import AcdUnavailable
from acd.leases import LIFE_MS
from hub.node import Take

log = structlog.get_logger()

_LIFE_MS = 5 * LIFE_MS
_RENEW_S = _LIFE_MS / 5000


class Singles:
    """Runs services under leases of their names. A service that fails is begun again, later each time."""

    def __init__(self, leases: Take, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._leases, self._sleep = leases, sleep

    async def run(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do the work whenever the lease is ours, until cancelled."""
        failures = 0
        while True:
            await self._until_ours(name)
            began = asyncio.get_running_loop().time()
            try:
                await self._while_ours(name, work)
            except Exception as error:
                log.error("single.failed", name=name, error=type(error).__name__)
            if asyncio.get_running_loop().time() - began > 60:
                failures = 0
            await self._sleep(min(60.0, 2.0**failures))
            failures = min(failures + 1, 6)

    async def _until_ours(self, name: str) -> None:
        while not await self._takes(name):
            await self._sleep(_RENEW_S)

    async def _while_ours(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.ensure_future(work())
        try:
            held = asyncio.get_running_loop().time()
            while not task.done():
                await asyncio.wait((task,), timeout=_RENEW_S)
                if await self._takes(name):
                    held = asyncio.get_running_loop().time()
                elif asyncio.get_running_loop().time() - held > _LIFE_MS / 1000 - _RENEW_S:
                    log.warning("single.lost", name=name)
                    return
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._give_back(name)

    async def _takes(self, name: str) -> bool:
        try:
            return await self._leases.take(f"single:{name}", _LIFE_MS)
        except AcdUnavailable:
            return False

    async def _give_back(self, name: str) -> None:
        with suppress(AcdUnavailable):
            await self._leases.give_back(f"single:{name}")
