"""An agent's page as the phone, a customer's page as the other: a real hub, Asterisk, two browsers."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.fakes.providers import ProviderSimulator
from tests.support.asterisk import ROOT, AsteriskNode
from tests.support.hub import RunningHub, prepared_hub
from tests.web.conftest import Desk
from tests.web.test_agent_page import violations
from tests.webrtc_page.chromium import cut_off, decoded, heard, hears, humming_chromium
from tests.webrtc_page.conftest import HUM_HZ, hung_up, watch

pytestmark = pytest.mark.real

AGENT_HZ = 620.0
ORIGIN = "https://shop.example.jp"
WEBRTC_CONF = f"""
[general]
phone = +81312345678
calls_per_minute = 600

[shop]
origin => {ORIGIN}
queue = support
video = yes
"""


@dataclass(slots=True)
class Office:
    """Sato, whose browser is the phone, and a customer at the page of a link."""

    hub: RunningHub
    agent: Page
    customer: Page

    async def call(self) -> None:
        """The customer calls, and Sato answers."""
        await self.customer.goto(await self.link())
        await self.customer.get_by_role("button", name="Call").click()
        await self.answer()

    async def answer(self) -> None:
        await self.agent.get_by_role("article").get_by_role("button", name="応答").click()
        await expect(self.agent.get_by_role("region", name="電話 通話中")).to_be_visible()

    async def link(self) -> str:
        """Get a token as the shop's page does."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.hub.url}/webrtc/sites/shop", headers={"Origin": ORIGIN}) as answer,
        ):
            assert answer.status == 200, await answer.text()
            return f"{self.hub.url}/call/#token={(await answer.json())['token']}"

    async def both_hear(self) -> None:
        await hears(self.customer, AGENT_HZ)
        await hears(self.agent, HUM_HZ)


@pytest.fixture
async def office(tmp_path: Path, asterisk: AsteriskNode, redis_url: str) -> AsyncIterator[Office]:
    config = tmp_path / "config"
    shutil.copytree(ROOT / "asterisk-config", config)
    (config / "webrtc.conf").write_text(WEBRTC_CONF)
    async with ProviderSimulator() as simulator, AsyncExitStack() as stack:
        hub = await prepared_hub(
            tmp_path, asterisk, redis_url, simulator, config_dir=config, CHAT_ORIGINS=ORIGIN
        )
        await hub.add_agent("sato", "佐藤")
        await hub.start()
        stack.push_async_callback(hub.stop)
        theirs = await stack.enter_async_context(humming_chromium(tmp_path, HUM_HZ))
        ours = await stack.enter_async_context(humming_chromium(tmp_path, AGENT_HZ))
        customer = await watch(await theirs.new_context(locale="en"))
        agent = await watch(await ours.new_context(locale="ja"))
        desk = Desk(agent, hub.url)
        await desk.sign_in(hub.passwords["sato"][0])
        await agent.get_by_role("button", name="ブラウザーの電話").click()
        region = agent.get_by_role("region", name="ブラウザーの電話")
        await expect(region).to_contain_text("電話はこのブラウザーで受けます")
        await agent.get_by_role("radio", name="受付可").check(force=True)
        yield Office(hub, agent, customer)
        await hung_up(asterisk)


async def test_a_call_is_answered_in_the_page_and_pictures_follow(office: Office) -> None:
    agent, customer = office.agent, office.customer
    await office.call()
    await office.both_hear()
    assert await violations(agent) == []

    await customer.get_by_role("button", name="Camera").click()
    await expect(agent.get_by_label("お客様の映像")).to_be_visible()
    before = await decoded(agent)
    await agent.wait_for_timeout(2000)
    seen = await decoded(agent)
    assert seen["count"] - before["count"] >= 8
    assert seen["width"] >= 160
    assert seen["height"] >= 90
    await agent.get_by_role("region", name="ブラウザーの電話").get_by_role("button", name="カメラ").click()
    await expect(customer.get_by_label("Their picture")).to_be_visible()
    assert await violations(agent) == []
    await customer.get_by_role("button", name="Camera").click()
    await expect(agent.get_by_label("お客様の映像")).to_have_count(0)
    await office.both_hear()

    await agent.get_by_role("button", name="通話を終える").click()
    await expect(customer.get_by_role("status")).to_have_text("The call has ended.")
    await expect(agent.get_by_role("button", name="後処理を完了")).to_be_visible()


