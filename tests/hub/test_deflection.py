"""Callers who go on by text, and those who call again: what they had goes with them."""

from dataclasses import replace

import pytest

from acd.contact import Channel
from acd.events import ContactQueued
from acd.ids import ContactId
from crm_bridge.deflections import Deflection, DeflectionState
from crm_bridge.errors import CrmUnavailable
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import HeardItem, JourneyKind, PathItem
from gateways.protocol import Delivery, Inbound
from hub.clock import now_ms
from hub.deflected import Deflected
from hub.invitations import Links, LinkSettings
from hub.triage import TriageRules
from tests.hub.doubles import TANAKA
from tests.hub.stage import NUMBER, SUPPORT, Stage

OTHER = "+819087654321"
DAY_MS = 86_400_000


async def _deflected(stage: Stage, keys: str = "3 ") -> tuple[ContactId, Deflection]:
    """Let a caller press his way to LINE; returns his contact and what is known of it."""
    call = await stage.arrives(keys=keys)
    await stage.hangs_up(call)
    assert await stage.journal.flush(1)
    return call, await _newest(stage)


async def _newest(stage: Stage) -> Deflection:
    assert await stage.journal.flush(1)
    found = await stage.crm.deflections.between(0, now_ms() + 1, limit=1)
    return found[0]


def _queued(stage: Stage, contact: ContactId) -> ContactQueued:
    return next(
        each for each in stage.router.events if isinstance(each, ContactQueued) and each.contact.id == contact
    )


def _sms(stage: Stage, text: str = "もしもし", event: str = "sms-1") -> Inbound:
    return Inbound(channel=Channel.SMS, event_id=event, address=NUMBER, text=text, at_ms=now_ms())


async def _waits_with_more(stage: Stage) -> ContactId:
    """Let a caller wait who has said something, and whom an agent knows."""
    call = await stage.arrives()
    contact = stage.live(call)
    contact.intent, contact.preferred = "billing", TANAKA
    contact.heard = (HeardItem("order_number", "1234", "千二百三十四"),)
    return call


async def _accepts(stage: Stage, call: ContactId, way: Channel) -> None:
    stage.calls.proposals.propose(stage.live(call), way)
    stage.control.keys.put_nowait("1")
    await stage.gone(call)
    await stage.hangs_up(call)
    assert await stage.journal.flush(1)


async def _left(stage: Stage, call: ContactId) -> Deflected:
    """Return what a caller who waits leaves behind."""
    left = Deflected.of_call(
        stage.calls.lines.calls[call], Channel.LINE, queue=SUPPORT, path=(), reason="menu"
    )
    assert left is not None
    return left


async def _calls_again(stage: Stage, number: str = NUMBER, keys: str = "") -> ContactId:
    """Let a caller come back who says nothing: it is about the same."""
    stage.control.keys.put_nowait("")
    return await stage.arrives(number, keys)


# --- sent ------------------------------------------------------------------------------------------


async def test_a_caller_who_chose_line_is_noted_and_parted_with(stage: Stage) -> None:
    call, deflection = await _deflected(stage)
    assert (deflection.way, deflection.number, deflection.reason) == ("line", NUMBER, "menu")
    assert deflection.state(now_ms()) is DeflectionState.SENT
    assert deflection.path == (PathItem("main", "3"),)
    stored = await stage.crm.contacts.get(call)
    assert stored is not None
    assert stored.customer is not None
    journey = await stage.crm.journey.timeline(stored.customer)
    (item,) = [each for each in journey if each.kind is JourneyKind.DEFLECTED]
    assert (item.contact, item.text, item.detail) == (call, "menu", {"to": "line"})


async def test_a_way_that_is_not_served_fails_and_says_why(stage: Stage) -> None:
    await stage.calls.proposals._deflect(  # the channel is not among those of the stage
        stage.calls.lines.calls[await stage.arrives()], Channel.CHAT
    )
    assert stage.control.played[-1] == "line-failed"
    deflection = await _newest(stage)
    assert (deflection.failure, stage.post.sent) == ("not_served", [])


async def test_an_sms_that_does_not_arrive_is_a_failure(stage: Stage) -> None:
    await _deflected(stage)
    (sms,) = stage.post.sent
    await stage.text.delivered(sms, Delivery.FAILED)
    assert (await _newest(stage)).failure == "not_delivered"


# --- gone on by text -------------------------------------------------------------------------------


