"""Who writes is sent a code, calls with it, and reaches the agent whom he writes with; once."""

import asyncio
import re

import pytest

from acd.contact import Channel
from acd.ids import ContactId
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from hub import reception
from hub.board import LiveContact
from hub.call_codes import LIFE_MIN, CallCodes
from hub.clock import now_ms
from hub.desktop.refusals import CommandRefused, Refusal
from hub.texting.code_words import CodeWords
from ivr import leg
from ivr.limits import ProofLimits
from ivr.world import Verdict
from tests.hub.doubles import SATO, TANAKA
from tests.hub.fakes import until
from tests.hub.stage import CUSTOMER, NUMBER, SUPPORT, Stage, command

LIMITS = ProofLimits(tries=3, lock_s=600)
OTHER = "+819099998888"


def sent_code(stage: Stage) -> str:
    """Return the code that was sent last."""
    found = re.search(r"\b\d{6}\b", stage.post.sent[-1].text)
    assert found is not None
    return found[0]


async def _writes_with(stage: Stage) -> LiveContact:
    """Let a customer write with SATO, who sends him a code."""
    await stage.presence(SATO)
    await stage.presence(TANAKA)
    await stage.text.handle(stage.inbound("料金について"))
    contact = await stage.takes()
    await stage.desk.command(SATO, command("send_call_code", contact=contact.id, message="m-1"))
    return contact


def _codes(stage: Stage) -> CallCodes:
    assert stage.text.calls.codes is not None
    return stage.text.calls.codes._codes


async def test_a_stranger_who_calls_with_a_code_reaches_his_agent_and_is_known(stage: Stage) -> None:
    thread = await _writes_with(stage)
    message = stage.post.sent[-1]
    assert (message.address, "03-1234-5678" in message.text) == (CUSTOMER, True)
    assert [each.url for each in message.choices] == ["tel:+81312345678"]
    stage.control.keys.put_nowait(sent_code(stage))
    call = await stage.arrives(NUMBER, keys="")
    await stage.is_offered(call, SATO)
    assert stage.live(call).customer == thread.customer
    assert await stage.journal.flush(1)
    assert thread.customer is not None
    (line, phone) = await stage.crm.customers.identifiers(thread.customer)
    assert (line.kind, line.value) == (IdentifierKind.LINE, CUSTOMER)
    assert (phone.value, phone.how) == (NUMBER, LinkedBy.CALL_CODE)
    stored = await stage.crm.contacts.get(call)
    assert stored is not None
    assert stored.customer == thread.customer


async def test_a_code_is_good_once(stage: Stage) -> None:
    await _writes_with(stage)
    code = sent_code(stage)
    for pressed in (code, "1"):
        stage.control.keys.put_nowait(pressed)
    await stage.arrives(NUMBER, keys="")
    call = await stage.arrives(OTHER, keys="")
    assert not await _codes(stage).are_out()
    assert stage.live(call).queue == SUPPORT


async def test_who_has_no_code_is_led_through_the_menus(stage: Stage) -> None:
    await _writes_with(stage)
    call = await stage.arrives(NUMBER, keys="#2")
    record = stage.record(call)
    assert record is not None
    assert record.contact.preferred == ()
    assert await _codes(stage).are_out()


async def test_nobody_is_asked_while_no_codes_are_out(stage: Stage) -> None:
    call = await stage.arrives(NUMBER, keys="1")
    assert stage.live(call).queue == SUPPORT
    assert stage.control.keys.empty()


async def test_who_is_known_to_write_is_not_asked(stage: Stage) -> None:
    thread = await _writes_with(stage)
    assert thread.customer is not None
    await stage.crm.customers.link(
        thread.customer, IdentifierKind.PHONE, NUMBER, LinkedBy.AGENT, at_ms=now_ms()
    )
    call = await stage.arrives(NUMBER, keys="1")
    await stage.is_offered(call, SATO)
    assert stage.control.keys.empty()


async def test_wrong_codes_lead_to_the_menus_and_lock_the_number(stage: Stage) -> None:
    thread = await _writes_with(stage)
    right = sent_code(stage)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for pressed in (wrong, wrong, wrong, "1"):
        stage.control.keys.put_nowait(pressed)
    call = await stage.arrives(NUMBER, keys="")
    assert stage.live(call).queue == SUPPORT
    assert stage.control.keys.empty()
    codes, other = _codes(stage), stage.voice.call_of(call)
    assert other is not None
    verdicts = [await codes.prove(other, wrong, ProofLimits(tries=5, lock_s=600)) for _ in range(3)]
    assert verdicts == [Verdict.REFUSED, Verdict.REFUSED, Verdict.LOCKED]
    assert await codes.prove(other, right, LIMITS) is Verdict.LOCKED
    assert stage.live(thread.id).customer != stage.live(call).customer


