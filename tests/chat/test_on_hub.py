"""Chats on whole hubs with their desktops: there and back; a hub killed in a talk; over two hubs."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect

from acd.contact import Channel
from acd.ids import ContactId, QueueName
from crm_bridge.link_tokens import LinkTokens
from crm_bridge.model import PathItem
from hub.clock import now_ms
from hub.database import create_engine
from hub.deflected import Deflected
from tests.chat.bot_first import from_the_bot_to_an_agent_and_back
from tests.chat.two_hubs import over_two_hubs_of_which_one_dies
from tests.chat.widget import Widget
from tests.fakes.providers import ProviderSimulator
from tests.gateways.support import until
from tests.story.desktop import Desktop
from tests.support.asterisk import asterisk_node
from tests.support.browser import WEB, chromium
from tests.support.hub import RunningHub, prepared_hub

pytestmark = pytest.mark.real

_QUEUES = "[support]\nstrategy = rrmemory\ntimeout = 60\nmember => PJSIP/sato\n"
_ACD = "[support]\nwrapup = none\ndisposition => done,完了,Done\n"
_IVR = "[numbers]\n_. => main\n[main]\ntype = message\nthen => queue,support\n"


@asynccontextmanager
async def running(
    folder: Path, redis_url: str, database_url: str
) -> AsyncIterator[tuple[RunningHub, RunningHub]]:
    """Run a hub with a chat, one queue and Sato, whose account an Asterisk of its own learns.

    Beside it a second one of the same, which is not started.
    """
    config = folder / "config"
    config.mkdir()
    for name, content in (("queues.conf", _QUEUES), ("acd.conf", _ACD), ("ivr.conf", _IVR)):
        (config / name).write_text(content)
    async with ProviderSimulator() as simulator, AsyncExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tc-")))
        node = asterisk_node(state / "a")
        await asyncio.to_thread(node.service.start)
        stack.callback(node.service.stop)

        async def prepared(name: str) -> RunningHub:
            own = folder / name
            own.mkdir()
            hub = await prepared_hub(
                own,
                node,
                redis_url,
                simulator,
                config_dir=config,
                database_url=database_url,
                CHAT_ORIGINS="https://www.example.jp",
                CHAT_MESSAGES_PER_MIN="6000",
                WEB_DIR=str(WEB / "dist"),
            )
            stack.push_async_callback(hub.stop)
            return hub

        one, other = await prepared("one"), await prepared("other")
        await one.add_agent("sato", "佐藤")
        await one.start()
        yield one, other


async def accept(desktop: Desktop, seen: int = 0) -> str:
    """Take the next contact that is offered; returns its id."""
    offer = await desktop.wait("offer", after=seen)
    await desktop.command("accept", offer=offer["offer"])
    return str(offer["contact"])


async def test_chats_on_whole_hubs(tmp_path: Path, redis_url: str, postgresql_url: str) -> None:
    async with running(tmp_path, redis_url, postgresql_url) as (hub, other):
        await to_the_agent_and_back_and_rated(hub, tmp_path)
        await from_the_bot_to_an_agent_and_back(hub, tmp_path / "config")
        await the_hub_killed_in_a_talk(hub)
        await other.start()
        await over_two_hubs_of_which_one_dies(hub, other)


async def to_the_agent_and_back_and_rated(hub: RunningHub, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
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
        browser = await stack.enter_async_context(chromium())
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


async def the_hub_killed_in_a_talk(hub: RunningHub) -> None:
    async with Widget(hub.url) as widget:
        async with Desktop(hub.url, "sato", hub.passwords["sato"][0]) as desktop:
            await desktop.command("set_presence", presence="available")
            widget.say("一")
            contact = await accept(desktop)
            await desktop.command("send", contact=contact, message="k1", text="はい")
            widget.say("二")
            await widget.until(lambda: not widget.pending)
        hub.signal(signal.SIGKILL)
        widget.say("三")
        await until(lambda: hub.service.daemon.pid is None)
        await asyncio.to_thread(hub.service.start)
        async with Desktop(hub.url, "sato", hub.passwords["sato"][0]) as desktop:
            welcome = await desktop.wait("welcome")
            (shown,) = welcome["contacts"]
            assert shown["id"] == contact
            await desktop.command("send", contact=contact, message="k2", text="お待たせしました")
            await widget.until(lambda: "お待たせしました" in widget.said(mine=False), 30)
            await widget.until(lambda: not widget.pending, 30)
            await _shown(desktop, contact, ["一", "はい", "二", "三", "お待たせしました"])
    assert widget.said(mine=False) == ["はい", "お待たせしました"]


async def _shown(desktop: Desktop, contact: str, texts: list[str]) -> None:
    """Wait until the agent has been shown exactly these messages, in whatever order two crossed.

    One that is told again, by its id, takes its own place.
    """
    first = (await desktop.wait("welcome"))["contacts"][0]["messages"]
    seen: list[str] = []

    def are_shown() -> bool:
        told = [
            event["message"]
            for _, event in desktop.events
            if event["type"] == "message" and event["contact"] == contact
        ]
        seen[:] = {message["id"]: message["text"] for message in (*first, *told)}.values()
        return sorted(seen) == sorted(texts)

    try:
        await until(are_shown, 30)
    except TimeoutError:
        raise AssertionError(f"shown: {seen}") from None
