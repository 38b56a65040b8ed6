"""Links, merges, and taking both back."""

import asyncio
from itertools import combinations

from acd.contact import Channel
from acd.ids import ContactId, CustomerId
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import Customer, Identifier, JourneyKind, Linked, LinkRefusal, LinkRefused
from tests.crm_bridge.conftest import Crm

PHONE, LINE, EMAIL, CHAT, _ = IdentifierKind
NUMBER, USER, MAIL = "+81312345678", "U0123456789abcdef0123456789abcdef", "sato@example.jp"


async def caller(crm: Crm, number: str = NUMBER, at_ms: int = 1) -> Customer:
    return await crm.customers.ensure(PHONE, number, LinkedBy.CALLER_ID, at_ms=at_ms)


async def writer(crm: Crm, user: str = USER, at_ms: int = 2, name: str = "山田") -> Customer:
    return await crm.customers.ensure(LINE, user, LinkedBy.FIRST_CONTACT, at_ms=at_ms, name=name)


async def contact_of(
    crm: Crm, contact: str, customer: CustomerId, channel: Channel, address: str | None
) -> ContactId:
    return await crm.contacts.opened(
        ContactId(contact), channel=channel, address=address, at_ms=10, customer=customer
    )


async def owner(crm: Crm, contact: ContactId) -> CustomerId | None:
    found = await crm.contacts.get(contact)
    assert found is not None
    return found.customer


async def who(crm: Crm, kind: IdentifierKind, value: str) -> CustomerId | None:
    known = await crm.customers.identify(kind, value)
    return known.customer.id if known else None


async def test_new_identifier_is_linked_and_noted(crm: Crm) -> None:
    yamada = await writer(crm)
    result = await crm.customers.link(yamada.id, PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=5)
    assert result == Linked(yamada)
    assert await crm.customers.identifiers(yamada.id) == (
        Identifier(LINE, USER, LinkedBy.FIRST_CONTACT),
        Identifier(PHONE, NUMBER, LinkedBy.SIGNED_LINK),
    )
    (item,) = await crm.journey.timeline(yamada.id)
    assert (item.kind, item.at_ms, item.text) == (JourneyKind.IDENTIFIER_LINKED, 5, "signed_link")
    assert item.detail == {"kind": "phone", "value": NUMBER}


async def test_linking_again_changes_nothing(crm: Crm) -> None:
    yamada = await writer(crm)
    for at_ms in (5, 6):
        assert await crm.customers.link(yamada.id, PHONE, NUMBER, LinkedBy.AGENT, at_ms=at_ms) == Linked(
            yamada
        )
    assert len(await crm.customers.identifiers(yamada.id)) == 2
    assert len(await crm.journey.timeline(yamada.id)) == 1


async def test_proof_strengthens_a_link(crm: Crm) -> None:
    customer = await caller(crm)
    await crm.customers.link(customer.id, PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=5)
    await crm.customers.link(customer.id, PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=6)
    assert await crm.customers.identifiers(customer.id) == (Identifier(PHONE, NUMBER, LinkedBy.SIGNED_LINK),)


async def test_known_identifier_merges_the_younger_into_the_older(crm: Crm) -> None:
    old, young = await caller(crm), await writer(crm)
    call = await contact_of(crm, "c1", old.id, Channel.VOICE, NUMBER)
    thread = await contact_of(crm, "t1", young.id, Channel.LINE, USER)
    result = await crm.customers.link(young.id, PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=20, contact=thread)
    assert result == Linked(Customer(old.id, "山田"), absorbed=young.id)
    assert await who(crm, PHONE, NUMBER) == await who(crm, LINE, USER) == old.id
    assert await owner(crm, call) == await owner(crm, thread) == old.id
    assert await crm.customers.get(young.id) == Customer(old.id, "山田")
    kinds = [item.kind for item in await crm.journey.timeline(young.id)]
    assert kinds == [JourneyKind.CONTACT_STARTED, JourneyKind.CONTACT_STARTED, JourneyKind.IDENTIFIER_LINKED]
    assert {identifier.how for identifier in await crm.customers.identifiers(old.id)} == {
        LinkedBy.SIGNED_LINK,
        LinkedBy.FIRST_CONTACT,
    }