async def test_all_that_a_caller_had_goes_on_in_line(stage: Stage) -> None:
    call = await _waits_with_more(stage)
    arrived_ms = stage.live(call).arrived_ms
    await _accepts(stage, call, Channel.LINE)
    await stage.text.handle(stage.inbound(f"連携コード {stage.post.sent[-1].text.split()[-1]}"))
    (thread,) = stage.board.all()
    routed = _queued(stage, thread.id).contact
    assert (routed.arrived_ms, routed.preferred, routed.queue) == (arrived_ms, (TANAKA,), SUPPORT)
    assert (thread.intent, thread.heard[0].value, thread.ivr) == ("billing", "1234", (("main", "1"),))
    stored = await stage.crm.contacts.get(thread.id)
    assert stored is not None
    assert (stored.intent, stored.heard, stored.preferred) == ("billing", thread.heard, TANAKA)
    deflection = await _newest(stage)
    assert (deflection.contact, deflection.state(now_ms())) == (thread.id, DeflectionState.OPENED)
    pop = await stage.acquaintance.pop(thread)
    assert (pop.intent, pop.heard) == ("billing", thread.heard)


async def test_a_conversation_by_sms_begins_with_the_customer_s_answer(stage: Stage) -> None:
    call = await _waits_with_more(stage)
    await _accepts(stage, call, Channel.SMS)
    (sms,) = stage.post.sent
    assert (sms.address, "返信" in sms.text) == (NUMBER, True)
    assert stage.board.all() == []
    await stage.text.handle(_sms(stage))
    await stage.text.handle(_sms(stage))
    await stage.text.handle(_sms(stage, "まだです", "sms-2"))
    (thread,) = stage.board.all()
    assert (thread.channel, thread.intent, _queued(stage, thread.id).contact.preferred) == (
        Channel.SMS,
        "billing",
        (TANAKA,),
    )
    assert [each.text for each in await stage.crm.messages.of(thread.id)] == ["もしもし", "まだです"]
    assert len(stage.post.sent) == 1, "who answers by SMS is told nothing of links"


async def test_a_link_to_chat_or_mail_is_redeemed_by_its_first_message(stage: Stage) -> None:
    left = replace(await _left(stage, await stage.arrives()), channel=Channel.CHAT)
    token = await stage.crm.tokens.issue(left.payload(), 60, now_ms())
    links = Links(LinkSettings("https://hub.example.jp", mail_address="help@example.jp"), stage.crm)
    assert await links.target(token) == f"https://hub.example.jp/chat/#link={token}"
    assert await links.target(token) is not None, "looking uses up nothing"
    stage.text._threads._gateways |= {Channel.CHAT: stage.text._threads._gateways[Channel.LINE]}  # type: ignore[operator]
    inbound = Inbound(
        channel=Channel.CHAT, event_id="e1", address="visitor-1", text="続きです", at_ms=now_ms(), link=token
    )
    await stage.text.handle(inbound)
    thread = next(each for each in stage.board.all() if each.channel is Channel.CHAT)
    assert thread.arrived_ms == left.arrived_ms
    by_phone = await stage.crm.customers.identify(IdentifierKind.PHONE, NUMBER)
    by_chat = await stage.crm.customers.identify(IdentifierKind.CHAT, "visitor-1")
    assert by_phone is not None
    assert by_chat is not None
    assert by_phone.customer == by_chat.customer
    assert await links.target(token) is None, "it works once"


async def test_a_mail_link_opens_a_mail_with_the_token(stage: Stage) -> None:
    left = replace(await _left(stage, await stage.arrives()), channel=Channel.EMAIL)
    token = await stage.crm.tokens.issue(left.payload(), 60, now_ms())
    links = Links(LinkSettings("https://hub.example.jp", mail_address="help@example.jp"), stage.crm)
    target = await links.target(token)
    assert target is not None
    assert target.startswith("mailto:help@example.jp?subject=")
    assert target.endswith(token)


# --- called again ----------------------------------------------------------------------------------


