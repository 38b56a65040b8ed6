"""Texts that are more than a line in a chat: mails with references, files, forms; and what is told beside."""

import msgspec
import pytest

from acd.contact import Channel
from acd.events import ContactQueued, CustomerWrote
from acd.ids import ContactId
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import Delivery as Shown
from crm_bridge.model import Direction, HeardItem, JourneyItem, JourneyKind
from gateways import case_numbers
from gateways.errors import FetchFailed
from gateways.fax.gateway import FaxGateway
from gateways.line.compose import compose
from gateways.line.gateway import LineGateway
from gateways.protocol import (
    EDITED,
    Delivery,
    Inbound,
    Part,
    Rating,
    RawEvent,
    Receipt,
    Subscription,
    Withdrawn,
)
from hub.audit import Deed
from hub.board import LiveContact
from hub.clock import now_ms
from hub.desktop.beside import Sticker
from hub.desktop.commands import Send
from hub.desktop.protocol import ContactShown, DeliveryShown, MessageShown, ShownState
from hub.desktop.refusals import CommandRefused, Refusal
from hub.texting.limits import SenderLimits
from hub.texting.told import ReceiptTooEarly
from tests.hub.doubles import SATO
from tests.hub.fakes import until
from tests.hub.stage import CUSTOMER, Stage, command

MAILBOX = "yamada@example.jp"


def mail(event: str, text: str = "届きません", **more: object) -> Inbound:
    fields: dict[str, object] = {
        "channel": Channel.EMAIL,
        "event_id": event,
        "address": MAILBOX,
        "text": text,
        "at_ms": now_ms(),
        "account": "help@example.jp",
        "subject": "注文",
    }
    return Inbound(**(fields | more))  # type: ignore[arg-type]  # fields of any type


FILE = "0f" * 16


async def _contacts(stage: Stage) -> list[ContactId]:
    return [each.id for each in await stage.crm.contacts.open_threads()]


async def _one(stage: Stage) -> LiveContact:
    (contact,) = stage.board.all()
    return contact


async def _taken(stage: Stage) -> LiveContact:
    """Let a LINE user write, and an agent take it."""
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    return await stage.takes()


async def _journey(stage: Stage, kind: JourneyKind, user: str = CUSTOMER) -> list[JourneyItem]:
    known = await stage.crm.customers.identify(IdentifierKind.LINE, user)
    assert known is not None
    return [each for each in await stage.crm.journey.timeline(known.customer.id) if each.kind is kind]


