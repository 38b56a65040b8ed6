"""Two agents' pages on a real hub: one consults the other about a call, and hands it over."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from cti.softphone import AccountSettings, CallState, SoftphoneEngine
from hub.accounts import Role
from tests.fakes.providers import ProviderSimulator
from tests.support.asterisk import AsteriskNode
from tests.support.hub import prepared_hub
from tests.web.test_page_on_hub import agent_at_work

pytestmark = pytest.mark.real


async def test_a_call_is_handed_over_after_a_talk(
    browser: Browser, tmp_path: Path, asterisk: AsteriskNode, redis_url: str
) -> None:
    async with ProviderSimulator() as simulator, SoftphoneEngine() as engine, AsyncExitStack() as stack:
        hub = await prepared_hub(tmp_path, asterisk, redis_url, simulator)
        await hub.add_agent("sato", "佐藤")
        await hub.add_agent("suzuki", "鈴木", Role.SUPERVISOR)
        await hub.start()
        stack.push_async_callback(hub.stop)
        sato, sato_phone = await stack.enter_async_context(agent_at_work(browser, hub, engine, asterisk))
        caller = await engine.account(
            AccountSettings(user="0311112222", domain="127.0.0.2", bound_address="127.0.0.2")
        )
        call = await caller.call(f"sip:0312345678@{asterisk.sip_host}:{asterisk.sip_port}")
        await call.wait(CallState.ANSWERED, 10)
        await call.dtmf("1")
        await (await sato_phone.next_call(15)).answer()
        page = sato.page
        await expect(page.get_by_role("region", name="電話 通話中")).to_be_visible()

        suzuki, suzuki_phone = await stack.enter_async_context(
            agent_at_work(browser, hub, engine, asterisk, agent="suzuki")
        )
        await suzuki.page.keyboard.press("Alt+g")
        agents = suzuki.page.get_by_role("region", name="担当者")
        await expect(agents.get_by_role("listitem").filter(has_text="佐藤")).to_contain_text("通話中")

        await page.keyboard.press("Alt+t")
        await page.get_by_role("dialog").get_by_role("radio", name="鈴木").press("Space")
        await page.get_by_role("button", name="相談してから転送").click()
        second = await suzuki_phone.next_call(15)
        await expect(suzuki.page.get_by_role("article").get_by_text("佐藤さんから")).to_be_visible()
        await second.answer()
        await expect(page.get_by_role("region", name="電話 相談中")).to_be_visible()
        consulted = suzuki.page.get_by_role("region", name="電話 相談中")
        await expect(consulted).to_contain_text("佐藤さんから相談を受けています")

        await page.get_by_role("button", name="転送を完了").click()
        await expect(page.get_by_role("region", name="電話 相談中")).to_have_count(0)
        await expect(suzuki.page.get_by_role("region", name="電話 通話中")).to_be_visible()
        await expect(consulted).to_have_count(0)
        await suzuki.page.get_by_role("button", name="通話を終える").click()
        await call.wait(CallState.ENDED, 5)
        await expect(suzuki.page.get_by_role("button", name="後処理を完了")).to_be_visible()
