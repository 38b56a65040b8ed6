"""What the router decides is done in order, once, and begun anew when actions were lost."""

import pytest

from acd.contact import ContactState
from acd.core.state import RoutingState
from acd.errors import AcdUnavailable
from acd.events import ContactHandedOver, ContactLeft, ContactQueued
from acd.ids import ContactId
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import Message
from hub.clock import now_ms
from hub.desktop.protocol import ContactShown, OfferWithdrawn, ShownState
from hub.lanes import LaneFull
from tests.hub.doubles import SATO, TANAKA
from tests.hub.fakes import settle, until
from tests.hub.stage import Stage, command


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.perform._AGAIN_S", 0)


async def test_a_text_contact_waits_for_the_database_to_be_shown(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> tuple[Message, ...]:
        raise CrmUnavailable

    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    await until(lambda: bool(stage.board.offers_to(SATO)))
    (offer,) = stage.board.offers_to(SATO)
    with monkeypatch.context() as patched:
        patched.setattr(stage.crm.messages, "of", away)
        await stage.desk.command(SATO, command("accept", offer=offer.offer))
        await settle()
        assert stage.screens.of(SATO, ContactShown) == []
    await stage.sees(SATO, offer.contact, ShownState.CONNECTED)


async def test_an_end_that_the_router_knows_nothing_of_is_an_end(stage: Stage) -> None:
    contact = await stage.arrives()
    stage.router.state.drop_contact(contact)
    await stage.hangs_up(contact)
    await until(lambda: stage.board.get(contact) is None)
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert stored.state is ContactState.ENDED


async def test_an_action_for_a_contact_that_is_not_here_brings_all_to_agree(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    routed = stage.voice.routed(stage.live(contact))
    assert routed is not None
    await stage.hangs_up(contact)
    await stage.gone(contact)
    await stage.router.submit(ContactQueued(contact=routed))  # as if it had arrived late
    await stage.gone(contact)
    assert stage.control.orders("ring").count((contact, f"{contact}.1", "PJSIP/sato")) == 0


async def test_an_offer_of_a_contact_that_is_not_here_is_withdrawn(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    offer = await stage.is_offered(contact)
    stage.board.drop(contact)
    await stage.router.submit(ContactLeft(contact=contact, reason="abandoned"))
    await until(lambda: bool(stage.screens.of(SATO, OfferWithdrawn)))
    assert stage.control.orders("hang_up_leg") == [(offer,)]


async def test_a_contact_that_is_handed_over_leaves_one_desktop_and_is_on_the_other(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.talks(contact)
    await stage.presence(TANAKA)
    assert await stage.journal.flush(1)
    before = await stage.crm.contacts.get(contact)
    assert before is not None
    connected_ms = before.connected_ms
    assert connected_ms is not None
    await until(lambda: now_ms() > connected_ms)  # the next one is known by its time
    await stage.router.submit(ContactHandedOver(contact=contact, agent=TANAKA))
    await stage.sees(SATO, contact, ShownState.ENDED)
    await stage.sees(TANAKA, contact, ShownState.CONNECTED)
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert stored.agent == TANAKA


async def test_lost_actions_begin_anew(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.talks(contact)
    waiting = await stage.arrives()
    stage.router.lose_everything()
    await until(
        lambda: (record := stage.record(contact)) is not None and record.state is ContactState.CONNECTED
    )
    await until(lambda: stage.record(waiting) is not None)
    assert stage.router.state.agents[SATO].presence == "available"
    assert stage.live(contact).agent == SATO
    await stage.hangs_up(contact)
    await stage.sees(SATO, contact, ShownState.WRAP_UP)


async def test_agreement_is_tried_until_it_comes_about(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[Exception] = [AcdUnavailable("away"), ValueError("a bug"), AcdUnavailable("away")]
    agree = stage.performer._agree

    async def fails(state: RoutingState) -> None:
        if errors:
            raise errors.pop()
        await agree(state)

    monkeypatch.setattr(stage.performer, "_agree", fails)
    stage.performer.agree_soon()
    await until(lambda: not errors)
    contact = await stage.arrives()
    await stage.presence(SATO)
    await stage.is_offered(contact)


async def test_a_lane_that_is_full_keeps_nobody_else_waiting(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = stage.performer._lanes.put
    refused: list[str] = []

    def full_for(key: str, work: object) -> None:
        if key == refused_contact:
            refused.append(key)
            raise LaneFull(key)
        put(key, work)  # type: ignore[arg-type]  # the same argument

    refused_contact = await stage.arrives()
    monkeypatch.setattr(stage.performer._lanes, "put", full_for)
    await stage.presence(SATO)
    await until(lambda: bool(refused))
    await stage.hangs_up(ContactId(refused_contact))
    await stage.is_offered(await stage.arrives())
