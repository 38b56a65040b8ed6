"""Merging customers and taking it back, within a transaction of the caller.

A merge moves every row of the younger customer to the older one and leaves each row's `origin` as it
was; taking it back moves the rows of that origin home. Merges within merges form a tree (`merged_into`).
"""

from collections.abc import Collection

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.ids import CustomerId
from crm_bridge.errors import UnknownCustomer
from crm_bridge.identifiers import KIND_OF_CHANNEL, IdentifierKind
from crm_bridge.model import Customer
from crm_bridge.store import changed
from crm_bridge.tables import (
    IS_LINKED,
    ContactRow,
    CustomerRow,
    IdentifierRow,
    JourneyRow,
    ProofRow,
    TagRow,
)

_ONE_PERSON = (IdentifierKind.LINE,)
"""Kinds of account that belong to one person, who has one."""

_OWNED = (IdentifierRow, ContactRow, JourneyRow, ProofRow, TagRow)

_STANDING = select(CustomerRow.name, CustomerRow.merged_into).where(
    CustomerRow.id == bindparam("customer_id")
)
_HELD = _STANDING.with_for_update(read=True, key_share=True)


async def standing(connection: AsyncConnection, customer: CustomerId, *, hold: bool = False) -> Customer:
    """Follow merges to the customer who stands for `customer` now.

    With `hold` nobody can merge that customer until the transaction ends. Raises `UnknownCustomer`.
    """
    while True:
        query = _HELD if hold else _STANDING
        row = (await connection.execute(query, {"customer_id": customer})).one_or_none()
        if row is None:
            raise UnknownCustomer
        if row.merged_into is None:
            return Customer(customer, row.name)
        customer = CustomerId(row.merged_into)


async def lock(connection: AsyncConnection, customers: Collection[CustomerId]) -> bool:
    """Keep customers from changing until the transaction ends; False if one was merged meanwhile.

    Always in the order of their ids, so that two such transactions cannot wait for each other.
    """
    rows = await connection.execute(
        select(CustomerRow.merged_into)
        .where(CustomerRow.id.in_(customers))
        .order_by(CustomerRow.id)
        .with_for_update()
    )
    return all(row.merged_into is None for row in rows)


async def by_age(connection: AsyncConnection, customers: Collection[CustomerId]) -> list[Customer]:
    """Return customers, the oldest first."""
    rows = await connection.execute(
        select(CustomerRow.id, CustomerRow.name)
        .where(CustomerRow.id.in_(customers))
        .order_by(CustomerRow.created_at_ms, CustomerRow.id)
    )
    return [Customer(CustomerId(row.id), row.name) for row in rows]


async def are_two_people(connection: AsyncConnection, customers: Collection[CustomerId]) -> bool:
    """Whether more than one of the customers has an account that belongs to one person."""
    owners = await connection.scalar(
        select(func.count(IdentifierRow.customer.distinct())).where(
            IdentifierRow.customer.in_(customers), IdentifierRow.kind.in_(_ONE_PERSON), IS_LINKED
        )
    )
    return (owners or 0) > 1


async def merge(connection: AsyncConnection, older: Customer, younger: Customer) -> Customer:
    """Move all of the younger customer to the older one, who takes the name too if he has none."""
    for table in _OWNED:
        await connection.execute(update(table).where(table.customer == younger.id).values(customer=older.id))
    kept = Customer(older.id, older.name or younger.name)
    await connection.execute(update(CustomerRow).where(CustomerRow.id == older.id).values(name=kept.name))
    await connection.execute(
        update(CustomerRow).where(CustomerRow.id == younger.id).values(merged_into=older.id)
    )
    return kept


async def unmerge(connection: AsyncConnection, customer: CustomerId) -> bool | None:
    """Take the merge of `customer` back; False if he stands alone, None if others changed it meanwhile.

    With him go the rows that were his, those of customers merged into him, and contacts made since by
    an address of his.
    """
    root = await standing(connection, customer)
    if root.id == customer:
        return False
    is_merged = CustomerRow.merged_into.is_not(None)
    parted = update(CustomerRow).where(CustomerRow.id == customer, is_merged).values(merged_into=None)
    if not await lock(connection, (root.id,)) or not await changed(connection, parted):
        return None
    family = await _family(connection, customer)
    for table in _OWNED:
        is_theirs = table.origin.in_(family)
        await connection.execute(
            update(table).where(table.customer == root.id, is_theirs).values(customer=customer)
        )
    await _fetch_contacts(connection, root.id, customer)
    return True


async def _family(connection: AsyncConnection, customer: CustomerId) -> list[str]:
    """A customer and all who were merged into him, directly or not."""
    found, generation = [customer], [customer]
    while generation:
        rows = await connection.scalars(select(CustomerRow.id).where(CustomerRow.merged_into.in_(generation)))
        generation = [CustomerId(row) for row in rows]
        found += generation
    return list(found)


async def _fetch_contacts(connection: AsyncConnection, root: CustomerId, customer: CustomerId) -> None:
    """Move contacts that came by an address of `customer` while he was part of `root`."""
    addresses = await connection.execute(
        select(IdentifierRow.kind, IdentifierRow.value).where(IdentifierRow.customer == customer)
    )
    for kind, value in addresses:
        channels = [channel for channel, of_kind in KIND_OF_CHANNEL.items() if of_kind == kind]
        await connection.execute(
            update(ContactRow)
            .where(ContactRow.customer == root, ContactRow.address == value, ContactRow.channel.in_(channels))
            .values(customer=customer, origin=customer)
        )
