"""Customers who are called back: the agent's phone, the customer, the call; and all that may go wrong."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import ContactState
from acd.events import CallbackFailed, CallbackRequested, ContactEnded, ContactReturned, Event
from acd.ids import ContactId
from crm_bridge.identifiers import national
from cti.ari import ChannelKey
from cti.incoming import IncomingCall
from cti.listener import FoundCall, FoundLeg, GoneCause, LegFailure
from hub.clock import now_ms
from hub.desktop.protocol import Offered, ScreenPopped, ShownState
from tests.hub.doubles import SATO, Control, Router
from tests.hub.fakes import settle, until
from tests.hub.stage import NUMBER, SUPPORT, Stage, build, command, crm_engine, flow_in, running


def _events(stage: Stage, kind: type[Event]) -> list[Event]:
    return [event for event in stage.router.events if isinstance(event, kind)]


def _key(stage: Stage, contact: ContactId) -> ChannelKey:
    return stage.control.callback_key(contact)


def _picked_up(stage: Stage, contact: ContactId, number: str = NUMBER) -> IncomingCall:
    """Return the call of a customer who picks up."""
    key = _key(stage, contact)
    stage.control.calls.add(key.id)
    return IncomingCall(key, number, "", "", "", now_ms(), callback=contact)


async def _waits(stage: Stage) -> ContactId:
    """Let a caller ask for a callback and hang up."""
    contact = await stage.arrives()
    await stage.router.submit(CallbackRequested(contact=contact))
    await until(lambda: (contact,) in stage.control.orders("hang_up"))
    await stage.hangs_up(contact)
    return contact


async def _rings(stage: Stage, contact: ContactId) -> str:
    key = _key(stage, contact)
    await until(lambda: any(order[0] == key.id for order in stage.control.orders("ring")))
    return stage.board.offers_to(SATO)[0].offer


async def _calls(stage: Stage, contact: ContactId) -> str:
    """Let Sato take the callback; returns the offer that was won once the customer is being called."""
    offer = await _rings(stage, contact)
    stage.control.calls.discard(_key(stage, contact).id)
    stage.control.legs.add(offer)
    await stage.voice.leg_answered(offer)
    await until(lambda: bool(stage.control.orders("call_customer")))
    return offer


@pytest.fixture(autouse=True)
def _ring_without_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A phone rings for a callback though nobody is on the line."""
    ring = Control.ring

    async def rings(self: Control, ref: str, key: ChannelKey, endpoint: str, **more: object) -> None:
        if key.id.startswith("callback."):
            self.calls.add(key.id)
        await ring(self, ref, key, endpoint, **more)

    monkeypatch.setattr(Control, "ring", rings)


# --- as it should be -------------------------------------------------------------------------------


async def test_agent_first_then_customer_then_both(stage: Stage) -> None:
    contact = await _waits(stage)
    await stage.presence(SATO)
    offer = await _calls(stage, contact)
    pop, shown = stage.screens.of(SATO, ScreenPopped)[-1], stage.screens.of(SATO, Offered)[-1]
    assert (pop.address, shown.callback, shown.offer) == (NUMBER, True, offer)
    await stage.sees(SATO, contact, ShownState.CONNECTED)
    key = _key(stage, contact)
    assert stage.control.orders("call_customer") == [(key.id, offer, "PJSIP/09012345678@carrier")]
    assert stage.control.orders("connect") == []
    await stage.voice.customer_answered(_picked_up(stage, contact))
    assert stage.control.orders("connect") == [(key.id, offer)]
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert (stored.agent, stored.is_callback, stored.state) == (SATO, False, ContactState.CONNECTED)
    await stage.desk.command(SATO, command("hold", contact=contact))
    await stage.agrees()
    assert _events(stage, ContactEnded) == []
    await stage.voice.call_gone(key, GoneCause.HUNG_UP)
    await stage.sees(SATO, contact, ShownState.WRAP_UP)
    assert stage.voice.call_of(contact) is None


