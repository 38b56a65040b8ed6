"""One hub at a time serves a node; another beside it takes its place when it is gone."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import structlog

from acd.errors import AcdUnavailable
from acd.leases import LIFE_MS
from cti.ari.wire import Connect, Wire

log = structlog.get_logger()

_RENEW_S = LIFE_MS / 4000
_TRY_S = 0.25


class Take(Protocol):
    """Takes or renews a lease (`acd.leases.Leases`)."""

    async def take(self, name: str, life_ms: int = LIFE_MS) -> bool: ...

    async def give_back(self, name: str) -> None: ...


class NodeTurn:
    """Whose turn it is to serve a node: the hub's that has its lease in Redis. `run` is the service.

    `connect` makes the connection to the node's ARI, once the turn is ours. While Redis is away nobody
    can take the lease, and whoever has the turn keeps it. `lost` is called when another has taken it,
    `resumed` when it is ours still though it was not renewed in time: what came meanwhile was not done.
    """

    def __init__(
        self,
        leases: Take,
        node: str,
        connect: Connect,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._leases, self._name, self._connect = leases, f"node:{node}", connect
        self._sleep, self._clock = sleep, clock
        self._refused = 0
        self._has, self._until_s = False, 0.0
        self.lost: Callable[[], None] = lambda: None
        self.resumed: Callable[[], None] = lambda: None

    @property
    def is_ours(self) -> bool:
        """Whether it is ours for certain: who stood still for a while has to ask first."""
        return self._has and self._clock() < self._until_s

    @property
    def is_another_s(self) -> bool:
        """Whether a hub that lives has it: the lease of one that died lapses in the meantime."""
        return not self._has and (self._refused - 1) * _TRY_S * 1000 > LIFE_MS

    async def connect(self) -> Wire:
        """Wait for the turn, then connect; raises what `connect` raises."""
        while not await self._try():
            await self._sleep(_TRY_S)
        return await self._connect()

    async def run(self) -> None:
        """Renew the lease as long as it is ours."""
        while True:
            if self._has:
                await self._try()
            await self._sleep(_RENEW_S)

    async def give_back(self) -> None:
        """Let another hub begin at once."""
        if self._has:
            self._has = False
            try:
                await self._leases.give_back(self._name)
            except AcdUnavailable:
                log.warning("node.lease_not_given_back")

    async def _try(self) -> bool:
        asked_s, was_certain = self._clock(), self.is_ours
        had = has = self._has
        with suppress(AcdUnavailable):
            has = await self._leases.take(self._name)
            self._refused = 0 if has else self._refused + 1
        self._has, self._until_s = has, asked_s + LIFE_MS / 1000
        if has is not had:
            log.info("node.turn_begun" if has else "node.turn_lost", lease=self._name)
            if not has:
                self.lost()
        elif has and not was_certain:
            self.resumed()
        return has
