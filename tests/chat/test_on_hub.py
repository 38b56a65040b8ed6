"""Chats on a whole hub with its desktops: there and back; whatever breaks, nothing is lost or doubled."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import async_playwright, expect
from sqlalchemy import text

from acd.contact import Channel
from acd.ids import ContactId, QueueName
from crm_bridge.link_tokens import LinkTokens
from crm_bridge.model import PathItem
from hub.clock import now_ms
from hub.database import create_engine, reading
from hub.deflected import Deflected
from tests.chat.widget import Widget
from tests.fakes.providers import ProviderSimulator
from tests.story.desktop import CommandRefused, Desktop
from tests.support.asterisk import AsteriskNode
from tests.support.hub import RunningHub, prepared_hub
from tests.web.conftest import _ARGUMENTS, CHROMIUM, WEB

pytestmark = pytest.mark.real

SESSIONS, STEPS, KILLS, CUTS = 3, 60, 4, 0.15

_QUEUES = "[support]\nstrategy = rrmemory\ntimeout = 60\nmember => PJSIP/sato\n"
_ACD = "[support]\nwrapup = none\ndisposition => done,完了,Done\n"
_IVR = "[numbers]\n_. => main\n[main]\ntype = message\nthen => queue,support\n"


@asynccontextmanager
async def running(folder: Path, asterisk: AsteriskNode, redis_url: str) -> AsyncIterator[RunningHub]:
    """Run a hub with a chat, one queue and Sato."""
    config = folder / "config"
    config.mkdir()
    for name, content in (("queues.conf", _QUEUES), ("acd.conf", _ACD), ("ivr.conf", _IVR)):
        (config / name).write_text(content)
    async with ProviderSimulator() as simulator:
        hub = await prepared_hub(
            folder,
            asterisk,
            redis_url,
            simulator,
            config_dir=config,
            CHAT_ORIGINS="https://www.example.jp",
            CHAT_MESSAGES_PER_MIN="6000",
            WEB_DIR=str(WEB / "dist"),
        )
        await hub.add_agent("sato", "佐藤")
        await hub.start()
        try:
            yield hub
        finally:
            await hub.stop()


async def accept(desktop: Desktop, seen: int = 0) -> str:
    """Take the next contact that is offered; returns its id."""
    offer = await desktop.wait("offer", after=seen)
    await desktop.command("accept", offer=offer["offer"])
    return str(offer["contact"])


async def test_to_the_agent_and_back_and_rated(
    tmp_path: Path, asterisk: AsteriskNode, redis_url: str
) -> None:
    async with running(tmp_path, asterisk, redis_url) as hub, AsyncExitStack() as stack:
        engine = create_engine(hub.database_url)
        stack.push_async_callback(engine.dispose)
        left = Deflected(
            number="+819012345678",
            queue=QueueName("support"),
            arrived_ms=now_ms() - 60_000,
            language="ja",
            call=ContactId("call-1"),
            channel=Channel.CHAT,
            path=(PathItem("main", "2"),),
            intent="delivery",
        )
        token = await LinkTokens(engine).issue(left.payload(), 3600, now_ms())
        desktop = await stack.enter_async_context(Desktop(hub.url, "sato", hub.passwords["sato"][0]))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        stack.push_async_callback(browser.close)
        page = await browser.new_page(locale="ja")
        await page.goto(f"{hub.url}/go/{token}")
        log, status = page.get_by_role("log"), page.get_by_role("status")
        await expect(log).to_contain_text("お電話でのご用件を引き継ぎます")
        await page.get_by_role("textbox", name="メッセージ").fill("続きです")
        await page.keyboard.press("Enter")
        await expect(status).to_contain_text("次にご案内します")
        await desktop.command("set_presence", presence="available")
        pop = await desktop.wait("screen_pop")
        assert (pop["channel"], pop["intent"], pop["ivr"]) == (
            "chat",
            "delivery",
            [{"menu": "main", "digits": "2"}],
        )
        assert pop["waited_ms"] >= 60_000, "he kept his place"
        contact = await accept(desktop)
        await expect(status).to_contain_text("担当者が対応しています")
        await desktop.command("send", contact=contact, message="m1", text="お調べします")
        await expect(log).to_contain_text("お調べします")
        await page.reload()
        await expect(log).to_contain_text("続きです")
        await expect(log.get_by_text("お調べします", exact=True)).to_have_count(1)
        await desktop.command("hang_up", contact=contact)
        await expect(page.get_by_role("group", name="今回の対応はいかがでしたか")).to_be_visible()
        await page.screenshot(path=str(tmp_path / "rating.png"))


@dataclass(slots=True)
class Breakage:
    """Customers and an agent who talk while sockets are cut and the hub is killed."""

    hub: RunningHub
    chance: random.Random
    widgets: list[Widget]
    contacts: list[str] = field(default_factory=list)
    said: list[list[str]] = field(default_factory=list)
    answered: list[list[str]] = field(default_factory=list)
    desktop: Desktop | None = None

    async def sign_in(self) -> Desktop:
        """Return the agent's desktop, a new one once the hub was killed."""
        while self.desktop is None:
            try:
                opened = Desktop(self.hub.url, "sato", self.hub.passwords["sato"][0])
                self.desktop = await opened.__aenter__()
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(0.1)
        return self.desktop

    async def sign_out(self) -> None:
        if self.desktop is not None:
            await self.desktop.__aexit__(None, None, None)
            self.desktop = None

    async def begin(self) -> None:
        desktop = await self.sign_in()
        await desktop.command("set_presence", presence="available")
        for number, widget in enumerate(self.widgets):
            seen = len(desktop.events)
            widget.say(f"{number}:0")
            self.said.append([f"{number}:0"])
            self.answered.append([])
            self.contacts.append(await accept(desktop, seen))

    async def step(self) -> None:
        number = self.chance.randrange(len(self.widgets))
        if self.chance.random() < CUTS:
            self.widgets[number].cut()
        elif self.chance.random() < 0.6:
            words = f"{number}:{len(self.said[number])}"
            self.said[number].append(words)
            self.widgets[number].say(words)
        else:
            words = f"a{number}:{len(self.answered[number])}"
            self.answered[number].append(words)
            await self.answer(self.contacts[number], words)
        await asyncio.sleep(self.chance.random() * 0.05)

    async def answer(self, contact: str, words: str) -> None:
        """Send an agent's message until the hub has it, under one id, as the agent's page does."""
        while True:
            desktop = await self.sign_in()
            try:
                return await desktop.command("send", contact=contact, message=f"id-{words}", text=words)
            except (CommandRefused, ConnectionError, TimeoutError, aiohttp.ClientError):
                await asyncio.sleep(0.1)

    async def kill(self) -> None:
        """Kill the hub at once, and start it again."""
        self.hub.signal(signal.SIGKILL)
        await self.sign_out()
        while self.hub.service.daemon.pid is not None:  # noqa: ASYNC110 - the system tells nobody
            await asyncio.sleep(0.05)
        await self.hub.start()


