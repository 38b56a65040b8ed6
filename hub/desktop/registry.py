"""Which agents have desktops, how they are told something, and when an agent is gone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from acd.ids import AgentId
from hub.accounts import Account
from hub.desktop.handler import DesktopHandler
from hub.desktop.link import SIGNED_OUT, STOPPING, Link
from hub.desktop.protocol import Event, encode

log = structlog.get_logger()

GRACE_S = 20.0
_AGAIN_S = 1.0


@dataclass(slots=True)
class _Seat:
    """An agent who is signed in. `departures` counts how often the last desktop went."""

    links: set[Link] = field(default_factory=set)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    departures: int = 0


class Desktops:
    """All desktops connected to this hub.

    An agent is signed in from the first desktop on until `grace_s` after the last one went. `sleep` is
    the clock of the grace period.
    """

    def __init__(
        self,
        handler: DesktopHandler,
        *,
        grace_s: float = GRACE_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._handler, self._grace_s, self._sleep = handler, grace_s, sleep
        self._seats: dict[AgentId, _Seat] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def send(self, agent: AgentId, event: Event) -> bool:
        """Tell all desktops of an agent; whether there was one. Never waits."""
        return agent in self._seats and self.put(agent, encode(event))

    def put(self, agent: AgentId, frame: bytes) -> bool:
        """Tell all desktops of an agent an event that is encoded already; whether there was one."""
        seat = self._seats.get(agent)
        if seat is None or not seat.links:
            return False
        for link in seat.links:
            link.put(frame)
        return True

    def broadcast(self, event: Event) -> None:
        """Tell every desktop. Never waits."""
        frame = encode(event)
        for seat in self._seats.values():
            for link in seat.links:
                link.put(frame)

    def sign_out(self, agent: AgentId) -> None:
        """End all desktops of an agent, whose session is over."""
        seat = self._seats.get(agent)
        for link in seat.links if seat is not None else ():
            link.end(SIGNED_OUT)

    def agents(self) -> frozenset[AgentId]:
        """Return who is signed in here, the grace period included."""
        return frozenset(self._seats)

    def connected(self) -> frozenset[AgentId]:
        """Return who has a desktop here now."""
        return frozenset(agent for agent, seat in self._seats.items() if seat.links)

    def expect(self, agent: AgentId) -> None:
        """Keep a place for an agent who was signed in before this hub began; as after a last desktop."""
        if agent not in self._seats and not self._is_closed:
            seat = self._seats[agent] = _Seat()
            self._last_one_went(agent, seat)

    @property
    def sockets(self) -> int:
        """How many desktops are connected."""
        return sum(len(seat.links) for seat in self._seats.values())

    @asynccontextmanager
    async def join(self, account: Account) -> AsyncIterator[Link]:
        """Connect a desktop for the time of the block.

        It is registered before its first events are asked for, so that no event between is lost.
        """
        seat = self._seats.setdefault(account.id, _Seat())
        link = Link()
        seat.links.add(link)
        try:
            async with seat.lock:
                first = await self._handler.agent_joined(account)
            link.open(encode(event) for event in first)
            yield link
        finally:
            seat.links.discard(link)
            if not seat.links and not self._is_closed:
                self._last_one_went(account.id, seat)

    async def close(self) -> None:
        """End all links; agents are not reported gone, since the hub is what goes."""
        self._is_closed = True
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)
        for seat in self._seats.values():
            for link in seat.links:
                link.end(STOPPING)

    def _last_one_went(self, agent: AgentId, seat: _Seat) -> None:
        seat.departures += 1
        task = asyncio.create_task(self._leave(agent, seat, seat.departures), name=f"leave {agent}")
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def _leave(self, agent: AgentId, seat: _Seat, departure: int) -> None:
        """Wait whether the agent comes back; if not, report it until it is heard."""
        await self._sleep(self._grace_s)
        while not seat.links and seat.departures == departure:
            async with seat.lock:
                if seat.links:
                    return
                try:
                    await self._handler.agent_gone(agent)
                except Exception as error:
                    log.warning("desktop.gone_not_heard", agent=agent, error=type(error).__name__)
                else:
                    if not seat.links and seat.departures == departure:
                        del self._seats[agent]
                    return
            await self._sleep(_AGAIN_S)
