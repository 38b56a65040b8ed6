"""The router as the hub's parts talk to it: what they tell it is noted by whoever counts or remembers."""

from collections.abc import Awaitable, Callable

from acd.errors import AcdFull, AcdUnavailable
from acd.events import Event
from acd.router import Acd
from acd.router_redis import Bounds
from hub.clock import now_ms

Noter = Callable[[Event, str, int], None]
"""Is told of an event that the router has, its place in the stream, and when it was handed over (Unix ms)."""


Refused = Callable[[Event, str], None]
"""Is told of an event that the router did not take: `router_full`, or `router_away`."""


class NotedAcd(Acd):
    """An `Acd` that tells `noters` of every event which this hub has submitted, `refused` of every other."""

    def __init__(
        self,
        redis_url: str,
        *,
        on_rebuild: Callable[[], Awaitable[None]] | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        super().__init__(redis_url, on_rebuild=on_rebuild, bounds=bounds)
        self.noters: list[Noter] = []
        self.refused: list[Refused] = []

    async def submit(self, event: Event) -> str:
        at_ms = now_ms()
        try:
            place = await super().submit(event)
        except (AcdFull, AcdUnavailable) as error:
            for tell in self.refused:
                tell(event, "router_full" if isinstance(error, AcdFull) else "router_away")
            raise
        for note in self.noters:
            note(event, place, at_ms)
        return place
