"""Contacts from their beginning to their disposition, each step told more than once."""

import asyncio

from acd.contact import Channel, ContactState
from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import ContactRecord, JourneyKind, PathItem
from tests.crm_bridge.conftest import Crm

NUMBER, USER = "+81312345678", "U0123456789abcdef0123456789abcdef"
SATO, TANAKA = AgentId("sato"), AgentId("tanaka")
CALL, THREAD = ContactId("c1"), ContactId("t1")


async def open_thread(crm: Crm, contact: ContactId = THREAD, at_ms: int = 1) -> ContactId:
    return await crm.contacts.opened(contact, channel=Channel.LINE, address=USER, at_ms=at_ms)


async def get(crm: Crm, contact: ContactId) -> ContactRecord:
    found = await crm.contacts.get(contact)
    assert found is not None
    return found


async def test_call_step_by_step_each_told_twice(crm: Crm) -> None:
    customer = await crm.customers.ensure(
        IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1, name="山田"
    )
    path = [PathItem("main", "1"), PathItem("support", "")]
    news = []
    for _ in range(2):
        opened = await crm.contacts.opened(
            CALL, channel=Channel.VOICE, address=NUMBER, at_ms=10, customer=customer.id
        )
        assert opened == CALL
        news.append(
            [
                await crm.contacts.ivr_path(CALL, path, at_ms=20),
                await crm.contacts.queued(CALL, QueueName("support")),
                await crm.contacts.connected(CALL, SATO, at_ms=30),
                await crm.contacts.ended(CALL, at_ms=40, reason="customer"),
                await crm.contacts.disposed(CALL, "solved", "ご案内済み", agent=SATO, at_ms=50),
            ]
        )
    assert news == [[True] * 5, [False] * 5]
    assert await get(crm, CALL) == ContactRecord(
        id=CALL,
        channel=Channel.VOICE,
        queue=QueueName("support"),
        state=ContactState.ENDED,
        address=NUMBER,
        customer=customer.id,
        name="山田",
        agent=SATO,
        arrived_ms=10,
        connected_ms=30,
        ivr=tuple(path),
        ended_ms=40,
    )
    timeline = await crm.journey.timeline(customer.id)
    assert [(item.kind, item.at_ms, item.agent, item.text) for item in timeline] == [
        (JourneyKind.CONTACT_STARTED, 10, None, ""),
        (JourneyKind.IVR, 20, None, ""),
        (JourneyKind.CONNECTED, 30, SATO, ""),
        (JourneyKind.ENDED, 40, None, "customer"),
        (JourneyKind.DISPOSITION, 50, SATO, "solved"),
    ]
    assert timeline[1].detail == {
        "path": [{"menu": "main", "digits": "1"}, {"menu": "support", "digits": ""}]
    }
    assert timeline[4].detail == {"note": "ご案内済み"}


async def test_withheld_call_belongs_to_nobody(crm: Crm) -> None:
    await crm.contacts.opened(CALL, channel=Channel.VOICE, address=None, at_ms=1)
    assert (await get(crm, CALL)).customer is None


async def test_calls_of_one_number_stand_side_by_side(crm: Crm) -> None:
    for contact in (CALL, ContactId("c2")):
        assert await crm.contacts.opened(contact, channel=Channel.VOICE, address=NUMBER, at_ms=1) == contact


async def test_text_of_an_address_with_an_open_thread_belongs_to_it(crm: Crm) -> None:
    assert await open_thread(crm) == THREAD
    assert await open_thread(crm, ContactId("t2"), at_ms=2) == THREAD
    assert await crm.contacts.get(ContactId("t2")) is None
    await crm.contacts.ended(THREAD, at_ms=3)
    assert await open_thread(crm, ContactId("t2"), at_ms=4) == "t2"
    assert await open_thread(crm, THREAD, at_ms=1) == THREAD


async def test_twenty_first_messages_at_once_open_one_thread(crm: Crm) -> None:
    opened = await asyncio.gather(*(open_thread(crm, ContactId(f"t{n}"), at_ms=n) for n in range(20)))
    assert len(set(opened)) == 1


async def test_sms_thread_is_not_in_the_way_of_a_line_thread(crm: Crm) -> None:
    await open_thread(crm)
    sms = await crm.contacts.opened(ContactId("s1"), channel=Channel.SMS, address=USER, at_ms=2)
    assert sms == "s1"


async def test_open_thread_of_an_address(crm: Crm) -> None:
    assert await crm.contacts.open_thread(Channel.LINE, USER) is None
    await open_thread(crm)
    found = await crm.contacts.open_thread(Channel.LINE, USER)
    assert found is not None
    assert found.id == THREAD
    assert await crm.contacts.open_thread(Channel.SMS, USER) is None
    await crm.contacts.ended(THREAD, at_ms=2)
    assert await crm.contacts.open_thread(Channel.LINE, USER) is None