async def test_an_agent_who_hangs_up_ends_the_customer_s_call(stage: Stage) -> None:
    contact = await _waits(stage)
    await stage.presence(SATO)
    offer = await _calls(stage, contact)
    await stage.voice.customer_answered(_picked_up(stage, contact))
    await stage.voice.leg_gone(offer, GoneCause.HUNG_UP)
    assert stage.control.orders("hang_up")[-1] == (_key(stage, contact).id,)


async def test_who_is_still_on_the_line_is_called_once_he_is_not(stage: Stage) -> None:
    contact = await stage.arrives()
    await stage.router.submit(CallbackRequested(contact=contact))
    await until(lambda: (contact,) in stage.control.orders("hang_up"))
    await stage.presence(SATO)
    offer = await _rings(stage, contact)
    stage.control.legs.add(offer)
    await stage.voice.leg_answered(offer)
    await stage.sees(SATO, contact, ShownState.CONNECTED)
    await settle()
    assert stage.control.orders("call_customer") == []
    await stage.hangs_up(contact)
    await until(lambda: bool(stage.control.orders("call_customer")))


# --- as it may be ----------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [LegFailure.NO_ANSWER, LegFailure.BUSY, LegFailure.UNREACHABLE])
async def test_who_is_not_reached_waits_again(stage: Stage, reason: LegFailure) -> None:
    contact = await _waits(stage)
    await stage.presence(SATO)
    offer = await _calls(stage, contact)
    await stage.voice.customer_failed(_key(stage, contact), reason)
    assert (offer,) in stage.control.orders("hang_up_leg")
    assert _events(stage, CallbackFailed) == [CallbackFailed(contact=contact, reason=reason)]
    await stage.sees(SATO, contact, ShownState.ENDED)
    await stage.voice.leg_gone(offer, GoneCause.HUNG_UP)
    record = stage.record(contact)
    assert record is not None
    assert (record.attempts, record.contact.is_callback) == (1, True)
    stage.control.log.clear()
    await stage.router.advance(301)
    await _calls(stage, contact)


async def test_an_agent_who_does_not_wait_leaves_the_customer_in_peace(stage: Stage) -> None:
    contact = await _waits(stage)
    await stage.presence(SATO)
    offer = await _calls(stage, contact)
    await stage.desk.command(SATO, command("hang_up", contact=contact))
    assert (offer,) in stage.control.orders("hang_up_leg")
    await stage.voice.leg_gone(offer, GoneCause.HUNG_UP)
    assert stage.control.orders("give_up") == [(_key(stage, contact).id,)]
    await stage.voice.customer_failed(_key(stage, contact), LegFailure.CANCELLED)
    assert _events(stage, CallbackFailed) == [CallbackFailed(contact=contact, reason="agent_gone")]


async def test_a_customer_who_picks_up_as_the_agent_goes_waits_on_the_line(stage: Stage) -> None:
    contact = await _waits(stage)
    await stage.presence(SATO)
    offer = await _calls(stage, contact)
    stage.control.legs.discard(offer)
    await stage.voice.customer_answered(_picked_up(stage, contact))
    await until(lambda: bool(_events(stage, ContactReturned)))
    record = stage.record(contact)
    assert record is not None
    assert not record.contact.is_callback
    assert (_key(stage, contact).id,) in stage.control.orders("start_music")
    await stage.voice.call_gone(_key(stage, contact), GoneCause.HUNG_UP)
    await stage.gone(contact)


async def test_a_callback_that_is_over_is_not_called(stage: Stage) -> None:
    contact = await _waits(stage)
    await stage.presence(SATO)
    offer = await _calls(stage, contact)
    await stage.router.submit(ContactEnded(contact=contact, reason="lost"))
    await stage.sees(SATO, contact, ShownState.WRAP_UP)
    await stage.desk.command(SATO, command("wrap_up", contact=contact, disposition="resolved"))
    await until(lambda: (offer,) in stage.control.orders("hang_up_leg"))
    await stage.voice.customer_answered(_picked_up(stage, contact))
    assert stage.control.orders("hang_up")[-1] == (_key(stage, contact).id,)


async def test_a_number_that_the_board_has_lost_comes_from_the_database(stage: Stage) -> None:
    contact = await _waits(stage)
    assert await stage.journal.flush(1)
    stage.live(contact).address = None
    await stage.presence(SATO)
    await _calls(stage, contact)
    assert stage.live(contact).address == NUMBER, "the database knows it"


