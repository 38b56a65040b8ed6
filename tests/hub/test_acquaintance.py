"""What is gathered about a customer while the contact waits."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import pytest

from acd.contact import Channel
from acd.ids import ContactId, CustomerId, QueueName
from crm_bridge.background import NOTHING_KNOWN, Background
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import Candidate, Customer, MatchReason
from hub.acquaintance import Acquaintance
from hub.board import LiveContact
from hub.crm import Crm
from tests.hub.fakes import settle

SIMILAR = Candidate(Customer(CustomerId("k9"), "青木商店"), MatchReason.SIMILAR_NUMBER, "+81312345600")
KNOWN = Background(Customer(CustomerId("k1"), "鈴木"), (), (), ())


@dataclass(slots=True)
class Backgrounds:
    """Reads `KNOWN`, when `gate` is open; `error` is raised instead, if set."""

    gate: asyncio.Event
    reads: int = 0
    error: Exception | None = None

    async def of(self, customer: CustomerId, apart_from: ContactId) -> Background:
        self.reads += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return KNOWN


@dataclass(slots=True)
class Customers:
    """Has one customer with a number like any other."""

    asked: list[str] = field(default_factory=list)

    async def similar(self, number: str) -> tuple[Candidate, ...]:
        self.asked.append(number)
        return (SIMILAR,)


@dataclass(slots=True)
class Stores:
    backgrounds: Backgrounds
    customers: Customers = field(default_factory=Customers)


@pytest.fixture
def backgrounds() -> Backgrounds:
    gate = asyncio.Event()
    gate.set()
    return Backgrounds(gate)


@pytest.fixture
def acquaintance(backgrounds: Backgrounds) -> Acquaintance:
    return Acquaintance(cast(Crm, Stores(backgrounds)))


def _contact(
    customer: str | None = "k1", address: str | None = None, channel: Channel = Channel.VOICE
) -> LiveContact:
    return LiveContact(
        id=ContactId("c1"),
        channel=channel,
        queue=QueueName("support"),
        arrived_ms=1,
        address=address,
        customer=CustomerId(customer) if customer else None,
        ivr=(("main", "1"),),
    )


async def test_what_was_begun_on_arrival_is_read_once(
    acquaintance: Acquaintance, backgrounds: Backgrounds
) -> None:
    contact = _contact()
    acquaintance.begin(contact)
    acquaintance.begin(contact)
    await settle()
    pop = await acquaintance.pop(contact)
    assert (pop.customer, backgrounds.reads) == (KNOWN.customer, 1)
    assert [(item.menu, item.digits) for item in pop.ivr] == [("main", "1")]


async def test_the_next_pop_reads_anew(acquaintance: Acquaintance, backgrounds: Backgrounds) -> None:
    contact = _contact()
    for _ in range(2):
        await acquaintance.pop(contact)
    assert backgrounds.reads == 2


async def test_of_a_stranger_nothing_is_read(acquaintance: Acquaintance, backgrounds: Backgrounds) -> None:
    pop = await acquaintance.pop(_contact(None))
    assert (pop.customer, backgrounds.reads) == (NOTHING_KNOWN.customer, 0)


@pytest.mark.parametrize("error", [CrmUnavailable(), ValueError("a bug")])
async def test_a_database_that_is_away_keeps_no_phone_from_ringing(
    acquaintance: Acquaintance, backgrounds: Backgrounds, error: Exception
) -> None:
    backgrounds.error = error
    assert (await acquaintance.pop(_contact())).customer is None


async def test_a_slow_database_is_waited_for_only_so_long(
    acquaintance: Acquaintance, backgrounds: Backgrounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.acquaintance._PATIENCE_S", 0)
    backgrounds.gate.clear()
    assert (await acquaintance.pop(_contact())).customer is None
    backgrounds.gate.set()
    await settle()


async def test_who_is_forgotten_while_read_is_popped_as_a_stranger(
    acquaintance: Acquaintance, backgrounds: Backgrounds
) -> None:
    backgrounds.gate.clear()
    contact = _contact()
    popping = asyncio.create_task(acquaintance.pop(contact))
    await settle()
    acquaintance.forget(contact.id)
    acquaintance.forget(contact.id)
    assert (await popping).customer is None


async def test_a_stranger_may_be_a_customer_with_a_similar_number(acquaintance: Acquaintance) -> None:
    contact = _contact(None, "+81312345678")
    acquaintance.begin(contact)
    pop = await acquaintance.pop(contact)
    assert (pop.customer, pop.candidates) == (None, (SIMILAR,))
    assert (await acquaintance.pop(_contact())).candidates == ()


@pytest.mark.parametrize(
    "contact", [_contact(None), _contact(None, "unknown"), _contact(None, "U1", Channel.LINE)]
)
async def test_nobody_is_like_who_has_no_number(acquaintance: Acquaintance, contact: LiveContact) -> None:
    assert (await acquaintance.pop(contact)).candidates == ()


async def test_the_page_of_another_program_has_all_values_escaped(acquaintance: Acquaintance) -> None:
    template = "https://crm.example/?tel={number}&contact={contact}&customer={customer}"
    acquaintance.pop_url = lambda queue: template if queue == "support" else ""
    known, stranger = _contact("k 1&x=2", "+81312345678"), _contact(None)
    url = "https://crm.example/?tel=%2B81312345678&contact=c1&customer=k%201%26x%3D2"
    assert (await acquaintance.pop(known)).url == url
    assert (await acquaintance.pop(stranger)).url == "https://crm.example/?tel=&contact=c1&customer="
