"""Two agents' pages on a real hub: a call is handed over, listened to, parked and picked up."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from cti.softphone import AccountSettings, CallState, PhoneCall, Softphone, SoftphoneEngine
from hub.accounts import Role
from tests.fakes.providers import ProviderSimulator
from tests.support.asterisk import AsteriskNode
from tests.support.hub import prepared_hub
from tests.web.test_page_on_hub import agent_at_work

pytestmark = pytest.mark.real


@dataclass(slots=True)
class Office:
    """Sato, who is on the phone with `caller`, and Suzuki, a supervisor: pages and phones."""

    simulator: ProviderSimulator
    caller: PhoneCall
    sato: Page
    sato_phone: Softphone
    suzuki: Page
    suzuki_phone: Softphone


@pytest.fixture
async def office(
    browser: Browser, tmp_path: Path, asterisk: AsteriskNode, redis_url: str
) -> AsyncIterator[Office]:
    async with ProviderSimulator() as simulator, SoftphoneEngine() as engine, AsyncExitStack() as stack:
        hub = await prepared_hub(tmp_path, asterisk, redis_url, simulator)
        await hub.add_agent("sato", "佐藤")
        await hub.add_agent("suzuki", "鈴木", Role.SUPERVISOR)
        await hub.start()
        stack.push_async_callback(hub.stop)
        sato, sato_phone = await stack.enter_async_context(agent_at_work(browser, hub, engine, asterisk))
        account = AccountSettings(user="0311112222", domain="127.0.0.2", bound_address="127.0.0.2")
        caller = await engine.account(account)
        call = await caller.call(f"sip:0312345678@{asterisk.sip_host}:{asterisk.sip_port}")
        await call.wait(CallState.ANSWERED, 10)
        await call.dtmf("1")
        await (await sato_phone.next_call(15)).answer()
        await expect(sato.page.get_by_role("region", name="電話 通話中")).to_be_visible()
        suzuki, suzuki_phone = await stack.enter_async_context(
            agent_at_work(browser, hub, engine, asterisk, agent="suzuki")
        )
        yield Office(simulator, call, sato.page, sato_phone, suzuki.page, suzuki_phone)


async def test_a_call_is_handed_over_after_a_talk(office: Office) -> None:
    sato, suzuki = office.sato, office.suzuki
    await sato.get_by_role("button", name="テキストで続ける").click()
    await sato.get_by_role("button", name="LINEでのご案内を送る").click()
    await office.simulator.wait_for_message("+81311112222", lambda message: "LINE" in message.text)
    await expect(sato.get_by_role("button", name="LINEでのご案内を送りました")).to_be_visible()
    await expect(sato.get_by_role("button", name="SMSでのご案内を送る")).to_have_count(0)  # it only sends
    await sato.get_by_role("textbox", name="メモ（").fill("荷物が届いていない")
    await sato.keyboard.press("Enter")
    await expect(sato.get_by_role("list", name="この通話のメモ")).to_contain_text("荷物が届いていない")
    await sato.keyboard.press("Alt+t")
    await sato.get_by_role("dialog").get_by_role("radio", name="鈴木").press("Space")
    await sato.get_by_role("button", name="相談してから転送").click()
    second = await office.suzuki_phone.next_call(15)
    await expect(suzuki.get_by_role("article").get_by_text("佐藤さんから")).to_be_visible()
    await expect(suzuki.get_by_role("article")).to_contain_text("荷物が届いていない")
    await second.answer()
    await expect(sato.get_by_role("region", name="電話 相談中")).to_be_visible()
    consulted = suzuki.get_by_role("region", name="電話 相談中")
    await expect(consulted).to_contain_text("佐藤さんから相談を受けています")
    await suzuki.get_by_role("textbox", name="メモ（").fill("再送する")
    await suzuki.keyboard.press("Enter")
    await expect(sato.get_by_role("list", name="この通話のメモ")).to_contain_text("再送する")
    await sato.get_by_role("button", name="転送を完了").click()
    await expect(sato.get_by_role("region", name="電話 相談中")).to_have_count(0)
    await expect(suzuki.get_by_role("region", name="電話 通話中")).to_be_visible()
    await expect(consulted).to_have_count(0)
    await suzuki.get_by_role("button", name="通話を終える").click()
    await office.caller.wait(CallState.ENDED, 5)
    await expect(suzuki.get_by_role("button", name="後処理を完了")).to_be_visible()


async def test_a_call_is_listened_to_then_parked_and_picked_up(office: Office) -> None:
    sato, suzuki = office.sato, office.suzuki
    await suzuki.keyboard.press("Alt+g")
    row = suzuki.get_by_role("region", name="担当者").get_by_role("listitem").filter(has_text="佐藤")
    await expect(row).to_contain_text("通話中")
    await row.get_by_role("button", name="モニター").click()
    listening = await office.suzuki_phone.next_call(15)
    await listening.answer()
    await expect(suzuki.get_by_text("佐藤さんの通話に入っています")).to_be_visible()
    await row.get_by_role("button", name="ささやき").click()
    await expect(row.get_by_role("button", name="ささやき")).to_have_attribute("aria-pressed", "true")
    await row.get_by_role("button", name="終える").click()
    await listening.wait(CallState.ENDED, 5)
    await expect(suzuki.get_by_text("佐藤さんの通話に入っています")).to_have_count(0)

    await sato.keyboard.press("Alt+k")
    await expect(sato.get_by_role("region", name="電話 通話中")).to_have_count(0)
    await suzuki.keyboard.press("Alt+l")
    await suzuki.get_by_role("dialog").get_by_role("button", name="取る").click()
    await (await office.suzuki_phone.next_call(15)).answer()
    await expect(suzuki.get_by_role("region", name="電話 通話中")).to_be_visible()
    await suzuki.get_by_role("button", name="通話を終える").click()
    await office.caller.wait(CallState.ENDED, 5)
