"""The parts of the web chat, made and wired."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from acd.ids import ContactId
from acd.router import Snapshot
from crm_bridge.tables import IS_CHAT, IS_OPEN, ContactRow
from gateways.chat.frames import Lines
from gateways.chat.gateway import ChatGateway
from gateways.chat.limits import ChatGuard
from gateways.chat.uploads import Uploads
from gateways.database import DATABASE_AWAY
from gateways.inbox import Inbox
from gateways.protocol import Gateway
from hub.board import Board
from hub.chat.history import History
from hub.chat.rooms import Rooms
from hub.chat.socket import OVERLAP_MS, ChatSocket
from hub.chat.standings import Standings
from hub.chat.talk import ChatBase
from hub.database import reading

log = structlog.get_logger()

_PURGE_S = 3600.0
_SOME = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatParts:
    """What serves widgets. `run` is the service of all."""

    base: ChatBase
    socket: ChatSocket
    standings: Standings

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for service in (self.base.rooms.run(), self.standings.run(), self._purge()):
                tasks.create_task(service)

    async def _purge(self) -> None:
        """Delete files that nobody took over, each hour."""
        while True:
            await asyncio.sleep(_PURGE_S)
            try:
                await self.base.uploads.purge()
            except DATABASE_AWAY as error:
                log.warning("chat.not_purged", error=type(error).__name__)

    async def close(self) -> None:
        await self.base.rooms.disconnect()


def chat_parts(
    gateways: Mapping[Channel, Gateway],
    redis_url: str,
    engine: AsyncEngine,
    *,
    inbox: Inbox,
    board: Board,
    snapshot: Callable[[], Awaitable[Snapshot]],
    registry: CollectorRegistry,
) -> ChatParts | None:
    """Make the parts; None where there is no web chat."""
    gateway = gateways.get(Channel.CHAT)
    if not isinstance(gateway, ChatGateway):
        return None
    rooms, history = Rooms(redis_url), History(engine, gateway.files)
    uploads = Uploads(engine, gateway.rules.file_max)
    gateway.rooms, gateway.uploads = rooms, uploads
    rooms.catch_up = _catch_up(rooms, history)
    Gauge("toritsugi_chat_sockets", "Chat widgets connected to this hub.", registry=registry).set_function(
        lambda: rooms.sockets
    )
    base = ChatBase(
        gateway=gateway,
        guard=ChatGuard(gateway.rules.limits),
        rooms=rooms,
        history=history,
        inbox=inbox,
        uploads=uploads,
    )
    standings = Standings(rooms, board, snapshot, _open_contacts(engine))
    return ChatParts(base=base, socket=ChatSocket(base), standings=standings)


def _catch_up(rooms: Rooms, history: History) -> Callable[[int], Awaitable[None]]:
    async def catch_up(since_ms: int) -> None:
        """Tell all widgets here what was said to them since a time: they know what they have."""
        said = await history.ours(list(rooms.all), since_ms - OVERLAP_MS)
        for session, lines in said.items():
            if (room := rooms.all.get(session)) is not None:
                room.put(Lines(lines=tuple(lines)))

    return catch_up


def _open_contacts(
    engine: AsyncEngine,
) -> Callable[[Collection[str]], Awaitable[Mapping[str, ContactId]]]:
    async def open_contacts(sessions: Collection[str]) -> Mapping[str, ContactId]:
        contact, found, every = ContactRow.__table__.c, dict[str, ContactId](), list(sessions)
        async with reading(engine) as connection:
            for start in range(0, len(every), _SOME):
                query = select(contact.address, contact.id).where(
                    IS_CHAT, IS_OPEN, contact.address.in_(every[start : start + _SOME])
                )
                rows = await connection.execute(query)
                found |= {row.address: ContactId(row.id) for row in rows}
        return found

    return open_contacts
