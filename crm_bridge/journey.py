"""One timeline for each customer over all channels."""

from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    SQLColumnExpression,
    Text,
    cast,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.contact import Channel
from acd.ids import CustomerId
from crm_bridge.merging import standing
from crm_bridge.model import JourneyItem, JourneyKind
from crm_bridge.store import Store, insert_new
from crm_bridge.tables import ContactRow, JourneyRow, MessageRow

_Items = Select[*tuple[Any, ...]]
_RANK = {kind: rank for rank, kind in enumerate(JourneyKind)}


class Journey(Store):
    """What happened, oldest first."""

    async def timeline(self, customer: CustomerId, limit: int = 100) -> tuple[JourneyItem, ...]:
        """Return the newest `limit` items of a customer, newest last."""
        async with self._reading() as connection:
            return await timeline(connection, (await standing(connection, customer)).id, limit)

    async def record(self, key: str, item: JourneyItem, customer: CustomerId | None = None) -> bool:
        """Add something that is neither a change of a contact nor a message; once for each `key`.

        An item without a contact needs the `customer` that it belongs to. Returns whether it is new.
        """
        async with self._writing() as connection:
            owner = (await standing(connection, customer, hold=True)).id if customer else None
            return await record(connection, key, item, owner)


async def record(
    connection: AsyncConnection, key: str, item: JourneyItem, customer: CustomerId | None = None
) -> bool:
    """Add an item within a transaction, once for each key; without a contact it belongs to `customer`."""
    if item.contact is None and customer is None:
        raise ValueError("a journey item belongs to a contact or to a customer")
    owner = None if item.contact else customer
    return await insert_new(
        connection,
        JourneyRow,
        id=key,
        contact=item.contact,
        customer=owner,
        origin=owner,
        at_ms=item.at_ms,
        kind=item.kind,
        agent=item.agent,
        text=item.text,
        detail=item.detail,
    )


async def timeline(connection: AsyncConnection, customer: CustomerId, limit: int) -> tuple[JourneyItem, ...]:
    """Return the newest items of a customer who was not merged into another, newest last."""
    of_contacts = _items(ContactRow.channel, ContactRow.customer == customer).join(
        ContactRow, ContactRow.id == JourneyRow.contact
    )
    of_customer = _items(cast(null(), Text), JourneyRow.customer == customer)
    newest = union_all(
        *(
            select(branch.order_by(branch.selected_columns.at_ms.desc()).limit(limit).subquery())
            for branch in (of_contacts, of_customer, _messages(ContactRow.customer == customer))
        )
    ).subquery()
    rows = await connection.execute(
        select(newest).order_by(newest.c.at_ms.desc(), newest.c.id.desc()).limit(limit)
    )
    items = sorted(((row.at_ms, _RANK[row.kind], row.id), _item(row)) for row in rows)
    return tuple(map(itemgetter(1), items))


def _items(channel: SQLColumnExpression[Any], where: ColumnElement[bool]) -> _Items:
    return select(
        JourneyRow.at_ms,
        JourneyRow.kind,
        channel.label("channel"),
        JourneyRow.contact,
        JourneyRow.agent,
        JourneyRow.text,
        JourneyRow.detail,
        JourneyRow.id,
    ).where(where)


def _messages(where: ColumnElement[bool]) -> _Items:
    return (
        select(
            MessageRow.at_ms,
            (literal("message_") + MessageRow.direction).label("kind"),
            ContactRow.channel,
            MessageRow.contact,
            MessageRow.author.label("agent"),
            MessageRow.text,
            MessageRow.more["files"].label("detail"),
            MessageRow.id,
        )
        .join(ContactRow, ContactRow.id == MessageRow.contact)
        .where(where)
    )


def _item(row: Row[Any]) -> JourneyItem:
    return JourneyItem(
        at_ms=row.at_ms,
        kind=JourneyKind(row.kind),
        channel=Channel(row.channel) if row.channel else None,
        contact=row.contact,
        agent=row.agent,
        text=row.text,
        detail=_of_message(row) if row.kind.startswith("message_") else row.detail,
    )


def _of_message(row: Row[Any]) -> dict[str, object]:
    return {"message": row.id} | ({"files": row.detail} if row.detail else {})