async def test_contact_goes_from_agent_to_agent(crm: Crm) -> None:
    customer = await crm.customers.ensure(IdentifierKind.LINE, USER, LinkedBy.FIRST_CONTACT, at_ms=1)
    await open_thread(crm)
    assert await crm.contacts.assign_customer(THREAD, customer.id)
    assert await crm.contacts.connected(THREAD, SATO, at_ms=10)
    assert await crm.contacts.returned(THREAD)
    assert not await crm.contacts.returned(THREAD)
    assert await crm.contacts.open_of(SATO) == []
    assert await crm.contacts.connected(THREAD, TANAKA, at_ms=20)
    assert not await crm.contacts.connected(THREAD, SATO, at_ms=10)
    assert [contact.id for contact in await crm.contacts.open_of(TANAKA)] == [THREAD]
    agents = [
        item.agent for item in await crm.journey.timeline(customer.id) if item.kind is JourneyKind.CONNECTED
    ]
    assert agents == [SATO, TANAKA]
    assert await crm.contacts.connections([THREAD, CALL]) == {THREAD: [10, 20]}


async def test_several_contacts_newest_first(crm: Crm) -> None:
    await open_thread(crm)
    await crm.contacts.opened(CALL, channel=Channel.VOICE, address=NUMBER, at_ms=2)
    found = await crm.contacts.several([THREAD, ContactId("nobody"), CALL])
    assert [each.id for each in found] == [CALL, THREAD]
    assert await crm.contacts.several([]) == []
    assert await crm.contacts.connections([]) == {}


async def test_nothing_follows_the_end_but_the_disposition(crm: Crm) -> None:
    await open_thread(crm)
    await crm.contacts.ended(THREAD, at_ms=2)
    assert not await crm.contacts.connected(THREAD, SATO, at_ms=3)
    assert not await crm.contacts.returned(THREAD)
    assert not await crm.contacts.queued(THREAD, QueueName("sales"))
    assert (await get(crm, THREAD)).state is ContactState.ENDED
    assert await crm.contacts.disposed(THREAD, "solved", "", agent=SATO, at_ms=4)


async def test_unknown_contact_changes_nothing(crm: Crm) -> None:
    nobody = ContactId("nobody")
    assert await crm.contacts.get(nobody) is None
    assert not await crm.contacts.connected(nobody, SATO, at_ms=1)
    assert not await crm.contacts.ended(nobody, at_ms=1)
    assert not await crm.contacts.disposed(nobody, "solved", "", agent=SATO, at_ms=1)
    assert not await crm.contacts.ivr_path(nobody, [], at_ms=1)


async def test_open_threads_are_what_a_router_begins_with(crm: Crm) -> None:
    await open_thread(crm)
    await crm.contacts.opened(CALL, channel=Channel.VOICE, address=NUMBER, at_ms=2)
    mail = await crm.contacts.opened(ContactId("e1"), channel=Channel.EMAIL, address="a@example.jp", at_ms=3)
    fax = await crm.contacts.opened(ContactId("f1"), channel=Channel.FAX, address=NUMBER, at_ms=4)
    ended = await crm.contacts.opened(ContactId("e2"), channel=Channel.EMAIL, address="a@example.jp", at_ms=5)
    await crm.contacts.ended(ended, at_ms=6)
    assert [contact.id for contact in await crm.contacts.open_threads()] == [fax, mail, THREAD]


async def test_a_callback_waits_until_the_customer_is_reached(crm: Crm) -> None:
    await crm.contacts.opened(CALL, channel=Channel.VOICE, address=NUMBER, at_ms=1)
    assert await crm.contacts.callback(CALL, 2)
    assert not await crm.contacts.callback(CALL, 3)
    assert [(each.id, each.is_callback) for each in await crm.contacts.open_callbacks()] == [(CALL, True)]
    await crm.contacts.connected(CALL, SATO, 4)
    assert await crm.contacts.open_callbacks() == []


async def test_a_message_that_was_left_is_in_the_journey_once(crm: Crm) -> None:
    customer = await crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    await crm.contacts.opened(CALL, channel=Channel.VOICE, address=NUMBER, at_ms=1, customer=customer.id)
    for _ in range(2):
        await crm.contacts.voicemail(CALL, "c1-voicemail", 2)
    items = await crm.journey.timeline(customer.id)
    assert [item.detail for item in items if item.kind is JourneyKind.VOICEMAIL] == [
        {"recording": "c1-voicemail"}
    ]
