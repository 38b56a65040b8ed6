"""Text contacts: in once, out once, and one open contact a thread."""

import asyncio

import pytest

from acd.contact import Channel
from acd.errors import AcdUnavailable
from acd.events import AgentWrote, ContactQueued, CustomerWrote, Event
from acd.ids import ContactId
from crm_bridge.errors import CrmUnavailable
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import Delivery as Shown
from crm_bridge.model import Known
from gateways.errors import OutboxUnavailable
from gateways.protocol import Delivery
from hub.clock import now_ms
from hub.deflected import Deflected
from hub.desktop.protocol import DeliveryShown, MessageShown, ShownState
from hub.texting.sender import MessageIdTaken
from tests.hub.doubles import SATO, TANAKA
from tests.hub.fakes import until
from tests.hub.stage import CUSTOMER, NUMBER, SALES, SUPPORT, Stage, command


async def _customer(stage: Stage, user: str = CUSTOMER) -> Known:
    known = await stage.crm.customers.identify(IdentifierKind.LINE, user)
    assert known is not None
    return known


async def _texts(stage: Stage) -> list[str]:
    """Return what was said in all contacts that are open."""
    threads = await stage.crm.contacts.open_threads()
    return [message.text for each in threads for message in await stage.crm.messages.of(each.id)]


def _writing(stage: Stage) -> list[Event]:
    return [each for each in stage.router.events if isinstance(each, AgentWrote | CustomerWrote)]


# --- in --------------------------------------------------------------------------------------------


async def test_a_message_makes_customer_and_contact(stage: Stage) -> None:
    await stage.text.handle(stage.inbound())
    (contact,) = stage.board.all()
    known = await _customer(stage)
    assert (contact.customer, contact.name) == (known.customer.id, f"name of {CUSTOMER}")
    assert contact.queue == SUPPORT
    record = stage.record(contact.id)
    assert record is not None


async def test_a_message_told_twice_has_one_effect(stage: Stage) -> None:
    await stage.presence(SATO)
    inbound = stage.inbound()
    await stage.text.handle(inbound)
    await stage.text.handle(inbound)
    await stage.takes()
    await stage.text.handle(inbound)
    assert len(stage.board.all()) == 1
    assert await _texts(stage) == ["もしもし"]
    assert stage.screens.of(SATO, MessageShown) == []