async def test_an_agent_names_the_subject_of_a_mail_and_of_a_thread_without_one(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(mail("m-1", subject=None))
    contact = await stage.takes()
    for id_, subject in (("a", " お見積り "), ("b", "")):
        await stage.desk.command(
            SATO, command("send", contact=contact.id, message=id_, text="はい", subject=subject)
        )
    first, second = stage.post.sent[-2:]
    assert (first.subject, first.keeps_subject) == ("お見積り", True)
    assert (second.subject, second.keeps_subject) == ("お見積り", False)
    stored = await stage.crm.contacts.get(contact.id)
    assert stored is not None
    assert stored.subject == "お見積り"
    await stage.desk.command(
        SATO, command("send", contact=contact.id, message="c", text="別件", subject="別の件")
    )
    assert stage.post.sent[-1].subject == "別の件"
    there = await stage.crm.messages.get("c")
    assert there is not None
    assert there[1].subject == "別の件"
    assert contact.subject == "お見積り", "the thread keeps its own"


async def test_a_channel_without_subjects_has_none(stage: Stage) -> None:
    contact = await _taken(stage)
    await stage.desk.command(SATO, command("send", contact=contact.id, message="a", text="はい", subject="x"))
    assert (stage.post.sent[-1].subject, stage.post.sent[-1].keeps_subject) == (None, False)


# --- which contact ---------------------------------------------------------------------------------


async def test_mails_without_a_reference_are_cases_of_their_own(stage: Stage) -> None:
    for name in ("a", "b", "a"):
        await stage.text.handle(mail(name))
    one, other = stage.board.all()
    assert one.case != other.case
    assert None not in (one.case, other.case)
    assert one.customer == other.customer
    assert len([each for each in stage.router.events if isinstance(each, ContactQueued)]) == 2


async def test_a_mail_with_its_case_number_goes_on_in_its_contact(stage: Stage) -> None:
    await stage.text.handle(mail("a"))
    await stage.text.handle(mail("b"))
    first, _ = stage.board.all()
    assert first.case is not None
    await stage.text.handle(mail("c", subject=f"Re: [{first.case}] 注文"))
    await stage.text.handle(mail("d", subject=None, text=f"まだです {first.case}"))
    await stage.text.handle(mail("e", case=first.case))
    assert len(stage.board.all()) == 2
    assert [each.id for each in await stage.crm.messages.of(first.id) if each.direction is Direction.IN] == [
        f"email:{name}" for name in "acde"
    ]


async def test_a_mail_that_answers_ours_or_its_own_goes_on_there(stage: Stage) -> None:
    await stage.text.handle(mail("a"))
    contact = await _one(stage)
    ours = f"<{contact.id}:case_opened>"
    await stage.text.handle(mail("b", refs=("strange", ours)))
    await stage.text.handle(mail("c", refs=("a", "strange")))
    assert stage.board.all() == [contact]


async def test_somebody_else_with_the_number_gets_a_case_of_his_own(stage: Stage) -> None:
    await stage.text.handle(mail("a"))
    first = await _one(stage)
    await stage.text.handle(mail("b", address="other@example.jp", case=first.case, refs=("a",)))
    _, second = stage.board.all()
    assert second.customer != first.customer
    assert [each.id for each in await stage.crm.messages.of(first.id) if each.direction is Direction.IN] == [
        "email:a"
    ]


async def test_a_case_that_was_closed_goes_on_in_a_new_one_with_its_agent(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(mail("a"))
    first = await stage.takes()
    await stage.desk.command(SATO, command("hang_up", contact=first.id))
    await until(lambda: any("終了" in each.text for each in stage.post.sent))
    await stage.desk.command(SATO, command("wrap_up", contact=first.id, disposition="resolved"))
    await stage.gone(first.id)
    again = mail("b", case=first.case)
    await stage.text.handle(again)
    second = await _one(stage)
    assert second.id != first.id
    assert second.preferred == SATO
    assert second.case != first.case
    assert await stage.journal.flush(1)
    await stage.text.handle(mail("a"))
    assert stage.board.all() == [second], "what was told before is not told again by a new contact"


async def test_a_case_number_that_is_taken_is_not_given_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter(("T-1", "T-1", "T-1", "T-2"))
    monkeypatch.setattr(case_numbers, "make", lambda longer: next(numbers))
    await stage.text.handle(mail("a"))
    await stage.text.handle(mail("b"))
    assert [each.case for each in stage.board.all()] == ["T-1", "T-2"]


async def test_what_goes_out_by_mail_names_thread_and_case(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(mail("a", refs=("before",)))
    contact = await stage.takes()
    await stage.desk.command(SATO, command("send", contact=contact.id, message="m1", text="はい"))
    opened, answer = stage.post.sent
    assert (answer.account, answer.subject, answer.case) == ("help@example.jp", "注文", contact.case)
    assert answer.refs == ("before", "a", f"<{opened.key}>")


async def test_an_agent_sees_case_and_subject(stage: Stage) -> None:
    await stage.presence(SATO)
    await stage.text.handle(mail("a"))
    contact = await stage.takes()
    shown = stage.screens.of(SATO, ContactShown)[-1]
    assert (shown.case, shown.subject) == (contact.case, "注文")


async def test_who_writes_by_mail_hears_his_number_once(stage: Stage) -> None:
    await stage.text.handle(mail("a"))
    await stage.text.handle(mail("a"))
    contact = await _one(stage)
    assert contact.case is not None
    (said,) = stage.post.sent
    assert contact.case in said.text
    assert said.case == contact.case


async def test_a_mail_that_names_the_case_of_another_channel_begins_its_own_with_that_agent(
    stage: Stage,
) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound())
    first = await stage.takes()
    assert first.customer is not None
    assert await stage.journal.flush(1)
    await stage.crm.customers.link(
        first.customer, IdentifierKind.EMAIL, MAILBOX, LinkedBy.AGENT, at_ms=now_ms()
    )
    await stage.text.handle(mail("a", case=first.case))
    second = next(each for each in stage.board.all() if each.channel is Channel.EMAIL)
    assert second.preferred == SATO


async def test_a_mail_goes_on_in_the_contact_of_a_form(stage: Stage) -> None:
    await stage.text.handle(mail("a", channel=Channel.TICKET))
    contact = await _one(stage)
    await stage.text.handle(mail("b", case=contact.case))
    assert stage.board.all() == [contact]
    assert stage.post.sent[0].refs == ("a",)


async def test_a_machine_is_not_answered_and_wakes_nobody(stage: Stage) -> None:
    await stage.text.handle(mail("a", is_automatic=True))
    contact = await _one(stage)
    await stage.text.handle(mail("b", is_automatic=True, case=contact.case))
    assert stage.post.sent == []
    assert [each for each in stage.router.events if isinstance(each, CustomerWrote)] == []


async def test_a_ticket_belongs_to_whose_mailbox_it_names(stage: Stage) -> None:
    await stage.text.handle(mail("a"))
    await stage.text.handle(mail("b", channel=Channel.TICKET, fields={"order": "123"}, kind="form"))
    first, second = stage.board.all()
    assert second.customer == first.customer
    assert second.heard == (HeardItem("order", "123"),)
    record = await stage.crm.contacts.get(second.id)
    assert record is not None
    assert record.heard == second.heard


# --- files -----------------------------------------------------------------------------------------


def _raw(event: str) -> RawEvent:
    return RawEvent(channel=Channel.EMAIL, event_id=event, address=MAILBOX, body=b"raw")


async def test_files_are_kept_with_the_message_or_it_says_why_not(stage: Stage) -> None:
    parts = (Part(name="a.png", type="image/png", source="1"), Part(name="b", type="x/y", source="gone"))
    inbound = mail("a", parts=parts)
    await stage.text.handle(inbound, _raw("a"))
    contact = await _one(stage)
    kept, not_kept = (await stage.crm.messages.of(contact.id))[0].files
    assert (kept.name, kept.size, kept.refused) == ("a.png", 6, "")
    assert (not_kept.name, not_kept.refused) == ("b", "unavailable")


async def test_a_mail_shows_the_images_that_it_brings(stage: Stage) -> None:
    parts = (
        Part(name="a.png", type="image/png", source="1", cid="a&b@x"),
        Part(name="b.png", type="image/png", source="gone", cid="b@x"),
    )
    shown = '<p>cid:a@x <img src="cid:%s"><img alt="" src="cid:b@x"><img src="cid:other@x"></p>'
    await stage.text.handle(mail("a", parts=parts, html=shown % "a&amp;b%40x"), _raw("a"))
    message = (await stage.crm.messages.of((await _one(stage)).id))[0]
    kept, _ = message.files
    assert message.html == (shown % "a&amp;b%40x").replace("cid:a&amp;b%40x", f"/api/v1/files/{kept.id}")


async def test_files_that_are_away_for_now_are_waited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise FetchFailed("away", retryable=True)

    inbound = mail("a", parts=(Part(name="a.png", type="image/png", source="1"),))
    monkeypatch.setattr(stage.shelf, "take", away)
    with pytest.raises(FetchFailed):
        await stage.text.handle(inbound, _raw("a"))
    old = mail("b", parts=inbound.parts, at_ms=now_ms() - 3_600_000)
    await stage.text.handle(old, _raw("b"))
    (contact,) = stage.board.all()
    assert (await stage.crm.messages.of(contact.id))[0].files[0].refused == "unavailable"
    monkeypatch.undo()
    await stage.text.handle(inbound, _raw("a"))
    assert len(stage.board.all()) == 2


async def test_an_agent_sends_files_that_were_uploaded_for_the_contact(stage: Stage) -> None:
    contact = await _taken(stage)
    part = Part(name="a.pdf", type="application/pdf", source="")
    gateway = stage.text._arrivals._files._gateways[Channel.LINE]
    await stage.shelf.take(contact.id, part, gateway.fetch(_raw(""), part), key=FILE)
    send = command("send", contact=contact.id, message="m1", text="", files=[FILE])
    await stage.desk.command(SATO, send)
    (sent,) = stage.post.sent
    assert [(each.id, each.name) for each in sent.files] == [(FILE, "a.pdf")]
    with pytest.raises(CommandRefused) as refused:
        await stage.desk.command(
            SATO, command("send", contact=contact.id, message="m2", text="", files=["f2"])
        )
    assert refused.value.code is Refusal.BAD_COMMAND


async def test_buttons_go_out_with_a_message(stage: Stage) -> None:
    contact = await _taken(stage)
    choices = [{"label": "はい"}, {"label": "地図", "url": "https://example.jp/map"}]
    await stage.desk.command(
        SATO, command("send", contact=contact.id, message="m1", text="いいですか", choices=choices)
    )
    assert [(each.label, each.url) for each in stage.post.sent[0].choices] == [
        ("はい", None),
        ("地図", "https://example.jp/map"),
    ]
    assert stage.screens.of(SATO, MessageShown)[-1].message.notes == ("choice=はい", "choice=地図")


PLACE = {"title": "本店", "address": "東京都千代田区1-1", "latitude": 35.68, "longitude": 139.76}


async def test_a_place_goes_out_where_the_channel_has_places(stage: Stage) -> None:
    contact = await _taken(stage)
    send = command("send", contact=contact.id, message="m1", text="", place=PLACE)
    with pytest.raises(CommandRefused) as refused:
        await stage.desk.command(SATO, send)
    assert refused.value.code is Refusal.NOT_BY_CHANNEL
    assert stage.post.sent == []
    stage.names[Channel.LINE].sends = LineGateway.sends
    await stage.desk.command(SATO, send)
    (sent,) = stage.post.sent
    (location,) = compose(sent, lambda _: "")[0]
    assert (location["type"], location["title"], location["latitude"]) == ("location", "本店", 35.68)
    shown = stage.screens.of(SATO, MessageShown)[-1].message
    assert (shown.kind, shown.text) == ("place", "本店\n東京都千代田区1-1")
    assert shown.notes == ("place=35.68,139.76",)


async def test_a_sticker_goes_out_of_those_that_the_channel_has(stage: Stage) -> None:
    contact = await _taken(stage)
    line = stage.names[Channel.LINE]
    chosen = {"package": "8515", "sticker": "16581243"}
    send = command("send", contact=contact.id, message="m1", text="", sticker=chosen)
    assert isinstance(send, Send)
    with pytest.raises(CommandRefused) as refused:
        await stage.desk.command(SATO, send)
    assert refused.value.code is Refusal.NOT_BY_CHANNEL
    line.sends, line.stickers = LineGateway.sends, LineGateway.stickers
    for wrong in ({"package": "8515", "sticker": "1988"}, {"package": "1", "sticker": "1"}):
        with pytest.raises(CommandRefused) as refused:
            await stage.desk.command(SATO, send.model_copy(update={"sticker": Sticker(**wrong)}))
        assert refused.value.code is Refusal.BAD_COMMAND
        assert "GET /api/v1/stickers?channel=line" in refused.value.detail
    assert stage.post.sent == []
    await stage.desk.command(SATO, send)
    (sent,) = stage.post.sent
    assert compose(sent, lambda _: "") == [
        [{"type": "sticker", "packageId": "8515", "stickerId": "16581243"}]
    ]
    shown = stage.screens.of(SATO, MessageShown)[-1].message
    assert (shown.kind, shown.text) == ("sticker", "［スタンプ］ありがとうございます")
    moon = {"package": "446", "sticker": "1988"}
    await stage.desk.command(SATO, command("send", contact=contact.id, message="m2", text="", sticker=moon))
    assert stage.screens.of(SATO, MessageShown)[-1].message.text == "［スタンプ］446/1988"


@pytest.mark.parametrize("beside", [{"text": "はい"}, {"place": PLACE}, {"files": ["a" * 32]}])
def test_a_sticker_goes_by_itself(beside: dict[str, object]) -> None:
    chosen = {"package": "8515", "sticker": "16581243"}
    with pytest.raises(CommandRefused) as refused:
        command("send", **{"contact": "c", "message": "m1", "text": "", "sticker": chosen} | beside)
    assert "expected a place or a sticker by itself" in refused.value.detail


async def test_choices_are_refused_where_nothing_can_be_tapped_or_numbered(stage: Stage) -> None:
    contact = await _taken(stage)
    stage.names[Channel.LINE].sends = FaxGateway.sends
    choices = [{"label": "はい"}]
    with pytest.raises(CommandRefused) as refused:
        await stage.desk.command(
            SATO, command("send", contact=contact.id, message="m1", text="どちら", choices=choices)
        )
    assert refused.value.code is Refusal.NOT_BY_CHANNEL
    assert stage.post.sent == []


# --- what is told beside messages --------------------------------------------------------------------


async def test_a_message_that_is_withdrawn_is_nowhere_to_be_read(stage: Stage) -> None:
    contact = await _taken(stage)
    await stage.text.handle(stage.inbound("秘密です", event="m1"))
    withdrawn = Withdrawn(channel=Channel.LINE, event_id="e2", address=CUSTOMER, message="m1", at_ms=now_ms())
    for _ in range(2):
        await stage.text.handle(withdrawn)
    shown = stage.screens.of(SATO, MessageShown)[-1].message
    assert (shown.id, shown.text, shown.withdrawn_ms) == ("line:m1", "", withdrawn.at_ms)
    stored = (await stage.crm.messages.of(contact.id))[-1]
    assert (stored.text, stored.withdrawn_ms) == ("", withdrawn.at_ms)
    assert stage.post.erased[0] == (Channel.LINE, "m1")
    assert len(await _journey(stage, JourneyKind.WITHDRAWN)) == 1
    items = await _journey(stage, JourneyKind.MESSAGE_IN)
    assert "秘密です" not in [each.text for each in items]


async def test_a_message_that_comes_after_its_withdrawal_says_nothing(stage: Stage) -> None:
    await stage.text.handle(
        Withdrawn(channel=Channel.LINE, event_id="e2", address=CUSTOMER, message="m1", at_ms=5)
    )
    stage.post.erased.clear()
    raw = RawEvent(channel=Channel.LINE, event_id="m1", address=CUSTOMER, body=b"raw")
    secret = msgspec.structs.replace(stage.inbound("秘密です", event="m1"), fields={"name": "secret"})
    await stage.text.handle(secret, raw)
    contact = await _one(stage)
    (message,) = await stage.crm.messages.of(contact.id)
    assert (message.text, message.withdrawn_ms, contact.heard) == ("", 5, ())
    assert stage.post.erased == [(Channel.LINE, "m1")]


async def test_files_of_a_withdrawn_message_are_removed(stage: Stage) -> None:
    part = Part(name="a.png", type="image/png", source="1")
    await stage.text.handle(mail("a", parts=(part,)), _raw("raw-1"))
    contact = await _one(stage)
    assert stage.shelf.kept[contact.id]
    await stage.text.handle(
        Withdrawn(channel=Channel.EMAIL, event_id="w", address=MAILBOX, message="a", at_ms=5)
    )
    assert not stage.shelf.kept[contact.id]
    assert stage.post.erased == [(Channel.EMAIL, "raw-1")], "the raw event has a key of its own"


async def test_an_edited_message_goes_with_what_it_edits(stage: Stage) -> None:
    contact = await _taken(stage)
    await stage.text.handle(stage.inbound("秘密です", event="m1"))
    edit = msgspec.structs.replace(stage.inbound("秘密でした", event="m2"), kind=EDITED, refs=("m1",))
    await stage.text.handle(edit)
    withdrawn = Withdrawn(channel=Channel.LINE, event_id="e2", address=CUSTOMER, message="m1", at_ms=now_ms())
    for _ in range(2):
        await stage.text.handle(withdrawn)
    assert [each.text for each in await stage.crm.messages.of(contact.id)][1:] == ["", ""]
    assert {event for _, event in stage.post.erased} == {"m1", "m2"}


async def test_a_reaction_is_shown_where_a_contact_is_open_and_begins_none(stage: Stage) -> None:
    reaction = msgspec.structs.replace(stage.inbound("(リアクション)"), kind="reaction", is_aside=True)
    await stage.text.handle(reaction)
    assert stage.board.all() == []
    contact = await _taken(stage)
    for _ in range(2):
        await stage.text.handle(msgspec.structs.replace(reaction, event_id="r2"))
    (shown,) = stage.screens.of(SATO, MessageShown)
    assert (shown.message.text, shown.message.kind) == ("(リアクション)", "reaction")
    assert len(await stage.crm.messages.of(contact.id)) == 2
    assert [each for each in stage.router.events if isinstance(each, CustomerWrote)] == []


def _subscription(*, is_on: bool, at_ms: int, event: str = "s1") -> Subscription:
    return Subscription(channel=Channel.LINE, event_id=event, address=CUSTOMER, is_on=is_on, at_ms=at_ms)


async def test_who_opted_out_is_not_written_to_until_he_writes(stage: Stage) -> None:
    contact = await _taken(stage)
    stop = _subscription(is_on=False, at_ms=now_ms() + 1_000)
    for _ in range(2):
        await stage.text.handle(stop)
    send = command("send", contact=contact.id, message="m1", text="はい")
    with pytest.raises(CommandRefused) as refused:
        await stage.desk.command(SATO, send)
    assert refused.value.code is Refusal.OPTED_OUT
    assert stage.post.sent == []
    (entry,) = await stage.audit.entries(deed=Deed.CHANGE_CONSENT)
    assert (entry.actor, entry.detail["consent"]) == ("customer", "off")
    assert [each.text for each in await _journey(stage, JourneyKind.CONSENT)] == ["off"]
    late = stage.inbound("質問です")
    late = Inbound(channel=late.channel, event_id="late", address=CUSTOMER, text="質問", at_ms=stop.at_ms + 1)
    await stage.text.handle(late)
    await stage.desk.command(SATO, send)
    assert [each.key for each in stage.post.sent] == ["m1"], "an answer is allowed"


async def test_who_wants_to_be_written_to_again_is(stage: Stage) -> None:
    contact = await _taken(stage)
    at_ms = now_ms() + 1_000
    await stage.text.handle(_subscription(is_on=False, at_ms=at_ms))
    await stage.text.handle(_subscription(is_on=True, at_ms=at_ms + 1, event="s2"))
    await stage.text.handle(_subscription(is_on=False, at_ms=at_ms))
    await stage.desk.command(SATO, command("send", contact=contact.id, message="m1", text="はい"))
    assert len(stage.post.sent) == 1


def _receipt(sent_as: str, delivery: Delivery, *, at_ms: int = 0) -> Receipt:
    return Receipt(
        channel=Channel.LINE,
        event_id=f"r-{delivery}",
        address=CUSTOMER,
        sent_as=sent_as,
        delivery=delivery,
        at_ms=at_ms or now_ms(),
    )


@pytest.mark.parametrize("sent_as", ["m1", "<m1>"])
async def test_a_receipt_says_how_far_a_message_came(stage: Stage, sent_as: str) -> None:
    contact = await _taken(stage)
    await stage.desk.command(SATO, command("send", contact=contact.id, message="m1", text="はい"))
    for delivery in (Delivery.READ, Delivery.DELIVERED):
        await stage.text.handle(_receipt(sent_as, delivery))
    assert [each.delivery for each in stage.screens.of(SATO, DeliveryShown)] == [Shown.READ]
    stored = (await stage.crm.messages.of(contact.id))[-1]
    assert stored.delivery is Shown.READ


async def test_a_receipt_that_is_ahead_of_our_note_waits_a_little(stage: Stage) -> None:
    with pytest.raises(ReceiptTooEarly):
        await stage.text.handle(_receipt("unknown", Delivery.DELIVERED))
    await stage.text.handle(_receipt("unknown", Delivery.DELIVERED, at_ms=now_ms() - 60_000))


async def test_a_rating_stands_in_the_journey(stage: Stage) -> None:
    contact = await _taken(stage)
    assert await stage.journal.flush(1)
    rating = Rating(
        channel=Channel.LINE, event_id="r1", address=CUSTOMER, stars=4, text="早い", at_ms=now_ms()
    )
    for _ in range(2):
        await stage.text.handle(rating)
    (item,) = await _journey(stage, JourneyKind.RATED)
    assert (item.contact, item.agent, item.text, item.detail) == (contact.id, SATO, "早い", {"stars": 4})


# --- too much ----------------------------------------------------------------------------------------


async def test_who_writes_too_fast_is_told_once_and_kept(stage: Stage) -> None:
    contact = await _taken(stage)
    at_ms = now_ms() - 120_000
    for number in range(70):
        inbound = Inbound(
            channel=Channel.LINE, event_id=f"f{number}", address=CUSTOMER, text=str(number), at_ms=at_ms
        )
        await stage.text.handle(inbound)
    assert ["続いて" in each.text for each in stage.post.sent] == [True]
    assert len(await stage.crm.messages.of(contact.id)) == 72
    shown = [each for each in stage.screens.of(SATO, MessageShown) if each.message.author is None]
    assert len(shown) == 61, "60 of his, and what he is told"


async def test_a_message_that_is_tried_again_counts_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is away for longer than a minute: it is waited for, and nobody is told anything."""
    contact = await _taken(stage)
    inbound = stage.inbound("写真です")
    inbound = msgspec.structs.replace(inbound, parts=(Part(name="a.png", type="image/png", source="1"),))
    raw = RawEvent(channel=Channel.LINE, event_id=inbound.event_id, address=CUSTOMER, body=b"raw")

    async def away(*_: object, **__: object) -> None:
        raise FetchFailed("away", retryable=True)

    monkeypatch.setattr(stage.shelf, "take", away)
    for _ in range(70):
        with pytest.raises(FetchFailed):
            await stage.text.handle(inbound, raw)
    monkeypatch.undo()
    await stage.text.handle(inbound, raw)
    message = (await stage.crm.messages.of(contact.id))[-1]
    assert [each.refused for each in message.files] == [""]
    assert stage.post.sent == []


async def test_what_is_over_the_limit_opens_a_contact_when_none_is_open(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contact ended meanwhile: what is still written has to be seen by somebody."""
    monkeypatch.setattr(stage.text, "_limits", SenderLimits(2))
    first = await _taken(stage)
    at_ms, parts = now_ms(), (Part(name="a.png", type="image/png", source="1"),)

    async def writes(number: int) -> None:
        event_id = f"f{number}"
        inbound = Inbound(
            channel=Channel.LINE, event_id=event_id, address=CUSTOMER, text="x", at_ms=at_ms, parts=parts
        )
        await stage.text.handle(inbound, _raw(event_id))

    await writes(1)
    await writes(2)
    await stage.desk.command(SATO, command("hang_up", contact=first.id))
    await stage.sees(SATO, first.id, ShownState.WRAP_UP)
    for number in (3, 4):
        await writes(number)
    second = next(each for each in stage.board.all() if each.id != first.id)
    assert stage.record(second.id) is not None
    written = [each for each in await stage.crm.messages.of(second.id) if each.direction is Direction.IN]
    assert [(each.id, each.files[0].refused) for each in written] == [
        ("line:f3", ""),
        ("line:f4", "too_fast"),
    ]


async def test_who_wrote_long_ago_is_not_held_against_him(stage: Stage) -> None:
    """What waited while a part was away is handled at once, though it was written over hours."""
    await _taken(stage)
    for number in range(70):
        at_ms = now_ms() - number * 60_000
        await stage.text.handle(
            Inbound(channel=Channel.LINE, event_id=f"f{number}", address="U5", text="x", at_ms=at_ms)
        )
    assert all("続いて" not in each.text for each in stage.post.sent)


async def test_a_new_customer_has_the_name_that_he_gives(stage: Stage) -> None:
    await stage.text.handle(mail("a", name="山田 太郎"))
    assert (await _one(stage)).name == "山田 太郎"
    known = await stage.crm.customers.ensure(IdentifierKind.EMAIL, MAILBOX, LinkedBy.FIRST_CONTACT, at_ms=1)
    assert known.name == "山田 太郎"
