"""What is gathered about a customer while the contact waits."""

import asyncio
from dataclasses import dataclass
from typing import cast

import pytest

from acd.contact import Channel
from acd.ids import ContactId, CustomerId, QueueName
from crm_bridge.background import NOTHING_KNOWN, Background
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import Customer
from hub.acquaintance import Acquaintance
from hub.board import LiveContact
from hub.crm import Crm
from tests.hub.fakes import settle

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
class Stores:
    backgrounds: Backgrounds


@pytest.fixture
def backgrounds() -> Backgrounds:
    gate = asyncio.Event()
    gate.set()
    return Backgrounds(gate)


@pytest.fixture
def acquaintance(backgrounds: Backgrounds) -> Acquaintance:
    return Acquaintance(cast(Crm, Stores(backgrounds)))


def _contact(customer: str | None = "k1") -> LiveContact:
    return LiveContact(
        id=ContactId("c1"),
        channel=Channel.VOICE,
        queue=QueueName("support"),
        arrived_ms=1,
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
