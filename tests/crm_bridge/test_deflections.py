"""Deflections: told twice, found by number or customer, held or not."""

from dataclasses import replace

from acd.contact import Channel
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from crm_bridge.deflections import Deflection, Deflections, DeflectionState
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import HeardItem, PathItem
from tests.crm_bridge.conftest import Crm

NUMBER, OTHER = "+819012345678", "+819087654321"
CALL, AGAIN, TEXT = ContactId("c1"), ContactId("c2"), ContactId("t1")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

OFFERED = Deflection(
    id="c1:line",
    call=CALL,
    way="line",
    number=NUMBER,
    language="ja",
    reason="menu",
    arrived_ms=5,
    offered_ms=10,
    queue=QueueName("support"),
    intent="billing",
    path=(PathItem("main", "3"),),
    heard=(HeardItem("order_number", "1234", "千二百三十四"),),
    agent=AgentId("sato"),
    priority=3,
    skills={"billing": 5},
)


async def _sent(crm: Crm, deflection: Deflection = OFFERED, until_ms: int = DAY_MS) -> Deflections:
    store = Deflections(crm.engine)
    assert await store.offered(deflection)
    assert await store.sent(deflection.id, deflection.offered_ms + 1, until_ms)
    return store


async def test_what_a_caller_leaves_behind_is_read_back_once(crm: Crm) -> None:
    store = await _sent(crm)
    assert not await store.offered(replace(OFFERED, intent="other"))
    assert not await store.sent(OFFERED.id, 99, 99)
    found = await store.of_caller(NUMBER, None, since_ms=10)
    assert found == replace(OFFERED, sent_ms=11, until_ms=DAY_MS)
    assert await store.of_caller(NUMBER, None, since_ms=11) is None
    assert await store.of_caller(OTHER, None, since_ms=0) is None
    assert await store.of_caller(None, None, since_ms=0) is None


async def test_it_holds_unless_a_call_comes_in_time(crm: Crm) -> None:
    store = await _sent(crm)
    (found,) = await store.between(0, 100, limit=9)
    assert found.state(DAY_MS - 1) is DeflectionState.SENT
    assert found.state(DAY_MS) is DeflectionState.HELD
    assert found.held_ms(DAY_MS) == DAY_MS
    assert await store.called_again(CALL, NUMBER, None, 50) == 0, "the same call"
    assert await store.called_again(AGAIN, NUMBER, None, DAY_MS) == 0, "too late to count"
    assert await store.called_again(AGAIN, NUMBER, None, DAY_MS - 1) == 1
    assert await store.called_again(AGAIN, NUMBER, None, DAY_MS - 1) == 0
    (found,) = await store.between(0, 100, limit=9)
    assert (found.state(2 * DAY_MS), found.came_back_by) == (DeflectionState.CAME_BACK, AGAIN)


async def test_a_customer_is_found_from_another_number(crm: Crm) -> None:
    store = await _sent(crm)
    customer = await crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1)
    await crm.contacts.opened(CALL, channel=Channel.VOICE, address=NUMBER, at_ms=5, customer=customer.id)
    assert await store.of_caller(OTHER, customer.id, since_ms=0) is not None
    assert await store.called_again(AGAIN, OTHER, CustomerId("nobody"), 50) == 0
    assert await store.called_again(AGAIN, OTHER, customer.id, 50) == 1


async def test_who_goes_on_by_text_is_noted_with_the_contact(crm: Crm) -> None:
    store = await _sent(crm, replace(OFFERED, way="sms", id="c1:sms"))
    awaited = await store.awaited(NUMBER, "sms", 20)
    assert awaited is not None
    await crm.contacts.opened(TEXT, channel=Channel.SMS, address=NUMBER, at_ms=20)
    assert await store.opened(awaited.id, TEXT, 20)
    assert not await store.opened(awaited.id, AGAIN, 30)
    assert await store.awaited(NUMBER, "sms", 30) is None
    found = await store.of_caller(NUMBER, None, since_ms=0)
    assert found is not None
    assert (found.contact, found.state(40), found.is_left_open) == (TEXT, DeflectionState.OPENED, True)
    await crm.contacts.ended(TEXT, 50)
    found = await store.of_caller(NUMBER, None, since_ms=0)
    assert found is not None
    assert not found.is_left_open


async def test_what_was_not_sent_is_watched_by_nobody(crm: Crm) -> None:
    store = await _sent(crm)
    assert await store.failed(OFFERED.id, "not_delivered")
    assert await store.called_again(AGAIN, NUMBER, None, 50) == 0
    assert await store.of_caller(NUMBER, None, since_ms=0) is None
    (found,) = await store.between(0, 100, limit=9)
    assert found.state(2 * DAY_MS) is DeflectionState.FAILED
    assert await store.sent(OFFERED.id, 50, 2 * DAY_MS), "he is invited again"
    assert await store.get(OFFERED.id) == replace(OFFERED, sent_ms=50, until_ms=2 * DAY_MS)


async def test_they_are_counted_by_local_day_way_and_intent(crm: Crm) -> None:
    store = await _sent(crm, until_ms=100)
    late = 15 * HOUR_MS  # midnight of the next day in Japan
    await _sent(crm, replace(OFFERED, id="c2:line", offered_ms=late, number=OTHER), until_ms=late + 100)
    await store.offered(replace(OFFERED, id="c3:chat", way="chat", intent=""))
    await store.failed("c3:chat", "not_served")
    await store.called_again(AGAIN, OTHER, None, late + 2)
    counts = await store.counts(0, DAY_MS, now_ms=100, utc_offset_ms=9 * HOUR_MS)
    shown = [
        (each.day, each.way, each.intent, each.sent, each.failed, each.held, each.came_back)
        for each in counts
    ]
    assert shown == [
        (0, "chat", "", 0, 1, 0, 0),
        (0, "line", "billing", 1, 0, 1, 0),
        (1, "line", "billing", 1, 0, 0, 1),
    ]
    totals = await store.totals(0, 100)
    assert totals[("line", DeflectionState.HELD)] == 1
    assert totals[("chat", DeflectionState.FAILED)] == 1


async def test_pages_go_on_where_the_last_ended(crm: Crm) -> None:
    store = Deflections(crm.engine)
    for number in range(5):
        await store.offered(replace(OFFERED, id=f"d{number}", offered_ms=number // 2))
    first = await store.between(0, 9, limit=3)
    rest = await store.between(0, 9, limit=3, before=(first[-1].offered_ms, first[-1].id))
    assert [each.id for each in (*first, *rest)] == ["d4", "d3", "d2", "d1", "d0"]
