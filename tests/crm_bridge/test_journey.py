"""Messages, and the one timeline over all channels."""

from dataclasses import asdict, replace

import pytest

from acd.contact import Channel
from acd.ids import AgentId, ContactId
from crm_bridge.errors import StatementFailed
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import Customer, Delivery, Direction, JourneyItem, JourneyKind, Message, MessageFile
from tests.crm_bridge.conftest import Crm

NUMBER, USER = "+81312345678", "U0123456789abcdef0123456789abcdef"
SATO = AgentId("sato")
CALL, THREAD = ContactId("c1"), ContactId("t1")


def said(message: str, at_ms: int, text: str = "") -> Message:
    return Message(message, Direction.IN, None, text or message, at_ms)


def answered(message: str, at_ms: int) -> Message:
    return Message(message, Direction.OUT, SATO, message, at_ms, Delivery.QUEUED)


async def customer_with_thread(crm: Crm) -> Customer:
    customer = await crm.customers.ensure(IdentifierKind.LINE, USER, LinkedBy.FIRST_CONTACT, at_ms=1)
    await crm.contacts.opened(THREAD, channel=Channel.LINE, address=USER, at_ms=10, customer=customer.id)
    return customer


async def test_message_is_stored_once(crm: Crm) -> None:
    await customer_with_thread(crm)
    message = said("m1", 10, "はじめまして")
    assert await crm.messages.add(THREAD, message)
    assert not await crm.messages.add(THREAD, message)
    assert await crm.messages.of(THREAD) == (message,)


async def test_newest_messages_come_in_order(crm: Crm) -> None:
    await customer_with_thread(crm)
    for n in (3, 1, 4, 2, 5):
        await crm.messages.add(THREAD, said(f"m{n}", 10 + n))
    assert [message.id for message in await crm.messages.of(THREAD, limit=3)] == ["m3", "m4", "m5"]


async def test_nothing_follows_sent(crm: Crm) -> None:
    await customer_with_thread(crm)
    await crm.messages.add(THREAD, answered("m1", 11))
    steps = (Delivery.QUEUED, Delivery.FAILED, Delivery.QUEUED, Delivery.SENT, Delivery.FAILED, Delivery.SENT)
    news = [await crm.messages.set_delivery("m1", delivery) for delivery in steps]
    assert news == [False, True, True, True, False, False]
    (message,) = await crm.messages.of(THREAD)
    assert message.delivery is Delivery.SENT


async def test_message_of_an_unknown_contact_is_a_fault_that_tells_nothing(crm: Crm) -> None:
    with pytest.raises(StatementFailed) as failure:
        await crm.messages.add(ContactId("nobody"), said("m1", 1, "秘密"))
    assert "秘密" not in str(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__


async def test_timeline_runs_over_all_channels(crm: Crm) -> None:
    customer = await customer_with_thread(crm)
    await crm.messages.add(THREAD, said("m1", 10, "質問"))
    await crm.contacts.connected(THREAD, SATO, at_ms=20)
    await crm.messages.add(THREAD, answered("m2", 30))
    await crm.customers.link(customer.id, IdentifierKind.PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=35)
    await crm.contacts.opened(CALL, channel=Channel.VOICE, address=NUMBER, at_ms=40, customer=customer.id)
    await crm.messages.add(THREAD, said("m3", 45))
    await crm.contacts.ended(CALL, at_ms=50, reason="agent")
    timeline = await crm.journey.timeline(customer.id)
    assert [(item.at_ms, item.kind.value, item.channel, item.contact, item.text) for item in timeline] == [
        (10, "contact_started", Channel.LINE, THREAD, ""),
        (10, "message_in", Channel.LINE, THREAD, "質問"),
        (20, "connected", Channel.LINE, THREAD, ""),
        (30, "message_out", Channel.LINE, THREAD, "m2"),
        (35, "identifier_linked", None, None, "signed_link"),
        (40, "contact_started", Channel.VOICE, CALL, ""),
        (45, "message_in", Channel.LINE, THREAD, "m3"),
        (50, "ended", Channel.VOICE, CALL, "agent"),
    ]
    assert timeline[1].detail == {"message": "m1"}
    assert timeline[3].agent == SATO


async def test_timeline_names_the_files_of_messages(crm: Crm) -> None:
    customer = await customer_with_thread(crm)
    file = MessageFile("f1", "見積書.pdf", "application/pdf", 8)
    html = "<p>long</p>" * 100
    await crm.messages.add(THREAD, replace(said("m1", 20), files=(file,), html=html, subject="見積"))
    await crm.messages.add(THREAD, replace(said("m2", 30), html=html))
    one, other = (await crm.journey.timeline(customer.id))[1:]
    assert one.detail == {"message": "m1", "files": [asdict(file)]}
    assert other.detail == {"message": "m2"}


async def test_timeline_keeps_the_newest(crm: Crm) -> None:
    customer = await customer_with_thread(crm)
    for n in range(20):
        await crm.messages.add(THREAD, said(f"m{n}", 100 + n))
    timeline = await crm.journey.timeline(customer.id, limit=5)
    assert [item.text for item in timeline] == [f"m{n}" for n in range(15, 20)]


async def test_timeline_shows_nothing_of_others(crm: Crm) -> None:
    customer = await customer_with_thread(crm)
    other = await crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    await crm.contacts.opened(CALL, channel=Channel.VOICE, address=NUMBER, at_ms=40, customer=other.id)
    assert {item.contact for item in await crm.journey.timeline(customer.id)} == {THREAD}


async def test_other_items_are_recorded_once(crm: Crm) -> None:
    customer = await customer_with_thread(crm)
    item = JourneyItem(15, JourneyKind.IVR, Channel.LINE, THREAD, SATO, "code", {"a": [1]})
    assert await crm.journey.record("k1", item)
    assert not await crm.journey.record("k1", item)
    assert (await crm.journey.timeline(customer.id))[-1] == item
    loose = JourneyItem(16, JourneyKind.IDENTIFIER_LINKED)
    assert await crm.journey.record("k2", loose, customer.id)
    assert (await crm.journey.timeline(customer.id))[-1] == loose
    with pytest.raises(ValueError, match="belongs to"):
        await crm.journey.record("k3", loose)
