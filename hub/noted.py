"""The router as the hub's parts talk to it: what they tell it is noted by whoever counts or remembers."""

from collections.abc import Awaitable, Callable

from acd.events import Event
from acd.router import Acd
from hub.clock import now_ms

Noter = Callable[[Event, str, int], None]
"""Is told of an event that the router has, its place in the stream, and when it was handed over (Unix ms)."""


class NotedAcd(Acd):
    """An `Acd` that tells `noters` of every event which this hub has submitted."""

    def __init__(self, redis_url: str, *, on_rebuild: Callable[[], Awaitable[None]] | None = None) -> None:
        super().__init__(redis_url, on_rebuild=on_rebuild)
        self.noters: list[Noter] = []

    async def submit(self, event: Event) -> str:
        at_ms = now_ms()
        place = await super().submit(event)
        for note in self.noters:
            note(event, place, at_ms)
        return place
