"""What one hub alone knows of a text contact, for the desktops at the others.

A message is handled at whichever hub takes it from the inbox, its agent's desktop may be at another. What
the router decides needs no relay: each hub hears it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from acd.ids import ContactId
from hub.desktop.protocol import Event, encode
from hub.fanout import Fanout, HubsAway

log = structlog.get_logger()

WAITING_MAX = 5_000
_AT_ONCE = 200
_AGAIN_S = 0.5
_ALL = ("", b"")
"""Told when too much waited to be told: all is to be shown anew."""


class Relay:
    """`show` shows an encoded event to the agent of a contact, if he is here, `show_all` shows all that is.

    `run` is the service. What cannot be told waits; what a hub did not hear it shows out of the database.
    """

    def __init__(self, redis_url: str) -> None:
        self.show: Callable[[ContactId, bytes], None]
        self.show_all: Callable[[], Awaitable[None]]
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._news = asyncio.Event()
        self._fanout = Fanout(redis_url, "desk", self._heard, self._missed)

    def tell(self, contact: ContactId, event: Event) -> None:
        """Have an event shown at other hubs. Never waits."""
        if len(self._waiting) >= WAITING_MAX:
            log.warning("relay.full", dropped=len(self._waiting))
            self._waiting.clear()
            self._waiting.append(_ALL)
        self._waiting.append((contact, encode(event)))
        self._news.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._fanout.run())
            tasks.create_task(self._tell())

    async def close(self) -> None:
        await self._fanout.close()

    async def _tell(self) -> None:
        while True:
            self._news.clear()
            while self._waiting:
                some = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
                try:
                    await self._fanout.tell(*some)
                except HubsAway as error:
                    log.warning("relay.waits", reason=str(error))
                    self._waiting.extendleft(reversed(some))
                    await asyncio.sleep(_AGAIN_S)
            await self._news.wait()

    async def _heard(self, contact: str, frame: bytes) -> None:
        if (contact, frame) == _ALL:
            await self.show_all()
        else:
            self.show(ContactId(contact), frame)

    async def _missed(self, _since_ms: int) -> None:
        await self.show_all()