async def test_a_message_in_a_thread_that_is_served_reaches_its_agent(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    contact = await stage.takes()
    await stage.text.handle(stage.inbound("まだです"))
    (event,) = stage.screens.of(SATO, MessageShown)
    assert (event.contact, event.message.text) == (contact.id, "まだです")
    assert len([event for event in stage.router.events if isinstance(event, ContactQueued)]) == 1


async def test_the_router_hears_who_writes_but_not_what_began_the_contact(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    assert _writing(stage) == []
    contact = await stage.takes()
    record = stage.record(contact.id)
    assert record is not None
    assert record.is_unanswered
    send = command("send", contact=contact.id, message="m1", text="はい")
    await stage.desk.command(SATO, send)
    await stage.desk.command(SATO, send)
    await stage.text.handle(stage.inbound("まだです"))
    assert _writing(stage) == [AgentWrote(contact=contact.id), CustomerWrote(contact=contact.id)]


async def test_what_the_hub_says_itself_answers_nobody(stage: Stage) -> None:
    stage.text.go_by({Channel.LINE: SALES}, SALES)
    await stage.text.handle(stage.inbound(user="U8"))
    await stage.text.handle(stage.inbound(user="U9"))
    await until(lambda: bool(stage.post.sent))
    assert _writing(stage) == []


async def test_a_router_that_is_away_is_an_error_that_passes(stage: Stage) -> None:
    inbound = stage.inbound()
    stage.router.is_away = True
    with pytest.raises(AcdUnavailable):
        await stage.text.handle(inbound)
    assert stage.board.all() == []
    stage.router.is_away = False
    await stage.text.handle(inbound)
    (contact,) = stage.board.all()
    assert stage.record(contact.id) is not None
    assert await _texts(stage) == ["もしもし"]


@pytest.mark.parametrize("is_wrapped_up", [False, True])
async def test_a_message_after_the_end_begins_another_contact(stage: Stage, is_wrapped_up: bool) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    first = await stage.takes()
    await stage.desk.command(SATO, command("hang_up", contact=first.id))
    await stage.sees(SATO, first.id, ShownState.WRAP_UP)
    if is_wrapped_up:
        await stage.desk.command(SATO, command("wrap_up", contact=first.id, disposition="resolved"))
        await stage.sees(SATO, first.id, ShownState.ENDED)
    await stage.text.handle(stage.inbound("もう一つ"))
    second = await stage.takes()
    assert second.id != first.id
    record = stage.record(second.id)
    assert record is not None
    assert record.contact.preferred == (SATO,), "who served the customer last is asked first"


async def test_a_contact_is_over_before_the_database_says_so(stage: Stage) -> None:
    """The journal is behind: its write of the end comes only after the next message."""
    gate = asyncio.Event()
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    first = await stage.takes()
    stage.journal.put(gate.wait)
    await stage.desk.command(SATO, command("hang_up", contact=first.id))
    await stage.sees(SATO, first.id, ShownState.WRAP_UP)
    await stage.desk.command(SATO, command("wrap_up", contact=first.id, disposition="resolved"))
    await stage.gone(first.id)
    await stage.text.handle(stage.inbound("もう一つ"))
    second = await stage.takes()
    gate.set()
    assert await stage.journal.flush(1)
    assert second.id != first.id
    assert [each.id for each in await stage.crm.contacts.open_threads()] == [second.id]


async def test_a_message_stored_as_its_contact_closes_is_seen_by_somebody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    first = await stage.takes()
    add = stage.crm.messages.add

    async def meanwhile(*about: object, **more: object) -> bool:
        is_new = await add(*about, **more)  # type: ignore[arg-type]  # the same arguments
        await stage.desk.command(SATO, command("hang_up", contact=first.id))
        await stage.sees(SATO, first.id, ShownState.WRAP_UP)
        return is_new

    with monkeypatch.context() as patched:
        patched.setattr(stage.crm.messages, "add", meanwhile)
        await stage.text.handle(stage.inbound("待って"))
    second = await stage.takes()
    assert second.id != first.id


# --- the one-time link -----------------------------------------------------------------------------


async def _token(stage: Stage, number: str = NUMBER) -> str:
    """Let a caller deflect to LINE; returns what the SMS asks to send."""
    call = await stage.arrives(number, keys="3 ")
    assert await stage.journal.flush(1)
    deflected = Deflected(number, SALES, 123, "ja", call)
    return await stage.crm.tokens.issue(deflected.payload(), 60, now_ms())


async def test_a_token_ties_number_and_account_and_keeps_the_place(stage: Stage) -> None:
    await stage.text.handle(stage.inbound(f"連携コード {await _token(stage)}"))
    (contact,) = [each for each in stage.board.all() if each.address == CUSTOMER]
    assert (contact.queue, contact.arrived_ms) == (SALES, 123)
    by_phone = await stage.crm.customers.identify(IdentifierKind.PHONE, NUMBER)
    assert by_phone is not None
    assert by_phone.customer.id == (await _customer(stage)).customer.id
    said = stage.post.sent[-1]
    assert (said.address, "連携が完了" in said.text) == (CUSTOMER, True)


async def test_a_token_works_once_but_its_message_may_come_again(stage: Stage) -> None:
    text = f"連携コード {await _token(stage)}"
    inbound = stage.inbound(text)
    await stage.text.handle(inbound)
    await stage.text.handle(inbound)
    await stage.text.handle(stage.inbound(text, user="U2"))
    said = [each.address for each in stage.post.sent if "連携が完了" in each.text]
    assert said == [CUSTOMER]
    assert (await _customer(stage, "U2")).customer.id != (await _customer(stage)).customer.id


async def test_a_number_that_is_another_person_s_is_not_linked(stage: Stage) -> None:
    other = await stage.crm.customers.ensure(IdentifierKind.LINE, "U9", LinkedBy.FIRST_CONTACT, at_ms=1)
    await stage.crm.customers.link(other.id, IdentifierKind.PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=2)
    await stage.text.handle(stage.inbound(f"連携コード {await _token(stage)}"))
    assert "連携できませんでした" in stage.post.sent[-1].text
    by_phone = await stage.crm.customers.identify(IdentifierKind.PHONE, NUMBER)
    assert by_phone is not None
    assert by_phone.customer.id == other.id


# --- out -------------------------------------------------------------------------------------------


async def test_a_reply_token_is_used_for_one_message(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    contact = await stage.takes()
    for name in ("a", "b"):
        await stage.desk.command(SATO, command("send", contact=contact.id, message=name, text="はい"))
    assert [each.reply_token for each in stage.post.sent] == ["token-1", None]


async def test_a_message_sent_twice_is_one(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    contact = await stage.takes()
    for _ in range(2):
        await stage.text.send(contact, SATO, "m1", "はい")
    assert [each.key for each in stage.post.sent] == ["m1"]
    assert [each.message.id for each in stage.screens.of(SATO, MessageShown)] == ["m1"]


async def test_a_message_that_could_not_be_stored_is_sent_by_the_next_try(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    contact = await stage.takes()
    stage.post.error = OutboxUnavailable("away")
    with pytest.raises(OutboxUnavailable):
        await stage.text.send(contact, SATO, "m1", "はい")
    stage.post.error = None
    await stage.text.send(contact, SATO, "m1", "はい")
    assert [(each.key, each.reply_token) for each in stage.post.sent] == [("m1", "token-1")]
    assert [each.message.id for each in stage.screens.of(SATO, MessageShown)] == ["m1"]


async def test_an_id_of_another_contact_s_message_is_refused(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.presence(TANAKA)
    await stage.text.handle(stage.inbound())
    first = stage.board.all()[0]
    await stage.text.handle(stage.inbound(user="U2"))
    second = stage.board.all()[1]
    await stage.text.send(first, SATO, "m1", "はい")
    with pytest.raises(MessageIdTaken):
        await stage.text.send(second, SATO, "m1", "いいえ")


async def test_how_far_a_message_came_is_written_and_shown(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    contact = await stage.takes()
    await stage.text.send(contact, SATO, "m1", "はい")
    await stage.text.delivered(stage.post.sent[0], Delivery.SENT)
    assert [each.delivery for each in stage.screens.of(SATO, DeliveryShown)] == [Shown.SENT]
    message = (await stage.crm.messages.of(contact.id))[-1]
    assert (message.id, message.delivery) == ("m1", Shown.SENT)


# --- refused ---------------------------------------------------------------------------------------


async def test_whom_a_full_queue_refuses_is_told_and_may_try_again(stage: Stage) -> None:
    stage.text.go_by({}, SALES)
    await stage.text.handle(stage.inbound(user="U2"))
    await stage.text.handle(stage.inbound())
    await until(lambda: bool(stage.post.sent))
    assert (stage.post.sent[0].address, "混み合って" in stage.post.sent[0].text) == (CUSTOMER, True)
    stage.text.go_by({}, SUPPORT)
    await stage.presence(SATO)

    async def is_closed() -> bool:
        return all(each.address != CUSTOMER for each in await stage.crm.contacts.open_threads())

    async with asyncio.timeout(5):
        while not await is_closed():  # noqa: ASYNC110 - only the database knows
            await asyncio.sleep(0)
    await stage.text.handle(stage.inbound("もう一度"))
    assert (await stage.takes()).address == CUSTOMER


async def test_a_refusal_waits_for_the_database(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.perform._AGAIN_S", 0)
    stage.text.go_by({}, SALES)
    await stage.text.handle(stage.inbound(user="U2"))
    stage.post.error = OutboxUnavailable("away")
    await stage.text.handle(stage.inbound())
    await until(lambda: len(stage.board.all()) == 1)
    stage.post.error = None
    await until(lambda: bool(stage.post.sent))


async def test_without_the_database_a_contact_prefers_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise CrmUnavailable

    await stage.text.handle(stage.inbound())
    monkeypatch.setattr(stage.crm.customers, "identify", away)
    routed = await stage.text.routed(stage.board.all()[0])
    assert routed.preferred == ()


def test_what_a_call_leaves_behind_is_read_back() -> None:
    deflected = Deflected(NUMBER, None, 5, "en", ContactId("pbx1-1"))
    assert Deflected.of(deflected.payload()) == deflected
