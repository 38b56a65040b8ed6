"""Messages that are more than text: mails, files, what was withdrawn, signs, phrases, what did not arrive."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from tests.web.conftest import Desk, desk
from tests.web.test_agent_page import pytestmark as pytestmark
from tests.web.test_agent_page import timeline, violations, width_of
from tests.web.test_team_view import at_the_team

PIXEL = "http://127.0.0.1:1/pixel.png"


async def at_the_mail(agent: Desk, query: str = "") -> Page:
    page = agent.page
    await agent.sign_in()
    await expect(page.get_by_role("radio", name="離席")).to_be_checked()
    await page.context.request.post(f"{agent.url}dev/mail{query}")
    await expect(page.get_by_role("region", name="メール 対応中")).to_be_visible()
    return page


async def say(agent: Desk, **event: Any) -> None:
    await agent.page.context.request.post(f"{agent.url}dev/say", data=event)


async def pictured(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for them."""
    if folder := os.environ.get("TORITSUGI_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_mail_is_shown_and_can_do_nothing(browser: Browser, scheme: str) -> None:
    async with desk(browser, scheme=scheme, height=1000) as agent:
        for told in ("Content Security Policy", "sandboxed", "net::ERR"):
            agent.forgive(told)  # Chromium says what it did not run and load
        failed: list[str | None] = []
        agent.page.on("requestfailed", lambda request: failed.append(request.failure))
        page = await at_the_mail(agent, "?bad=1")
        mail = timeline(page, "破損について")
        frame = mail.frame_locator("iframe")
        await expect(frame.get_by_text("箱が破れて届きました")).to_be_visible()
        image = mail.get_by_role("link", name="箱の写真.pngを開く").locator("img")
        assert await image.evaluate("each => each.decode().then(() => each.naturalWidth)") == 320
        await expect(mail).to_contain_text("ウイルスが見つかったため保存されていません")
        await expect(mail.get_by_text("送信者を確認できません")).to_contain_text("spf=fail evil.test")
        await expect(mail).to_contain_text("返信先にelsewhere@example.comが指定されていますが")
        await expect(mail).to_contain_text("続きは表示されません")
        await expect(timeline(page, "送信が取り消されました")).to_be_visible()
        assert await page.title() != "owned"
        assert await violations(page) == []
        await pictured(page, f"mail-{scheme}")
        async with page.expect_download() as download:
            await mail.get_by_role("link", name="箱の写真.png 1 KB 保存").click()
        assert (await download.value).suggested_filename == "箱の写真.png"
        assert failed == ["csp"], "the image from elsewhere"
        async with page.expect_request(PIXEL):
            await mail.get_by_role("button", name="外部の画像を表示").click()
        await expect(mail.get_by_role("button", name="外部の画像を表示")).to_have_count(0)
        assert set(agent.faults) == {f"foreign request: {PIXEL}"}
        agent.faults.clear()


async def test_a_thread_goes_back_to_the_bot_and_its_customer_is_called(browser: Browser) -> None:
    async with desk(browser, height=1000) as agent:
        page = await at_the_mail(agent)
        thread = page.get_by_role("region", name="メール 対応中")
        await page.keyboard.press("Alt+u")
        await expect(thread.get_by_role("alert")).to_contain_text("お客様の電話番号がありません。")
        await page.get_by_role("button", name="お客様に電話をかける").click()
        await expect(thread.get_by_role("alert")).to_contain_text("お客様の電話番号がありません。")
        assert await violations(page) == []
        await pictured(page, "thread")
        await thread.get_by_role("button", name="ボットに戻す").click()
        await expect(page.get_by_role("region", name="メール 後処理")).to_be_visible()
        await page.set_viewport_size({"width": 400, "height": 800})
        assert await width_of(page) <= 400


async def test_files_go_out_with_a_message(browser: Browser) -> None:
    async with desk(browser, height=1000) as agent:
        page = await at_the_mail(agent)
        agent.forgive("422")
        await page.locator("input[type=file]").set_input_files(
            [
                FilePayload(name="図面.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7" + bytes(20_000)),
                FilePayload(name="setup.exe", mimeType="application/x-msdownload", buffer=b"MZ"),
            ]
        )
        files = page.get_by_role("list", name="添付するファイル")
        await expect(files).to_contain_text("20 KB")
        await expect(files).to_contain_text("このファイルは送信できません。")
        await expect(page.get_by_role("button", name="送信")).to_be_disabled()
        assert await violations(page) == []
        await pictured(page, "files")
        await page.get_by_role("button", name="setup.exeの添付をやめる").press("Enter")
        await page.get_by_role("textbox", name="メールで返信").fill("図面をお送りします。")
        await page.keyboard.press("Control+Enter")
        await expect(timeline(page, "図面をお送りします。")).to_contain_text("図面.pdf")
        await expect(files).to_have_count(0)
        await page.reload()
        await expect(timeline(page, "図面をお送りします。")).to_contain_text("図面.pdf")


async def test_answers_to_choose_from_go_out_with_a_mail(browser: Browser) -> None:
    async with desk(browser, height=1000) as agent:
        page = await at_the_mail(agent)
        await expect(page.get_by_role("button", name="地図の場所")).to_have_count(0)
        await page.get_by_role("button", name="選択肢").press("Enter")
        choices = page.get_by_role("textbox", name="選択肢")
        await expect(choices).to_be_focused()
        await page.keyboard.type("交換\n返金\n" + "長" * 41)
        await expect(page.get_by_role("alert").filter(has_text="各40文字以内です")).to_be_visible()
        await choices.fill("交換\n返金")
        await expect(page.get_by_role("button", name="送信")).to_be_disabled()
        await page.get_by_role("textbox", name="メールで返信").fill("どちらになさいますか。")
        assert await violations(page) == []
        await pictured(page, "choices")
        await page.keyboard.press("Control+Enter")
        await expect(timeline(page, "どちらになさいますか。")).to_contain_text("選択肢: 交換 / 返金")
        await expect(choices).to_have_count(0)


async def test_a_place_goes_out_by_line(browser: Browser) -> None:
    async with desk(browser, height=1000) as agent:
        page = agent.page
        await agent.sign_in()
        await expect(page.get_by_role("radio", name="離席")).to_be_checked()
        await page.context.request.post(f"{agent.url}dev/mail?line=1")
        await page.get_by_role("textbox", name="LINEで返信").fill("書きかけ")
        await page.get_by_role("button", name="地図の場所").press("Enter")
        await expect(page.get_by_role("textbox", name="場所の名前")).to_be_focused()
        await page.keyboard.type("本店")
        where = page.get_by_role("textbox", name="緯度と経度")
        await where.fill("東京")
        await expect(page.get_by_text("位置がわかりません")).to_be_visible()
        await where.fill("https://www.openstreetmap.org/?mlat=35.6812&mlon=139.7671")
        assert await violations(page) == []
        await pictured(page, "place")
        await page.get_by_role("button", name="場所を送信").press("Enter")
        await expect(timeline(page, "本店")).to_contain_text("地図上の位置: 35.6812, 139.7671")
        await expect(page.get_by_role("textbox", name="LINEで返信")).to_have_value("書きかけ")


async def test_a_sticker_goes_out_by_line(browser: Browser) -> None:
    async with desk(browser, height=1000) as agent:
        page = agent.page
        await agent.sign_in()
        await expect(page.get_by_role("radio", name="離席")).to_be_checked()
        await page.context.request.post(f"{agent.url}dev/mail?line=1")
        await page.get_by_role("textbox", name="LINEで返信").fill("書きかけ")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.get_by_role("button", name="スタンプ", exact=True).press("Enter")
        packages = page.get_by_role("combobox", name="スタンプのセット")
        await expect(packages).to_be_focused()
        stickers = page.get_by_role("combobox", name="送信するスタンプ")
        await expect(stickers).to_contain_text("ありがとうございます (16581243)")
        await page.keyboard.press("ArrowDown")
        await expect(stickers).to_have_value("1988")
        await page.keyboard.press("ArrowUp")
        await expect(stickers).to_have_value("16581242")
        await stickers.press("ArrowDown")
        assert await violations(page) == []
        await pictured(page, "sticker")
        await page.get_by_role("button", name="スタンプを送信").press("Enter")
        await expect(timeline(page, "［スタンプ］ありがとうございます")).to_be_visible()
        await expect(page.get_by_role("textbox", name="LINEで返信")).to_have_value("書きかけ")
        assert all(url.startswith(agent.url) for url in asked), "no picture comes from elsewhere"


async def test_phrases_are_found_by_keyboard(browser: Browser) -> None:
    async with desk(browser, height=1000) as agent:
        page = await at_the_mail(agent)
        reply = page.get_by_role("textbox", name="メールで返信")
        await reply.fill("前置き。")
        await page.get_by_role("button", name="定型文").press("Enter")
        search = page.get_by_role("searchbox", name="定型文を探す")
        await expect(search).to_be_focused()
        await expect(page.get_by_role("list", name="テンプレート").get_by_role("listitem")).to_have_count(2)
        await page.keyboard.type("交換")
        await expect(page.get_by_role("list", name="テンプレート")).to_have_count(0)
        await expect(page.get_by_role("list", name="よくある質問の回答")).to_contain_text("交換を承ります。")
        await search.fill("お礼")
        assert await violations(page) == []
        await pictured(page, "phrases")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.get_by_role("button", name="お問い合わせのお礼").press("Enter")
        await expect(reply).to_be_focused()
        await expect(reply).to_have_value("前置き。鈴木 一郎 様\nお問い合わせありがとうございます。")
        await page.get_by_role("button", name="定型文").click()
        await page.keyboard.press("Escape")
        await expect(search).to_have_count(0)
        await expect(reply).to_be_focused()


async def test_signs_go_both_ways(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = await at_the_mail(agent)
        await page.get_by_role("textbox", name="メールで返信").press_sequentially("確認します")
        await page.keyboard.press("Control+Enter")
        await expect(timeline(page, "確認します")).to_contain_text("送信済み")
        signs = await (await page.context.request.get(f"{agent.url}dev/signs")).json()
        assert [(each["type"], each.get("message")) for each in signs] == [
            ("read", "email:2"),
            ("typing", None),
        ]
        await say(agent, type="sign", contact="e1", typing=True, read_ms=None)
        await expect(page.get_by_text("鈴木 一郎 様が入力中…")).to_be_visible()
        await say(agent, type="sign", contact="e1", typing=False, read_ms=9_999_999_999_999)
        await expect(page.get_by_text("鈴木 一郎 様が入力中…")).to_have_count(0)
        await expect(timeline(page, "確認します")).to_contain_text("既読")


async def test_what_did_not_arrive_is_sent_again_once(browser: Browser) -> None:
    async with desk(browser, height=1000) as agent:
        page = await at_the_mail(agent)
        await page.get_by_role("textbox", name="メールで返信").fill("fail 確かめます")
        await page.keyboard.press("Control+Enter")
        again = page.get_by_role("button", name="再送", exact=True)
        await expect(again).to_be_visible()
        assert await violations(page) == []
        await pictured(page, "failed")
        await again.press("Enter")
        sent = page.get_by_role("group").filter(has_text="fail 確かめます")
        await expect(sent).to_have_count(2)
        await expect(again).to_have_count(0)


async def test_what_did_not_arrive_is_tried_again(browser: Browser) -> None:
    async with desk(browser, role="supervisor") as agent:
        page = await at_the_team(agent)
        await page.get_by_role("button", name="配信エラー").click()
        letters = page.get_by_role("list", name="配信エラー").get_by_role("listitem")
        await expect(letters).to_have_count(2)
        await expect(letters.first).to_contain_text("1回試行")
        assert await violations(page) == []
        await pictured(page, "dead-letters")
        await page.get_by_role("button", name="再試行: U4af").press("Enter")
        await expect(letters).to_have_count(1)
        await page.set_viewport_size({"width": 400, "height": 800})
        assert await width_of(page) <= 400
