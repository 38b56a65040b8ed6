"""The agent page by keyboard and for assistive technology, under a stricter policy than the hub's."""

import re

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.browser import WEB
from tests.web.conftest import Desk, desk

pytestmark = pytest.mark.real

WIDTH = 400
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"


def timeline(page: Page, text: str) -> Locator:
    """Return what the timeline shows with this text."""
    return page.get_by_role("region", name="お客様とのやり取り").get_by_role("listitem").filter(has_text=text)


async def to_the_call(agent: Desk) -> None:
    """Sign in, take the LINE contact, answer it, and be on the phone with the same customer."""
    page = agent.page
    await agent.sign_in()
    await expect(page.get_by_role("radio", name="離席")).to_be_checked()
    await page.keyboard.press("Alt+p")
    await expect(page.get_by_role("article", name="新しいメッセージ: 高橋 美咲 様")).to_be_visible()
    await page.keyboard.press("Alt+a")
    await expect(page.get_by_role("textbox", name="LINEで返信")).to_be_focused()
    await page.keyboard.type("確認いたします。")
    await page.keyboard.press("Control+Enter")
    await expect(timeline(page, "確認いたします。")).to_contain_text("送信済み")
    await expect(page.get_by_role("region", name="電話 通話中")).to_be_visible()


async def width_of(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollWidth"))


async def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong, as rule and element."""
    found = await page.evaluate(
        f"async () => {{ {AXE.read_text()}; return (await axe.run()).violations"
        ".flatMap(each => each.nodes.map(node => `${each.id}: ${node.target}`)); }"
    )
    return [str(each) for each in found]


async def test_a_customer_is_served_by_keyboard_alone(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = agent.page
        await to_the_call(agent)
        # One conversation for both channels, and the way through the menu that the call took.
        await expect(page.get_by_role("region", name="LINE 対応中")).to_be_visible()
        await expect(page.get_by_role("navigation").get_by_role("listitem")).to_have_count(1)
        await expect(page.get_by_role("complementary")).to_contain_text("welcome")
        await page.keyboard.press("Alt+h")
        await expect(page.get_by_role("region", name="電話 保留中")).to_be_visible()
        await page.keyboard.press("Alt+h")
        await expect(page.get_by_role("region", name="電話 通話中")).to_be_visible()
        await page.get_by_role("button", name="通話を終える").press("Enter")
        await expect(page.get_by_role("radio", name="解決")).to_be_focused()
        await page.keyboard.press("Space")
        await page.keyboard.press("Tab")
        await page.keyboard.type("フィルターの付け直しで解決。")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("region", name="電話 後処理")).to_have_count(0)
        await expect(page.get_by_role("region", name="お客様とのやり取り")).to_contain_text(
            "フィルターの付け直し"
        )


async def test_what_was_said_in_a_past_call_can_be_opened(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = agent.page
        await to_the_call(agent)
        said = page.get_by_role("list", name="文字起こし").get_by_role("listitem")
        await expect(said).to_have_count(0)
        await page.get_by_text("文字起こし", exact=True).press("Enter")
        await expect(said).to_have_count(2)
        await expect(said.nth(0)).to_contain_text("お客様")
        await expect(said.nth(1)).to_contain_text("tanaka")
        await expect(said.nth(1)).to_contain_text("来週の予定です。")
        assert await violations(page) == []


async def test_presence_stays_as_chosen_until_the_hub_shows_it(browser: Browser) -> None:
    async with desk(browser) as agent:
        await agent.sign_in()
        for name in ("受付可", "離席", "受付可"):
            await agent.page.get_by_role("radio", name=name).check(force=True)


async def test_a_wrong_password_is_told_in_the_language_chosen(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = agent.page
        await agent.sign_in("wrong")
        await expect(page.get_by_text("IDまたはパスワードが違います。")).to_be_visible()
        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_text("Id and password do not fit.")).to_be_visible()
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await page.reload()
        await expect(page.get_by_label("User id")).to_be_focused()


async def test_a_lost_link_comes_back_with_everything(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = agent.page
        await to_the_call(agent)
        await page.get_by_role("textbox", name="LINEで返信").fill("下書き")
        await page.context.request.post(f"{agent.url}dev/drop")
        await expect(page.get_by_text("接続が切れました").first).to_be_visible()
        # What is sent meanwhile leaves once the link is back.
        await page.keyboard.press("Control+Enter")
        await expect(timeline(page, "下書き")).to_contain_text("送信済み")
        await expect(page.get_by_role("region", name="電話 通話中")).to_be_visible()
        await expect(timeline(page, "下書き")).to_have_count(1)


async def test_a_reloaded_page_shows_what_is_open(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = agent.page
        await to_the_call(agent)
        await page.reload()
        await expect(page.get_by_role("region", name="電話 通話中")).to_be_visible()
        await expect(page.get_by_role("complementary")).to_contain_text("090-1234-5678")


async def test_a_session_that_is_over_leaves_nothing_of_the_customer(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = agent.page
        await to_the_call(agent)
        await page.context.request.post(f"{agent.url}dev/drop?session=over")
        await expect(page.get_by_text("セッションが終了しました")).to_be_visible()
        await expect(page.locator("body")).not_to_contain_text("高橋")


@pytest.mark.parametrize("locale", ["ja", "en"])
async def test_a_narrow_window_needs_no_sideways_scrolling(browser: Browser, locale: str) -> None:
    async with desk(browser, locale=locale, width=WIDTH) as agent:
        page = agent.page
        await agent.sign_in()
        await page.get_by_role("radio", name=re.compile("離席|Not ready")).wait_for()
        assert await width_of(page) <= WIDTH
        await page.keyboard.press("Alt+p")
        await page.get_by_role("article").wait_for()
        assert await width_of(page) <= WIDTH
        await page.keyboard.press("Alt+a")
        await page.get_by_role("textbox", name=re.compile("LINE")).wait_for()
        await page.get_by_role("button", name=re.compile("お客様情報|Customer details")).click()
        await expect(page.get_by_role("complementary")).to_be_visible()
        assert await width_of(page) <= WIDTH


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_assistive_technology_finds_its_way(browser: Browser, scheme: str) -> None:
    async with desk(browser, scheme=scheme) as agent:
        page = agent.page
        await page.goto(agent.url)
        await page.get_by_label("ユーザーID").wait_for()
        assert await violations(page) == []
        await to_the_call(agent)
        assert await violations(page) == []
        await page.get_by_role("button", name="通話を終える").click()
        await page.get_by_role("region", name="電話 後処理").wait_for()
        assert await violations(page) == []
