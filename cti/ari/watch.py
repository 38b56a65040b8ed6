"""Waiting for what is to happen to one thing, from before it is set off: subscribe first, act second."""

import asyncio
from collections import defaultdict, deque
from types import TracebackType
from typing import TypeVar

from cti.ari.errors import AriUnavailable
from cti.ari.models import Event

E = TypeVar("E", bound=Event)

_KEPT_MAX = 256
_IDS = {"channel": "id", "bridge": "id", "playback": "id", "recording": "name"}


class Watch:
    """The events about one thing, kept in order from the entry of the `with` block on.

    with link.watch("channel", "snoop-7") as seen:
        await ari.channels.snoop_channel_with_id(key.id, "snoop-7", app="hub")
        await seen.next(StasisStart, timeout_s=2)
    """

    def __init__(self, watches: "Watches", kind: str, name: str) -> None:
        self._watches, self._subject = watches, (kind, name)
        self._kept: deque[Event] = deque()
        self._stirred = asyncio.Event()
        self._is_lost = False

    def __enter__(self) -> "Watch":
        self._watches.by_subject[self._subject].add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watches.drop(self._subject, self)

    async def next(self, kind: type[E], *, timeout_s: float) -> E:
        """Return the next event of that kind, passing over others.

        Raises `AriUnavailable` when the connection is lost, when more events came than are kept, or
        when the event did not come in time.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    while self._kept:
                        if isinstance(event := self._kept.popleft(), kind):
                            return event
                    if self._is_lost:
                        raise AriUnavailable("the events were lost while waiting for one")
                    self._stirred.clear()
                    await self._stirred.wait()
        except TimeoutError:
            raise AriUnavailable(f"{kind.__name__} did not come within {timeout_s:g} s") from None

    def take(self, event: Event) -> None:
        if len(self._kept) < _KEPT_MAX:
            self._kept.append(event)
            self._stirred.set()
        else:
            self.lose()

    def lose(self) -> None:
        self._is_lost = True
        self._stirred.set()


class Watches:
    """All watches of one link."""

    def __init__(self) -> None:
        self.by_subject: defaultdict[tuple[str, str], set[Watch]] = defaultdict(set)

    def drop(self, subject: tuple[str, str], watch: Watch) -> None:
        self.by_subject[subject].discard(watch)
        if not self.by_subject[subject]:
            del self.by_subject[subject]

    def take(self, event: Event) -> None:
        """Give an event to those who watch what it is about; costs nothing while nobody watches."""
        if not self.by_subject:
            return
        for kind, id_field in _IDS.items():
            if (thing := getattr(event, kind, None)) is not None:
                for watch in self.by_subject.get((kind, getattr(thing, id_field)), ()):
                    watch.take(event)

    def lose(self) -> None:
        """The connection is gone, and with it the events that would have come."""
        for watches in self.by_subject.values():
            for watch in watches:
                watch.lose()
