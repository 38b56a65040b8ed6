"""An Asterisk that is a function: for tests that must force the order of things. No socket."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from cti.ari.errors import AriUnavailable
from cti.ari.models import Application, Bridge, Channel, ChannelUserevent, Event, RESTRequest, RESTResponse
from cti.ari.wire import Wire

_USER_EVENT = "events/user/"

Reply = tuple[int, object]
Answer = Callable[[RESTRequest], Reply | None]
"""What Asterisk would say: status and body. `None`: nothing yet (see `FakeAsterisk.reply`)."""


def _no_content(request: RESTRequest) -> Reply | None:
    return 204, None


@dataclass(slots=True)
class FakeAsterisk:
    """A `Connect` whose sockets are answered by `answer`.

    Snapshots come from `channels` and `bridges` and are answered unless `answers_snapshots` is off.
    `requests` keeps all other requests. `emit` sends events, `emit_on_connect` are those that come before
    the snapshot, `drop` loses the socket, `refuses` turns new connections away, `is_silent` swallows all,
    `is_deaf` swallows events and goes on to answer.
    """

    answer: Answer = _no_content
    channels: list[Channel] = field(default_factory=list)
    bridges: list[Bridge] = field(default_factory=list)
    requests: list[RESTRequest] = field(default_factory=list)
    refuses: bool = False
    is_silent: bool = False
    is_deaf: bool = False
    answers_snapshots: bool = True
    forgets_application: bool = False
    emit_on_connect: list[Event] = field(default_factory=list)
    connections: int = 0
    _wire: "_FakeWire | None" = None

    async def __call__(self) -> Wire:
        self.connections += 1
        if self.refuses:
            raise AriUnavailable("connection refused")
        self._wire = _FakeWire(self._take)
        self.emit(*self.emit_on_connect)
        return self._wire

    @property
    def is_connected(self) -> bool:
        return self._wire is not None and not self._wire.is_closed

    def emit(self, *events: Event) -> None:
        for event in events:
            if not self.is_deaf:
                self._send(msgspec.json.encode(event))

    def emit_raw(self, frame: bytes) -> None:
        self._send(frame)

    def reply(self, request: RESTRequest, status: int, body: object = None) -> None:
        """Answer a request, now or late."""
        self._send(
            msgspec.json.encode(
                RESTResponse(
                    transaction_id=request.transaction_id,
                    request_id=request.request_id,
                    status_code=status,
                    reason_phrase="",
                    uri=request.uri,
                    message_body=None if body is None else msgspec.json.encode(body).decode(),
                )
            )
        )

    def drop(self) -> None:
        if self._wire is not None:
            self._wire.frames.put_nowait(None)

    def _send(self, frame: bytes) -> None:
        if self._wire is not None and not self.is_silent:
            self._wire.frames.put_nowait(frame)

    def _take(self, frame: bytes) -> None:
        request = msgspec.json.decode(frame, type=RESTRequest)
        if (snapshot := self._snapshot(request)) is not None:
            if self.answers_snapshots:
                self.reply(request, *snapshot)
                self._echo(request)
            return
        self.requests.append(request)
        if (reply := self.answer(request)) is not None:
            self.reply(request, *reply)

    def _echo(self, request: RESTRequest) -> None:
        """Send a user's event to the application that it was meant for: ours."""
        if request.uri.startswith(_USER_EVENT) and not self.forgets_application:
            name = request.uri.removeprefix(_USER_EVENT).partition("?")[0]
            news: dict[str, object] = {"request": request.request_id}
            now = datetime.now(UTC)
            self.emit(ChannelUserevent(application="", timestamp=now, eventname=name, userevent=news))

    def _snapshot(self, request: RESTRequest) -> Reply | None:
        match request.method, request.uri.split("/"):
            case ("GET", ["applications", name]) | ("PUT", ["applications", name, "eventFilter"]):
                return (404, None) if self.forgets_application else (200, _application(name))
            case "POST", ["events", "user", _]:
                return (404, None) if self.forgets_application else (204, None)
            case "GET", ["channels"]:
                return 200, self.channels
            case "GET", ["bridges"]:
                return 200, self.bridges
            case _:
                return None


def _application(name: str) -> Application:
    return Application(
        name=name,
        channel_ids=[],
        bridge_ids=[],
        endpoint_ids=[],
        device_names=[],
        events_allowed=[],
        events_disallowed=[],
    )


class _FakeWire:
    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self.is_closed = False
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def send(self, frame: bytes) -> None:
        if self.is_closed:
            raise AriUnavailable("socket lost")
        self._take(frame)

    async def receive(self) -> bytes | None:
        return None if self.is_closed else await self.frames.get()

    async def close(self) -> None:
        self.is_closed = True
        self.frames.put_nowait(None)
