"""The lasting link to one Asterisk: connected again after each loss, and put right each time."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from cti.ari.codec import UnknownEvent
from cti.ari.connection import Connection
from cti.ari.errors import AnswerUnreadable, AriError, AriUnavailable, NotFound
from cti.ari.models import Application, ApplicationReplaced, Bridge, Channel, ChannelUserevent, Event
from cti.ari.resources import Ari
from cti.ari.watch import Watch, Watches
from cti.ari.wire import Connect

log = structlog.get_logger()

_EARLY_MAX = 20_000
_PULSE = "toritsugi-pulse"


@dataclass(frozen=True, slots=True)
class LinkTimes:
    """All in seconds. A silently dead socket is found after `heartbeat_s + heartbeat_timeout_s` at most.

    `first_pulse_s` is how long a new connection may take to bring its first event, `steady_s` how long one
    must have held for the next back-off to begin anew.
    """

    request_timeout_s: float = 5.0
    first_pulse_s: float = 2.0
    heartbeat_s: float = 4.0
    heartbeat_timeout_s: float = 4.0
    backoff_min_s: float = 0.1
    backoff_max_s: float = 5.0
    steady_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is true in Asterisk at the beginning of a connection."""

    node: str
    application: Application
    channels: tuple[Channel, ...]
    bridges: tuple[Bridge, ...]


class AriListener(Protocol):
    """Who is told, in this order: `linked`, then every event since, then `unlinked`; and again.

    Called where the socket is read: return at once, and do what takes time in tasks.
    """

    def linked(self, snapshot: Snapshot) -> None:
        """A connection stands. Events that the snapshot already shows may still follow it."""

    def received(self, event: Event) -> None:
        """Something happened."""

    def unlinked(self) -> None:
        """The connection is lost; what happens until the next `linked` is never told."""


