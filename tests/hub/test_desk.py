"""What agents are shown, and what their commands come to."""

import asyncio
from collections.abc import Awaitable

import pytest

from acd.actions import ResumeContact, SuspendContact
from acd.agent import Presence
from acd.contact import Channel, ContactState
from acd.ids import ContactId
from crm_bridge.errors import CrmUnavailable
from cti.errors import CallRefused, NodeUnavailable
from hub.accounts import Account, Role
from hub.desktop.protocol import (
    ContactShown,
    Offered,
    OfferWithdrawn,
    PresenceShown,
    ScreenPopped,
    ShownState,
    SignShown,
    Welcome,
)
from hub.desktop.refusals import CommandRefused, Refusal
from tests.hub.doubles import SATO, TANAKA
from tests.hub.fakes import settle, until
from tests.hub.stage import SUPPORT, Stage, command

ACCOUNT = Account(SATO, "佐藤", Role.AGENT, 0)


async def _refusal(work: Awaitable[None]) -> Refusal:
    """Return why a command was refused."""
    with pytest.raises(CommandRefused) as refused:
        await work
    return refused.value.code


async def _thread(stage: Stage) -> ContactId:
    """Let Sato have a text contact."""
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    return (await stage.takes()).id


async def _offered(stage: Stage) -> Offered:
    """Let a text contact be offered to Sato."""
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    await until(lambda: bool(stage.screens.of(SATO, Offered)))
    return stage.screens.of(SATO, Offered)[-1]


async def test_typing_and_read_marks_go_both_ways(stage: Stage) -> None:
    contact = await _thread(stage)
    live = stage.board.get(contact)
    assert live is not None
    await stage.desk.command(SATO, command("typing", contact=contact))
    await stage.desk.command(SATO, command("read", contact=contact, message="line:e1"))
    assert stage.names[Channel.LINE].shown == [(live.address, True, None), (live.address, False, "e1")]
    assert await _refusal(stage.desk.command(TANAKA, command("typing", contact=contact))) is Refusal.NOT_YOURS
    stage.desk.sign(live, is_typing=True, read_ms=None)
    assert stage.screens.of(SATO, SignShown) == [SignShown(contact=contact, typing=True)]


# --- coming and going ------------------------------------------------------------------------------


async def test_who_signs_in_is_not_ready(stage: Stage) -> None:
    (welcome,) = await stage.desk.agent_joined(ACCOUNT)
    assert isinstance(welcome, Welcome)
    assert (welcome.presence, welcome.agent.queues) == (Presence.NOT_READY, (SUPPORT,))
    assert welcome.ways == (Channel.LINE, Channel.SMS, Channel.EMAIL)
    await until(lambda: stage.board.presence(SATO) == (Presence.NOT_READY, "signed_in"))
    assert stage.router.state.agents[SATO].presence is Presence.NOT_READY


async def test_another_desktop_changes_no_presence_and_shows_all(stage: Stage) -> None:
    contact = await _thread(stage)
    await stage.text.handle(stage.inbound(user="U2"))
    await until(lambda: bool(stage.board.offers_to(SATO)))
    welcome, *pops = await stage.desk.agent_joined(ACCOUNT)
    assert isinstance(welcome, Welcome)
    assert welcome.presence is Presence.AVAILABLE
    (shown,) = welcome.contacts
    assert (shown.id, [message.text for message in shown.messages]) == (contact, ["もしもし"])
    assert [offer.offer for offer in welcome.offers] == [each.offer for each in stage.board.offers_to(SATO)]
    assert {pop.contact for pop in pops if isinstance(pop, ScreenPopped)} == {
        contact,
        stage.board.offers_to(SATO)[0].contact,
    }


async def test_who_joins_before_anything_is_known_waits(stage: Stage) -> None:
    stage.board.loaded.clear()
    joining = asyncio.create_task(stage.desk.agent_joined(ACCOUNT))
    await settle()
    assert not joining.done()
    stage.board.loaded.set()
    await joining


async def test_who_is_gone_is_offline_and_keeps_what_he_has(stage: Stage) -> None:
    contact = await _thread(stage)
    await stage.desk.command(SATO, command("send", contact=contact, message="m1", text="はい"))
    await stage.desk.agent_gone(SATO)
    await until(lambda: stage.board.presence(SATO)[0] is Presence.OFFLINE)
    assert stage.live(contact).agent == SATO, "who waits for nothing stays"
    (shown,) = stage.screens.of(SATO, PresenceShown)[-1:]
    assert (shown.presence, shown.reason) == (Presence.OFFLINE, "gone")


async def test_what_waits_for_an_answer_is_taken_from_who_is_gone(stage: Stage) -> None:
    contact = await _thread(stage)
    await stage.desk.agent_gone(SATO)
    await stage.sees(SATO, contact, ShownState.ENDED)
    assert stage.live(contact).agent is None
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert stored.state is ContactState.WAITING


