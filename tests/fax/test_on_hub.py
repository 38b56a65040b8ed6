"""Faxes on the whole hub: in, to an agent, answered; by tone in the menus; while the hub is away."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.providers import ProviderSimulator
from tests.story.desktop import Desktop, Event
from tests.support.fax import VOICE, FaxWire, inbox, until, write_pages
from tests.support.hub import RunningHub, prepared_hub
from tests.support.redis import redis_service

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]


@dataclass
class Office:
    """A hub beside the office's Asterisk, and an agent's desktop."""

    hub: RunningHub
    sato: Desktop

    async def takes(self, caller: str, after: int = 0) -> tuple[Event, dict[str, Any]]:
        """Take the fax of a caller; returns the contact and its first message."""
        offer = await self.sato.wait(
            "offer", lambda each: each["channel"] == "fax", after=after, timeout_s=120
        )
        await self.sato.command("accept", offer=offer["offer"])
        contact = await self.sato.wait(
            "contact",
            lambda each: each["id"] == offer["contact"] and each["state"] == "connected",
            after=after,
        )
        assert contact["address"] == f"+81{caller[1:]}"
        return contact, contact["messages"][0]

    async def done(self, contact: str) -> None:
        """Close a contact and wrap it up."""
        after = len(self.sato.events)
        await self.sato.command("hang_up", contact=contact)
        await self.sato.wait("contact", lambda each: each["state"] == "wrap_up", after=after)
        await self.sato.command("wrap_up", contact=contact, disposition="other")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def office(wire: FaxWire, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder, redis = tmp_path_factory.mktemp("hub"), redis_service(tmp_path_factory.mktemp("r"))
    await asyncio.to_thread(redis.start)
    try:
        async with ProviderSimulator() as simulator:
            config = wire.office.service.config
            hub = await prepared_hub(folder, wire.office, redis.url, simulator, config_dir=config)
            await hub.add_agent("sato", "佐藤")
            await hub.start()
            try:
                async with Desktop(hub.url, "sato", hub.passwords["sato"][0]) as sato:
                    await sato.command("set_presence", presence="available")
                    yield Office(hub, sato)
            finally:
                await hub.stop()
    finally:
        await asyncio.to_thread(redis.stop)


async def test_a_fax_reaches_an_agent_who_answers_by_fax(
    wire: FaxWire, office: Office, tmp_path: Path
) -> None:
    before, caller = inbox(wire.far), "0355550000"
    await wire.send("hub1", write_pages(tmp_path / "2.tif", 2), caller=caller)
    contact, message = await office.takes(caller)
    assert (message["text"], message["kind"]) == ("FAX 2枚", "fax")
    (file,) = message["files"]
    assert (file["type"], file["refused"]) == ("application/pdf", "")
    await until(lambda: not inbox(wire.office), 10)
    await office.sato.command("send", contact=contact["id"], message="answer1", text="承りました。")
    told = await office.sato.wait(
        "delivery",
        lambda each: each["message"] == "answer1" and each["delivery"] == "delivered",
        timeout_s=120,
    )
    assert told["contact"] == contact["id"]
    await wire.received(wire.far, before)
    await office.done(contact["id"])


async def test_a_fax_machine_that_calls_a_voice_number_is_heard_in_the_menus(
    wire: FaxWire, office: Office, tmp_path: Path
) -> None:
    after, caller = len(office.sato.events), "0355550021"
    pages = write_pages(tmp_path / "1.tif", 1)
    base = await wire.send("tone", pages, to=VOICE, caller=caller, trunk="sound")
    contact, message = await office.takes(caller, after)
    assert message["text"] == "FAX 1枚"
    assert (await wire.sent(base)).is_whole
    await office.done(contact["id"])
    assert not [each for each in office.hub.log() if each["event"] == "call_records.differ"]


async def test_a_fax_that_came_while_the_hub_was_away_is_taken_up(
    wire: FaxWire, office: Office, tmp_path: Path
) -> None:
    caller = "0355550031"
    await office.hub.stop()
    base = await wire.send("away", write_pages(tmp_path / "1.tif", 1), caller=caller)
    assert (await wire.sent(base)).is_whole
    assert inbox(wire.office), "it lies in the spool"
    await office.hub.start()
    async with Desktop(office.hub.url, "sato", office.hub.passwords["sato"][0]) as sato:
        await sato.command("set_presence", presence="available")
        again = Office(office.hub, sato)
        contact, _ = await again.takes(caller)
        await again.done(contact["id"])
    await until(lambda: not inbox(wire.office), 10)
