"""The agent page on a real hub: a LINE customer is served, then calls, by way of a real Asterisk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from cti.softphone import AccountSettings, CallState, Softphone, SoftphoneEngine
from tests.fakes.line import line_user_id
from tests.fakes.providers import ProviderSimulator
from tests.story.play import registered
from tests.support.asterisk import AsteriskNode
from tests.support.hub import RunningHub, prepared_hub
from tests.web.conftest import Desk

pytestmark = pytest.mark.real

HANAKO = line_user_id("hanako")


@asynccontextmanager
async def agent_at_work(
    browser: Browser, hub: RunningHub, engine: SoftphoneEngine, asterisk: AsteriskNode, agent: str = "sato"
) -> AsyncIterator[tuple[Desk, Softphone]]:
    """Sign an agent in on the hub's own page and register the phone."""
    password, sip_password = hub.passwords[agent]
    phone = await engine.account(
        AccountSettings(
            user=agent,
            domain=asterisk.sip_host,
            password=sip_password,
            registrar=f"sip:{asterisk.sip_host}:{asterisk.sip_port}",
        )
    )
    await registered(phone)
    context = await browser.new_context(locale="ja")
    desk = Desk(await context.new_page(), hub.url)
    desk.listen()
    await desk.sign_in(password, name=agent)
    await desk.page.get_by_role("radio", name="受付可").check(force=True)
    yield desk, phone
    await context.close()
    assert desk.faults == []


async def test_a_customer_is_served_on_line_and_then_by_phone(
    browser: Browser, tmp_path: Path, asterisk: AsteriskNode, redis_url: str
) -> None:
    async with ProviderSimulator() as simulator, SoftphoneEngine() as engine:
        simulator.line.names[HANAKO] = "鈴木 花子"
        hub = await prepared_hub(tmp_path, asterisk, redis_url, simulator)
        await hub.add_agent("sato", "佐藤")
        await hub.start()
        try:
            async with agent_at_work(browser, hub, engine, asterisk) as (agent, phone):
                await serve_on_line(agent, simulator)
                await serve_by_phone(agent, phone, engine, asterisk)
        finally:
            await hub.stop()


async def serve_on_line(agent: Desk, simulator: ProviderSimulator) -> None:
    page = agent.page
    assert await simulator.say(HANAKO, "商品が届きません") == 200
    await expect(page.get_by_role("article", name="新しいメッセージ: 鈴木 花子 様")).to_be_visible()
    await page.get_by_role("button", name="対応する").click()
    await page.get_by_role("textbox", name="LINEで返信").fill("お調べいたします。")
    await page.get_by_role("button", name="送信").click()
    shown = await simulator.wait_for_message(HANAKO, lambda message: "お調べ" in message.text)
    assert shown.how == "reply"


async def serve_by_phone(
    agent: Desk, phone: Softphone, engine: SoftphoneEngine, asterisk: AsteriskNode
) -> None:
    """A stranger's call: a call fits beside a thread of somebody else only when that one is closed."""
    page = agent.page
    await page.get_by_role("button", name="会話を終える").click()
    await page.get_by_role("radio", name="解決").check(force=True)
    await page.get_by_role("button", name="後処理を完了").click()
    caller = await engine.account(
        AccountSettings(user="0311112222", domain="127.0.0.2", bound_address="127.0.0.2")
    )
    call = await caller.call(f"sip:0312345678@{asterisk.sip_host}:{asterisk.sip_port}")
    await call.wait(CallState.ANSWERED, 10)
    await call.dtmf("1")
    ringing = await phone.next_call(15)
    await expect(page.get_by_role("article", name="電話の着信")).to_be_visible()
    await ringing.answer()
    await expect(page.get_by_role("region", name="電話 通話中")).to_be_visible()
    await page.get_by_role("button", name="通話を終える").click()
    await call.wait(CallState.ENDED, 5)
    await expect(page.get_by_role("button", name="後処理を完了")).to_be_visible()
