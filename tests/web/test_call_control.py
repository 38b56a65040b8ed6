"""The agent page controls a call: by keyboard and by mouse, with refusals where the command was given."""

from playwright.async_api import Browser, Locator, Page, expect

from tests.web.conftest import Desk, desk
from tests.web.test_agent_page import pytestmark as pytestmark
from tests.web.test_agent_page import violations, width_of


async def on_the_phone(agent: Desk, query: str = "") -> Page:
    """Sign in and be on the phone with Takahashi."""
    page = agent.page
    await agent.sign_in()
    await expect(page.get_by_role("radio", name="離席")).to_be_checked()
    await page.context.request.post(f"{agent.url}dev/call{query}")
    await expect(strip(page, "通話中").or_(strip(page, "相談中"))).to_be_visible()
    return page


def strip(page: Page, state: str) -> Locator:
    return page.get_by_role("region", name=f"電話 {state}")


async def consult_suzuki(page: Page) -> None:
    await page.keyboard.press("Alt+t")
    await expect(page.get_by_role("dialog").get_by_text("鈴木 花子")).to_be_visible()
    await page.keyboard.type("鈴木")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(strip(page, "相談中")).to_be_visible()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_caller_is_held_muted_and_recorded_by_keys(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = await on_the_phone(agent)
        controls = page.get_by_role("group", name="通話の操作")
        await page.keyboard.press("Alt+m")
        await expect(controls.get_by_role("button", name="ミュート")).to_have_attribute(
            "aria-pressed", "true"
        )
        await expect(strip(page, "通話中")).to_contain_text("ミュート中")
        await page.keyboard.press("Alt+e")
        await expect(strip(page, "通話中")).to_contain_text("録音中")
        await controls.get_by_role("button", name="録音を一時停止").click()
        await expect(strip(page, "通話中")).to_contain_text("録音を一時停止中")
        await controls.get_by_role("button", name="録音を停止").click()
        await expect(controls.get_by_role("button", name="録音を開始")).to_be_visible()
        await page.keyboard.press("Alt+h")
        await expect(strip(page, "保留中")).to_be_visible()


async def test_keys_are_sent_in_order_and_hidden_on_request(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = await on_the_phone(agent)
        await page.keyboard.press("Alt+n")
        keypad = page.get_by_role("region", name="キーパッド")
        await page.keyboard.type("12x34#")
        await keypad.get_by_role("button", name="*を送る").click()
        await expect(keypad.get_by_label("送った番号")).to_have_text("1234#*")
        heard = await page.context.request.get(f"{agent.url}dev/digits")
        assert await heard.text() == "1234#*"
        await keypad.get_by_role("button", name="隠す").click()
        await expect(keypad).not_to_contain_text("1234#*")
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await expect(keypad).to_have_count(0)


async def test_a_caller_is_invited_to_go_on_by_text(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = await on_the_phone(agent)
        await page.keyboard.press("Alt+i")
        ways = page.get_by_role("region", name="テキストで続ける")
        await expect(ways.get_by_role("button")).to_have_count(3)  # the hub has no mail
        await expect(ways.get_by_role("button", name="LINEでのご案内を送る")).to_be_focused()
        assert await violations(page) == []
        await ways.get_by_role("button", name="SMSでのご案内を送る").press("Enter")
        sent = ways.get_by_role("button", name="SMSでのご案内を送りました")
        await expect(sent).to_have_attribute("aria-disabled", "true")
        await expect(sent).to_be_focused()
        await expect(page.get_by_text("SMSでのご案内を送りました", exact=True)).to_have_count(1)
        await ways.get_by_role("button", name="チャットでのご案内を送る").click()
        refused = strip(page, "通話中").get_by_role("alert").filter(has_text="ご案内を送れません")
        await expect(refused).to_be_visible()
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await expect(ways).to_have_count(0)


async def test_a_call_is_transferred_unannounced(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = await on_the_phone(agent)
        await page.get_by_role("button", name="転送・相談").click()
        dialog = page.get_by_role("dialog", name="転送・相談")
        await expect(dialog.get_by_role("radio", name="田中 大輔")).to_be_visible()
        await expect(dialog).to_contain_text("通話中")
        await expect(dialog).to_contain_text("待ち2件")
        assert await violations(page) == []
        await dialog.get_by_role("button", name="すぐに転送").click()
        await expect(dialog.get_by_role("alert").filter(has_text="転送先を選んで")).to_be_visible()
        await dialog.get_by_role("radio", name="support").press("Space")
        await expect(dialog.get_by_role("button", name="相談してから転送")).to_have_count(0)
        await dialog.get_by_role("button", name="すぐに転送").click()
        await expect(dialog).to_have_count(0)
        await expect(page.get_by_text("対応中のお客様はいません")).to_be_visible()


async def test_a_refusal_is_told_in_the_dialog(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = await on_the_phone(agent)
        await page.keyboard.press("Alt+t")
        dialog = page.get_by_role("dialog", name="転送・相談")
        await dialog.get_by_label("担当者・キュー・電話番号").fill("田中")
        await dialog.get_by_role("button", name="相談してから転送").click()
        await expect(dialog.get_by_role("alert").filter(has_text="相手は通話中です。")).to_be_visible()
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(strip(page, "通話中")).to_be_visible()


async def test_a_consultation_ends_in_a_transfer(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = await on_the_phone(agent)
        await consult_suzuki(page)
        parties = page.get_by_role("list", name="相談・会議の相手")
        await expect(parties).to_contain_text("鈴木 花子")
        assert await violations(page) == []
        await page.keyboard.press("Alt+s")
        await expect(strip(page, "通話中")).to_be_visible()
        await expect(parties).to_contain_text("保留中")
        await page.get_by_role("button", name="相談相手に切替").click()
        await expect(strip(page, "相談中")).to_be_visible()
        await page.keyboard.press("Alt+c")
        await expect(page.get_by_text("対応中のお客様はいません")).to_be_visible()


async def test_a_consultation_becomes_a_conference_until_one_is_removed(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = await on_the_phone(agent)
        await consult_suzuki(page)
        mute = page.get_by_role("button", name="ミュート")
        await mute.press("Enter")
        await expect(mute).to_have_attribute("aria-pressed", "true")
        await expect(mute).to_be_focused()
        await page.get_by_role("button", name="会議").press("Enter")
        await expect(strip(page, "会議中")).to_be_visible()
        # The button that was pressed is gone; the focus is on the first that there is.
        await expect(page.get_by_role("button", name="会議から抜ける")).to_be_focused()
        await expect(page.get_by_role("button", name="会議から抜ける")).to_be_visible()
        await page.get_by_role("button", name="鈴木 花子を外す").click()
        await expect(strip(page, "通話中")).to_be_visible()
        await expect(page.get_by_role("list", name="相談・会議の相手")).to_have_count(0)


async def test_who_is_consulted_leaves_without_writing_up(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = await on_the_phone(agent, "?contact=x1&about=v9")
        await expect(strip(page, "相談中")).to_contain_text("田中 大輔さんから相談を受けています")
        controls = page.get_by_role("group", name="通話の操作")
        await expect(controls.get_by_role("button")).to_have_count(1)
        assert await violations(page) == []
        await page.get_by_role("button", name="相談から抜ける").click()
        await expect(page.get_by_text("対応中のお客様はいません")).to_be_visible()


async def test_a_call_is_parked_and_picked_up(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = await on_the_phone(agent)
        await page.keyboard.press("Alt+k")
        await expect(page.get_by_text("対応中のお客様はいません")).to_be_visible()
        await page.keyboard.press("Alt+l")
        dialog = page.get_by_role("dialog", name="パーク保留中の通話")
        await expect(dialog.get_by_role("listitem")).to_contain_text("高橋 美咲 様")
        assert await violations(page) == []
        agent.forgive("503")
        await page.context.request.post(f"{agent.url}dev/away")
        await expect(dialog.get_by_text("現在利用できません。")).to_be_visible()
        await page.context.request.post(f"{agent.url}dev/away?is=over")
        await dialog.get_by_role("button", name="取る").click()
        await expect(dialog).to_have_count(0)
        await expect(strip(page, "通話中")).to_be_visible()


async def test_a_number_is_dialled(browser: Browser) -> None:
    async with desk(browser) as agent:
        page = agent.page
        await agent.sign_in()
        await page.get_by_role("button", name="発信").click()
        dialog = page.get_by_role("dialog", name="電話をかける")
        await page.keyboard.type("99-9")
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_role("alert").filter(has_text="見つかりません")).to_be_visible()
        await dialog.get_by_label("電話番号").fill("０３-1234-5678")
        assert await violations(page) == []
        await dialog.get_by_label("発信するキュー").select_option("sales")
        await page.keyboard.press("Tab")
        await dialog.get_by_role("button", name="発信する").click()
        await expect(strip(page, "通話中")).to_contain_text("発信")
        await expect(page.get_by_role("heading", name="0312345678")).to_be_visible()


async def test_a_link_asks_before_it_dials(browser: Browser) -> None:
    async with desk(browser) as agent:
        page, url = agent.page, agent.url
        await agent.sign_in(query="?dial=0312345678")
        dialog = page.get_by_role("dialog", name="電話をかける")
        await expect(dialog.get_by_label("電話番号")).to_have_value("0312345678")
        await expect(dialog).to_contain_text("リンクから開かれました")
        assert page.url == url
        assert await violations(page) == []
        await page.reload()
        await expect(page.get_by_role("button", name="発信")).to_be_visible()
        await expect(dialog).to_have_count(0)
        await page.goto(f"{url}?dial=call-me")
        await expect(dialog.get_by_role("alert").filter(has_text="使えない文字")).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(dialog).to_be_visible()


async def test_a_small_screen_holds_a_consultation(browser: Browser) -> None:
    async with desk(browser, width=1280, height=720) as agent:
        page = await on_the_phone(agent)
        controls = page.get_by_role("group", name="通話の操作")
        await page.keyboard.press("Alt+e")
        box = await controls.bounding_box()
        assert box is not None
        assert box["height"] < 50  # one row
        await consult_suzuki(page)
        await page.keyboard.press("Alt+n")
        await expect(page.get_by_role("button", name="#を送る")).to_be_in_viewport(ratio=1)
        assert await width_of(page) <= 1280


async def test_a_narrow_window_holds_all_controls(browser: Browser) -> None:
    async with desk(browser, width=400) as agent:
        page = await on_the_phone(agent)
        await page.keyboard.press("Alt+e")
        assert await width_of(page) <= 400
        await consult_suzuki(page)
        await page.keyboard.press("Alt+n")
        await expect(page.get_by_role("region", name="キーパッド")).to_be_visible()
        assert await width_of(page) <= 400
