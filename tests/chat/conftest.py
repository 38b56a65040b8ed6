"""A hub's chat on a real server, with real SQLite and Redis; and what stands behind it as it stands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from acd.core.state import RoutingState
from acd.ids import ContactId, QueueName, new_id
from acd.router import Snapshot
from crm_bridge.contacts import Contacts
from crm_bridge.messages import Messages
from crm_bridge.model import Delivery, Direction, Message
from gateways.account import Surroundings
from gateways.chat.gateway import ChatGateway, ChatRules
from gateways.chat.limits import ChatLimits
from gateways.inbox import Inbox, InboxWorker
from gateways.protocol import Inbound, Incoming, Outbound, Rating, RawEvent, Sign
from hub.board import Board
from hub.chat.parts import ChatParts, chat_parts
from hub.database import create_engine, migrate
from hub.http.chat import ChatPages
from hub.http.middlewares import errors_in_shape
from hub.http.pages import Pages
from tests.chat.widget import Widget
from tests.fakes.files import NoFiles
from tests.gateways.support import serving

SITE = "https://www.example.jp"


@dataclass(slots=True)
class ChatHub:
    """A hub's chat. Each session has one contact, as `hub.text` would make it; `taken` is what came.

    While there is a `hold` that is not set, nothing is handled. `router` is the state of a router.
    """

    url: str
    parts: ChatParts
    inbox: Inbox
    gateway: ChatGateway
    engine: AsyncEngine
    board: Board
    registry: CollectorRegistry
    taken: list[Incoming] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    hold: asyncio.Event | None = None
    router: RoutingState = field(default_factory=RoutingState)

    async def handle(self, incoming: Incoming, _event: RawEvent) -> None:
        """Store a message as `hub.text` does."""
        if self.hold is not None:
            await self.hold.wait()
        self.taken.append(incoming)
        if isinstance(incoming, Inbound):
            message = Message(f"chat:{incoming.event_id}", Direction.IN, None, incoming.text, incoming.at_ms)
            await Messages(self.engine).add(await self.contact(incoming.address), message)

    async def contact(self, session: str) -> ContactId:
        return await Contacts(self.engine).opened(
            ContactId(new_id()),
            channel=Channel.CHAT,
            address=session,
            at_ms=1,
            customer=None,
            queue=QueueName("support"),
        )

    async def say(self, session: str, key: str, text: str, at_ms: int, *, is_told: bool = True) -> None:
        """Say something to a customer; `is_told`: his sockets are told, too."""
        message = Message(key, Direction.OUT, None, text, at_ms, Delivery.QUEUED)
        await Messages(self.engine).add(await self.contact(session), message)
        if is_told:
            await self.gateway.send(Outbound(channel=Channel.CHAT, key=key, address=session, text=text))

    def cut(self) -> None:
        """Cut all sockets."""
        for room in list(self.parts.base.rooms.all.values()):
            for link in list(room.links):
                link.cut()

    def ratings(self) -> list[Rating]:
        return [each for each in self.taken if isinstance(each, Rating)]

    def session(self, widget: Widget) -> str:
        found = self.gateway.tokens.read(widget.token)
        assert found is not None
        return found


async def chat_hub(
    folder: Path,
    redis_url: str,
    *,
    limits: ChatLimits,
    origins: tuple[str, ...] = (SITE,),
    is_new: bool = True,
) -> ChatHub:
    """Make a chat whose services are still to be run; `is_new`: its database is to be made."""
    database = f"sqlite+aiosqlite:///{folder / 'hub.db'}"
    if is_new:
        await migrate(database)
    engine, board, registry, signs = create_engine(database), Board(), CollectorRegistry(), list[Sign]()
    around = Surroundings(
        files=NoFiles(),
        public_url="http://127.0.0.1:1",
        config_dir=folder,
        secret=b"k" * 32,
        signed=signs.append,
    )
    gateway = ChatGateway(ChatRules(origins=frozenset(origins), limits=limits, file_max=1024), around)
    inbox = Inbox(engine, owner="hub")

    async def snapshot() -> Snapshot:
        return Snapshot(hub.router, "0-0")

    parts = chat_parts(
        {Channel.CHAT: gateway},
        redis_url,
        engine,
        inbox=inbox,
        board=board,
        snapshot=snapshot,
        registry=registry,
    )
    assert parts is not None
    hub = ChatHub("", parts, inbox, gateway, engine, board, registry, signs=signs)
    return hub


@asynccontextmanager
async def served(hub: ChatHub, web_dir: Path | None = None) -> AsyncIterator[ChatHub]:
    app = web.Application(middlewares=[errors_in_shape])
    ChatPages(hub.parts, web_dir, "https://hub.example.jp").add_to(app)
    if web_dir is not None:
        app.router.add_get("/{path:.*}", Pages(web_dir).handle)
    worker = InboxWorker(hub.inbox, {Channel.CHAT: hub.gateway}, hub.handle)
    services = hub.inbox.run(), worker.run(), hub.parts.base.rooms.run()
    async with serving(*services), TestServer(app) as server:
        hub.url = str(server.make_url("")).rstrip("/")
        yield hub
    await hub.parts.close()
    await hub.engine.dispose()


@pytest.fixture
async def chat(tmp_path: Path, redis_url: str) -> AsyncIterator[ChatHub]:
    async with served(await chat_hub(tmp_path, redis_url, limits=ChatLimits())) as hub:
        yield hub
