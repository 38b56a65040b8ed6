"""Recognising customers, and making each only once."""

import asyncio

import pytest

from acd.contact import Channel
from acd.ids import AgentId, ContactId, CustomerId
from crm_bridge.errors import UnknownCustomer
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import Customer, Identifier, Known, OpenThread
from tests.crm_bridge.conftest import Crm

PHONE, LINE = IdentifierKind.PHONE, IdentifierKind.LINE
NUMBER, USER = "+81312345678", "U0123456789abcdef0123456789abcdef"
SATO, TANAKA = AgentId("sato"), AgentId("tanaka")


async def open_text(
    crm: Crm, contact: str, customer: CustomerId, at_ms: int, address: str = USER
) -> ContactId:
    opened = await crm.contacts.opened(
        ContactId(contact), channel=Channel.LINE, address=address, at_ms=at_ms, customer=customer
    )
    assert opened == contact
    return opened


async def test_stranger_is_nobody(crm: Crm) -> None:
    assert await crm.customers.identify(PHONE, NUMBER) is None


async def test_withheld_number_matches_nobody(crm: Crm) -> None:
    await crm.customers.ensure(PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    assert await crm.customers.identify(PHONE, None) is None


async def test_customer_is_recognised_by_what_he_came_by(crm: Crm) -> None:
    made = await crm.customers.ensure(LINE, USER, LinkedBy.FIRST_CONTACT, at_ms=1, name="山田")
    assert await crm.customers.identify(LINE, USER) == Known(Customer(made.id, "山田"))
    assert await crm.customers.identify(PHONE, USER) is None
    assert await crm.customers.identifiers(made.id) == (Identifier(LINE, USER, LinkedBy.FIRST_CONTACT),)


async def test_numbers_that_differ_in_their_last_digits_are_similar(crm: Crm) -> None:
    numbers = {
        "+81312345600": "青木商店",
        "+81312345677": "青木",
        "+81312345699": "",
        "+81312345": "短い",
        "+81312346678": "別",
    }
    for number, name in {**numbers, NUMBER: "本人"}.items():
        await crm.customers.ensure(PHONE, number, LinkedBy.CALLER_ID, at_ms=1, name=name)
    found = [(each.customer.name, each.value) for each in await crm.customers.similar(NUMBER)]
    assert found == [("青木", "+81312345677"), ("青木商店", "+81312345600")]


async def test_ensuring_again_changes_nothing(crm: Crm) -> None:
    first = await crm.customers.ensure(PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1, name="山田")
    again = await crm.customers.ensure(PHONE, NUMBER, LinkedBy.FIRST_CONTACT, at_ms=2, name="佐藤")
    assert again == first
    assert [identifier.how for identifier in await crm.customers.identifiers(first.id)] == [
        LinkedBy.CALLER_ID
    ]


async def test_twenty_first_messages_at_once_make_one_customer(crm: Crm) -> None:
    made = await asyncio.gather(
        *(crm.customers.ensure(LINE, USER, LinkedBy.FIRST_CONTACT, at_ms=at_ms) for at_ms in range(20))
    )
    assert len(set(made)) == 1


async def test_losers_of_the_race_leave_no_customer_behind(crm: Crm) -> None:
    await asyncio.gather(
        *(crm.customers.ensure(LINE, USER, LinkedBy.FIRST_CONTACT, at_ms=at_ms) for at_ms in range(20))
    )
    async with crm.engine.connect() as connection:
        count = (await connection.exec_driver_sql("SELECT count(*) FROM customer")).scalar_one()
    assert count == 1


async def test_open_thread_and_its_agent_are_known_to_the_call(crm: Crm) -> None:
    customer = await crm.customers.ensure(PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    thread = await open_text(crm, "t1", customer.id, at_ms=2)
    assert await crm.customers.identify(PHONE, NUMBER) == Known(
        customer, None, OpenThread(thread, Channel.LINE, None)
    )
    await crm.contacts.connected(thread, SATO, at_ms=3)
    assert await crm.customers.identify(PHONE, NUMBER) == Known(
        customer, SATO, OpenThread(thread, Channel.LINE, SATO)
    )


@pytest.mark.parametrize("channel", [Channel.FAX, Channel.VOICEMAIL])
async def test_what_stands_for_itself_is_no_thread_but_has_an_agent(crm: Crm, channel: Channel) -> None:
    customer = await crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    left = ContactId("left")
    await crm.contacts.opened(left, channel=channel, address=NUMBER, at_ms=2, customer=customer.id)
    await crm.contacts.connected(left, SATO, at_ms=3)
    assert await crm.customers.identify(IdentifierKind.PHONE, NUMBER) == Known(customer, SATO, None)


async def test_last_text_agent_outlives_the_thread(crm: Crm) -> None:
    customer = await crm.customers.ensure(PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    for contact, agent, at_ms in (("t1", TANAKA, 10), ("t2", SATO, 20)):
        thread = await open_text(crm, contact, customer.id, at_ms)
        await crm.contacts.connected(thread, agent, at_ms + 1)
        await crm.contacts.ended(thread, at_ms + 2)
    assert await crm.customers.identify(PHONE, NUMBER) == Known(customer, SATO, None)


async def test_agent_of_a_call_is_no_text_agent(crm: Crm) -> None:
    customer = await crm.customers.ensure(PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    call = await crm.contacts.opened(
        ContactId("c1"), channel=Channel.VOICE, address=NUMBER, at_ms=2, customer=customer.id
    )
    await crm.contacts.connected(call, SATO, at_ms=3)
    assert await crm.customers.identify(PHONE, NUMBER) == Known(customer, None, None)


async def test_returned_thread_waits_but_remembers_its_agent(crm: Crm) -> None:
    customer = await crm.customers.ensure(PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    thread = await open_text(crm, "t1", customer.id, at_ms=2)
    await crm.contacts.connected(thread, SATO, at_ms=3)
    assert await crm.contacts.returned(thread)
    assert await crm.customers.identify(PHONE, NUMBER) == Known(
        customer, SATO, OpenThread(thread, Channel.LINE, None)
    )


async def test_rename(crm: Crm) -> None:
    customer = await crm.customers.ensure(LINE, USER, LinkedBy.FIRST_CONTACT, at_ms=1)
    await crm.customers.rename(customer.id, "山田 花子")
    assert await crm.customers.get(customer.id) == Customer(customer.id, "山田 花子")


async def test_unknown_customer_is_refused(crm: Crm) -> None:
    nobody = CustomerId("nobody")
    with pytest.raises(UnknownCustomer):
        await crm.customers.get(nobody)
    with pytest.raises(UnknownCustomer):
        await crm.customers.rename(nobody, "x")
    with pytest.raises(UnknownCustomer):
        await crm.customers.link(nobody, PHONE, NUMBER, LinkedBy.AGENT, at_ms=1)
    with pytest.raises(UnknownCustomer):
        await crm.contacts.opened(
            ContactId("c1"), channel=Channel.LINE, address=USER, at_ms=1, customer=nobody
        )
    assert await crm.contacts.get(ContactId("c1")) is None
