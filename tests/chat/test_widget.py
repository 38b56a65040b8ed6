"""The built widget in Debian's Chromium, in another site's page and on the hub's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import (
    Browser,
    BrowserContext,
    FilePayload,
    Locator,
    Page,
    ViewportSize,
    expect,
)

from acd.contact import Channel, ContactState
from acd.ids import ContactId, QueueName
from gateways.chat.limits import ChatLimits
from gateways.protocol import Inbound
from hub.board import LiveContact
from hub.chat.standings import LOOK_TICKS
from hub.clock import now_ms
from tests.acd.driver import SATO, Driver
from tests.chat.conftest import ChatHub, chat_hub, served
from tests.gateways.support import until
from tests.support.browser import WEB, chromium
from tests.support.ports import free_port

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

_SHOP = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>お店のカート</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<h1>Shop</h1><p><a href="#x">A link</a></p>
<script src="{hub}/chat/widget.js" data-form="name,order" async></script>"""


@dataclass(slots=True)
class Shop:
    """A site that has the widget, and a customer's browser on it."""

    page: Page
    hub: ChatHub
    url: str
    faults: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("console", lambda said: self._console(said.type, said.text))

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and "WebSocket" not in text and "favicon" not in text:
            self.faults.append(f"{kind}: {text}")

    async def say(self, text: str) -> None:
        await self.text.fill(text)
        await self.page.keyboard.press("Enter")

    @property
    def text(self) -> Locator:
        return self.page.get_by_role("textbox", name="メッセージ")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    async def inbound(self, count: int) -> list[Inbound]:
        await until(lambda: len(self.hub.taken) >= count)
        return [each for each in self.hub.taken if isinstance(each, Inbound)]

    def session(self) -> str:
        (session,) = self.hub.parts.base.rooms.all
        return session


