"""What was said in text contacts."""

from collections.abc import Sequence
from typing import TypedDict

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from acd.ids import ContactId
from crm_bridge.batch import Batch
from crm_bridge.errors import StatementFailed
from crm_bridge.model import Delivery, Direction, Message, MessageFile
from crm_bridge.store import Store, changed, insert_all_new
from crm_bridge.tables import MessageRow

_ORDER = tuple(Delivery)


class _More(TypedDict, total=False):
    """What few messages have, stored together."""

    subject: str
    html: str
    files: tuple[MessageFile, ...]


class Messages(Store):
    """Messages in both directions."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self._added: Batch[dict[str, object], bool] = Batch(self._add_all, of_one=(StatementFailed,))

    async def add(self, contact: ContactId, message: Message) -> bool:
        """Store a message of a contact, once for each id; whether it is new.

        Those that come while others are stored share the next transaction.
        """
        return await self._added.do(
            {
                "id": message.id,
                "contact": contact,
                "direction": message.direction,
                "author": message.author,
                "text": message.text,
                "at_ms": message.at_ms,
                "delivery": message.delivery,
                "kind": message.kind,
                "more": _more(message),
            }
        )

    async def _add_all(self, rows: Sequence[dict[str, object]]) -> list[bool]:
        async with self._writing() as connection:
            new = await insert_all_new(connection, MessageRow, rows)
        is_new: list[bool] = []
        for row in rows:
            is_new.append(row["id"] in new)
            new.discard(row["id"])  # of two with one id, the first is new
        return is_new

    async def set_delivery(self, message: str, delivery: Delivery, *, is_receipt: bool = False) -> bool:
        """Note how far a message came; whether that is news. It goes back only while it is not `SENT`.

        A receipt says it of a message that the provider took: such a one may fail yet.
        """
        before = {*_ORDER[: _ORDER.index(delivery)]}
        if delivery is Delivery.QUEUED:
            before = {Delivery.FAILED}
        elif delivery is Delivery.FAILED and is_receipt:
            before |= {Delivery.SENT}
        async with self._writing() as connection:
            return await changed(
                connection,
                update(MessageRow)
                .where(MessageRow.id == message, MessageRow.delivery.in_(before))
                .values(delivery=delivery),
            )

    async def of(self, contact: ContactId, limit: int = 200) -> tuple[Message, ...]:
        """Return the newest `limit` messages of a contact, newest last."""
        async with self._reading() as connection:
            return await newest(connection, contact, limit)


async def newest(connection: AsyncConnection, contact: ContactId, limit: int) -> tuple[Message, ...]:
    """Return the newest messages of a contact, newest last."""
    rows = await connection.execute(
        select(MessageRow.__table__)
        .where(MessageRow.contact == contact)
        .order_by(MessageRow.at_ms.desc(), MessageRow.id.desc())
        .limit(limit)
    )
    return tuple(
        Message(
            id=row.id,
            direction=Direction(row.direction),
            author=row.author,
            text=row.text,
            at_ms=row.at_ms,
            delivery=Delivery(row.delivery),
            kind=row.kind,
            withdrawn_ms=row.withdrawn_at_ms,
            **msgspec.convert(row.more or {}, _More),
        )
        for row in reversed(rows.all())
    )


def _more(message: Message) -> dict[str, object] | None:
    given = {name: value for name in _More.__annotations__ if (value := getattr(message, name))}
    return msgspec.to_builtins(given) if given else None
