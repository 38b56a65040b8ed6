"""At which of several hubs an agent's desktop is, so that no other takes the agent for gone."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from acd.errors import AcdUnavailable
from acd.ids import AgentId
from acd.leases import Leases

_CLAIM_S = 1.0
_LIFE_MS = 5000


class Seats:
    """Claims the agents whose desktops are here. `run` is the service."""

    def __init__(self, leases: Leases, connected: Callable[[], Iterable[AgentId]]) -> None:
        self._leases, self._connected = leases, connected

    async def run(self) -> None:
        while True:
            with suppress(AcdUnavailable):  # readiness says so
                await self._leases.claim([_name(agent) for agent in self._connected()], _LIFE_MS)
            await asyncio.sleep(_CLAIM_S)

    async def is_elsewhere(self, agent: AgentId) -> bool:
        """Whether an agent has a desktop at another hub; raises `AcdUnavailable`."""
        return await self._leases.is_another_s(_name(agent))


def _name(agent: AgentId) -> str:
    return f"seat:{agent}"