@asynccontextmanager
async def shop(
    context: BrowserContext, folder: Path, redis_url: str, *, lang: str = "ja", path: str = ""
) -> AsyncIterator[Shop]:
    """Serve a hub, a shop with its widget, and open that (or a page of the hub's own)."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    made = await chat_hub(folder, redis_url, limits=ChatLimits(), origins=(url,))
    async with served(made, WEB / "dist") as hub:

        async def front(_: web.Request) -> web.Response:
            return web.Response(text=_SHOP.format(hub=hub.url, lang=lang), content_type="text/html")

        app = web.Application()
        app.router.add_get("/", front)
        async with TestServer(app, port=port):
            opened = Shop(await context.new_page(), hub, url)
            opened.listen()
            await opened.page.goto(f"{hub.url}{path}" if path else f"{url}/?item=5#part")
            yield opened
            assert opened.faults == []
            await opened.page.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    opened = await browser.new_context(locale="ja", viewport=ViewportSize(width=1000, height=700))
    yield opened
    await opened.close()


async def test_a_customer_is_served_on_another_site(
    context: BrowserContext, tmp_path: Path, redis_url: str
) -> None:
    async with shop(context, tmp_path, redis_url) as it:
        assert not it.hub.parts.base.rooms.all, "nobody connects before the chat is opened"
        await it.page.get_by_role("button", name="チャットを開く").click()
        await it.page.get_by_label("お名前").fill("鈴木 花子")
        await it.page.get_by_label("注文番号").fill("A-12")
        await it.page.get_by_label("ご覧のページ").check()
        await it.say("商品が届きません")
        (inbound,) = await it.inbound(1)
        assert (inbound.text, inbound.name, inbound.fields) == (
            "商品が届きません",
            "鈴木 花子",
            {"order": "A-12"},
        )
        assert inbound.page == {"url": f"{it.url}/?item=5", "title": "お店のカート"}
        await expect(it.page.get_by_label("お名前")).to_be_hidden()
        await it.hub.gateway.show(it.session(), is_typing=True)
        await expect(it.log).to_contain_text("担当者が入力しています")
        await it.hub.say(it.session(), "m1", "お調べいたします。\n少々お待ちください。", now_ms())
        await expect(it.log).to_contain_text("お調べいたします。")
        await expect(it.log).not_to_contain_text("入力しています")
        await until(lambda: any(sign.read_ms for sign in it.hub.signs))
        await it.page.screenshot(path=str(tmp_path / "widget.png"))


async def test_without_consent_no_page_is_told(
    context: BrowserContext, tmp_path: Path, redis_url: str
) -> None:
    async with shop(context, tmp_path, redis_url) as it:
        await it.page.get_by_role("button", name="チャットを開く").click()
        await it.say("こんにちは")
        (inbound,) = await it.inbound(1)
        assert inbound.page == {}
        assert await context.cookies() == [], "no cookie is set, neither ours nor the site's"


async def test_reload_and_lost_network_lose_and_double_nothing(
    context: BrowserContext, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop(context, tmp_path, redis_url) as it:
        await it.page.get_by_role("button", name="チャットを開く").click()
        await it.say("一")
        await it.inbound(1)
        session, guard = it.session(), it.hub.parts.base.guard
        with monkeypatch.context() as outage:
            outage.setattr(guard, "join", lambda *_: False)
            it.hub.cut()
            await expect(it.page.get_by_role("status")).to_contain_text("接続が切れました")
            await it.say("二")
            await it.say("三")
            await it.hub.say(session, "m1", "聞こえません", now_ms(), is_told=False)
            await it.page.reload()
        await expect(it.log).to_contain_text("聞こえません")
        texts = [each.text for each in await it.inbound(3)]
        assert texts == ["一", "二", "三"]
        await expect(it.log.get_by_text("送信中")).to_have_count(0)
        for text in ("一", "二", "三", "聞こえません"):
            await expect(it.log.get_by_text(text, exact=True)).to_have_count(1)
        assert it.session() == session


async def test_all_is_done_by_keyboard_and_named_for_screen_readers(
    context: BrowserContext, tmp_path: Path, redis_url: str
) -> None:
    async with shop(context, tmp_path, redis_url) as it:
        page = it.page
        await expect(page.get_by_role("button", name="チャットを開く")).to_have_attribute(
            "aria-expanded", "false"
        )
        await page.get_by_role("button", name="チャットを開く").focus()
        await page.keyboard.press("Enter")
        await expect(it.text).to_be_focused()
        await page.keyboard.type("一行目")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("二行目")
        await page.keyboard.press("Enter")
        (inbound,) = await it.inbound(1)
        assert inbound.text == "一行目\n二行目"
        await expect(it.text).to_be_focused()
        await _unnamed(page)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="チャットを開く")).to_be_focused()
        await it.hub.say(it.session(), "m1", "はい", now_ms() + 1000)
        await expect(page.get_by_role("button", name="チャットを開く (未読 1件)")).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog", name="チャット")).to_be_visible()
        await expect(it.text).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await expect(page.get_by_label("ファイルを添付")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await expect(it.log).to_be_focused()


async def _unnamed(page: Page) -> None:
    """Look for what axe-core finds wrong in the widget."""
    await page.evaluate((WEB / "node_modules" / "axe-core" / "axe.min.js").read_text())
    found = await page.evaluate("async () => (await axe.run('tori-chat')).violations.map(each => each.id)")
    assert found == []


async def test_standing_end_and_rating(context: BrowserContext, tmp_path: Path, redis_url: str) -> None:
    async with shop(context, tmp_path, redis_url) as it:
        await it.page.get_by_role("button", name="チャットを開く").click()
        await it.say("お願いします")
        await it.inbound(1)
        live = LiveContact(
            ContactId("c1"), Channel.CHAT, QueueName("support"), 1, it.session(), state=ContactState.CONNECTED
        )
        it.hub.board.add(live)
        it.hub.board.loaded.set()
        await it.hub.parts.standings.look()
        await expect(it.page.get_by_role("status")).to_have_text("担当者が対応しています。")
        live.state = ContactState.WRAP_UP
        await it.hub.parts.standings.look()
        await expect(it.page.get_by_role("group", name="今回の対応はいかがでしたか")).to_be_visible()
        await _unnamed(it.page)
        await it.page.get_by_role("radio", name="5段階の4").check(force=True)
        await it.page.get_by_label("ご意見").fill("助かりました")
        await it.page.get_by_role("button", name="評価を送る").click()
        await expect(it.log).to_contain_text("ご協力ありがとうございました")
        await until(lambda: bool(it.hub.ratings()))
        (rated,) = it.hub.ratings()
        assert (rated.stars, rated.text) == (4, "助かりました")


async def test_place_and_predicted_wait_are_told_and_change(
    context: BrowserContext, tmp_path: Path, redis_url: str
) -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("before")
    core.after(120)
    core.end("before")  # so long a contact takes, as far as is known
    async with shop(context, tmp_path, redis_url) as it:
        await it.page.get_by_role("button", name="チャットを開く").click()
        await it.say("お願いします")
        await it.inbound(1)
        for ahead in ("c1", "c2"):
            core.queue(ahead)
        core.queue("chat", Channel.CHAT)
        waiting = LiveContact(ContactId("chat"), Channel.CHAT, QueueName("support"), 1, it.session())
        it.hub.board.add(waiting)
        it.hub.board.loaded.set()
        standings, status = it.hub.parts.standings, it.page.get_by_role("status")
        it.hub.router = core.state
        await standings.look()
        await expect(status).to_have_text("3番目にご案内します。 待ち時間の目安は約6分です。")
        await _unnamed(it.page)
        core.leave("c2")
        for _ in range(LOOK_TICKS):
            await standings.look()
        await expect(status).to_have_text("2番目にご案内します。 待ち時間の目安は約4分です。")


async def test_the_link_s_page_on_a_phone_in_english(
    browser: Browser, tmp_path: Path, redis_url: str
) -> None:
    phone = await browser.new_context(
        locale="en-GB",
        viewport=ViewportSize(width=360, height=640),
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    )
    async with shop(phone, tmp_path, redis_url, path="/chat/#link=K7QM-2X9D-4HTR") as it:
        page = it.page
        await expect(it.log).to_contain_text("We go on here from your call")
        assert "link" not in page.url, "nobody passes the link on with the page"
        box = await page.get_by_role("dialog", name="Chat").bounding_box()
        assert box == {"x": 0, "y": 0, "width": 360, "height": 640}
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        await page.get_by_role("textbox", name="Message").fill("Hello " * 60)
        await page.get_by_role("button", name="Send").tap()
        (inbound,) = await it.inbound(1)
        assert inbound.link == "K7QM-2X9D-4HTR"
        await page.get_by_role("textbox", name="Message").fill("more")
        await page.get_by_role("button", name="Send").tap()
        assert (await it.inbound(2))[1].link is None
        await _unnamed(page)
        for size in await page.evaluate(_TARGETS):
            assert min(size) >= 44, "a finger finds it"
        await page.screenshot(path=str(tmp_path / "phone.png"))
    await phone.close()


_TARGETS = """() => [...document.querySelector("tori-chat").shadowRoot.querySelectorAll("button,label.icon")]
  .map(each => each.getBoundingClientRect()).map(box => [Math.round(box.width), Math.round(box.height)])"""


async def test_a_file_is_sent_and_one_too_large_is_not(
    context: BrowserContext, tmp_path: Path, redis_url: str
) -> None:
    async with shop(context, tmp_path, redis_url) as it:
        await it.page.get_by_role("button", name="チャットを開く").click()
        await it.page.wait_for_function("localStorage.length > 0")
        chooser = it.page.get_by_label("ファイルを添付")
        file = FilePayload(name="<b>写真</b>.png", mimeType="image/png", buffer=b"\x89PNG")
        await chooser.set_input_files(file)
        await expect(it.log).to_contain_text("<b>写真</b>.png (1 KB)")
        (inbound,) = await it.inbound(1)
        assert inbound.parts[0].name == "<b>写真</b>.png"
        await chooser.set_input_files(FilePayload(**{**file, "buffer": b"x" * 2000}))
        await expect(it.page.get_by_role("status")).to_contain_text("大きすぎて送れません")
        it.faults[:] = [fault for fault in it.faults if "413" not in fault]
