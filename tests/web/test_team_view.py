"""The supervisor's view: who does what, coming into calls, and what can be changed of an agent."""

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.web.conftest import Desk, desk
from tests.web.test_agent_page import pytestmark as pytestmark
from tests.web.test_agent_page import violations, width_of


async def at_the_team(agent: Desk) -> Page:
    page = agent.page
    await agent.sign_in()
    await expect(page.get_by_role("button", name="チーム")).to_be_visible()
    await page.keyboard.press("Alt+g")
    await expect(row(page, "田中 大輔")).to_be_visible()
    return page


def row(page: Page, name: str) -> Locator:
    agents = page.get_by_role("region", name="担当者")
    return agents.get_by_role("listitem").filter(has_text=name)


async def test_agents_do_not_see_it(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = agent.page
        await agent.sign_in()
        await expect(page.get_by_role("button", name="発信")).to_be_visible()
        await page.keyboard.press("Alt+g")
        await expect(page.get_by_role("button", name="チーム")).to_have_count(0)
        await expect(page.get_by_role("heading", name="チームの状況")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_shows_agents_and_queues(browser: Browser, scheme: str) -> None:
    async with desk(browser, role="supervisor", height=720, scheme=scheme) as agent:
        page = await at_the_team(agent)
        await expect(row(page, "田中 大輔")).to_contain_text("通話中")
        await expect(row(page, "田中 大輔")).to_contain_text("山本 健 様")
        await expect(row(page, "山田 真一")).to_contain_text("離席 食事")
        support = page.get_by_role("region", name="support")
        await expect(support).to_contain_text("通話1件、待ち2件")
        await expect(support.get_by_role("list", name="待ち").get_by_role("listitem").first).to_contain_text(
            "090-1111-2222"
        )
        assert await violations(page) == []
        assert await width_of(page) <= 1280
        await expect(page.get_by_role("button", name="操作の記録")).to_have_count(0)


async def test_a_call_is_heard_whispered_into_and_taken_over(browser: Browser) -> None:
    async with desk(browser, role="supervisor") as agent:
        page = await at_the_team(agent)
        tanaka = row(page, "田中 大輔")
        await tanaka.get_by_role("button", name="モニター").click()
        await expect(page.get_by_text("田中 大輔さんの通話に入っています")).to_be_visible()
        await tanaka.get_by_role("button", name="ささやき").click()
        whisper = tanaka.get_by_role("button", name="ささやき")
        await expect(whisper).to_have_attribute("aria-pressed", "true")
        await tanaka.get_by_role("button", name="割り込み").click()
        await expect(whisper).to_have_attribute("aria-pressed", "false")
        assert await violations(page) == []
        await page.keyboard.press("Alt+g")
        # The call goes on being shown at the desk.
        await expect(page.get_by_role("button", name="終える")).to_be_visible()
        await page.get_by_role("button", name="引き継ぐ").click()
        dialog = page.get_by_role("dialog", name="田中 大輔さんに代わって")
        assert await violations(page) == []
        await dialog.get_by_role("button", name="引き継ぐ").click()
        await expect(dialog).to_have_count(0)
        await expect(page.get_by_role("heading", name="山本 健 様")).to_be_visible()
        await expect(page.get_by_text("さんの通話に入っています")).to_have_count(0)


async def test_an_agent_is_managed(browser: Browser) -> None:
    async with desk(browser, role="supervisor") as agent:
        page = await at_the_team(agent)
        await page.get_by_role("button", name="鈴木 花子さんの管理").click()
        dialog = page.get_by_role("dialog", name="鈴木 花子さんの管理")
        await dialog.get_by_role("combobox", name="在席状態").select_option("離席: 会議")
        await dialog.get_by_role("button", name="変更").click()
        await expect(dialog.get_by_role("status").filter(has_text="変更しました。")).to_be_visible()
        await expect(row(page, "鈴木 花子")).to_contain_text("離席 会議")
        await dialog.get_by_role("button", name="salesから外す").click()
        await dialog.get_by_label("追加するキュー").select_option("sales")
        await dialog.get_by_role("button", name="追加").click()
        await expect(dialog.get_by_role("button", name="salesから外す")).to_be_visible()
        assert await violations(page) == []
        agent.forgive("409")
        await dialog.get_by_role("button", name="supportから外す").click()
        await expect(dialog.get_by_text("設定ファイルのメンバーです。")).to_be_visible()
        await dialog.get_by_role("button", name="ログオフさせる").click()
        await (
            dialog.get_by_role("group", name="鈴木 花子さんをログオフさせますか。")
            .get_by_role("button", name="ログオフさせる")
            .click()
        )
        await expect(dialog.get_by_role("status").filter(has_text="ログオフさせました。")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(row(page, "鈴木 花子")).to_contain_text("オフライン")


async def test_recordings_are_heard_and_the_audit_log_is_read(browser: Browser) -> None:
    async with desk(browser, role="admin") as agent:
        page = await at_the_team(agent)
        await page.get_by_role("button", name="録音", exact=True).click()
        recordings = page.get_by_role("list", name="録音")
        await expect(recordings.get_by_role("listitem")).to_have_count(2)
        assert await violations(page) == []
        await page.get_by_role("button", name="さらに表示").click()
        await expect(recordings.get_by_role("listitem")).to_have_count(3)
        players = recordings.locator("audio")
        assert await players.nth(0).evaluate("each => each.play().then(() => each.duration)") == 1
        agent.forgive("404")
        await players.nth(2).evaluate("each => each.play().catch(() => null)")
        await expect(recordings.get_by_text("この録音は再生できません。")).to_be_visible()
        await page.get_by_role("button", name="操作の記録").click()
        await expect(page.get_by_role("row").filter(has_text="録音を聞いた")).to_be_visible()
        assert await violations(page) == []


async def test_the_menus_are_drawn_and_walked_by_the_keyboard(browser: Browser) -> None:
    async with desk(browser, role="supervisor") as agent:
        page = await at_the_team(agent)
        await page.get_by_role("button", name="メニュー", exact=True).click()
        await expect(page.get_by_role("img", name="発信者がメニューの中で進む先の図です。")).to_be_visible()
        places = page.get_by_role("list", name="メニューの各場所と進む先")
        await places.get_by_role("button", name="mainへ").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        way = places.get_by_role("button", name="1 サポート：queue,supportへ")
        await expect(way).to_be_focused()
        assert await violations(page) == []


async def test_what_is_not_new_says_so(browser: Browser) -> None:
    async with desk(browser, role="supervisor") as agent:
        page = await at_the_team(agent)
        agent.forgive("503")
        await page.context.request.post(f"{agent.url}dev/away")
        await expect(page.get_by_text("現在利用できません。")).to_be_visible()
        await expect(row(page, "田中 大輔")).to_be_visible()
        await page.context.request.post(f"{agent.url}dev/away?is=over")
        await expect(page.get_by_text("現在利用できません。")).to_have_count(0)


async def test_a_narrow_window_needs_no_sideways_scrolling(browser: Browser) -> None:
    async with desk(browser, role="admin", width=400) as agent:
        page = await at_the_team(agent)
        assert await width_of(page) <= 400