async def test_merging_again_changes_nothing(crm: Crm) -> None:
    old, young = await caller(crm), await writer(crm)
    for customer in (young, young, old):
        result = await crm.customers.link(customer.id, PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=20)
        assert isinstance(result, Linked)
        assert result.customer.id == old.id
    assert len(await crm.journey.timeline(old.id)) == 1


async def test_what_comes_for_a_merged_customer_goes_to_who_stands_for_him(crm: Crm) -> None:
    old, young = await caller(crm), await writer(crm)
    await crm.customers.link(young.id, PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=20)
    late = await contact_of(crm, "t1", young.id, Channel.LINE, USER)
    stray = await contact_of(crm, "c2", old.id, Channel.VOICE, None)
    assert await owner(crm, late) == old.id
    assert not await crm.contacts.assign_customer(stray, young.id)
    await crm.customers.link(young.id, EMAIL, MAIL, LinkedBy.AGENT, at_ms=21)
    assert await who(crm, EMAIL, MAIL) == old.id


async def test_caller_id_alone_merges_nobody(crm: Crm) -> None:
    old, young = await caller(crm), await writer(crm)
    result = await crm.customers.link(young.id, PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=20)
    assert result == LinkRefused(LinkRefusal.WEAK_PROOF, owner=old.id)
    assert await who(crm, PHONE, NUMBER) == old.id
    assert await who(crm, LINE, USER) == young.id


async def test_two_line_users_with_one_number_stay_two_people(crm: Crm) -> None:
    first = await writer(crm)
    second = await writer(crm, "U2", at_ms=3)
    await crm.customers.link(first.id, PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=20)
    result = await crm.customers.link(second.id, PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=21)
    assert result == LinkRefused(LinkRefusal.TWO_PEOPLE, owner=first.id)
    assert await who(crm, LINE, "U2") == second.id
    merged = await crm.customers.link(second.id, PHONE, NUMBER, LinkedBy.AGENT, at_ms=22)
    assert merged == Linked(first, absorbed=second.id)


async def test_unlinked_identifier_matches_nobody_and_can_go_elsewhere(crm: Crm) -> None:
    yamada, other = await writer(crm), await caller(crm, "+819012345678")
    await crm.customers.link(yamada.id, PHONE, NUMBER, LinkedBy.AGENT, at_ms=5)
    assert await crm.customers.unlink(PHONE, NUMBER, at_ms=6)
    assert not await crm.customers.unlink(PHONE, NUMBER, at_ms=7)
    assert await who(crm, PHONE, NUMBER) is None
    assert await crm.customers.link(other.id, PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=8) == Linked(other)
    assert await who(crm, PHONE, NUMBER) == other.id
    async with crm.engine.connect() as connection:
        query = (
            "SELECT customer, linked_at_ms, unlinked_at_ms FROM identifier WHERE kind = 'phone' ORDER BY 2"
        )
        history = [tuple(row) for row in await connection.exec_driver_sql(query)]
    assert (yamada.id, 5, 6) in history
    assert (other.id, 8, None) in history


async def test_unmerge_gives_back_what_was_his_and_what_came_by_his_addresses(crm: Crm) -> None:
    old, young = await caller(crm), await writer(crm)
    call = await contact_of(crm, "c1", old.id, Channel.VOICE, NUMBER)
    thread = await contact_of(crm, "t1", young.id, Channel.LINE, USER)
    await crm.customers.link(young.id, EMAIL, MAIL, LinkedBy.AGENT, at_ms=15)
    await crm.customers.link(young.id, PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=20)
    later_call = await contact_of(crm, "c2", old.id, Channel.VOICE, NUMBER)
    later_mail = await contact_of(crm, "e2", old.id, Channel.EMAIL, MAIL)

    assert await crm.customers.unmerge(young.id)
    assert not await crm.customers.unmerge(young.id)

    assert await who(crm, PHONE, NUMBER) == old.id
    assert await who(crm, LINE, USER) == await who(crm, EMAIL, MAIL) == young.id
    assert [await owner(crm, contact) for contact in (call, later_call)] == [old.id, old.id]
    assert [await owner(crm, contact) for contact in (thread, later_mail)] == [young.id, young.id]
    assert (await crm.customers.get(young.id)).name == "山田"
    linked = [item for item in await crm.journey.timeline(young.id) if item.text == "agent"]
    assert [item.detail["value"] for item in linked] == [MAIL]


