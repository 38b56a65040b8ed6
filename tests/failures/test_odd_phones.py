"""Phones that say nothing, answer together, refuse; and a caller whose number changes in the call."""

import asyncio

import pytest

from acd.ids import ContactId
from crm_bridge.contacts import Contacts
from hub.database import create_engine
from tests.failures.crowd import AGENTS, EVERYBODY, RTP_S, Crowd
from tests.failures.floor import until
from tests.support.sip import SipCall, SipState

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

NUMBER = "09011112222"


async def test_a_phone_that_never_says_anything_loses_its_call_and_the_caller_is_offered_anew(
    crowd: Crowd,
) -> None:
    caller = await crowd.call(NUMBER)
    phone = await crowd.rung(NUMBER)
    phone.speaks = False
    await phone.answer()
    async with asyncio.timeout(RTP_S + 15):
        await phone.ended.wait()
    (kept,) = await crowd.contacts()
    another = await crowd.rung(NUMBER, 30)
    desktop = crowd.desktops[another.user]
    seen = len(desktop.events)
    await another.answer()
    connected = await desktop.wait("contact", lambda event: event["state"] == "connected", after=seen)
    assert connected["id"] == kept.contact.id
    assert caller.state is SipState.ANSWERED
    await caller.hang_up()
    async with asyncio.timeout(20):
        await another.ended.wait()


async def test_a_phone_that_is_busy_or_never_answers_is_passed_over(crowd: Crowd) -> None:
    caller = await crowd.call(NUMBER)
    await (await crowd.rung(NUMBER)).reject(486)
    unanswered = await crowd.rung(NUMBER)
    async with asyncio.timeout(15):
        await unanswered.ended.wait()
    third = await crowd.rung(NUMBER)
    desktop = crowd.desktops[third.user]
    seen = len(desktop.events)
    await third.answer()
    await desktop.wait("contact", lambda event: event["state"] == "connected", after=seen)
    assert len({unanswered.user, third.user}) == 2
    await third.hang_up()
    async with asyncio.timeout(20):
        await caller.ended.wait()


@pytest.mark.parametrize("how_many", [2, 5, len(AGENTS)])
async def test_one_of_those_who_answer_at_the_same_moment_has_the_call(crowd: Crowd, how_many: int) -> None:
    caller = await crowd.call(NUMBER, EVERYBODY)
    phones = [await crowd.rung(NUMBER) for _ in AGENTS]
    await asyncio.gather(*(phone.answer() for phone in phones[:how_many]))
    async with asyncio.timeout(20):
        await caller.answered.wait()
    (winner,) = await until(lambda: _only_one_left(phones))
    assert caller.state is SipState.ANSWERED
    (record,) = await crowd.contacts()
    assert record.agent == winner.user
    await crowd.is_healthy()
    await winner.hang_up()
    async with asyncio.timeout(20):
        await caller.ended.wait()


async def test_the_journey_keeps_who_called_when_the_number_changes_in_the_call(crowd: Crowd) -> None:
    caller = await crowd.call(NUMBER)
    phone = await crowd.rung(NUMBER)
    seen = len(crowd.desktops[phone.user].events)
    await phone.answer()
    shown = await crowd.desktops[phone.user].wait("contact", after=max(0, seen - 5))
    another = f"<sip:0399998888@{crowd.callers.address[0]}>"
    await caller.change({"P-Asserted-Identity": another})
    await until(lambda: _shows_number(crowd, "0399998888"))
    contact = ContactId(shown["id"])
    await crowd.desktops[phone.user].command("hold", contact=contact)
    held = await crowd.desktops[phone.user].wait("contact", lambda event: event["held"], after=seen)
    assert (held["address"], held["id"]) == ("+819011112222", contact)
    engine = create_engine(crowd.hub.database_url)
    try:
        stored = await Contacts(engine).get(contact)
    finally:
        await engine.dispose()
    assert stored is not None
    assert stored.address == "+819011112222"
    assert SipState.ANSWERED is caller.state is phone.state
    await caller.hang_up()


async def _only_one_left(phones: list[SipCall]) -> list[SipCall]:
    left = [phone for phone in phones if phone.state is not SipState.ENDED]
    return left if len(left) == 1 else []


async def _shows_number(crowd: Crowd, number: str) -> bool:
    return number in "\n".join(await crowd.channels())
