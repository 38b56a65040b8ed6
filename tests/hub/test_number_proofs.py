"""A notification message that came ties its number to the LINE user who got it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from acd.contact import Channel
from crm_bridge.customers import Customers
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import Linked
from crm_bridge.tables import Base
from gateways.protocol import Delivery, Outbound, Receipt
from hub.database import create_engine
from hub.number_proofs import NumberProofs

NUMBER, USER = "+819012345678", "U" + "0123456789abcdef" * 2
MESSAGE = Outbound(channel=Channel.LINE, key="k", address=NUMBER, text="ご注文の品が届きます")


@pytest.fixture
async def customers(tmp_path: Path) -> AsyncIterator[Customers]:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path}/hub.db")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield Customers(engine)
    await engine.dispose()


def _receipt(address: str = USER) -> Receipt:
    return Receipt(
        channel=Channel.LINE,
        event_id="e",
        address=address,
        sent_as="k",
        delivery=Delivery.DELIVERED,
        at_ms=1_800_000_000_000,
    )


async def test_who_called_and_who_got_it_are_one(customers: Customers) -> None:
    told: list[Linked] = []

    async def joined(linked: Linked) -> None:
        told.append(linked)

    caller = await customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1, name="田中")
    writer = await customers.ensure(IdentifierKind.LINE, USER, LinkedBy.FIRST_CONTACT, at_ms=2)
    proofs = NumberProofs(customers, joined)
    assert await proofs.receipt(_receipt(), MESSAGE)
    assert await proofs.receipt(_receipt(), MESSAGE)
    by_number = await customers.identify(IdentifierKind.PHONE, NUMBER)
    by_user = await customers.identify(IdentifierKind.LINE, USER)
    assert by_number is not None
    assert by_user is not None
    assert by_number.customer.id == by_user.customer.id
    assert {told[0].customer.id, told[0].absorbed} == {caller.id, writer.id}
    assert told[1].absorbed is None
    found = await customers.identifiers(by_user.customer.id)
    assert (IdentifierKind.PHONE, LinkedBy.ACCOUNT_LINK) in {(each.kind, each.how) for each in found}


async def test_a_stranger_who_got_it_is_known_by_both_from_now_on(customers: Customers) -> None:
    async def joined(_: Linked) -> None:
        pass

    assert await NumberProofs(customers, joined).receipt(_receipt(), MESSAGE)
    by_number = await customers.identify(IdentifierKind.PHONE, NUMBER)
    by_user = await customers.identify(IdentifierKind.LINE, USER)
    assert by_number is not None
    assert by_number == by_user


@pytest.mark.parametrize(
    ("receipt", "address"), [(_receipt(""), NUMBER), (_receipt(), USER), (_receipt(NUMBER), NUMBER)]
)
async def test_other_receipts_prove_nothing(customers: Customers, receipt: Receipt, address: str) -> None:
    async def joined(_: Linked) -> None:
        raise AssertionError

    message = Outbound(channel=Channel.LINE, key="k", address=address, text="x")
    assert not await NumberProofs(customers, joined).receipt(receipt, message)
    assert await customers.identify(IdentifierKind.PHONE, NUMBER) is None