class AriLink:
    """A link to the application `app` on one Asterisk, which the caller knows as `node`.

    link = AriLink(websocket(url, user, password, "hub"), node="pbx1", app="hub")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run(listener))
        await link.up(timeout_s=5)
        await link.ari.channels.answer(channel_id)
        await link.close()

    Asterisk keeps events of the types `unread` to itself: no listener and no watch may need them.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        node: str,
        app: str,
        unread: Collection[type[Event]] = (),
        times: LinkTimes | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.node, self.app, self.ari = node, app, Ari(self)
        self._connect, self._times = connect, times or LinkTimes()
        self._filter = {"disallowed": [{"type": each.__name__} for each in unread]}
        self._chance = chance or random.Random()  # noqa: S311 - spreads retries, keeps no secret
        self._connection: Connection | None = None
        self._watches = Watches()
        self._up, self._closing = asyncio.Event(), asyncio.Event()

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    async def up(self, timeout_s: float) -> None:
        """Wait until the link stands; raises `AriUnavailable` when it does not in time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._up.wait()
        except TimeoutError:
            raise AriUnavailable(f"no link to {self.node} within {timeout_s:g} s") from None

    def watch(self, kind: str, name: str) -> Watch:
        """Keep the events about a `channel`, `bridge`, `playback` or `recording`, made or yet to be made."""
        return Watch(self._watches, kind, name)

    async def request(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None = None
    ) -> bytes:
        """Carry one request (see `Requester`); raises `AriUnavailable` at once while the link is down."""
        if self._connection is None or not self.is_up:
            raise AriUnavailable(f"no link to {self.node}")
        return await self._connection.request(method, path, query, body)

    async def run(self, listener: AriListener) -> None:
        """Keep the link until `close`: the service."""
        delays = self._delays()
        clock = asyncio.get_running_loop().time
        while not self._closing.is_set():
            began = clock()
            try:
                # In a task of its own: with Python 3.11.2 a task group that failed leaves its task counted
                # as cancelled, and no later timeout of that task would be told from a cancellation.
                await asyncio.create_task(self._live(listener), name=f"ari {self.node}")
            except* AriUnavailable as reasons:
                if not self._closing.is_set():
                    log.warning("ari.link_down", node=self.node, reason=str(reasons.exceptions[0]))
            if clock() - began > self._times.steady_s:
                delays = self._delays()
            await self._pause(next(delays))

    async def close(self) -> None:
        """End `run`; may be called twice."""
        self._closing.set()
        if self._connection is not None:
            await self._connection.close()

    async def _live(self, listener: AriListener) -> None:
        """Live through one connection; raises a group with `AriUnavailable` at its end."""
        early = _Early()
        pulse = _Pulse(early)
        wire = await self._connect()
        if self._closing.is_set():
            await wire.close()
            return
        self._connection = connection = Connection(wire, pulse, timeout_s=self._times.request_timeout_s)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(connection.read())
                snapshot = await self._look(connection, pulse)
                # No await from here to the end of the block: nothing can come between.
                pulse.on_event = lambda event: self._hand_over(listener, event)
                listener.linked(snapshot)
                self._up.set()
                log.info("ari.link_up", node=self.node, channels=len(snapshot.channels))
                for event in early.events:
                    self._hand_over(listener, event)
                tasks.create_task(self._watch_pulse(connection, pulse))
        finally:
            self._connection = None
            self._watches.lose()
            await connection.close()
            if self.is_up:
                self._up.clear()
                listener.unlinked()

    async def _look(self, connection: Connection, pulse: "_Pulse") -> Snapshot:
        ari = Ari(connection)
        try:
            async with asyncio.timeout(self._times.first_pulse_s):
                await pulse.feel(ari, self.app)
            application, channels, bridges = await asyncio.gather(
                ari.applications.filter(self.app, filter_=self._filter),
                ari.channels.list_all(),
                ari.bridges.list_all(),
            )
        except TimeoutError:
            raise AriUnavailable(f"no event within {self._times.first_pulse_s:g} s") from None
        except (AriError, AnswerUnreadable) as error:
            raise AriUnavailable(f"no snapshot: {error}") from error
        return Snapshot(self.node, application, tuple(channels), tuple(bridges))

    def _hand_over(self, listener: AriListener, event: Event | UnknownEvent) -> None:
        if isinstance(event, UnknownEvent):
            return
        if isinstance(event, ApplicationReplaced) and event.application == self.app:
            raise AriUnavailable("another program took the application over")
        self._watches.take(event)
        try:
            listener.received(event)
        except Exception:
            log.exception("ari.listener_failed", node=self.node, kind=type(event).__name__)

    async def _watch_pulse(self, connection: Connection, pulse: "_Pulse") -> None:
        """Send ourselves an event again and again: it proves socket, registration and events alike.

        (Asterisk may destroy an application that came back within a moment of its going, or keep it and
        send its events nowhere: the socket then stays open and silent, or even answers.)
        """
        ari = Ari(connection)
        while True:
            await asyncio.sleep(self._times.heartbeat_s)
            frames, events = connection.frames, pulse.events
            try:
                async with asyncio.timeout(self._times.heartbeat_timeout_s):
                    await pulse.feel(ari, self.app)
            except NotFound:
                raise AriUnavailable("Asterisk forgot the application") from None
            except (TimeoutError, AriUnavailable):
                if connection.frames == frames:
                    raise AriUnavailable("no sign of life") from None
                if pulse.is_answered and pulse.events == events:
                    raise AriUnavailable("Asterisk answers, and sends no events") from None

    def _delays(self) -> Iterator[float]:
        ceiling = self._times.backoff_min_s
        while True:
            yield self._chance.uniform(self._times.backoff_min_s, ceiling)
            ceiling = min(2 * ceiling, self._times.backoff_max_s)

    async def _pause(self, delay_s: float) -> None:
        try:
            async with asyncio.timeout(delay_s):
                await self._closing.wait()
        except TimeoutError:
            pass


class _Pulse:
    """Hears one connection's events, and the events among them that we send ourselves."""

    def __init__(self, on_event: Callable[[Event | UnknownEvent], None]) -> None:
        self.on_event, self.events, self.is_answered = on_event, 0, False
        self._felt = asyncio.Event()

    def __call__(self, event: Event | UnknownEvent) -> None:
        self.events += 1
        if isinstance(event, ChannelUserevent) and event.eventname == _PULSE:
            self._felt.set()
        else:
            self.on_event(event)

    async def feel(self, ari: Ari, app: str) -> None:
        """Send an event to the application and wait until it is back."""
        self.is_answered = False
        self._felt.clear()
        await ari.events.user_event(_PULSE, application=app)
        self.is_answered = True
        await self._felt.wait()


class _Early:
    """Keeps the events that come before the snapshot is complete."""

    def __init__(self) -> None:
        self.events: deque[Event | UnknownEvent] = deque()

    def __call__(self, event: Event | UnknownEvent) -> None:
        if len(self.events) >= _EARLY_MAX:
            raise AriUnavailable(f"over {_EARLY_MAX} events before the snapshot was complete")
        self.events.append(event)