async def test_a_caller_with_a_code_does_not_wait_in_silence_for_a_slow_database(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(*_: object) -> Verdict:
        await asyncio.Event().wait()
        return Verdict.ACCEPTED

    monkeypatch.setattr(leg, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(leg, "_GRACE_S", 0.05)
    monkeypatch.setattr(reception, "_PROVE_S", 0.2)
    monkeypatch.setattr(CallCodes, "prove", hangs)
    await _writes_with(stage)
    for pressed in (sent_code(stage), "1"):
        stage.control.keys.put_nowait(pressed)
    call = await stage.arrives(NUMBER, keys="")
    assert "one-moment" in stage.control.played
    assert stage.live(call).queue == SUPPORT


async def test_all_who_withhold_their_number_are_one(stage: Stage) -> None:
    await _writes_with(stage)
    code = sent_code(stage)
    one = await stage.arrives(None, keys="#1")
    call = stage.voice.call_of(one)
    assert call is not None
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert [await _codes(stage).prove(call, wrong, LIMITS) for _ in range(4)][-1] is Verdict.LOCKED


async def test_a_withheld_number_reaches_the_agent_and_is_linked_to_nobody(stage: Stage) -> None:
    thread = await _writes_with(stage)
    stage.control.keys.put_nowait(sent_code(stage))
    call = await stage.arrives(None, keys="")
    await stage.is_offered(call, SATO)
    assert await stage.journal.flush(1)
    assert thread.customer is not None
    assert len(await stage.crm.customers.identifiers(thread.customer)) == 1


async def test_a_code_is_void_after_its_time_and_when_another_is_sent(stage: Stage) -> None:
    contact = await _writes_with(stage)
    first = sent_code(stage)
    await stage.desk.command(SATO, command("send_call_code", contact=contact.id, message="m-2"))
    second = sent_code(stage)
    at_ms = [now_ms()]
    late = CallCodes(
        stage.crm,
        stage.board,
        stage.journal,
        b"secret",
        stage.text.tell_owner,
        clock_ms=lambda: at_ms[0],
    )
    other = stage.voice.call_of(await stage.arrives(NUMBER, keys="#1"))
    assert other is not None
    if first != second:
        assert await late.prove(other, first, LIMITS) is Verdict.REFUSED
    at_ms[0] += LIFE_MIN * 60_000
    assert not await late.are_out()
    assert await late.prove(other, second, LIMITS) is Verdict.REFUSED


async def test_sent_twice_the_code_stays_good(stage: Stage) -> None:
    contact = await _writes_with(stage)
    await stage.desk.command(SATO, command("send_call_code", contact=contact.id, message="m-1"))
    assert [each.key for each in stage.post.sent].count("m-1") == 1
    stage.control.keys.put_nowait(sent_code(stage))
    await stage.is_offered(await stage.arrives(NUMBER, keys=""), SATO)


async def test_a_number_that_is_another_s_for_certain_stays_his(stage: Stage) -> None:
    thread = await _writes_with(stage)
    his = await stage.crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=now_ms())
    stage.control.keys.put_nowait(sent_code(stage))
    call = await stage.arrives(NUMBER, keys="")
    await stage.is_offered(call, SATO)
    assert await stage.journal.flush(1)
    assert [each.value for each in await stage.crm.customers.identifiers(his.id)] == [NUMBER]
    stored = await stage.crm.contacts.get(call)
    assert stored is not None
    assert stored.customer == thread.customer


async def test_who_called_before_and_writes_now_turns_out_to_be_one(stage: Stage) -> None:
    before = await stage.arrives(NUMBER, keys="7")
    await stage.hangs_up(before)
    assert await stage.journal.flush(1)
    older = await stage.crm.customers.identify(IdentifierKind.PHONE, NUMBER)
    assert older is not None
    thread = await _writes_with(stage)
    stage.control.keys.put_nowait(sent_code(stage))
    call = await stage.arrives(NUMBER, keys="")
    assert await stage.journal.flush(1)
    await until(lambda: stage.live(thread.id).customer == older.customer.id)
    assert stage.live(call).customer == older.customer.id


async def test_a_stranger_who_asks_to_be_called_may_call_with_a_code(stage: Stage) -> None:
    inbound = stage.inbound("Please call me")
    await stage.text.handle(inbound)
    assert "phone number" in stage.post.sent[-1].text
    first = sent_code(stage)
    await stage.text.handle(inbound)
    assert sent_code(stage) == first
    stage.control.keys.put_nowait(first)
    call = await stage.arrives(NUMBER, keys="")
    (text,) = [each for each in stage.board.all() if each.channel is Channel.LINE]
    live = stage.live(ContactId(call))
    assert (live.customer, live.queue, live.arrived_ms) == (text.customer, text.queue, text.arrived_ms)


async def test_without_a_number_to_call_no_codes_are_sent(stage: Stage) -> None:
    stage.text.calls.codes = CodeWords(_codes(stage), "", "JP")
    with pytest.raises(CommandRefused) as refused:
        await _writes_with(stage)
    assert refused.value.code is Refusal.NO_CODES
    await stage.text.handle(stage.inbound("電話してください"))
    assert not await _codes(stage).are_out()
