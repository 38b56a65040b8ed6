"""A bot before the agent: the visitor taps its buttons in Chromium, is handed over, and handed back."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import expect

from tests.gateways.support import until
from tests.story.desktop import Desktop
from tests.support.browser import chromium
from tests.support.hub import RunningHub

_BOT = "[helper]\ngreet[ja] => 自動応答です。\nsure = 100\nunsure = 1\nperson => 担当者\n"
_FAQ = """[hours]
ask[ja] => 営業時間を教えてください
say[ja] => 九時からです。
text[ja] => 平日9:00〜17:00です。
"""


async def from_the_bot_to_an_agent_and_back(hub: RunningHub, config: Path) -> None:
    """Let a visitor ask the bot, ask for a person, be served, and be the bot's again."""
    async with (
        _with_bot(hub, config),
        chromium() as browser,
        Desktop(hub.url, "sato", hub.passwords["sato"][0]) as desktop,
    ):
        page = await browser.new_page(locale="ja")
        await page.goto(f"{hub.url}/chat/")
        log, status = page.get_by_role("log"), page.get_by_role("status")
        buttons = log.get_by_role("group").get_by_role("button")

        async def ask() -> None:
            await page.get_by_role("textbox", name="メッセージ").fill("営業時間のこと")
            await page.keyboard.press("Enter")
            await expect(buttons).to_have_text(["営業時間を教えてください", "担当者と話す"])

        await ask()
        await expect(log).to_contain_text("自動応答です。")
        await buttons.first.press("Enter")
        await expect(log).to_contain_text("平日9:00〜17:00です。")
        await expect(buttons).to_have_count(0)
        await ask()
        await page.reload()
        await expect(buttons).to_have_count(2)
        seen = len(desktop.events)
        await buttons.last.click()
        await expect(log).to_contain_text("担当者におつなぎします")
        await expect(status).to_contain_text("次にご案内します。 待ち時間の目安は約")
        await desktop.command("set_presence", presence="available")
        offer = await desktop.wait("offer", after=seen)
        await desktop.command("accept", offer=offer["offer"])
        contact = offer["contact"]
        said = {"営業時間を教えてください", "平日9:00〜17:00です。", "担当者と話す"}
        await until(lambda: said <= _shown(desktop, contact), 30)
        await expect(status).to_have_text("担当者が対応しています。")
        await desktop.command("send", contact=contact, message="bot-1", text="担当の佐藤です")
        await expect(log).to_contain_text("担当の佐藤です")
        choices = [{"label": "はい"}, {"label": "いいえ"}]
        await desktop.command(
            "send", contact=contact, message="bot-2", text="以上でよろしいですか", choices=choices
        )
        await buttons.first.click()
        await desktop.wait("message", lambda event: event["message"]["text"] == "はい", after=seen)
        await desktop.command("hand_back", contact=contact)
        await expect(log).to_contain_text("自動応答に戻りました")
        await ask()
        await desktop.command("set_presence", presence="not_ready")


def _shown(desktop: Desktop, contact: str) -> set[str]:
    """Return what an agent has been shown of a thread: with the contact, or as it came after that."""
    told = [event for _, event in desktop.events]
    messages = [
        *(
            each
            for event in told
            if event["type"] == "contact" and event["id"] == contact
            for each in event["messages"]
        ),
        *(event["message"] for event in told if event["type"] == "message" and event["contact"] == contact),
    ]
    return {each["text"] for each in messages}


@asynccontextmanager
async def _with_bot(hub: RunningHub, config: Path) -> AsyncIterator[None]:
    """Let a bot answer first, as long as it lasts."""
    files = {config / "bot.conf": _BOT, config / "faq.conf": _FAQ}
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    await _reload(hub)
    yield
    for path in files:
        path.unlink()
    await _reload(hub)


async def _reload(hub: RunningHub) -> None:
    seen = len(hub.log())
    hub.signal(signal.SIGHUP)
    async with asyncio.timeout(30):
        while all(line["event"] != "config.reloaded" for line in hub.log()[seen:]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