async def test_who_calls_again_goes_on_where_he_was(stage: Stage) -> None:
    call = await _waits_with_more(stage)
    arrived_ms = stage.live(call).arrived_ms
    await _accepts(stage, call, Channel.LINE)
    again = await _calls_again(stage)
    assert "came-back" in stage.control.played
    contact, routed = stage.live(again), _queued(stage, again).contact
    assert (routed.queue, routed.arrived_ms, routed.preferred) == (SUPPORT, arrived_ms, (TANAKA,))
    assert (contact.ivr, contact.intent) == ((("main", "1"),), "billing")
    deflection = await _newest(stage)
    assert (deflection.came_back_by, deflection.state(now_ms())) == (again, DeflectionState.CAME_BACK)
    stored = await stage.crm.contacts.get(again)
    assert stored is not None
    assert (stored.intent, [each.value for each in stored.heard]) == ("billing", ["1234"])


async def test_who_calls_about_something_else_begins_anew(stage: Stage) -> None:
    call = await _waits_with_more(stage)
    await _accepts(stage, call, Channel.LINE)
    again = await stage.arrives(keys="11")
    contact = stage.live(again)
    assert (contact.intent, contact.ivr) == ("", (("main", "1"),))
    assert _queued(stage, again).contact.arrived_ms > stage.live(again).arrived_ms - 5_000
    assert (await _newest(stage)).came_back_by == again, "for reports he came back all the same"


async def test_who_comes_from_another_of_his_numbers_is_known(stage: Stage) -> None:
    known = await stage.crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    await stage.crm.customers.link(known.id, IdentifierKind.PHONE, OTHER, LinkedBy.AGENT, at_ms=2)
    call = await _waits_with_more(stage)
    await _accepts(stage, call, Channel.LINE)
    again = await _calls_again(stage, OTHER)
    assert stage.live(again).intent == "billing"


async def test_without_a_queue_he_goes_on_in_the_menu_that_he_left(stage: Stage) -> None:
    await _deflected(stage)  # the key named a queue, so the deflection is told without one
    found = await _newest(stage)
    await stage.crm.deflections.failed(found.id, "replaced")
    await stage.crm.deflections.offered(replace(found, id="x:line", queue=None, call=ContactId("x")))
    await stage.crm.deflections.sent("x:line", found.offered_ms, found.offered_ms + DAY_MS)
    again = await _calls_again(stage, keys="2")
    assert stage.live(again).ivr == (("main", "3"), ("main", "2"))


async def test_who_left_nothing_else_is_spoken_to_in_his_language(stage: Stage) -> None:
    await _deflected(stage)
    found = await _newest(stage)
    await stage.crm.deflections.failed(found.id, "replaced")
    left = replace(found, id="x:line", queue=None, call=ContactId("x"), path=(), language="en")
    await stage.crm.deflections.offered(left)
    await stage.crm.deflections.sent("x:line", found.offered_ms, found.offered_ms + DAY_MS)
    again = stage.voice.call_of(await _calls_again(stage, keys="2"))
    assert again is not None
    assert again.language == "en"


@pytest.mark.parametrize("why", ["late", "done", "served", "withheld", "database"])
async def test_others_begin_in_the_menus(stage: Stage, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    call = await _waits_with_more(stage)
    await _accepts(stage, call, Channel.LINE)
    number: str | None = NUMBER
    if why == "late":
        stage.triage.rules = TriageRules(resume_s=-1)
    elif why == "withheld":
        number = None
    elif why == "served":
        await stage.presence(TANAKA)
        await stage.text.handle(stage.inbound(f"連携コード {stage.post.sent[-1].text.split()[-1]}"))
        await stage.takes(TANAKA)
        assert await stage.journal.flush(1)
    elif why == "done":
        await stage.text.handle(stage.inbound(f"連携コード {stage.post.sent[-1].text.split()[-1]}"))
        thread = next(each for each in stage.board.all() if each.channel is Channel.LINE)
        await stage.crm.contacts.ended(thread.id, now_ms())
    else:

        async def away(*_: object) -> None:
            raise CrmUnavailable

        monkeypatch.setattr(stage.crm.deflections, "of_caller", away)
    again = await stage.arrives(number, keys="1")
    assert "came-back" not in stage.control.played
    assert stage.live(again).intent == ""
    if why == "late":
        assert (await _newest(stage)).came_back_by == again


async def test_the_agent_sees_all_of_it_before_the_phone_rings(stage: Stage) -> None:
    call = await _waits_with_more(stage)
    await _accepts(stage, call, Channel.LINE)
    again = await _calls_again(stage)
    await stage.presence(TANAKA)
    await stage.is_offered(again, TANAKA)
    pop = await stage.acquaintance.pop(stage.live(again))
    assert pop.heard == (HeardItem("order_number", "1234", "千二百三十四"),)