async def test_what_is_to_be_left_alone_is_shown_so(stage: Stage) -> None:
    contact = await _thread(stage)
    stage.performer._take(SuspendContact(contact=contact, agent=SATO, reason="interrupted"))
    await until(lambda: len(stage.screens.of(SATO, ContactShown)) == 2)
    stage.performer._take(ResumeContact(contact=contact, agent=SATO))
    await until(lambda: len(stage.screens.of(SATO, ContactShown)) == 3)
    assert [each.suspended for each in stage.screens.of(SATO, ContactShown)] == [False, True, False]


# --- offers ----------------------------------------------------------------------------------------


async def test_an_offer_withdrawn_before_it_is_shown_is_not_shown(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, pop = asyncio.Event(), stage.acquaintance.pop

    async def slow(contact: object) -> object:
        await gate.wait()
        return await pop(contact)  # type: ignore[arg-type]  # the same argument

    monkeypatch.setattr(stage.acquaintance, "pop", slow)
    await stage.presence(SATO)
    contact = await stage.arrives()
    await until(lambda: bool(stage.board.offers_to(SATO)))
    await stage.hangs_up(contact)
    await until(lambda: not stage.board.offers_to(SATO))
    gate.set()
    await until(lambda: bool(stage.screens.of(SATO, OfferWithdrawn)))
    assert stage.screens.of(SATO, Offered) == []
    assert stage.control.orders("ring") == []


async def test_an_accept_is_taken_when_the_contact_is_connected(stage: Stage) -> None:
    offer = await _offered(stage)
    await stage.desk.command(SATO, command("accept", offer=offer.offer))
    assert stage.live(offer.contact).agent == SATO


async def test_both_desktops_of_an_agent_may_accept(stage: Stage) -> None:
    offer = await _offered(stage)
    accept = command("accept", offer=offer.offer)
    await asyncio.gather(stage.desk.command(SATO, accept), stage.desk.command(SATO, accept))
    assert await _refusal(stage.desk.command(SATO, accept)) is Refusal.OFFER_GONE


async def test_a_late_accept_is_refused_by_the_router(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The offer lapses, and somebody else takes the contact, before the board hears of it."""
    offer = await _offered(stage)
    stale = stage.board.offers_to(SATO)[0]
    monkeypatch.setattr(stage.board, "offer", lambda _: stale)
    await stage.presence(TANAKA)
    await stage.router.advance(16)
    assert (
        await _refusal(stage.desk.command(SATO, command("accept", offer=offer.offer))) is Refusal.OFFER_GONE
    )
    await until(lambda: bool(stage.board.offers_to(TANAKA)))
    (other,) = stage.board.offers_to(TANAKA)
    monkeypatch.undo()
    await stage.desk.command(TANAKA, command("accept", offer=other.offer))
    monkeypatch.setattr(stage.board, "offer", lambda _: stale)
    assert await _refusal(stage.desk.command(SATO, command("accept", offer=offer.offer))) is Refusal.TAKEN


async def test_an_accept_that_nobody_answers_is_not_taken(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def swallowed(_: object) -> str:
        return "1"

    monkeypatch.setattr("hub.commands._VERDICT_S", 0)
    offer = await _offered(stage)
    monkeypatch.setattr(stage.desk._commands, "_submit", swallowed)
    assert (
        await _refusal(stage.desk.command(SATO, command("accept", offer=offer.offer))) is Refusal.UNAVAILABLE
    )


async def test_a_call_is_taken_by_the_phone(stage: Stage) -> None:
    await stage.presence(SATO)
    offer = await stage.is_offered(await stage.arrives())
    accept = command("accept", offer=offer)
    assert await _refusal(stage.desk.command(SATO, accept)) is Refusal.ANSWER_THE_PHONE


async def test_an_offer_to_another_is_not_yours(stage: Stage) -> None:
    offer = await _offered(stage)
    for kind in ("accept", "reject"):
        work = stage.desk.command(TANAKA, command(kind, offer=offer.offer))
        assert await _refusal(work) is Refusal.NOT_YOURS
    assert await _refusal(stage.desk.command(SATO, command("accept", offer="x.1"))) is Refusal.OFFER_GONE


async def test_a_rejected_offer_goes_to_somebody_else(stage: Stage) -> None:
    offer = await _offered(stage)
    await stage.presence(TANAKA)
    await stage.desk.command(SATO, command("reject", offer=offer.offer))
    await until(lambda: bool(stage.screens.of(TANAKA, Offered)))
    assert stage.screens.of(SATO, OfferWithdrawn)[0].reason == "rejected"


# --- commands about contacts -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fields", "refusal"),
    [
        ("hold", {}, Refusal.NOT_A_CALL),
        ("resume", {}, Refusal.NOT_A_CALL),
        ("wrap_up", {"disposition": "resolved"}, Refusal.WRONG_STATE),
    ],
)
async def test_what_a_thread_does_not_take(
    stage: Stage, kind: str, fields: dict[str, str], refusal: Refusal
) -> None:
    contact = await _thread(stage)
    assert await _refusal(stage.desk.command(SATO, command(kind, contact=contact, **fields))) is refusal


async def test_what_a_call_does_not_take(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.talks(contact)
    send = command("send", contact=contact, message="m1", text="はい")
    assert await _refusal(stage.desk.command(SATO, send)) is Refusal.NOT_A_THREAD
    stage.control.fails["hold"] = CallRefused("no")
    assert await _refusal(stage.desk.command(SATO, command("hold", contact=contact))) is Refusal.WRONG_STATE
    stage.control.fails["hold"] = NodeUnavailable("away")
    with pytest.raises(NodeUnavailable):
        await stage.desk.command(SATO, command("hold", contact=contact))


async def test_a_call_is_held_resumed_and_ended(stage: Stage) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.talks(contact)
    for kind in ("hold", "resume", "hang_up"):
        await stage.desk.command(SATO, command(kind, contact=contact))
        assert stage.control.orders(kind) == [(contact,)]
    assert [each.held for each in stage.screens.of(SATO, ContactShown)] == [False, True, False]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("send", {"message": "m1", "text": "はい"}),
        ("hang_up", {}),
        ("wrap_up", {"disposition": "resolved"}),
    ],
)
async def test_nobody_commands_another_s_contact(stage: Stage, kind: str, fields: dict[str, str]) -> None:
    contact = await _thread(stage)
    work = stage.desk.command(TANAKA, command(kind, contact=contact, **fields))
    assert await _refusal(work) is Refusal.NOT_YOURS
    work = stage.desk.command(TANAKA, command(kind, contact="nowhere", **fields))
    assert await _refusal(work) is Refusal.UNKNOWN_CONTACT


async def test_a_message_id_that_is_taken_is_a_bad_command(stage: Stage) -> None:
    contact = await _thread(stage)
    await stage.text.handle(stage.inbound(user="U2"))
    second = (await stage.takes()).id
    await stage.desk.command(SATO, command("send", contact=contact, message="m1", text="はい"))
    again = command("send", contact=second, message="m1", text="いいえ")
    assert await _refusal(stage.desk.command(SATO, again)) is Refusal.BAD_COMMAND


# --- wrap-up ---------------------------------------------------------------------------------------


async def _wrapping_up(stage: Stage) -> ContactId:
    """Bring a call of Sato's to its wrap-up."""
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.talks(contact)
    await stage.hangs_up(contact)
    await stage.sees(SATO, contact, ShownState.WRAP_UP)
    return contact


async def _disposition(stage: Stage, contact: ContactId) -> str | None:
    assert await stage.journal.flush(1)
    stored = await stage.crm.contacts.get(contact)
    assert stored is not None
    assert stored.customer is not None
    items = await stage.crm.journey.timeline(stored.customer, 50)
    return next((item.text for item in items if item.kind == "disposition"), None)


async def test_wrap_up_ends_with_its_outcome(stage: Stage) -> None:
    contact = await _wrapping_up(stage)
    wrong = command("wrap_up", contact=contact, disposition="whatever")
    assert await _refusal(stage.desk.command(SATO, wrong)) is Refusal.BAD_COMMAND
    await stage.desk.command(SATO, command("wrap_up", contact=contact, disposition="resolved"))
    await stage.sees(SATO, contact, ShownState.ENDED)
    assert await _disposition(stage, contact) == "resolved"


async def test_the_outcome_is_noted_when_the_time_had_run_out(stage: Stage) -> None:
    contact = await _wrapping_up(stage)
    await stage.router.advance(16)
    await stage.gone(contact)
    assert await stage.journal.flush(1)
    work = stage.desk.command(TANAKA, command("wrap_up", contact=contact, disposition="resolved"))
    assert await _refusal(work) is Refusal.NOT_YOURS
    await stage.desk.command(SATO, command("wrap_up", contact=contact, disposition="resolved"))
    assert await _disposition(stage, contact) == "resolved"


async def test_an_agent_is_free_again_though_the_database_is_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = await _wrapping_up(stage)

    async def away(*_: object) -> None:
        raise CrmUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(stage.crm.contacts, "get", away)
        await stage.desk.command(SATO, command("wrap_up", contact=contact, disposition="resolved"))
    await stage.gone(contact)
    await stage.is_offered(await stage.arrives())


async def test_an_agent_without_a_desktop_is_shown_nothing(stage: Stage) -> None:
    stage.screens.present.discard(TANAKA)
    await stage.desk.show_anew([TANAKA, SATO])
    assert stage.screens.events == {}