async def test_an_agents_page_that_is_loaded_anew_gets_its_caller_back(office: Office) -> None:
    agent = office.agent
    await office.call()
    await office.both_hear()
    await agent.reload()
    # The hub kept the caller, with music, until this browser was a phone again.
    await expect(agent.get_by_role("article").get_by_role("button", name="応答")).to_be_visible()
    await expect(office.customer.get_by_role("status")).to_have_text("Connected")
    await office.answer()
    await office.both_hear()


async def test_a_customers_page_that_is_loaded_anew_calls_again(office: Office) -> None:
    customer, agent = office.customer, office.agent
    customer.on("dialog", lambda dialog: dialog.accept())
    await office.call()
    await office.both_hear()
    await customer.reload()
    await expect(agent.get_by_role("button", name="後処理を完了")).to_be_visible()
    await expect(customer.get_by_role("status")).to_have_text(re.compile("Calling|Connected"))
    await agent.get_by_role("radio", name="その他").check(force=True)
    await agent.get_by_role("button", name="後処理を完了").click()
    await office.answer()
    await office.both_hear()


async def test_an_agent_whose_network_is_away_has_his_caller_back(office: Office) -> None:
    await office.call()
    await office.both_hear()
    began = asyncio.get_running_loop().time()
    with cut_off(AGENT_HZ):
        async with asyncio.timeout(15):  # thrice what it takes where nobody else computes
            sound = {"level": 0.0, "share": 0.0}
            while sound["level"] < 0.01 or sound["share"] > 0.5:
                sound = await heard(office.customer, AGENT_HZ)
        took_s = asyncio.get_running_loop().time() - began
        await asyncio.sleep(8 - took_s)
    print(f"from the agent's silence to music: {took_s:.1f} s")
    await office.answer()
    await office.both_hear()


async def test_both_lose_their_sockets_and_go_on(office: Office) -> None:
    customer, agent = office.customer, office.agent
    await office.call()
    await office.both_hear()
    for page in (customer, agent):
        await page.context.set_offline(True)
        await page.context.set_offline(False)
    await expect(customer.get_by_role("status")).to_have_text("Connected")
    region = agent.get_by_role("region", name="ブラウザーの電話")
    await expect(region.get_by_role("status")).to_have_text("ブラウザーで通話中")
    await office.both_hear()
    await customer.get_by_role("button", name="Hang up").click()
    await expect(agent.get_by_role("button", name="後処理を完了")).to_be_visible()


async def test_a_visitor_of_the_chat_calls_whom_he_writes_with(office: Office) -> None:
    customer, agent = office.customer, office.agent
    await customer.goto(f"{office.hub.url}/chat/")
    await customer.get_by_role("textbox", name="Message", exact=True).fill("Hello")
    await customer.keyboard.press("Enter")
    await agent.get_by_role("button", name="対応する").click()
    async with customer.context.expect_page() as opened:
        await customer.get_by_role("button", name="Call from the browser").click()
    page = await opened.value
    await page.get_by_role("button", name="Call", exact=True).click()
    await office.answer()
    await hears(page, AGENT_HZ)
    await hears(agent, HUM_HZ)
    # One conversation for both channels.
    await expect(agent.get_by_role("navigation").get_by_role("listitem")).to_have_count(1)


async def test_a_second_tab_leaves_the_phone_to_the_first(office: Office) -> None:
    second = await office.agent.context.new_page()
    await second.goto(office.hub.url)
    await expect(second.get_by_role("alert").filter(has_text="別のタブ")).to_be_visible()
    region = office.agent.get_by_role("region", name="ブラウザーの電話")
    await expect(region).to_contain_text("電話はこのブラウザーで受けます")
