"""Router, calls, threads and desktops brought to agree, after any of them was away."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.actions import ReturnContact
from acd.agent import Presence
from acd.contact import Channel, Contact, ContactState
from acd.errors import AcdUnavailable
from acd.events import ContactEnded, ContactQueued, Event, PresenceChanged
from acd.ids import ContactId
from acd.router import Snapshot
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import ContactRecord
from cti.errors import NodeUnavailable
from cti.listener import GoneCause
from hub.desktop.protocol import Offered, OfferWithdrawn, ShownState, Welcome
from tests.hub.doubles import SATO, TANAKA, Control, Router
from tests.hub.fakes import settle, until
from tests.hub.stage import ROUTING, SALES, SUPPORT, Stage, build, command, crm_engine, flow_in, running


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


# --- the first time --------------------------------------------------------------------------------


async def test_the_router_is_told_queues_and_agents(stage: Stage) -> None:
    assert stage.router.state.settings == ROUTING
    assert set(stage.router.state.agents) == {SATO, TANAKA}
    assert stage.router.state.agents[SATO].agent.queues == {SUPPORT: 0}


async def test_where_all_agree_nothing_is_submitted(stage: Stage) -> None:
    await stage.presence(TANAKA)
    wrapped = await stage.arrives()
    await stage.talks(wrapped, TANAKA)
    await stage.hangs_up(wrapped)
    await stage.sees(TANAKA, wrapped, ShownState.WRAP_UP)
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.talks(contact)
    await stage.arrives()
    await stage.text.handle(stage.inbound())
    await settle()
    events, shown = len(stage.router.events), len(stage.screens.events[SATO])
    await stage.agrees()
    assert len(stage.router.events) == events
    assert len(stage.screens.events[SATO]) == shown
    assert len(stage.control.orders("connect")) == 2


async def test_what_happens_while_all_are_compared_is_taken_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contact is closed after the performer's last action and before the router's state is read."""
    await stage.presence(TANAKA)
    stage.text.go_by({}, SALES)
    await stage.text.handle(stage.inbound())
    contact = await stage.takes(TANAKA)
    snapshot = stage.router.snapshot

    async def later() -> Snapshot:
        monkeypatch.undo()
        await stage.router.submit(ContactEnded(contact=contact.id, reason="closed"))
        return await snapshot()

    monkeypatch.setattr(stage.router, "snapshot", later)
    await stage.agrees()
    await settle()
    assert stage.record(contact.id) is None
    assert stage.board.all() == []


