"""Webhooks that are not to be believed or come twice, and agents with several desktops."""

import pytest

from tests.failures.floor import Floor
from tests.fakes.line import line_user_id
from tests.story.desktop import CommandRefused

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_REFUSED = 'toritsugi_webhooks_total{channel="line",outcome="401"}'
_DUPLICATE = 'toritsugi_webhook_events_total{channel="line",kind="duplicate"}'


async def test_a_wrong_signature_leaves_nothing_but_a_count(floor: Floor) -> None:
    refused = await floor.metric(_REFUSED)
    event = floor.simulator.line.text_event(line_user_id("forger"), "開けて")
    assert await floor.simulator.post(event, signature="d3Jvbmc=") == 401
    assert await floor.metric(_REFUSED) == refused + 1
    # The same event under a right signature is new: nothing of it was stored.
    duplicates = await floor.metric(_DUPLICATE)
    assert await floor.simulator.post(event) == 200
    assert await floor.metric(_DUPLICATE) == duplicates
    await floor.sato.available()
    await floor.sato.accepts()


async def test_an_event_that_comes_twice_is_one_message(floor: Floor) -> None:
    await floor.sato.available()
    event = floor.simulator.line.text_event(line_user_id("twice"), "二度目ですか")
    assert await floor.simulator.post(event) == 200
    assert await floor.simulator.redeliver(event) == 200
    contact = await floor.sato.accepts()
    assert await floor.simulator.redeliver(event) == 200
    assert await floor.simulator.say(line_user_id("twice"), "もう一通") == 200
    await floor.sato.desktop.wait("message", lambda each: each["message"]["text"] == "もう一通")
    async with floor.desktop("sato") as desktop:
        (shown,) = (await desktop.wait("welcome"))["contacts"]
    assert [message["text"] for message in shown["messages"]] == ["二度目ですか", "もう一通"]
    assert shown["id"] == contact["id"]


async def test_what_one_desktop_accepts_the_agent_s_other_shows(floor: Floor) -> None:
    await floor.sato.available()
    async with floor.desktop("sato") as other:
        await floor.simulator.say(line_user_id("two desktops"), "どちらでも")
        offer = await other.wait("offer")
        contact = await floor.sato.accepts()
        shown = await other.wait("contact", lambda event: event["id"] == contact["id"])
        assert shown["state"] == "connected"
        with pytest.raises(CommandRefused, match="offer_gone"):
            await other.command("accept", offer=offer["offer"])
        await other.command("send", contact=contact["id"], message="m-two", text="承ります")
        sent = await floor.sato.desktop.wait("message", lambda event: event["contact"] == contact["id"])
        assert (sent["message"]["id"], sent["message"]["author"]) == ("m-two", "sato")


async def test_a_desktop_that_comes_back_is_shown_all_again(floor: Floor) -> None:
    await floor.sato.available()
    await floor.simulator.say(line_user_id("comes back"), "覚えていますか")
    contact = await floor.sato.accepts()
    await floor.simulator.say(line_user_id("another"), "もう一人です")
    offer = await floor.sato.offered()
    async with floor.desktop("sato") as desktop:
        welcome = await desktop.wait("welcome")
    assert welcome["presence"] == "available"
    assert [each["id"] for each in welcome["contacts"]] == [contact["id"]]
    assert [each["offer"] for each in welcome["offers"]] == [offer["offer"]]
    await floor.sato.desktop.command("accept", offer=offer["offer"])


async def test_nobody_takes_what_was_offered_to_another(floor: Floor) -> None:
    await floor.sato.available()
    await floor.simulator.say(line_user_id("not yours"), "誰か")
    offer = await floor.sato.offered()
    with pytest.raises(CommandRefused, match="not_yours"):
        await floor.tanaka.desktop.command("accept", offer=offer["offer"])
    await floor.sato.desktop.command("accept", offer=offer["offer"])