async def test_unmerge_of_a_customer_takes_those_merged_into_him_along(crm: Crm) -> None:
    top, middle, leaf = [
        await crm.customers.ensure(CHAT, name, LinkedBy.FIRST_CONTACT, at_ms=at_ms)
        for at_ms, name in enumerate(("top", "middle", "leaf"))
    ]
    await crm.customers.link(leaf.id, CHAT, "middle", LinkedBy.AGENT, at_ms=10)
    await crm.customers.link(middle.id, CHAT, "top", LinkedBy.AGENT, at_ms=11)
    assert {await who(crm, CHAT, name) for name in ("top", "middle", "leaf")} == {top.id}
    assert await crm.customers.unmerge(middle.id)
    assert await who(crm, CHAT, "top") == top.id
    assert await who(crm, CHAT, "middle") == await who(crm, CHAT, "leaf") == middle.id
    assert await crm.customers.unmerge(leaf.id)
    assert await who(crm, CHAT, "leaf") == leaf.id


async def test_ten_who_take_a_merge_back_at_once_do_so_once(crm: Crm) -> None:
    old, young = await caller(crm), await writer(crm)
    await crm.customers.link(young.id, PHONE, NUMBER, LinkedBy.SIGNED_LINK, at_ms=20)
    done = await asyncio.gather(*(crm.customers.unmerge(young.id) for _ in range(10)))
    assert sum(done) == 1
    assert await who(crm, PHONE, NUMBER) == old.id
    assert await who(crm, LINE, USER) == young.id


async def test_links_at_once_give_an_identifier_to_one_customer(crm: Crm) -> None:
    customers = [
        await crm.customers.ensure(EMAIL, f"{n}@example.jp", LinkedBy.AGENT, at_ms=n) for n in range(10)
    ]
    results = await asyncio.gather(
        *(
            crm.customers.link(customer.id, PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=50)
            for customer in customers
        )
    )
    (winner,) = [result for result in results if isinstance(result, Linked)]
    assert await who(crm, PHONE, NUMBER) == winner.customer.id
    assert sum(isinstance(result, LinkRefused) for result in results) == 9


async def test_merges_of_everybody_with_everybody_at_once_leave_the_oldest(crm: Crm) -> None:
    names = [f"{n}@example.jp" for n in range(6)]
    customers = [
        await crm.customers.ensure(EMAIL, name, LinkedBy.FIRST_CONTACT, at_ms=n)
        for n, name in enumerate(names)
    ]
    pairs = list(combinations(range(6), 2))
    await asyncio.gather(
        *(crm.customers.link(customers[a].id, EMAIL, names[b], LinkedBy.AGENT, at_ms=50) for a, b in pairs),
        *(crm.customers.link(customers[b].id, EMAIL, names[a], LinkedBy.AGENT, at_ms=50) for a, b in pairs),
    )
    assert {await who(crm, EMAIL, name) for name in names} == {customers[0].id}


async def test_contacts_opened_during_merges_end_with_who_stands(crm: Crm) -> None:
    names = [f"{n}@example.jp" for n in range(5)]
    customers = [
        await crm.customers.ensure(EMAIL, name, LinkedBy.FIRST_CONTACT, at_ms=n)
        for n, name in enumerate(names)
    ]
    async with asyncio.TaskGroup() as together:
        for one, name in zip(customers[1:], names, strict=False):
            together.create_task(crm.customers.link(one.id, EMAIL, name, LinkedBy.AGENT, at_ms=50))
        opened = [
            together.create_task(contact_of(crm, f"c{n}", customers[n % 5].id, Channel.EMAIL, names[n % 5]))
            for n in range(20)
        ]
    assert {await owner(crm, task.result()) for task in opened} == {customers[0].id}