async def test_a_phone_does_not_ring_on_for_an_offer_that_the_router_lost(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    await until(lambda: bool(stage.control.orders("ring")))
    (offer,) = stage.live(contact).offers
    del stage.router.state.offers[offer.offer]  # by hand, in Redis
    await stage.agrees()
    assert stage.control.orders("hang_up_leg") == [(offer.offer,)]
    assert stage.live(contact).offers == ()


async def test_a_phone_that_was_answered_is_neither_rung_again_nor_hung_up(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.is_offered(contact)
    (offer,) = stage.live(contact).offers
    await stage.answers(offer.offer)
    await stage.calls.connections.ring(offer)  # an agreement that knew nothing of the answer
    await stage.sees(SATO, contact, ShownState.CONNECTED)
    await stage.agrees()
    assert len(stage.control.orders("ring")) == 1
    assert stage.control.orders("hang_up_leg") == []


async def test_a_phone_does_not_ring_on_for_a_contact_that_the_router_lost(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    await until(lambda: bool(stage.control.orders("ring")))
    (offer,) = stage.live(contact).offers
    stage.router.lose_everything()
    await stage.agrees()
    assert (offer.offer,) in stage.control.orders("hang_up_leg")


# --- a hub that follows another --------------------------------------------------------------------


async def test_who_talks_is_found_and_shown(old: Stage, new: Stage, router: Router) -> None:
    async with running(old):
        await old.presence(SATO)
        contact = await old.arrives()
        offer = await old.talks(contact)
    before = len(router.events)
    async with running(new, linked=False):
        assert new.record(contact) is not None, "nothing is over before Asterisk was asked"
        await new.link_up(new.found(contact, offer))
        await new.agrees()
        await settle()
        assert len(router.events) == before
        assert new.control.orders("connect") == []
        live = new.live(contact)
        assert (live.state, live.agent, live.queue) == (ContactState.CONNECTED, SATO, SUPPORT)
        await new.voice.leg_gone(offer, GoneCause.HUNG_UP)
        assert new.control.orders("hang_up") == [(contact,)]
        await new.hangs_up(contact)
        await new.sees(SATO, contact, ShownState.WRAP_UP)


async def test_an_end_that_was_not_written_is(old: Stage, new: Stage) -> None:
    """The hub died between the end of a call and the database; calls of another node are not ours to end."""
    over, menu, elsewhere = ContactId("pbx1-9.1"), ContactId("pbx1-9.2"), ContactId("pbx2-9.1")
    for contact in (over, menu, elsewhere):
        await new.crm.contacts.opened(contact, channel=Channel.VOICE, address=None, at_ms=1)
    async with running(new, linked=False):
        assert (await _stored(new, over)).state is ContactState.WAITING, "Asterisk was not asked yet"
        await new.link_up(new.found(menu))
        await new.agrees()
        states = {each: (await _stored(new, each)).state for each in (over, menu, elsewhere)}
    assert states == {
        over: ContactState.ENDED,
        menu: ContactState.WAITING,
        elsewhere: ContactState.WAITING,
    }


async def _stored(stage: Stage, contact: ContactId) -> ContactRecord:
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    return stored


async def test_who_waits_keeps_place_and_hears_music(old: Stage, new: Stage, router: Router) -> None:
    async with running(old):
        contact = await old.arrives(keys="1")
        arrived_ms = old.live(contact).arrived_ms
    async with running(new, linked=False):
        await new.link_up(new.found(contact))
        assert new.control.orders("start_music") == [(contact,)]
        await new.presence(SATO)
        await new.talks(contact)
        record = new.record(contact)
        assert record is not None
        assert record.contact.arrived_ms == arrived_ms


async def test_who_was_in_the_menu_gets_into_the_default_queue(new: Stage) -> None:
    async with running(new, linked=False):
        contact = ContactId("pbx1-7")
        await new.link_up(new.found(contact))
        await until(lambda: new.record(contact) is not None)
        assert new.live(contact).queue == SUPPORT


async def test_who_talks_without_the_router_s_knowing_is_connected(new: Stage, router: Router) -> None:
    async with running(new, linked=False):
        contact = ContactId("pbx1-7")
        await new.link_up(new.found(contact, f"{contact}.1"))
        await until(lambda: new.record(contact) is not None)
        record = new.record(contact)
        assert record is not None
        assert (record.state, record.agent) == (ContactState.CONNECTED, SATO)


async def test_who_talks_though_the_router_has_him_wait_is_connected(new: Stage, router: Router) -> None:
    contact = ContactId("pbx1-7")
    async with running(new, linked=False):
        routed = Contact(id=contact, channel=Channel.VOICE, queue=SUPPORT, arrived_ms=5)
        await router.submit(ContactQueued(contact=routed))
        await new.link_up(new.found(contact, f"{contact}.1"))
        await until(lambda: (found := new.record(contact)) is not None and found.agent == SATO)


async def test_a_call_that_ended_meanwhile_is_over(old: Stage, new: Stage) -> None:
    async with running(old):
        await old.presence(SATO)
        talked, waited = await old.arrives(), await old.arrives()
        await old.talks(talked)
    async with running(new):
        await new.sees(SATO, talked, ShownState.WRAP_UP)
        await new.gone(waited)


async def test_a_caller_whose_agent_went_meanwhile_waits_again(old: Stage, new: Stage) -> None:
    async with running(old):
        await old.presence(SATO)
        contact = await old.arrives()
        await old.talks(contact)
    async with running(new, linked=False):
        await new.link_up(new.found(contact))
        await new.presence(TANAKA)
        await new.talks(contact, TANAKA)


async def test_a_phone_that_rang_rings_again(old: Stage, new: Stage) -> None:
    async with running(old):
        await old.presence(SATO)
        contact = await old.arrives()
        offer = await old.is_offered(contact)
    async with running(new, linked=False):
        await settle()
        assert new.control.orders("ring") == []
        await new.link_up(new.found(contact))
        assert await new.is_offered(contact) == offer
        await new.agrees()
        await new.answers(offer)
        await new.sees(SATO, contact, ShownState.CONNECTED)
        assert len(new.control.orders("ring")) == 1


async def test_wrap_up_is_still_the_agent_s(old: Stage, new: Stage) -> None:
    async with running(old):
        await old.presence(SATO)
        contact = await old.arrives()
        await old.talks(contact)
        await old.hangs_up(contact)
        await old.sees(SATO, contact, ShownState.WRAP_UP)
    async with running(new):
        assert new.live(contact).state is ContactState.WRAP_UP
        await new.desk.command(SATO, command("wrap_up", contact=contact, disposition="resolved"))
        await new.gone(contact)


async def test_agents_without_a_desktop_are_expected(old: Stage, new: Stage) -> None:
    async with running(old):
        await old.presence(SATO)
    async with running(new):
        assert new.screens.expected == {SATO}
        assert new.board.presence(SATO)[0] is Presence.AVAILABLE


async def test_threads_keep_their_agents(old: Stage, new: Stage) -> None:
    async with running(old):
        await old.presence(SATO)
        await old.text.handle(old.inbound())
        contact = await old.takes()
        await old.text.handle(old.inbound(user="U2"))
    async with running(new):
        await new.text.handle(new.inbound("まだです"))
        assert new.live(contact.id).agent == SATO
        assert len(new.board.all()) == 2


# --- Redis that lost everything --------------------------------------------------------------------


async def test_all_that_lives_is_told_again(stage: Stage) -> None:
    wrapped = await _wrapped_up(stage)
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    served = await stage.takes()
    await stage.presence(SATO, Presence.NOT_READY)
    waiting = await stage.arrives()
    await stage.text.handle(stage.inbound(user="U2"))
    stage.router.lose_everything()
    await until(lambda: stage.board.get(wrapped) is None)
    assert stage.router.state.settings == ROUTING
    assert stage.router.state.agents[SATO].presence is Presence.NOT_READY
    states = {contact: record.state for contact, record in stage.router.state.contacts.items()}
    assert states.pop(served.id) is ContactState.CONNECTED
    assert states.pop(waiting) is ContactState.WAITING
    assert list(states.values()) == [ContactState.WAITING]


async def test_presence_is_told_again_though_the_first_try_broke_off(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.presence(SATO)
    submit, broken = stage.router.submit, False

    async def breaks_off(event: Event) -> str:
        nonlocal broken
        if isinstance(event, PresenceChanged) and not broken:
            broken = True
            raise AcdUnavailable("away")
        return await submit(event)

    monkeypatch.setattr("hub.perform._AGAIN_S", 0)
    monkeypatch.setattr(stage.router, "submit", breaks_off)
    stage.router.lose_everything()
    await until(
        lambda: (
            SATO in stage.router.state.agents
            and stage.router.state.agents[SATO].presence is Presence.AVAILABLE
        )
    )
    assert broken


async def _wrapped_up(stage: Stage) -> ContactId:
    """Let Tanaka finish a text contact but for its wrap-up."""
    await stage.presence(TANAKA)
    await stage.text.handle(stage.inbound(user="U3"))
    contact = (await stage.takes(TANAKA)).id
    await stage.presence(TANAKA, Presence.NOT_READY)
    await stage.desk.command(TANAKA, command("hang_up", contact=contact))
    await stage.sees(TANAKA, contact, ShownState.WRAP_UP)
    return contact


# --- parts that are away ---------------------------------------------------------------------------


async def test_without_the_database_calls_are_brought_to_agree(
    old: Stage, new: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> list[ContactRecord]:
        raise CrmUnavailable

    async with running(old):
        contact = await old.arrives()
        await old.text.handle(old.inbound())
        (thread,) = await old.crm.contacts.open_threads()
    with monkeypatch.context() as patched:
        for name in ("open_threads", "get"):
            patched.setattr(new.crm.contacts, name, away)
        async with running(new, linked=False):
            await new.link_up(new.found(contact))
            await new.agrees()
            assert new.live(contact).queue == SUPPORT
            assert new.board.get(thread.id) is None
            assert new.record(thread.id) is not None, "what cannot be looked up is not over"
            patched.undo()
            new.performer.agree_soon()
            await until(lambda: new.board.get(thread.id) is not None)
            await new.presence(SATO)
            await new.talks(contact)


async def test_a_thread_that_nobody_knows_is_over(stage: Stage) -> None:
    routed = Contact(id=ContactId("t1"), channel=Channel.LINE, queue=SUPPORT, arrived_ms=5)
    await stage.router.submit(ContactQueued(contact=routed))
    stage.performer.agree_soon()
    await until(lambda: stage.record(routed.id) is None)


async def test_what_ended_while_the_router_was_away_is_over(stage: Stage) -> None:
    await stage.presence(SATO)
    talked, offered = await stage.arrives(), await stage.arrives()
    await stage.talks(talked)
    await stage.presence(TANAKA)
    offer = await stage.is_offered(offered, TANAKA)
    stage.router.is_away = True
    await stage.hangs_up(talked)
    await stage.voice.leaving.let_all_waiting_go()
    stage.router.is_away = False
    stage.performer.agree_soon()
    await stage.sees(SATO, talked, ShownState.WRAP_UP)
    await stage.gone(offered)
    await until(lambda: bool(stage.screens.of(TANAKA, OfferWithdrawn)))
    assert stage.screens.of(TANAKA, OfferWithdrawn)[0].offer == offer
    assert [each.offer for each in stage.screens.of(TANAKA, Offered)] == [offer], "it is not shown again"


async def test_an_agent_who_went_while_the_link_was_away_leaves_the_caller_in_the_queue(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    offer = await stage.talks(contact)
    stage.control.fails["hang_up"] = NodeUnavailable("away")
    stage.control.legs.discard(offer)
    await stage.voice.leg_gone(offer, GoneCause.LOST)
    await stage.presence(TANAKA)
    await stage.talks(contact, TANAKA)


async def test_an_agent_is_shown_anew_what_changed_behind_his_back(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.talks(contact)
    missed = ReturnContact(contact=contact, agent=SATO, queue=SUPPORT, reason="test")
    stage.board.apply(missed, 1)  # and the router knows nothing of it
    stage.performer.agree_soon()
    await until(lambda: bool(stage.screens.of(SATO, Welcome)))
    (welcome,) = stage.screens.of(SATO, Welcome)
    assert [each.id for each in welcome.contacts] == [contact]
    assert stage.screens.of(TANAKA, Welcome) == []


# --- other settings --------------------------------------------------------------------------------


async def test_other_files_are_gone_by(stage: Stage, tmp_path: Path) -> None:
    await stage.presence(SATO)
    queues = {name: queue for name, queue in ROUTING.queues.items() if name != SUPPORT}
    stage.truth.go_by(type(ROUTING)(queues=queues), flow_in(tmp_path))
    await until(lambda: set(stage.router.state.settings.queues) == set(queues))
    await until(lambda: stage.router.state.agents[SATO].agent.queues == {})
    await stage.text.handle(stage.inbound())
    (contact,) = stage.board.all()
    assert contact.queue == next(iter(queues))
