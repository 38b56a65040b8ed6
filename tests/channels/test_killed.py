"""Hubs killed between a provider's word and the next message: nothing is lost, nothing doubled."""

import asyncio
from typing import Any

import pytest

from tests.channels.agents import Agent
from tests.channels.customers import KINDS, MailCustomer, SmppCustomer
from tests.channels.site import Site
from tests.fakes.mishaps import Mishap
from tests.gateways.support import until
from tests.story.desktop import Event

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_TAKEN, _IN_DOUBT, _MEANWHILE, _AFTER = "届いた一通", "疑わしい一通", "留守の間の一通", "戻りました"


class _Talk:
    """A customer and the agent who has him: `name` at his floor."""

    def __init__(self, customer: Any, name: str) -> None:
        self.customer, self.name = customer, name
        self.contact = self.taken = self.in_doubt = ""

    @property
    def agent(self) -> Agent:
        found: Agent = self.customer.floor.agents[self.name]
        return found

    async def begins(self) -> None:
        seen = self.agent.seen
        assert await self.customer.writes("こんにちは") == 200
        _, contact = await self.agent.takes(self.customer.address, seen)
        self.contact = contact["id"]
        self.taken = await self.agent.says(self.contact, _TAKEN)
        await self.customer.gets(_TAKEN)
        await self.agent.sees(self.taken, "sent")

    async def sends_without_an_answer(self) -> None:
        self.in_doubt = await self.agent.says(self.contact, _IN_DOUBT)
        await self.customer.gets(_IN_DOUBT)

    async def shown(self) -> Event:
        """Return the contact as a desktop that was just opened shows it, once it has what came meanwhile."""
        seen = await self.agent.desktop.wait("welcome")
        contact: Event = next(each for each in seen["contacts"] if each["id"] == self.contact)
        return contact

    def copies(self, text: str) -> int:
        return sum(text in each.text for each in self.customer.got())


@pytest.mark.timeout(120)
async def test_all_channels(site: Site) -> None:
    talks = {name: _Talk(kind(site), "sato") for name, kind in KINDS.items()}
    for name in ("messenger", "instagram", "x"):  # more than one agent can have at a time
        talks[name].name = "tanaka"
    for talk in (each for each in talks.values() if each.name == "sato"):
        await talk.begins()
    await site.floor.tanaka.available()
    await site.floor.sato.away()
    for talk in (each for each in talks.values() if each.name == "tanaka"):
        await talk.begins()
    await _leave_in_doubt(site, talks)
    await asyncio.gather(*(floor.dies() for floor in site.floors))

    for talk in talks.values():
        if not isinstance(talk.customer, SmppCustomer):
            reached = await talk.customer.writes(_MEANWHILE)
            assert reached == (200 if isinstance(talk.customer, MailCustomer) and talk.customer.got() else 0)
    bound = len(site.smsc.of("bind"))
    await asyncio.gather(*(floor.hub.start() for floor in site.floors))
    await asyncio.gather(*(floor.sign_in() for floor in site.floors))
    await site.smsc.wait_for("bind", bound + 1)
    for name in ("twilio", "messenger", "instagram", "x"):
        await talks[name].customer.again()
        await talks[name].customer.again()
    assert await talks["smpp"].customer.writes(_MEANWHILE) == 200
    for talk in talks.values():
        await _goes_on(talk)


async def _leave_in_doubt(site: Site, talks: dict[str, _Talk]) -> None:
    """Let providers take a message each and not say so before the hubs die."""
    for mishaps, path in (
        (site.twilio.mishaps, "/Messages.json"),
        (site.social.mishaps, "/messages"),
        (site.social.mishaps, "/messages"),
        (site.social.mishaps, "/messages"),
    ):
        mishaps.add(Mishap(delay_s=60.0, after_taking=True, path=path))
    await site.smsc.tell("next", how="silent")
    for talk in talks.values():
        if not isinstance(talk.customer, MailCustomer):
            await talk.sends_without_an_answer()


async def _goes_on(talk: _Talk) -> None:
    agent, floor = talk.agent, talk.customer.floor
    await until(lambda: _MEANWHILE in _told(agent, talk.contact), 20)
    told = _told(agent, talk.contact)
    assert (told.count("こんにちは"), told.count(_MEANWHILE)) == (1, 1)
    states = {each["id"]: each["delivery"] for each in (await talk.shown())["messages"]}
    assert states[talk.taken] == "sent"
    if talk.in_doubt:
        await until(lambda: "failed" in (states.get(talk.in_doubt), *agent.deliveries(talk.in_doubt)), 20)
        letter = await floor.supervisor.letter(talk.in_doubt)
        assert letter is not None
        assert "may have arrived" in letter["reason"]
    answer = await agent.says(talk.contact, _AFTER)
    await talk.customer.gets(_AFTER)
    await agent.sees(answer, "sent")
    assert [talk.copies(each) for each in (_TAKEN, _AFTER)] == [1, 1]
    assert talk.copies(_IN_DOUBT) == (1 if talk.in_doubt else 0)
    await agent.closes(talk.contact)


def _told(agent: Agent, contact: str) -> list[str]:
    """Return what a desktop was shown of a customer, each message once."""
    events = [event for _, event in agent.desktop.events]
    first = [each for each in events[0]["contacts"] if each["id"] == contact]
    messages = [message for each in first for message in each["messages"]]
    messages += [
        each["message"] for each in events if each["type"] == "message" and each["contact"] == contact
    ]
    by_id = {each["id"]: each for each in messages}
    return [each["text"].strip() for each in by_id.values() if each["direction"] == "in"]
