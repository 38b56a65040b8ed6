"""A listener that remembers what it heard, and lets a test wait for it."""

import asyncio
from dataclasses import dataclass, field

from cti.ari import ChannelKey
from cti.incoming import IncomingCall
from cti.listener import GoneCause, LegFailure, NodeSnapshot

Notice = tuple[object, ...]


@dataclass(slots=True)
class Heard:
    """A `CallListener`. Each notice is a tuple: its name, then what it carried."""

    all: list[Notice] = field(default_factory=list)
    arrived: "asyncio.Queue[IncomingCall]" = field(default_factory=asyncio.Queue)
    snapshots: list[NodeSnapshot] = field(default_factory=list)
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)

    def _hear(self, *notice: object) -> None:
        self.all.append(notice)
        self._stirred.set()

    async def until(self, *notice: object, timeout_s: float = 20.0) -> None:
        """Wait until exactly this notice was heard."""
        try:
            async with asyncio.timeout(timeout_s):
                while notice not in self.all:
                    self._stirred.clear()
                    await self._stirred.wait()
        except TimeoutError:
            raise AssertionError(f"did not hear {notice}, but {self.all}") from None

    async def until_over(self, *refs: str, timeout_s: float = 20.0) -> None:
        """Wait until each of these legs failed or ended."""
        async with asyncio.timeout(timeout_s):
            while not {*refs} <= {n[1] for n in self.all if n[0] in ("leg_failed", "leg_gone")}:
                self._stirred.clear()
                await self._stirred.wait()

    async def until_gone(self, key: ChannelKey) -> None:
        await self.until("call_gone", key, GoneCause.HUNG_UP)

    @property
    def names(self) -> list[object]:
        return [notice[0] for notice in self.all]

    def about(self, *notice: object) -> int:
        """How often this notice was heard."""
        return self.all.count(notice)

    async def next_call(self) -> IncomingCall:
        async with asyncio.timeout(20):
            return await self.arrived.get()

    async def call_arrived(self, call: IncomingCall) -> None:
        self._hear("call_arrived", call.key)
        self.arrived.put_nowait(call)

    async def call_gone(self, key: ChannelKey, cause: GoneCause) -> None:
        self._hear("call_gone", key, cause)

    async def customer_answered(self, call: IncomingCall) -> None:
        self._hear("customer_answered", call.key)
        self.arrived.put_nowait(call)

    async def customer_failed(self, key: ChannelKey, reason: LegFailure) -> None:
        self._hear("customer_failed", key, reason)

    async def leg_answered(self, ref: str) -> None:
        self._hear("leg_answered", ref)

    async def leg_failed(self, ref: str, reason: LegFailure) -> None:
        self._hear("leg_failed", ref, reason)

    async def leg_gone(self, ref: str, cause: GoneCause) -> None:
        self._hear("leg_gone", ref, cause)

    async def node_up(self, snapshot: NodeSnapshot) -> None:
        self.snapshots.append(snapshot)
        self._hear("node_up")

    async def node_down(self) -> None:
        self._hear("node_down")