async def test_who_calls_again_has_his_place(stage: Stage) -> None:
    first = await _waits(stage)
    assert await stage.journal.flush(1)
    arrived_ms = stage.live(first).arrived_ms
    await until(lambda: stage.live(first).customer is not None)
    second = await stage.arrives()
    await stage.gone(first)
    record = stage.record(second)
    assert record is not None
    assert (record.contact.arrived_ms, record.contact.is_callback) == (arrived_ms, False)
    assert await stage.journal.flush(1)
    assert await stage.crm.contacts.open_callbacks() == []


@pytest.mark.parametrize(
    ("number", "dialled"),
    [("+819012345678", "09012345678"), ("+81312345678", "0312345678"), ("+12125550123", "12125550123")],
)
def test_numbers_are_dialled_as_at_home(number: str, dialled: str) -> None:
    assert national(number, "JP") == dialled


# --- after something was away ----------------------------------------------------------------------


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = await crm_engine(tmp_path)
    yield engine
    await engine.dispose()


@pytest.fixture
def router() -> Router:
    return Router()


@pytest.fixture
def old(engine: AsyncEngine, router: Router, tmp_path: Path) -> Stage:
    """A hub that will end."""
    return build(engine, flow_in(tmp_path), router, Control())


@pytest.fixture
def new(engine: AsyncEngine, router: Router, tmp_path: Path) -> Stage:
    """The hub that follows, with the same router and database."""
    return build(engine, flow_in(tmp_path), router, Control())


async def test_another_hub_knows_whom_to_call(old: Stage, new: Stage) -> None:
    async with running(old):
        contact = await _waits(old)
    async with running(new):
        live = new.live(contact)
        assert (live.is_callback, live.address, live.state) == (True, NUMBER, ContactState.WAITING)
        await new.presence(SATO)
        await _calls(new, contact)


async def test_another_hub_begins_anew_what_was_under_way(old: Stage, new: Stage) -> None:
    async with running(old):
        contact = await _waits(old)
        await old.presence(SATO)
        await _calls(old, contact)
    async with running(new):
        await until(lambda: bool(new.control.orders("call_customer")))
        await new.voice.customer_failed(_key(new, contact), LegFailure.CANCELLED)  # no leg waits for him
        assert new.record(contact) is not None
        assert _events(new, CallbackFailed) == [CallbackFailed(contact=contact, reason="agent_gone")]


async def test_another_hub_finds_who_was_reached(old: Stage, new: Stage) -> None:
    async with running(old):
        contact = await _waits(old)
        await old.presence(SATO)
        offer = await _calls(old, contact)
        await old.voice.customer_answered(_picked_up(old, contact))
    async with running(new, linked=False):
        await new.link_up(FoundCall(_picked_up(new, contact), FoundLeg(offer, "PJSIP/sato")))
        await new.agrees()
        live = new.live(contact)
        assert (live.state, live.agent, live.queue) == (ContactState.CONNECTED, SATO, SUPPORT)
        assert new.control.orders("call_customer") == []
        await new.voice.call_gone(_key(new, contact), GoneCause.HUNG_UP)
        await new.sees(SATO, contact, ShownState.WRAP_UP)


async def test_who_was_reached_and_hung_up_meanwhile_is_not_called_again(old: Stage, new: Stage) -> None:
    async with running(old):
        contact = await _waits(old)
        await old.presence(SATO)
        await _calls(old, contact)
        await old.voice.customer_answered(_picked_up(old, contact))
        assert await old.journal.flush(1)
    async with running(new):
        await until(lambda: ContactEnded(contact=contact, reason="lost") in new.router.events)
        await settle()
        assert new.control.orders("call_customer") == []


async def test_without_the_router_s_state_callbacks_come_from_the_database(stage: Stage) -> None:
    contact = await _waits(stage)
    assert await stage.journal.flush(1)
    stage.board.drop(contact)
    stage.router.lose_everything()
    await until(lambda: stage.record(contact) is not None)
    record = stage.record(contact)
    assert record is not None
    assert record.contact.is_callback
    await stage.presence(SATO)
    await _calls(stage, contact)
