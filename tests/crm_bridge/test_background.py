"""What is known of a customer, field by field."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from acd.contact import Channel, ContactState
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from crm_bridge.background import Background
from crm_bridge.errors import UnknownCustomer
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import (
    ContactView,
    Customer,
    Direction,
    Identifier,
    JourneyItem,
    Message,
    PathItem,
)
from tests.crm_bridge.conftest import Crm

PROTOCOL = Path(__file__).parents[2] / "docs" / "desktop-protocol.md"
NUMBER, USER = "+81312345678", "U0123456789abcdef0123456789abcdef"
SATO = AgentId("sato")
CALL, THREAD = ContactId("c1"), ContactId("t1")


async def test_call_of_somebody_who_writes_just_now(crm: Crm) -> None:
    customer = await crm.customers.ensure(
        IdentifierKind.LINE, USER, LinkedBy.FIRST_CONTACT, at_ms=1, name="山田"
    )
    await crm.contacts.opened(
        THREAD,
        channel=Channel.LINE,
        address=USER,
        at_ms=10,
        customer=customer.id,
        queue=QueueName("support"),
    )
    message = Message("m1", Direction.IN, None, "質問", 10)
    await crm.messages.add(THREAD, message)
    await crm.contacts.connected(THREAD, SATO, at_ms=20)
    await crm.customers.link(customer.id, IdentifierKind.PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=30)
    await crm.contacts.opened(CALL, channel=Channel.VOICE, address=NUMBER, at_ms=40, customer=customer.id)
    await crm.contacts.ivr_path(CALL, [PathItem("main", "1")], at_ms=50)
    await crm.contacts.queued(CALL, QueueName("support"))

    known = await crm.backgrounds.of(customer.id, apart_from=CALL)

    assert known == Background(
        customer=Customer(customer.id, "山田"),
        identifiers=(
            Identifier(IdentifierKind.LINE, USER, LinkedBy.FIRST_CONTACT),
            Identifier(IdentifierKind.PHONE, NUMBER, LinkedBy.SIGNED_LINK),
        ),
        journey=await crm.journey.timeline(customer.id),
        open_threads=(
            ContactView(
                id=THREAD,
                channel=Channel.LINE,
                queue=QueueName("support"),
                state=ContactState.CONNECTED,
                customer=customer.id,
                address=USER,
                name="山田",
                since_ms=20,
                messages=(message,),
            ),
        ),
    )
    assert (await crm.backgrounds.of(customer.id, apart_from=THREAD)).open_threads == ()


async def test_background_of_a_merged_customer_is_that_of_who_stands_for_him(crm: Crm) -> None:
    old = await crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    young = await crm.customers.ensure(IdentifierKind.LINE, USER, LinkedBy.FIRST_CONTACT, at_ms=2)
    await crm.customers.link(young.id, IdentifierKind.PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=3)
    known = await crm.backgrounds.of(young.id, apart_from=CALL)
    assert known.customer == old
    assert len(known.identifiers) == 2


async def test_ended_threads_are_not_shown_as_open(crm: Crm) -> None:
    customer = await crm.customers.ensure(IdentifierKind.LINE, USER, LinkedBy.FIRST_CONTACT, at_ms=1)
    await crm.contacts.opened(THREAD, channel=Channel.LINE, address=USER, at_ms=10, customer=customer.id)
    await crm.contacts.ended(THREAD, at_ms=20)
    await crm.contacts.opened(CALL, channel=Channel.VOICE, address=None, at_ms=40, customer=customer.id)
    assert (await crm.backgrounds.of(customer.id, apart_from=CALL)).open_threads == ()


async def test_unknown_customer_is_refused(crm: Crm) -> None:
    with pytest.raises(UnknownCustomer):
        await crm.backgrounds.of(CustomerId("nobody"), apart_from=CALL)


@pytest.mark.parametrize(
    ("shape", "start"),
    [
        (ContactView, "`contact`: `{"),
        (Message, "`message`: `{"),
        (Customer, "`customer`: `{"),
        (Identifier, "`identifier`: `{"),
        (JourneyItem, "`journey` item: `{"),
        (PathItem, "`ivr` (list of `{"),
    ],
)
def test_shapes_have_the_fields_of_the_protocol(shape: type, start: str) -> None:
    described = PROTOCOL.read_text().partition(start)[2].partition("}`")[0]
    plain = re.sub(r"\([^)]*\)|:[^,}]*", "", described)
    named = {name.strip() for name in plain.split(",")}
    of_own = (
        {"muted", "recording", "parties", "about", "outbound", "notes"} if shape is ContactView else set()
    )
    assert {field.name for field in fields(shape)} == named - of_own
