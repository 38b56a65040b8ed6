"""What a chat widget asks for after its hello."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from gateways.chat.codec import event_of, line_of_event
from gateways.chat.frames import (
    Acked,
    FromWidget,
    Later,
    Lines,
    Older,
    OlderLines,
    Ping,
    Pong,
    Rate,
    Reads,
    Refused,
    Say,
    ToWidget,
    Types,
    encode,
    parse,
    ref_of,
)
from gateways.chat.gateway import ChatGateway
from gateways.chat.limits import ChatGuard
from gateways.chat.uploads import Upload, Uploads
from gateways.errors import StoreUnavailable
from gateways.pace import Pace
from gateways.protocol import RawEvent, Sign
from hub.chat.history import History
from hub.chat.link import ChatLink
from hub.chat.rooms import ASKS, Room, Rooms
from hub.clock import now_ms

log = structlog.get_logger()

_FRAMES_PER_S, _FRAMES_AT_ONCE = 10.0, 60
_ASIDE_PER_S, _ASIDE_AT_ONCE = 2.0, 10
"""Looks back, and signs that need not last: what comes faster is passed over."""
_OLDER = 50
_RETRY_S = 2.0


class EventStore(Protocol):
    """`gateways.inbox.Inbox` serves."""

    async def store(self, events: Sequence[RawEvent]) -> int:
        """Return, once they are durable, how many were new; raises `InboxUnavailable`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatBase:
    """What all chats stand on. `clock` is in seconds."""

    gateway: ChatGateway
    guard: ChatGuard
    rooms: Rooms
    history: History
    inbox: EventStore
    uploads: Uploads
    clock: Callable[[], float] = time.monotonic


class Talk:
    """One widget's side. `session` is whose it is, `address` where it comes from."""

    __slots__ = ("_address", "_aside", "_base", "_link", "_pace", "_room", "_session")

    def __init__(self, base: ChatBase, room: Room, link: ChatLink, session: str, address: str) -> None:
        self._base, self._room, self._link = base, room, link
        self._session, self._address = session, address
        self._pace = Pace(_FRAMES_PER_S, _FRAMES_AT_ONCE)
        self._aside = Pace(_ASIDE_PER_S, _ASIDE_AT_ONCE)

    async def take(self, text: str) -> bool:
        """Do what one frame asks for; False if they come too fast.

        Raises `DatabaseUnavailable` if nothing can be read.
        """
        if self._pace.wait_s(self._base.clock()) > 0:
            return False
        try:
            frame = parse(text)
        except ValueError:
            self._answer(Refused(id=ref_of(text), code="bad_frame"))
        else:
            await self._do(frame)
        return True

    def _answer(self, frame: ToWidget) -> None:
        self._link.put(encode(frame))

    async def _do(self, frame: FromWidget) -> None:
        match frame:
            case Say() | Rate():
                await self._store(frame)
            case Ping():
                self._answer(Pong())
            case Types() | Reads() | Older():
                if self._aside.wait_s(self._base.clock()) <= 0:
                    await self._do_aside(frame)
            case _:
                self._answer(Refused(id="", code="bad_frame"))

    async def _do_aside(self, frame: Types | Reads | Older) -> None:
        match frame:
            case Types():
                self._sign(is_typing=True)
            case Reads(at_ms=at_ms):
                self._sign(read_ms=at_ms)
            case Older(before_ms=before_ms):
                lines, is_all = await self._base.history.before(self._session, before_ms, _OLDER)
                self._answer(OlderLines(lines=lines, is_all=is_all))

    def _sign(self, *, is_typing: bool = False, read_ms: int | None = None) -> None:
        gateway = self._base.gateway
        gateway.signed(
            Sign(channel=gateway.channel, address=self._session, is_typing=is_typing, read_ms=read_ms)
        )

    async def _store(self, frame: Say | Rate) -> None:
        """Store a message or rating, and say so only then."""
        if wait_s := self._base.guard.say(self._session, self._address, self._base.clock()):
            self._answer(Later(id=frame.id, retry_s=wait_s))
            return
        try:
            uploads = await self._files(frame)
            if isinstance(frame, Say) and not (frame.text.strip() or uploads):
                self._answer(Refused(id=frame.id, code="no_files" if frame.files else "empty"))
                return
            at_ms = now_ms()
            event = event_of(frame, self._session, at_ms, uploads)
            await self._base.inbox.store([event])
        except StoreUnavailable as error:
            log.warning("chat.not_stored", reason=str(error))
            self._answer(Later(id=frame.id, retry_s=_RETRY_S))
            return
        self._show(event, but=None if uploads else self._link)
        self._answer(Acked(id=frame.id, at_ms=at_ms))
        self._room.asks = ASKS

    def _show(self, event: RawEvent, but: ChatLink | None) -> None:
        """Show what was said in the session's other windows; files, whose names only the hub has, in all."""
        if (but is None or len(self._room.links) > 1) and (line := line_of_event(event)) is not None:
            self._room.put(Lines(lines=(line,)), but=but)

    async def _files(self, frame: Say | Rate) -> tuple[Upload, ...]:
        if isinstance(frame, Rate) or not frame.files:
            return ()
        return await self._base.uploads.of(self._session, frame.files)
