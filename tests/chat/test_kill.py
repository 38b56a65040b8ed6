"""Sockets cut and the hub killed (SIGKILL) at random moments: nothing is lost, doubled or out of order."""

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from acd.ids import AgentId, ContactId, QueueName, new_id
from crm_bridge.contacts import Contacts
from crm_bridge.messages import Messages
from crm_bridge.model import Delivery, Direction, Message
from gateways.chat.tokens import Tokens
from gateways.outbox import Outbox
from gateways.protocol import Delivery as Sent
from gateways.protocol import Outbound
from hub.clock import now_ms
from hub.database import create_engine, migrate, reading
from tests.chat.widget import Widget
from tests.support.forks import Forks
from tests.support.ports import free_port

pytestmark = pytest.mark.real

SESSIONS, STEPS, KILLS = 4, 160, 5
CUTS, ANSWERS = 0.15, 0.4


@dataclass(slots=True)
class Breakage:
    """Customers and an agent who talk meanwhile; what they said, by session."""

    folder: Path
    redis_url: str
    engine: AsyncEngine
    port: int
    widgets: list[Widget] = field(default_factory=list)
    said: list[list[str]] = field(default_factory=list)
    answered: list[list[str]] = field(default_factory=list)
    hubs: Forks = field(default_factory=lambda: Forks("tests.chat.hub_process"))

    async def __aenter__(self) -> Self:
        await self.hubs.__aenter__()
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.hubs.__aexit__(*error)

    async def start(self) -> None:
        await self.hubs.start(str(self.folder), self.redis_url, str(self.port))

    async def answer(self, number: int) -> None:
        """Say something to a customer as `hub.text` does: stored, then put into the outbox."""
        words, session = f"a{number}:{len(self.answered[number])}", self.session(number)
        contact = await Contacts(self.engine).opened(
            ContactId(new_id()),
            channel=Channel.CHAT,
            address=session,
            at_ms=now_ms(),
            customer=None,
            queue=QueueName("support"),
        )
        message = Message(f"id-{words}", Direction.OUT, AgentId("sato"), words, now_ms(), Delivery.QUEUED)
        await Messages(self.engine).add(contact, message)
        outbound = Outbound(channel=Channel.CHAT, key=message.id, address=session, text=words)
        await Outbox(self.engine, {}, _ignore, owner="desk").put(outbound)
        self.answered[number].append(words)

    def session(self, number: int) -> str:
        session = Tokens(b"k" * 32).read(self.widgets[number].token)
        assert session is not None
        return session

    def say(self, number: int) -> None:
        words = f"{number}:{len(self.said[number])}"
        self.said[number].append(words)
        self.widgets[number].say(words)

    async def stored(self) -> list[str]:
        """Return what customers said, once all of it was handled, in the order in which it was."""
        query = text("SELECT text FROM message WHERE direction = 'in' ORDER BY rowid")
        while True:
            async with reading(self.engine) as connection:
                said = list(await connection.scalars(query))
            if len(said) >= sum(map(len, self.said)):
                return said
            await asyncio.sleep(0.1)


async def _ignore(_message: Outbound, _delivery: Sent) -> None:
    pass


async def test_nothing_is_lost_doubled_or_out_of_order(
    tmp_path: Path, redis_url: str, request: pytest.FixtureRequest
) -> None:
    seed = request.config.getoption("--seed") or random.randrange(1 << 32)
    print(f"--seed {seed}")
    chance, database = random.Random(seed), f"sqlite+aiosqlite:///{tmp_path / 'hub.db'}"
    await migrate(database)
    async with AsyncExitStack() as stack:
        engine = create_engine(database)
        stack.push_async_callback(engine.dispose)
        it = await stack.enter_async_context(Breakage(tmp_path, redis_url, engine, free_port()))
        for number in range(SESSIONS):
            widget = Widget(f"http://127.0.0.1:{it.port}", name=f"widget{number}")
            it.widgets.append(await stack.enter_async_context(widget))
            it.said.append([])
            it.answered.append([])
        await _break(it, chance)
        async with asyncio.timeout(60):
            stored = await it.stored()
        for number, widget in enumerate(it.widgets):
            await _has_all(widget, len(it.said[number]), len(it.answered[number]))
            assert [words for words in stored if words.startswith(f"{number}:")] == it.said[number]
            assert widget.said(mine=False) == it.answered[number]
            assert widget.said(mine=True) == it.said[number]


async def _break(it: Breakage, chance: random.Random) -> None:
    """Let all talk, lose sockets, and lose the hub."""
    kills = set(chance.sample(range(10, STEPS), KILLS))
    for step in range(STEPS):
        number = chance.randrange(SESSIONS)
        what = chance.random()
        if step in kills:
            it.hubs.kill()
            await it.start()
        if what < CUTS:
            it.widgets[number].cut()
        elif what < CUTS + ANSWERS:
            await it.answer(number)
        else:
            it.say(number)
        # Now and then the hub is given the time to be up again, so that not all happens while it is away.
        if chance.random() < 0.05:
            seen = len(it.widgets[number].frames)
            it.say(number)
            await it.widgets[number].wait("ack", after=seen, timeout_s=60)
        await asyncio.sleep(chance.random() * 0.03)


async def _has_all(widget: Widget, said: int, answered: int) -> None:
    """Wait until a widget has so many messages of each side, and then comes again to the same."""
    await widget.until(lambda: not widget.pending and len(widget.said(mine=False)) >= answered, 60)
    seen = len(widget.frames)
    widget.cut()
    await widget.wait("welcome", after=seen, timeout_s=30)
    await widget.until(lambda: len(widget.said(mine=True)) >= said, 30)
