"""Webhook to customer and back, while providers fail at random and the hub is killed again and again.

What counts is what customers see: every answer, once, in order.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from gateways.errors import InboxUnavailable, WebhookRefused
from gateways.inbox import Inbox, InboxWorker
from gateways.line.gateway import LineGateway
from gateways.outbox import Outbox
from gateways.protocol import Delivery, Gateway, Inbound, Outbound
from gateways.sms.gateway import SmsGateway
from gateways.sms.http_provider import HttpSmsProvider
from tests.fakes.line import line_user_id
from tests.fakes.providers import ProviderSimulator
from tests.gateways.support import AROUND, STUBBORN, of_messages, serving, until, webhook

NUMBER = "+819012345678"
USERS = [line_user_id(name) for name in ("佐藤", "鈴木", "高橋", "田中", "伊藤")]


class Hub:
    """The least hub: it answers each message by a reply and a push, and by an SMS if it says so."""

    def __init__(self, engine: AsyncEngine, gateways: dict[Channel, Gateway]) -> None:
        self._gateways = gateways
        self.inbox = Inbox(engine, owner="hub", timeout_s=1.0)
        self.inbox_worker = InboxWorker(
            self.inbox,
            gateways,
            of_messages(self._answer),
            policy=STUBBORN,
            poll_s=0.02,
            grace_s=0.0,
        )
        self.outbox = Outbox(
            engine, gateways, self._delivered, owner="hub", policy=STUBBORN, poll_s=0.02, grace_s=0.0
        )

    def services(self) -> list[Coroutine[Any, Any, None]]:
        return [self.inbox.run(), self.inbox_worker.run(), self.outbox.run()]

    async def webhook(self, request: web.Request) -> web.Response:
        try:
            events = self._gateways[Channel.LINE].verify(webhook(request.headers, await request.read()))
            await self.inbox.store(events)
        except WebhookRefused as refused:
            return web.Response(status=refused.status)
        except InboxUnavailable:
            return web.Response(status=503)
        return web.Response()

    async def _answer(self, message: Inbound) -> None:
        for kind, token in (("reply", message.reply_token), ("push", None)):
            await self._put(
                Channel.LINE, message.address, f"{kind} to {message.text}", message.event_id, token
            )
        if message.text.endswith("sms"):
            await self._put(Channel.SMS, NUMBER, message.text, message.event_id, None)

    async def _put(self, channel: Channel, address: str, text: str, event_id: str, token: str | None) -> None:
        key = f"{event_id} {text.partition(' ')[0]} {channel}"
        await self.outbox.put(
            Outbound(channel=channel, key=key, address=address, text=text, reply_token=token)
        )

    async def _delivered(self, _message: Outbound, _delivery: Delivery) -> None:
        pass


class Site:
    """An HTTP server whose hub can be exchanged."""

    hub: Hub

    async def webhook(self, request: web.Request) -> web.Response:
        return await self.hub.webhook(request)


@asynccontextmanager
async def _site(simulator: ProviderSimulator) -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.add_routes([web.post("/webhooks/line", site.webhook)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    simulator.webhook_url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/line"
    yield site
    await runner.cleanup()


def _gateways(simulator: ProviderSimulator) -> dict[Channel, Gateway]:
    return {
        Channel.LINE: LineGateway(
            secret=simulator.line_secret, access_token=simulator.line_token, api_url=simulator.line_api_url
        ),
        Channel.SMS: SmsGateway(HttpSmsProvider(simulator.sms_url, simulator.sms_token), AROUND),
    }


async def test_a_message_is_answered(engine: AsyncEngine, simulator: ProviderSimulator) -> None:
    gateways = _gateways(simulator)
    async with _site(simulator) as site:
        site.hub = Hub(engine, gateways)
        async with serving(*site.hub.services()):
            assert await simulator.say(USERS[0], "もしもし sms") == 200
            await simulator.wait_for_message(USERS[0], lambda shown: shown.how == "push")
            assert (await simulator.wait_for_message(NUMBER)).text == "もしもし sms"
            event = simulator.line.text_event(USERS[0], "x")
            assert await simulator.post(event, signature="wrong") == 401
            assert [await simulator.post(event), await simulator.redeliver(event)] == [200, 200]
            await simulator.wait_for_message(USERS[0], lambda shown: shown.text == "push to x")
    assert [shown.how for shown in simulator.messages_to(USERS[0])] == ["reply", "push", "reply", "push"]
    for gateway in gateways.values():
        await gateway.close()


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_lost_or_doubled(
    engine: AsyncEngine, simulator: ProviderSimulator, seed: int
) -> None:
    chance = random.Random(seed)
    gateways = _gateways(simulator)
    simulator.mishaps.at_random(seed, share=0.4)
    async with _site(simulator) as site:
        site.hub = Hub(engine, gateways)
        talks = [asyncio.create_task(_converse(simulator, user)) for user in USERS]
        while not _all_seen(simulator):
            site.hub = Hub(engine, gateways)
            async with serving(*site.hub.services()):
                await _live_until(simulator, chance.randint(1, 20))
        site.hub = Hub(engine, gateways)
        async with serving(*site.hub.services()):
            await asyncio.gather(*talks)  # what was stored though its webhook was told otherwise comes again
            await _until_idle(engine, site.hub)
    for user in USERS:
        assert [shown.text for shown in simulator.messages_to(user)] == _answers(user)
    texts = [shown.text for shown in simulator.messages_to(NUMBER)]
    assert sorted(texts) == sorted(text for user in USERS for text in _said(user) if text.endswith("sms"))
    assert await site.hub.inbox.dead_letters() == []
    assert await site.hub.outbox.dead_letters() == []
    for gateway in gateways.values():
        await gateway.close()


async def _converse(simulator: ProviderSimulator, user: str) -> None:
    for text in _said(user):
        assert await simulator.say(user, text, redeliveries=50) == 200


def _said(user: str) -> list[str]:
    return [f"{USERS.index(user)}.{number}" + (" sms" if number % 3 == 0 else "") for number in range(6)]


def _answers(user: str) -> list[str]:
    return [f"{kind} to {text}" for text in _said(user) for kind in ("reply", "push")]


def _all_seen(simulator: ProviderSimulator) -> bool:
    wanted = sum(len(_answers(user)) + sum(text.endswith("sms") for text in _said(user)) for user in USERS)
    return len(simulator.customers.shown) >= wanted


async def _live_until(simulator: ProviderSimulator, further: int) -> None:
    """Let the hub live until customers saw so many messages more (or all)."""
    goal = len(simulator.customers.shown) + further
    await until(lambda: len(simulator.customers.shown) >= goal or _all_seen(simulator), timeout_s=60)


async def _until_idle(engine: AsyncEngine, hub: Hub) -> None:
    """Wait until no job waits in either table: what could still be doubled has been."""
    async with asyncio.timeout(60):
        for jobs in (hub.inbox.jobs.table, hub.outbox._jobs.table):
            waiting = jobs.select().where(jobs.c.state == "waiting")
            while True:
                async with engine.connect() as connection:
                    if not (await connection.execute(waiting)).all():
                        break
