"""An inbox that is full while nothing can be handled: providers come again, and nothing is lost."""

import asyncio
import json

import pytest

from tests.failures.floor import Floor, until
from tests.fakes.line import line_user_id

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

BOUND = "TORITSUGI_INBOX_EVENTS_MAX"


async def test_a_full_inbox_refuses_and_takes_again_when_there_is_room(floor: Floor) -> None:
    environment = dict(floor.hub.service.environment)
    await _restart(floor, {**environment, BOUND: "2"})
    try:
        await asyncio.to_thread(floor.redis.stop)
        await floor.until_ready("redis", ready=False)
        events = [
            floor.simulator.line.text_event(line_user_id(f"full {name}"), f"{name} です") for name in "abc"
        ]
        for event in events[:2]:
            assert (await _post(floor, event))[0] == 200
        await asyncio.sleep(1.1)  # the inbox counts what waits once a second
        assert await _post(floor, events[2]) == (503, "60")
        refused = await floor.metric('toritsugi_webhooks_unavailable_total{channel="line",reason="full"}')
        assert refused == 1
        assert await floor.metric("toritsugi_inbox_waiting") == 2
    finally:
        await asyncio.to_thread(floor.redis.start)
    await floor.until_ready("redis", ready=True)

    async def has_room() -> bool:
        return (await _post(floor, events[2]))[0] == 200

    await until(has_room, timeout_s=20)

    async def all_wait() -> bool:
        return len([each for each in await floor.contacts() if each.contact.channel == "line"]) == 3

    await until(all_wait, timeout_s=20)
    await _restart(floor, environment)


async def _restart(floor: Floor, environment: dict[str, str]) -> None:
    await floor.hub.stop()
    floor.hub.service = type(floor.hub.service)(floor.hub.service.state, environment)
    await floor.hub.start()
    await floor.sign_in()


async def _post(floor: Floor, event: dict[str, object]) -> tuple[int, str]:
    """Post a webhook as LINE does; returns status and `Retry-After`."""
    body = json.dumps(floor.simulator.line.callback([event])).encode()
    headers = {"x-line-signature": floor.simulator.line.sign(body)}
    async with floor.http.post(floor.simulator.webhook_url, data=body, headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After", "0")
