"""The simulated providers refuse what the real ones refuse, and can be used from another process."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from linebot.v3.webhook import WebhookParser

from tests.fakes.customers import Customers
from tests.fakes.line import REPLY_TOKEN_LIFE_MS, LineSimulator, line_user_id
from tests.fakes.providers import ProviderSimulator
from tests.gateways.support import Clock

USER = line_user_id("Tanaka")
TEXT = {"type": "text", "text": "x"}
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"to": USER},
        {"to": USER, "messages": []},
        {"to": USER, "messages": [TEXT] * 6},
        {"to": USER, "messages": [{"type": "hologram"}]},
        {"to": USER, "messages": [{"type": "text"}]},
        {"to": USER, "messages": [{"type": "text", "text": ""}]},
        {"to": USER, "messages": [{"type": "text", "text": 7}]},
        {"to": USER, "messages": [TEXT | {"colour": "red"}]},
        {"to": USER, "messages": [TEXT], "colour": "red"},
        {"to": "somebody", "messages": [TEXT]},
    ],
)
def test_wrong_requests_are_refused_as_line_does(body: object) -> None:
    line = LineSimulator(Customers(), "secret", now_ms=Clock())
    answer = line.push(body, None)
    assert answer.status == 400
    assert answer.body["message"]


def test_a_reply_token_works_once_and_for_a_minute() -> None:
    clock, customers = Clock(), Customers()
    line = LineSimulator(customers, "secret", now_ms=clock)
    first, late = line.text_event(USER, "a")["replyToken"], line.text_event(USER, "b")["replyToken"]

    def reply(token: str) -> int:
        return line.reply({"replyToken": token, "messages": [TEXT]}).status

    assert [reply(first), reply(first), reply("unknown")] == [200, 400, 400]
    clock.advance(REPLY_TOKEN_LIFE_MS / 1000 + 1)
    assert reply(late) == 400
    assert len(customers.shown) == 1


def test_a_retry_key_works_once_and_must_be_a_uuid() -> None:
    customers = Customers()
    line = LineSimulator(customers, "secret", now_ms=Clock())
    key = "123e4567-e89b-12d3-a456-426614174000"
    body = {"to": USER, "messages": [TEXT]}
    assert [line.push(body, key).status, line.push(body, key).status, line.push(body, "k").status] == [
        200,
        409,
        400,
    ]
    assert len(customers.shown) == 1


def test_who_blocks_the_account_sees_nothing() -> None:
    customers = Customers()
    line = LineSimulator(customers, "secret", now_ms=Clock())
    line.names[USER] = "田中"
    line.blocked.add(USER)
    assert line.push({"to": USER, "messages": [TEXT]}, None).status == 200
    assert line.profile(USER).status == 404
    assert customers.shown == []


class Hub:
    """A hub that takes webhooks, after refusing the first few."""

    def __init__(self, secret: str, refusals: int = 0) -> None:
        self.parser = WebhookParser(secret)
        self.events: list[Any] = []
        self._refusals = refusals

    async def webhook(self, request: web.Request) -> web.Response:
        body, signature = await request.text(), request.headers["x-line-signature"]
        if self._refusals:
            self._refusals -= 1
            return web.Response(status=503)
        self.events += self.parser.parse(body, signature)
        return web.Response()

    async def start(self) -> web.AppRunner:
        app = web.Application()
        app.add_routes([web.post("/webhooks/line", self.webhook)])
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner


def _url(runner: web.AppRunner) -> str:
    return f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/line"


async def test_what_users_say_is_what_the_sdk_reads(simulator: ProviderSimulator) -> None:
    hub = Hub(simulator.line_secret, refusals=2)
    runner = await hub.start()
    simulator.webhook_url = _url(runner)
    assert await simulator.say(USER, "もしもし") == 503
    assert await simulator.say(USER, "もしもし", redeliveries=3) == 200
    (event,) = hub.events
    assert (event.message.text, event.source.user_id) == ("もしもし", USER)
    assert event.delivery_context.is_redelivery
    await runner.cleanup()
    assert await simulator.say(USER, "もしもし") == 0


async def test_it_runs_on_its_own_and_is_told_what_to_do() -> None:
    hub = Hub("the secret")
    runner = await hub.start()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fakes", "--webhook-url", _url(runner)),
        cwd=ROOT,
        env=os.environ | {"SIMULATOR_LINE_SECRET": "the secret"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            addresses = json.loads(await process.stdout.readline())
        async with aiohttp.ClientSession() as session:
            await _tell(session, addresses["control_url"], addresses["line_api_url"])
        assert [event.message.text for event in hub.events] == ["はい"]
    finally:
        process.terminate()
        assert await process.wait() == 0
        await runner.cleanup()


async def _tell(session: aiohttp.ClientSession, control: str, line_api: str) -> None:
    async with session.post(f"{control}/say", json={"user": USER, "text": "はい"}) as answer:
        assert (await answer.json())["status"] == 200
    await session.post(f"{control}/name", json={"user": USER, "name": "田中"})
    await session.post(f"{control}/mishap", json={"status": 500, "times": 1})
    push = {"to": USER, "messages": [{"type": "text", "text": "お待ちください"}]}
    headers = {"Authorization": "Bearer simulated-line-token"}
    for expected in (500, 200):
        async with session.post(f"{line_api}/v2/bot/message/push", json=push, headers=headers) as answer:
            assert answer.status == expected
    query = {"user": USER, "contains": "お待ち", "timeout_s": "5"}
    async with session.get(f"{control}/wait", params=query) as answer:
        assert (await answer.json())["how"] == "push"
    async with session.get(f"{control}/wait", params=query | {"after": "1", "timeout_s": "0.01"}) as answer:
        assert answer.status == 408
    async with session.get(f"{control}/messages", params={"user": USER}) as answer:
        assert [shown["text"] for shown in await answer.json()] == ["お待ちください"]
