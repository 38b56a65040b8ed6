"""Callers on their way to an agent, and everything that may happen to them there."""

from pathlib import Path

import pytest

from acd.events import ContactReturned, Event, OfferRejected
from acd.ids import ContactId
from crm_bridge.errors import CrmUnavailable
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import JourneyKind, Known
from cti.ari import ChannelKey
from cti.errors import CallGone, NodeUnavailable
from cti.listener import GoneCause, LegFailure
from gateways.errors import OutboxUnavailable
from hub.desktop.protocol import ContactShown, Offered, OfferWithdrawn, ScreenPopped, ShownState
from tests.hub.doubles import SATO, TANAKA
from tests.hub.fakes import until
from tests.hub.stage import NODE, NUMBER, SALES, SUPPORT, Stage

LOST = NodeUnavailable("stopped by the test")


def _events(stage: Stage, kind: type[Event]) -> list[Event]:
    return [event for event in stage.router.events if isinstance(event, kind)]


# --- arrival and recognition -----------------------------------------------------------------------


async def test_who_is_known_is_recognised_and_shown_before_the_phone_rings(stage: Stage) -> None:
    customer = await stage.crm.customers.ensure(
        IdentifierKind.PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=1, name="鈴木"
    )
    await stage.presence(SATO)
    contact = await stage.arrives("090-1234-5678")
    await stage.is_offered(contact)
    record = stage.record(contact)
    assert record is not None
    assert record.contact.customer == customer.id
    pop, offer = stage.screens.of(SATO, ScreenPopped)[-1], stage.screens.of(SATO, Offered)[-1]
    assert (pop.customer and pop.customer.name, pop.address) == ("鈴木", NUMBER)
    events = stage.screens.events[SATO]
    assert events.index(pop) < events.index(offer)


@pytest.mark.parametrize("number", [None, "110", "abc", "+81", ""])
async def test_whom_nobody_can_know_is_served_and_matches_nobody(stage: Stage, number: str | None) -> None:
    contact = await stage.arrives(number)
    live, record = stage.live(contact), stage.record(contact)
    assert (live.address, live.customer) == (None, None)
    assert record is not None
    assert record.contact.customer is None
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert (stored.address, stored.customer) == (None, None)


async def test_whom_nobody_can_know_is_told_that_no_link_can_be_sent(stage: Stage) -> None:
    contact = await stage.arrives(None, keys="3 ")
    assert stage.control.played[-1] == "failed"
    assert stage.live(contact).queue == SUPPORT
    assert stage.post.sent == []