async def test_sockets_cut_and_the_hub_killed_lose_and_double_nothing(
    tmp_path: Path, asterisk: AsteriskNode, redis_url: str, request: pytest.FixtureRequest
) -> None:
    seed = request.config.getoption("--seed") or random.randrange(1 << 32)
    print(f"--seed {seed}")
    async with running(tmp_path, asterisk, redis_url) as hub, AsyncExitStack() as stack:
        widgets = [
            await stack.enter_async_context(Widget(hub.url, name=f"widget{number}"))
            for number in range(SESSIONS)
        ]
        it = Breakage(hub, random.Random(seed), widgets)
        await it.begin()
        kills = sorted(it.chance.sample(range(STEPS), KILLS))
        for number in range(STEPS):
            if number in kills:
                await asyncio.gather(it.kill(), it.step())
            await it.step()
        stored = await _stored(hub, sum(map(len, it.said)))
        for number, widget in enumerate(widgets):
            await _has_all(widget, len(it.said[number]), len(it.answered[number]))
            assert [words for words in stored if words.startswith(f"{number}:")] == it.said[number]
            assert widget.said(mine=False) == it.answered[number]
            assert widget.said(mine=True) == it.said[number]
        await it.sign_out()


async def _has_all(widget: Widget, said: int, answered: int) -> None:
    """Wait until a widget has so many messages of each side, and then comes again to the same."""
    await widget.until(lambda: not widget.pending and len(widget.said(mine=False)) >= answered, 60)
    seen = len(widget.frames)
    widget.cut()
    await widget.wait("welcome", after=seen)
    await widget.until(lambda: len(widget.said(mine=True)) >= said)


async def _stored(hub: RunningHub, count: int) -> list[str]:
    """Return what customers said, once all of it is in the database, in the order in which it was handled."""
    engine = create_engine(hub.database_url)
    query = text("SELECT text FROM message WHERE direction = 'in' ORDER BY at_ms, rowid")
    try:
        async with asyncio.timeout(60):
            while True:
                async with reading(engine) as connection:
                    said = list(await connection.scalars(query))
                if len(said) >= count:
                    return said
                await asyncio.sleep(0.2)
    finally:
        await engine.dispose()
