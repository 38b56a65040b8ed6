"""A customer who writes with an agent calls that agent by a link; what his page tells is in the journey."""

import re

import pytest

from acd.ids import CustomerId
from crm_bridge.journey import Journey
from crm_bridge.model import JourneyItem
from hub.database import create_engine
from tests.failures.floor import Floor, until
from tests.fakes.line import line_user_id
from tests.webrtc.page import Page
from tests.webrtc.shop import ask, credentials, tell

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_REPORT = {"loss": 0.01, "jitter_ms": 4.5, "round_trip_ms": 20, "mos": 4.3, "codec": "opus", "relay": False}


async def _timeline(floor: Floor, customer: str) -> list[JourneyItem]:
    engine = create_engine(floor.hub.database_url)
    try:
        return list(await Journey(engine).timeline(CustomerId(customer), 100))
    finally:
        await engine.dispose()


async def test_a_link_leads_to_the_agent_of_the_thread(floor: Floor) -> None:
    user = line_user_id("calls by a link")
    agent = floor.sato
    await agent.available()
    await floor.simulator.say(user, "相談したいことがあります")
    thread = await agent.accepts()
    await floor.tanaka.available()  # and has waited longer for a call than who has the thread
    await agent.desktop.command("send_call_link", contact=thread["id"], video=True)
    shown = await floor.simulator.wait_for_message(user, lambda each: "/call/" in each.text)
    found = re.search(r"/call/(\w+)", shown.text)
    assert found is not None, shown
    slug = found[1]
    made = await credentials(floor, slug)
    assert (await ask(floor, made["call"]))[0] == 401, "an id is no token"
    async with Page(floor.hub.url, made) as page:
        await page.dial()
        assert (await ask(floor, slug))[0] == 409, "one call at a time"
        _, contact = await agent.answers()
        assert contact["customer"] == thread["customer"]
        assert await tell(floor, made, "quality", **_REPORT, at_s=5) == 204
        assert await tell(floor, made, "quality", **{**_REPORT, "mos": 2.0, "loss": 0.2}, at_s=10) == 204
        assert await tell(floor, made, "quality", **_REPORT, at_s=15) == 204
        assert await tell(floor, made, "trouble", kind="camera", detail="NotAllowedError") == 204
        await page.hang_up()
        await agent.wraps_up(contact["id"])

    async def noted() -> dict[str, JourneyItem] | None:
        items = {item.kind.value: item for item in await _timeline(floor, thread["customer"])}
        return items if {"web_call", "quality", "trouble"} <= items.keys() else None

    items = await until(noted)
    assert items["web_call"].detail == {"via": "link", "video": True, "contact": thread["id"]}
    assert items["trouble"].text == "camera"
    quality: dict[str, dict[str, float]] = items["quality"].detail  # type: ignore[assignment]
    assert (quality["last"]["mos"], quality["worst"]["mos"]) == (4.3, 2.0)
    assert (await ask(floor, slug))[0] == 200, "and once more, now that it is over"
