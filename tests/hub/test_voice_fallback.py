"""Calls that Asterisk's own `Queue()` has, or had: what router, desktops and journey make of them."""

from dataclasses import replace

from acd.contact import ContactState
from acd.events import ContactLeft, OfferRejected
from acd.ids import AgentId, ContactId
from cti.ari import ChannelKey
from cti.incoming import IncomingCall
from cti.listener import GoneCause
from hub.desktop.protocol import ShownState
from tests.hub.doubles import SATO, TANAKA
from tests.hub.fakes import until
from tests.hub.stage import NODE, SALES, SUPPORT, Stage, command


def _back(stage: Stage, contact: ContactId | None = None, queue: str = SALES) -> IncomingCall:
    """Return a call that comes back from `Queue()`."""
    call = stage.incoming(id_=contact or "")
    return replace(call, at_ms=call.at_ms - 90_000, queue=queue)


async def _falls_out(stage: Stage, contact: ContactId, cause: GoneCause = GoneCause.LEFT) -> None:
    stage.control.calls.discard(contact)
    await stage.voice.call_gone(ChannelKey(NODE, contact), cause)


async def test_who_comes_back_waits_without_a_menu_and_keeps_his_age(stage: Stage) -> None:
    call = _back(stage)
    await stage.voice.call_arrived(call)
    contact = ContactId(call.key.id)
    await until(lambda: stage.record(contact) is not None)
    record = stage.record(contact)
    assert record is not None
    assert (record.contact.queue, record.contact.arrived_ms) == (SALES, call.at_ms)
    assert stage.control.played == []
    assert stage.control.orders("start_music") == [(contact,)]


async def test_who_fell_out_keeps_his_place_in_the_router(stage: Stage) -> None:
    contact = await stage.arrives()
    arrived_ms = stage.live(contact).arrived_ms
    await _falls_out(stage, contact)
    await stage.agrees()
    await stage.voice.call_arrived(_back(stage, contact))
    await stage.agrees()
    record = stage.record(contact)
    assert record is not None
    assert (record.state, record.contact.queue) == (ContactState.WAITING, SUPPORT)
    assert record.contact.arrived_ms == arrived_ms
    assert not any(isinstance(event, ContactLeft) for event in stage.router.events)


async def test_who_fell_out_while_the_link_was_lost_does_too(stage: Stage) -> None:
    contact = await stage.arrives()
    await stage.link_down()
    await stage.link_up()
    await _falls_out(stage, contact, GoneCause.LOST)
    await stage.agrees()
    assert stage.record(contact) is not None


async def test_a_fax_machine_waits_for_nobody(stage: Stage) -> None:
    contact = await stage.arrives()
    await _falls_out(stage, contact, GoneCause.FAX)
    await until(lambda: stage.record(contact) is None)
    left = [event for event in stage.router.events if isinstance(event, ContactLeft)]
    assert [event.reason for event in left] == ["fax"]


async def test_who_waits_there_is_offered_to_nobody(stage: Stage) -> None:
    contact = await stage.arrives()
    await _falls_out(stage, contact)
    await stage.presence(SATO)
    await until(lambda: any(isinstance(event, OfferRejected) for event in stage.router.events))
    assert stage.control.orders("ring") == []
    assert stage.router.state.agents[SATO].cooling_until_ms == 0


async def test_a_phone_that_rings_for_who_falls_out_is_no_miss_of_its_agent(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    offer = await stage.is_offered(contact)
    await _falls_out(stage, contact)
    assert offer not in stage.router.state.offers
    assert stage.router.state.agents[SATO].cooling_until_ms == 0


async def test_who_is_gone_for_good_leaves_the_router(stage: Stage) -> None:
    contact = await stage.arrives()
    await _falls_out(stage, contact)
    stage.queue.calls.clear()
    await stage.agrees()
    await stage.gone(contact)


async def test_an_agent_whom_app_queue_rang_is_busy_until_it_is_over(stage: Stage) -> None:
    await stage.presence(SATO)
    call = _back(stage, queue=SUPPORT)
    contact = ContactId(call.key.id)
    assert await stage.voice.talks_in_queue(call, SATO)
    assert not await stage.voice.talks_in_queue(call, SATO)
    await stage.agrees()
    record, live = stage.record(contact), stage.live(contact)
    assert record is not None
    assert (record.state, record.agent, live.agent) == (ContactState.CONNECTED, SATO, SATO)
    waiting = await stage.arrives()
    await stage.agrees()
    assert stage.control.orders("ring") == []
    await stage.voice.talk_in_queue_ended(contact)
    await stage.sees(SATO, contact, ShownState.WRAP_UP)
    await stage.desk.command(SATO, command("wrap_up", contact=contact, disposition="resolved"))
    await stage.is_offered(waiting)


async def test_who_waited_here_and_talks_there_is_one_contact(stage: Stage) -> None:
    contact = await stage.arrives()
    await _falls_out(stage, contact)
    stage.queue.calls.clear()
    await stage.voice.talks_in_queue(_back(stage, contact), TANAKA)
    await _falls_out(stage, contact, GoneCause.LOST)  # the news is older than what was seen since
    await stage.agrees()
    record = stage.record(contact)
    assert record is not None
    assert (record.state, record.agent) == (ContactState.CONNECTED, TANAKA)


async def test_who_talks_there_without_a_router_is_told_when_there_is_one(stage: Stage) -> None:
    call = _back(stage)
    stage.router.is_away = True
    await stage.voice.talks_in_queue(call, SATO)
    stage.router.is_away = False
    await stage.agrees()
    record = stage.record(ContactId(call.key.id))
    assert record is not None
    assert record.agent == AgentId("sato")


async def test_hanging_up_a_talk_there_is_left_to_asterisk(stage: Stage) -> None:
    await stage.presence(SATO)
    call = _back(stage)
    await stage.voice.talks_in_queue(call, SATO)
    await stage.agrees()
    await stage.desk.command(SATO, command("hang_up", contact=call.key.id))
    assert stage.queue.hung_up == [call.key.id]
    assert stage.control.orders("hang_up") == []


async def test_whom_the_router_refuses_without_words_is_not_to_come_back(stage: Stage) -> None:
    contact = await stage.arrives()
    await stage.voice.refused(stage.live(contact))
    assert stage.control.left_at[contact] == "fallback,stay"


async def test_who_leaves_for_want_of_a_router_may_come_back(stage: Stage) -> None:
    stage.router.is_away = True
    contact = await stage.arrives()
    assert stage.control.left_at[contact] == "fallback,s"


async def test_the_journey_of_who_was_let_go_and_came_back_goes_on(stage: Stage) -> None:
    stage.router.is_away = True
    contact = await stage.arrives()
    stage.router.is_away = False
    await stage.voice.call_arrived(_back(stage, contact))
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert stored.state is ContactState.WAITING


async def test_the_place_in_the_queue_is_told_to_asterisk(stage: Stage) -> None:
    contact = await stage.arrives()
    call = stage.voice.call_of(contact)
    assert call is not None
    assert stage.control.orders("keep_place") == [(contact, SUPPORT, call.contact.arrived_ms)]


async def test_the_node_is_settled_only_when_its_own_queue_was_seen(stage: Stage) -> None:
    looks = stage.queue.looks
    await stage.link_down()
    await stage.link_up()
    assert stage.queue.looks == looks + 1
