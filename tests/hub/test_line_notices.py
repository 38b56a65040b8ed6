"""Callers who are invited to LINE by LINE itself, at their number; by SMS if that fails."""

import pytest

from acd.contact import Channel
from acd.ids import ContactId
from crm_bridge.deflections import DeflectionState
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from gateways.protocol import Delivery, Inbound, Outbound, Receipt
from hub.clock import now_ms
from hub.desktop.refusals import CommandRefused, Refusal
from hub.invitations import Invitations, LinkSettings
from hub.triage import TriageRules
from tests.hub.doubles import SATO
from tests.hub.stage import CUSTOMER, NUMBER, SUPPORT, Stage, command


@pytest.fixture
def noticing(stage: Stage) -> Stage:
    """Let LINE write to numbers."""
    stage.names[Channel.LINE].reaches_numbers = True
    return stage


async def _invited(stage: Stage) -> tuple[ContactId, Outbound]:
    call = await stage.arrives(keys="3 ")
    await stage.hangs_up(call)
    assert await stage.journal.flush(1)
    return call, stage.post.sent[-1]


def _receipt(message: Outbound) -> Receipt:
    return Receipt(
        channel=Channel.LINE,
        event_id="delivery-1",
        address=CUSTOMER,
        sent_as=message.key,
        delivery=Delivery.DELIVERED,
        at_ms=now_ms(),
    )


async def test_a_caller_is_invited_by_line_and_writes_on_without_a_token(noticing: Stage) -> None:
    call, message = await _invited(noticing)
    assert (message.channel, message.address) == (Channel.LINE, NUMBER)
    assert [each.channel for each in noticing.post.sent] == [Channel.LINE]
    await noticing.text.handle(_receipt(message))
    await noticing.text.handle(noticing.inbound("続きです"))
    (thread,) = noticing.board.all()
    found = await noticing.crm.deflections.get(message.key)
    assert found is not None
    assert (found.contact, thread.queue) == (thread.id, SUPPORT)
    assert thread.arrived_ms == found.arrived_ms
    known = await noticing.crm.customers.identify(IdentifierKind.PHONE, NUMBER)
    assert known is not None
    assert thread.customer == known.customer.id
    stored = await noticing.crm.contacts.get(call)
    assert stored is not None
    assert stored.customer == known.customer.id


async def test_the_button_proves_the_number_where_line_names_nobody(noticing: Stage) -> None:
    _, message = await _invited(noticing)
    (choice,) = message.choices
    tapped = Inbound(
        channel=Channel.LINE,
        event_id="tap-1",
        address=CUSTOMER,
        text=choice.label,
        at_ms=now_ms(),
        kind="choice",
        fields={"data": choice.data or ""},
    )
    await noticing.text.handle(tapped)
    await noticing.text.handle(tapped)
    (thread,) = noticing.board.all()
    assert thread.customer is not None
    phones = [
        each
        for each in await noticing.crm.customers.identifiers(thread.customer)
        if each.kind is IdentifierKind.PHONE
    ]
    assert [(each.value, each.how) for each in phones] == [(NUMBER, LinkedBy.SIGNED_LINK)]


async def test_who_has_no_line_gets_an_sms_once(noticing: Stage) -> None:
    invitations = Invitations(
        LinkSettings(public_url="https://hub.example.jp"),
        crm=noticing.crm,
        journal=noticing.journal,
        gateways=dict.fromkeys(noticing.names, noticing.names[Channel.LINE]),  # type: ignore[arg-type]
        outbox=lambda: noticing.text.outbox,
        rules=lambda: TriageRules(),
    )
    noticing.text.instead = invitations.instead
    _, message = await _invited(noticing)
    for _ in range(2):
        await noticing.text.delivered(message, Delivery.FAILED)
    notice, sms = noticing.post.sent
    assert (sms.channel, sms.address) == (Channel.SMS, NUMBER)
    assert "連携コード" in sms.text
    found = await noticing.crm.deflections.get(notice.key)
    assert found is not None
    assert found.state(now_ms()) is DeflectionState.SENT
    await noticing.text.delivered(sms, Delivery.FAILED)
    found = await noticing.crm.deflections.get(notice.key)
    assert found is not None
    assert found.state(now_ms()) is DeflectionState.FAILED


async def test_without_the_setting_it_goes_by_sms(stage: Stage) -> None:
    _, message = await _invited(stage)
    assert message.channel is Channel.SMS


async def test_an_agent_invites_the_caller_who_writes_to_him_then(noticing: Stage) -> None:
    await noticing.presence(SATO)
    call = await noticing.arrives(keys="1")
    await noticing.talks(call)
    await noticing.desk.command(SATO, command("invite", contact=call, channel="line"))
    message = noticing.post.sent[-1]
    assert message.address == NUMBER
    found = await noticing.crm.deflections.get(message.key)
    assert found is not None, "it is stored before LINE may refuse it"
    assert (found.agent, found.reason) == (SATO, "agent")
    withheld = await noticing.arrives(None, keys="1")
    assert noticing.live(withheld).agent is None
    with pytest.raises(CommandRefused) as refused:
        await noticing.desk.command(SATO, command("invite", contact=withheld, channel="line"))
    assert refused.value.code is Refusal.NOT_YOURS
