"""Links between customers and identifiers, within a transaction of the caller."""

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.ids import ContactId, CustomerId, new_id
from crm_bridge import merging
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.journey import record
from crm_bridge.model import (
    Customer,
    Identifier,
    JourneyItem,
    JourneyKind,
    Linked,
    LinkRefusal,
    LinkRefused,
    LinkResult,
)
from crm_bridge.store import changed, insert_new
from crm_bridge.tables import IS_LINKED, CustomerRow, IdentifierRow


async def owner(connection: AsyncConnection, kind: IdentifierKind, value: str) -> Customer | None:
    """Return the customer whom an identifier belongs to."""
    row = (await connection.execute(_OWNER, {"kind": kind, "value": value})).one_or_none()
    return row and Customer(CustomerId(row.id), row.name)


async def identifiers(connection: AsyncConnection, customer: CustomerId) -> tuple[Identifier, ...]:
    """Return what a customer is recognised by, oldest link first."""
    rows = await connection.execute(
        select(IdentifierRow.kind, IdentifierRow.value, IdentifierRow.linked_by)
        .where(IdentifierRow.customer == customer, IS_LINKED)
        .order_by(IdentifierRow.linked_at_ms, IdentifierRow.id)
    )
    return tuple(Identifier(IdentifierKind(kind), value, LinkedBy(how)) for kind, value, how in rows)


async def insert(
    connection: AsyncConnection, customer: CustomerId, identifier: Identifier, at_ms: int
) -> bool:
    """Give a free identifier to a customer; False if it is not free."""
    return await insert_new(
        connection,
        IdentifierRow,
        id=new_id(at_ms),
        kind=identifier.kind,
        value=identifier.value,
        customer=customer,
        origin=customer,
        linked_by=identifier.how,
        linked_at_ms=at_ms,
    )


async def unlink(connection: AsyncConnection, kind: IdentifierKind, value: str, at_ms: int) -> bool:
    """Let an identifier match nobody; whether it did."""
    return await changed(
        connection, update(IdentifierRow).where(*_is(kind, value)).values(unlinked_at_ms=at_ms)
    )


async def link(
    connection: AsyncConnection,
    customer: CustomerId,
    identifier: Identifier,
    at_ms: int,
    contact: ContactId | None,
) -> LinkResult | None:
    """Link or merge; None if others changed the customers before they were locked: try anew."""
    target = await merging.standing(connection, customer)
    holder = await owner(connection, identifier.kind, identifier.value)
    parts = {target.id, holder.id} if holder else {target.id}
    if not await merging.lock(connection, parts):
        return None
    if holder is not None and holder.id != target.id:
        if refusal := await _refusal(connection, identifier, parts):
            return LinkRefused(refusal, holder.id)
        older, younger = await merging.by_age(connection, parts)
        await _strengthen(connection, identifier)
        await _note(connection, older.id, identifier, at_ms, contact)
        return Linked(await merging.merge(connection, older, younger), absorbed=younger.id)
    if holder is None and not await insert(connection, target.id, identifier, at_ms):
        return None
    if holder is None or await _strengthen(connection, identifier):
        await _note(connection, target.id, identifier, at_ms, contact)
    return Linked(target)


async def _refusal(
    connection: AsyncConnection, identifier: Identifier, customers: set[CustomerId]
) -> LinkRefusal | None:
    """Why two customers are not to be merged; None if they may be. An agent's word is enough.

    The number that a code came from may be forged: it is nothing against another proof.
    """
    if identifier.how is LinkedBy.AGENT:
        return None
    if not identifier.how.is_proof:
        return LinkRefusal.WEAK_PROOF
    if identifier.how is LinkedBy.CALL_CODE and await _is_proved(connection, identifier):
        return LinkRefusal.WEAK_PROOF
    if await merging.are_two_people(connection, customers):
        return LinkRefusal.TWO_PEOPLE
    return None


async def _is_proved(connection: AsyncConnection, identifier: Identifier) -> bool:
    """Whether whose identifier it is rests on more than a caller id or a first contact."""
    how = await connection.scalar(
        select(IdentifierRow.linked_by).where(*_is(identifier.kind, identifier.value))
    )
    return how is not None and LinkedBy(how).is_proof


async def _note(
    connection: AsyncConnection,
    customer: CustomerId,
    identifier: Identifier,
    at_ms: int,
    contact: ContactId | None,
) -> None:
    detail: dict[str, object] = {"kind": identifier.kind, "value": identifier.value}
    item = JourneyItem(
        at_ms, JourneyKind.IDENTIFIER_LINKED, contact=contact, text=identifier.how, detail=detail
    )
    await record(connection, new_id(at_ms), item, customer)


async def _strengthen(connection: AsyncConnection, identifier: Identifier) -> bool:
    """Note a proof for a link that rested on less; whether it did."""
    if not identifier.how.is_proof:
        return False
    weak = [how for how in LinkedBy if not how.is_proof]
    return await changed(
        connection,
        update(IdentifierRow)
        .where(*_is(identifier.kind, identifier.value), IdentifierRow.linked_by.in_(weak))
        .values(linked_by=identifier.how),
    )


def _is(kind: IdentifierKind, value: str) -> tuple[ColumnElement[bool], ...]:
    return IdentifierRow.kind == kind, IdentifierRow.value == value, IS_LINKED


_OWNER = (
    select(CustomerRow.id, CustomerRow.name)
    .join(IdentifierRow, IdentifierRow.customer == CustomerRow.id)
    .where(IdentifierRow.kind == bindparam("kind"), IdentifierRow.value == bindparam("value"), IS_LINKED)
)