@pytest.mark.parametrize("error", [CrmUnavailable(), TimeoutError()])
async def test_without_the_database_callers_are_strangers(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def away(*_: object) -> Known:
        raise error

    monkeypatch.setattr(stage.crm.customers, "identify", away)
    contact = await stage.arrives()
    assert stage.record(contact) is not None
    assert stage.live(contact).customer is None


# --- the menus -------------------------------------------------------------------------------------


async def test_music_plays_before_the_router_may_have_an_agent(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.is_offered(contact)
    names = [order[0] for order in stage.control.log]
    assert names.index("start_music") < names.index("ring")


async def test_who_gets_the_link_has_gone_when_it_was_said(stage: Stage) -> None:
    contact = await stage.arrives(keys="3 ")
    assert stage.control.played[-1] == "sent"
    assert stage.control.orders("hang_up") == [(contact,)]
    (message,) = stage.post.sent
    assert (message.address, message.contact) == (NUMBER, contact)


@pytest.mark.parametrize("part", ["database", "outbox"])
async def test_a_link_that_cannot_be_sent_leads_into_the_queue(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    async def away(*_: object) -> str:
        raise CrmUnavailable

    if part == "database":
        monkeypatch.setattr(stage.crm.tokens, "issue", away)
    else:
        stage.post.error = OutboxUnavailable("away")
    contact = await stage.arrives(keys="3 ")
    assert stage.control.played[-1] == "failed"
    assert stage.record(contact) is not None


async def test_the_way_through_the_menus_is_noted_whole(stage: Stage) -> None:
    contact = await stage.arrives(None, keys="3 ")
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert [(item.menu, item.digits) for item in stored.ivr] == [("main", "3")]
    assert stage.live(contact).ivr == (("main", "3"),)


async def test_the_menus_of_a_lost_link_lead_to_the_default_queue(stage: Stage) -> None:
    stage.control.keys.put_nowait(LOST)
    contact = await stage.arrives(keys="")
    assert stage.live(contact).queue == SUPPORT
    assert stage.record(contact) is not None


async def test_a_fault_in_the_menus_leaves_nobody_in_silence(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> Path:
        raise ValueError("a bug")

    monkeypatch.setattr("tests.hub.doubles.Sounds.sound", broken)
    contact = await stage.arrives()
    assert stage.control.orders("leave") == [(contact, SUPPORT)]
    assert stage.board.get(contact) is None


# --- hanging up ------------------------------------------------------------------------------------


async def test_gone_while_recognised(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(*_: object) -> None:
        stage.control.calls.clear()

    monkeypatch.setattr(stage.crm.customers, "identify", slow)
    await _is_over(stage, await stage.arrives())


async def test_gone_in_the_menu(stage: Stage) -> None:
    await stage.crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=1)
    stage.control.keys.put_nowait(CallGone("hung up"))
    await _is_over(stage, await stage.arrives(keys=""))


async def test_gone_while_the_music_begins(stage: Stage) -> None:
    stage.control.fails["start_music"] = CallGone("hung up")
    await _is_over(stage, await stage.arrives())


async def test_gone_while_waiting(stage: Stage) -> None:
    await _is_over(stage, await stage.arrives())


async def test_gone_while_the_phone_rings(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    offer = await stage.is_offered(contact)
    await _is_over(stage, contact)
    await until(lambda: stage.control.orders("hang_up_leg") == [(offer,)])
    (withdrawn,) = stage.screens.of(SATO, OfferWithdrawn)
    assert (withdrawn.offer, withdrawn.reason) == (offer, "left")
    assert not stage.router.state.agents[SATO].cooling_until_ms


async def test_gone_at_the_moment_of_the_answer(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    offer = await stage.is_offered(contact)
    stage.control.calls.discard(contact)
    await stage.answers(offer)
    await stage.hangs_up(contact)
    await until(lambda: (record := stage.record(contact)) is None or record.state == "wrap_up")
    await stage.router.advance(20)
    await stage.gone(contact)


async def test_gone_from_the_menu_is_written(stage: Stage) -> None:
    stage.control.keys.put_nowait(CallGone("hung up"))
    contact = await stage.arrives(keys="")
    await stage.hangs_up(contact)
    assert await stage.journal.flush(1)
    known = await stage.crm.customers.identify(IdentifierKind.PHONE, NUMBER)
    assert known is not None
    items = await stage.crm.journey.timeline(known.customer.id, 10)
    assert [item.kind for item in items] == [JourneyKind.CONTACT_STARTED, JourneyKind.ENDED]


async def _is_over(stage: Stage, contact: ContactId) -> None:
    """Let a caller hang up, and see that nothing is left."""
    await stage.hangs_up(contact)
    await stage.gone(contact)
    assert stage.voice.call_of(contact) is None
    await until(lambda: not stage.acquaintance._reading)  # what was gathered is let go


# --- the agent's leg -------------------------------------------------------------------------------


async def test_talking_and_hanging_up(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    offer = await stage.talks(contact)
    assert stage.control.orders("connect") == [(contact, offer)]
    await stage.hangs_up(contact)
    await stage.sees(SATO, contact, ShownState.WRAP_UP)
    await stage.router.advance(16)
    await stage.sees(SATO, contact, ShownState.ENDED)
    await stage.gone(contact)


async def test_an_agent_who_hangs_up_ends_the_caller_s_call(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    offer = await stage.talks(contact)
    await stage.voice.leg_gone(offer, GoneCause.HUNG_UP)
    assert stage.control.orders("hang_up") == [(contact,)]
    await stage.hangs_up(contact)
    await stage.sees(SATO, contact, ShownState.WRAP_UP)


async def test_a_leg_that_is_gone_at_the_connection_leaves_the_caller_at_his_place(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    offer = await stage.is_offered(contact)
    arrived_ms = stage.live(contact).arrived_ms
    await stage.voice.leg_answered(offer)  # and gone: control knows of no such leg
    await until(lambda: bool(_events(stage, ContactReturned)))
    await stage.presence(TANAKA)
    await stage.talks(contact, TANAKA)
    record = stage.record(contact)
    assert record is not None
    assert record.contact.arrived_ms == arrived_ms
    assert [each.reason for each in stage.screens.of(SATO, OfferWithdrawn)] == ["left"]
    assert {each.state for each in stage.screens.of(SATO, ContactShown)} == {ShownState.ENDED}
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert stored.agent == TANAKA


async def test_a_leg_that_goes_while_it_is_connected_does_not_take_the_caller_along(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def leg_goes(key: ChannelKey, ref: str) -> None:
        await stage.voice.leg_gone(ref, GoneCause.HUNG_UP)

    monkeypatch.setattr(stage.control, "connect", leg_goes)
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.answers(await stage.is_offered(contact))
    await until(lambda: bool(_events(stage, ContactReturned)))
    assert stage.control.orders("hang_up") == []


async def test_a_link_lost_at_the_connection_leaves_the_caller_at_his_place(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    offer = await stage.is_offered(contact)
    stage.control.fails["connect"] = LOST
    await stage.answers(offer)
    await until(lambda: bool(_events(stage, ContactReturned)))
    assert (offer,) in stage.control.orders("hang_up_leg")


async def test_an_answer_to_no_offer_is_hung_up(stage: Stage) -> None:
    await stage.voice.leg_answered("gone.1")
    assert stage.control.orders("hang_up_leg") == [("gone.1",)]


async def test_an_answer_after_the_offer_lapsed_is_hung_up(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    offer = await stage.is_offered(contact)
    await stage.router.advance(30)
    await until(lambda: stage.control.orders("hang_up_leg") == [(offer,)])
    await stage.answers(offer)
    assert stage.control.orders("hang_up_leg") == [(offer,), (offer,)]
    assert stage.control.orders("connect") == []


@pytest.mark.parametrize("reason", [LegFailure.BUSY, LegFailure.UNREACHABLE, LegFailure.NO_ANSWER])
async def test_a_phone_that_cannot_be_had_sends_the_call_on(stage: Stage, reason: LegFailure) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    offer = await stage.is_offered(contact)
    await stage.presence(TANAKA)
    await stage.voice.leg_failed(offer, reason)
    await until(lambda: bool(stage.screens.of(TANAKA, Offered)))
    assert [each.reason for each in stage.screens.of(SATO, OfferWithdrawn)] == ["rejected"]
    is_miss = reason is not LegFailure.NO_ANSWER
    assert bool(stage.router.state.agents[SATO].cooling_until_ms) is is_miss


async def test_a_phone_that_we_let_go_is_no_rejection(stage: Stage) -> None:
    await stage.presence(SATO)
    offer = await stage.is_offered(await stage.arrives())
    await stage.voice.leg_failed(offer, LegFailure.CANCELLED)
    assert _events(stage, OfferRejected) == []


# --- the way out -----------------------------------------------------------------------------------


async def test_without_the_router_a_caller_goes_on_in_asterisk_s_own_queue(stage: Stage) -> None:
    stage.router.is_away = True
    contact = await stage.arrives(keys="2")
    assert stage.control.orders("leave") == [(contact, SALES)]
    assert stage.board.get(contact) is None
    await stage.hangs_up(contact)


async def test_whom_a_full_queue_refuses_hears_so_and_has_gone(stage: Stage) -> None:
    await stage.arrives(keys="2")
    refused = await stage.arrives(keys="2")
    await until(lambda: stage.control.orders("hang_up") == [(refused,)])
    assert stage.control.played[-1] == "queue-full"
    assert stage.board.get(refused) is None


async def test_when_the_router_goes_only_who_talks_stays(stage: Stage) -> None:
    await stage.presence(SATO)
    talking = await stage.arrives()
    await stage.talks(talking)
    waiting = await stage.arrives()
    stage.control.keys.put_nowait("1")
    stage.router.is_away = True
    await stage.voice.leaving.let_all_waiting_go()
    await stage.voice.leaving.let_all_waiting_go()
    assert stage.control.orders("leave") == [(waiting, SUPPORT)]
    assert stage.voice.call_of(talking) is not None


async def test_whom_we_could_not_let_go_we_let_go_when_the_link_stands(stage: Stage) -> None:
    stage.router.is_away = True
    stage.control.fails["leave"] = LOST
    contact = await stage.arrives()
    gone = await stage.arrives()
    await stage.voice.call_gone(ChannelKey(NODE, gone), GoneCause.HUNG_UP)
    stage.control.fails.clear()
    stage.control.log.clear()
    await stage.link_up(known=[contact, gone])
    assert stage.control.orders("leave") == [(contact, SUPPORT)]


async def test_while_no_phone_can_be_reached_no_agent_is_to_blame(stage: Stage) -> None:
    await stage.link_down()
    await stage.presence(SATO)
    contact = await stage.arrives()
    await until(lambda: bool(_events(stage, OfferRejected)))
    assert stage.screens.of(SATO, Offered) == []
    assert stage.control.orders("ring") == []
    assert not stage.router.state.agents[SATO].cooling_until_ms
    await stage.link_up(known=[contact])
    await stage.router.advance(2)
    await stage.is_offered(contact)
