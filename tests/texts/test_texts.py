"""Texts through the hub as it runs: a bot first, canned replies, handing back, too much at once."""

import html
import json
import re
from typing import Any

import aiohttp
import pytest

from tests.fakes.line import line_user_id
from tests.story.desktop import Desktop
from tests.texts.conftest import Texts

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]


async def _takes(desktop: Desktop, after: int = 0) -> dict[str, Any]:
    offer = await desktop.wait("offer", after=after)
    await desktop.command("accept", offer=offer["offer"])
    return await desktop.wait(
        "contact", lambda each: each["id"] == offer["contact"] and each["state"] == "connected", after=after
    )


async def _wraps_up(desktop: Desktop, contact: str) -> None:
    await desktop.wait("contact", lambda each: each["id"] == contact and each["state"] == "wrap_up")
    await desktop.command("wrap_up", contact=contact, disposition="other")
    await desktop.wait("contact", lambda each: each["id"] == contact and each["state"] == "ended")


async def test_the_bot_answers_hands_over_and_gets_back(texts: Texts) -> None:
    user, sato, seen = line_user_id("bot"), texts.sato, len(texts.sato.events)

    async def says(words: str, expected: str) -> None:
        before = len(texts.simulator.messages_to(user))
        assert await texts.simulator.say(user, words) == 200
        await texts.simulator.customers.wait_for(user, lambda each: expected in each.text, after=before)

    await says("営業時間を教えてください", "9:00〜17:00")
    await says("担当者をお願いします", "注文番号")
    await says("123456です", "担当者におつなぎします")
    contact = await _takes(sato, seen)
    pop = await sato.wait("screen_pop", lambda each: each["contact"] == contact["id"])
    assert [(each["name"], each["value"]) for each in pop["heard"]] == [("order", "123456")]
    said = [(each["direction"], each["text"]) for each in contact["messages"]]
    assert said[0] == ("in", "営業時間を教えてください")
    assert ("out", "平日9:00〜17:00") in said

    replies = (await sato.get(f"/templates?contact={contact['id']}"))["templates"]
    greeting = next(each["text"] for each in replies if each["name"] == "greeting")
    assert "佐藤" in greeting
    await sato.command("send", contact=contact["id"], message="m-bot-1", text=greeting)
    await texts.simulator.wait_for_message(user, lambda each: each.text == greeting)

    await sato.command("hand_back", contact=contact["id"])
    await texts.simulator.wait_for_message(user, lambda each: "自動応答に戻り" in each.text)
    await _wraps_up(sato, contact["id"])
    await says("営業時間を教えてください", "9:00〜17:00")


async def test_a_trigger_word_reaches_an_agent_at_once_and_too_much_does_not(texts: Texts) -> None:
    user, sato, seen = line_user_id("fast"), texts.sato, len(texts.sato.events)
    assert await texts.simulator.say(user, "解約したい") == 200
    contact = await _takes(sato, seen)
    events = [texts.simulator.line.text_event(user, f"連投{number}") for number in range(50)]
    assert await texts.simulator.post(*events) == 200
    told = await texts.simulator.wait_for_message(user, lambda each: "続いて" in each.text)
    await sato.command("hang_up", contact=contact["id"])
    await _wraps_up(sato, contact["id"])
    shown = [
        event
        for _, event in sato.events[seen:]
        if event["type"] == "message" and event["contact"] == contact["id"]
    ]
    from_him = [each for each in shown if each["message"]["direction"] == "in"]
    assert len(from_him) < 42, "20 in a minute, of which there may be two, and what began it"
    assert [each.text for each in texts.simulator.messages_to(user)].count(told.text) == 1


async def test_an_agent_sends_a_sticker(texts: Texts) -> None:
    user, sato, seen = line_user_id("sticker"), texts.sato, len(texts.sato.events)
    assert await texts.simulator.say(user, "解約したい") == 200
    contact = await _takes(sato, seen)
    listed = (await sato.get("/stickers?channel=line"))["packages"][0]
    thanks = next(each for each in listed["stickers"] if each["words"]["en"] == "Thank you")
    chosen = {"package": listed["id"], "sticker": thanks["id"]}
    await sato.command("send", contact=contact["id"], message="m-sticker", text="", sticker=chosen)
    came = await texts.simulator.customers.wait_for(user, lambda each: each.message["type"] == "sticker")
    assert came.message == {"type": "sticker", "packageId": "8515", "stickerId": "16581243"}
    shown = await sato.wait("message", lambda each: each["message"]["id"] == "m-sticker", after=seen)
    assert shown["message"]["text"] == "［スタンプ］ありがとうございます"
    await sato.command("hang_up", contact=contact["id"])
    await _wraps_up(sato, contact["id"])


async def test_a_number_is_linked_on_a_page_of_the_hub(texts: Texts) -> None:
    """All the way: asked for in LINE, proved by SMS, agreed to at LINE, told in LINE; nobody is called."""
    user, number, simulator = line_user_id("links"), "+819012345678", texts.simulator
    seen = len(texts.sato.events)
    assert await simulator.say(user, "電話番号を連携したい") == 200
    asked = await simulator.wait_for_message(user, lambda each: "連携" in each.text)
    page = _found(rf"{texts.hub.url}/line/link/[0-9A-Z-]+", json.dumps(asked.message))
    async with aiohttp.ClientSession(headers={"Origin": texts.hub.url}) as http:
        async with http.post(page, data={"number": "090-1234-5678"}) as answer:
            assert answer.status == 200
            state = _found("(?<=name=state value=')[^']+", await answer.text())
        sms = await simulator.customers.wait_for(number, lambda each: "確認コード" in each.text)
        async with http.post(page, data={"state": state, "code": _found(r"\d{6}", sms.text)}) as answer:
            dialog = html.unescape(_found("https://access[^']+", await answer.text()))
    assert await simulator.post(simulator.line.agree(user, dialog)) == 200
    await simulator.wait_for_message(user, lambda each: "連携が完了" in each.text)
    assert not [event for _, event in texts.sato.events[seen:] if event["type"] == "offer"]


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None
    return found[0]
