"""Webhooks that come again and in any order, stored and handled as the hub does it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import LogCapture

from acd.contact import Channel
from gateways.errors import SendFailed, WebhookRefused
from gateways.inbox import Inbox, InboxWorker
from gateways.line.gateway import LineGateway
from gateways.line.words import UNKNOWN_EVENT
from gateways.protocol import Inbound, Incoming, Subscription, Withdrawn
from gateways.tables import Base
from tests.fakes.providers import ProviderSimulator
from tests.gateways.conftest import sqlite_engine
from tests.gateways.support import HASTY, serving, until, webhook
from tests.line.support import USER, outbound


class Hub:
    """Takes LINE's webhooks in and keeps what they say."""

    def __init__(self, engine: AsyncEngine, line: LineGateway) -> None:
        self.heard: list[Incoming] = []
        self._line, self.inbox = line, Inbox(engine, owner="hub", timeout_s=30)
        self.worker = InboxWorker(self.inbox, {Channel.LINE: line}, self._hear, policy=HASTY, poll_s=0.01)

    @property
    def said(self) -> list[str]:
        return [each.text for each in self.heard if isinstance(each, Inbound)]

    async def take(self, request: web.Request) -> web.Response:
        try:
            await self.inbox.store(self._line.verify(webhook(request.headers, await request.read())))
        except WebhookRefused as refused:
            return web.Response(status=refused.status)
        return web.Response()

    async def _hear(self, incoming: Incoming, *_: object) -> None:
        self.heard.append(incoming)


@pytest.fixture
async def hub(simulator: ProviderSimulator, line: LineGateway, tmp_path: Path) -> AsyncIterator[Hub]:
    engine = sqlite_engine(tmp_path / "hub.sqlite")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    hub = Hub(engine, line)
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.add_routes([web.post("/webhooks/line", hub.take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    simulator.webhook_url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/line"
    async with serving(hub.inbox.run(), hub.worker.run()):
        yield hub
    await runner.cleanup()
    await engine.dispose()


@pytest.fixture
def log() -> Iterator[LogCapture]:
    """What is logged."""
    before, capture = structlog.get_config(), LogCapture()
    structlog.configure(processors=[capture])
    yield capture
    structlog.configure(**before)


@pytest.mark.parametrize("seed", range(3))
async def test_each_is_heard_once_however_they_come(
    simulator: ProviderSimulator, hub: Hub, seed: int
) -> None:
    texts = [f"{seed}.{number}" for number in range(20)]
    statuses = await simulator.say_in_disorder(USER, texts, seed)
    assert statuses == [200] * 30
    await until(lambda: len(hub.said) >= len(texts))
    assert sorted(hub.said) == sorted(texts)
    assert await hub.inbox.waiting() == 0


async def test_a_thread_goes_on_after_whatever_comes(
    simulator: ProviderSimulator, hub: Hub, log: LogCapture
) -> None:
    events = simulator.line.events
    said, wave = events.text(USER, "一"), events.text(USER, "壊") | {"type": "wave"}
    broken = events.text(USER, "壊") | {"timestamp": "now"}
    hologram = events.text(USER, "壊")
    hologram["message"] = {"id": "7", "type": "hologram"}
    for post in ([said, wave, broken], [hologram, events.unsend(USER, said)], [events.unfollow(USER), said]):
        assert await simulator.post(*post) == 200
    assert await simulator.post(said, signature="wrong") == 401
    huge = events.text(USER, "x" * 1024 * 1024)
    assert await simulator.post(huge) == 413
    assert await simulator.say(USER, "二") == 200
    await until(lambda: "二" in hub.said)
    warned = [each["kind"] for each in log.entries if each["event"] == "line.unsupported_message"]
    assert warned == ["wave", "hologram"]
    assert [each["log_level"] for each in log.entries if each["event"] == "inbox.dead_letter"] == ["error"]
    assert hub.said == ["一", UNKNOWN_EVENT, "［未対応のメッセージ］", "二"]
    assert [type(each) for each in hub.heard] == [Inbound, Inbound, Inbound, Withdrawn, Subscription, Inbound]
    (dead,) = await hub.inbox.dead_letters()
    assert "cannot be read" in dead.reason


async def test_a_replayed_webhook_changes_nothing(simulator: ProviderSimulator, hub: Hub) -> None:
    events = [simulator.line.events.text(USER, "一"), simulator.line.events.follow(USER)]
    replies = await asyncio.gather(*(simulator.post(*events) for _ in range(10)))
    assert set(replies) == {200}
    assert await simulator.say(USER, "二") == 200
    await until(lambda: "二" in hub.said)
    assert [type(each) for each in hub.heard] == [Inbound, Subscription, Inbound]
    assert hub.said == ["一", "二"]


async def test_trouble_is_made_by_http_too(simulator: ProviderSimulator, line: LineGateway, hub: Hub) -> None:
    control = simulator.control_url
    texts = ["一", "二", "三", "四"]
    disorder = {"user": USER, "texts": texts, "seed": 1}
    unfollow = {"user": USER, "event": {"type": "unfollow"}}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{control}/disorder", json=disorder) as answer:
            assert (await answer.json())["statuses"] == [200] * 6
        async with session.post(f"{control}/event", json=unfollow) as answer:
            assert (await answer.json())["status"] == 200
        lie = {"status": 200, "path": "/push"}
        async with session.post(f"{control}/mishap", json=lie) as answer:
            assert answer.status == 200
    await until(lambda: any(isinstance(each, Subscription) for each in hub.heard))
    assert sorted(hub.said) == sorted(texts)
    assert await line.display_name(USER) is None  # another path
    with pytest.raises(SendFailed, match="no message is named"):
        await line.send(outbound())
