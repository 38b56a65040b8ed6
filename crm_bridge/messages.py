"""What was said in text contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import msgspec
from sqlalchemy import Update, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from acd.ids import ContactId
from crm_bridge.batch import Batch
from crm_bridge.errors import StatementFailed
from crm_bridge.forgetting import forget
from crm_bridge.model import Delivery, Direction, Message, MessageFile
from crm_bridge.store import Store, changed, insert_all_new, insert_new
from crm_bridge.tables import EarlyWithdrawalRow, MessageRow

_ORDER = tuple(Delivery)
_WITHDRAWN_EARLY = select(EarlyWithdrawalRow.at_ms).where(
    EarlyWithdrawalRow.message == bindparam("message_id")
)


class _More(TypedDict, total=False):
    """What few messages have, stored together."""

    subject: str
    html: str
    files: tuple[MessageFile, ...]
    notes: tuple[str, ...]
    recording: str
    length_ms: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a message was that a customer took back; `event` is the key of its raw event."""

    contact: ContactId
    event: str
    files: tuple[MessageFile, ...]


class Messages(Store):
    """Messages in both directions."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self._added: Batch[dict[str, object], bool] = Batch(self._add_all, of_one=(StatementFailed,))

    async def add(
        self, contact: ContactId, message: Message, *, event: str = "", refs: Sequence[str] = ()
    ) -> bool:
        """Store a message of a contact, once for each id; whether it is new.

        Those that come while others are stored share the next transaction. `event` is the key of its raw
        event, `refs` are ids of earlier messages that it answers.
        """
        more = (_more(message) or {}) | ({"event": event} if event else {})
        more |= {"refs": list(refs)} if refs else {}
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
                "more": more or None,
                "withdrawn_at_ms": message.withdrawn_ms,
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

    async def early_withdrawal(self, message: str) -> int | None:
        """Return when a message was withdrawn that had not come yet; None if it was not."""
        async with self._reading() as connection:
            at_ms: int | None = await connection.scalar(_WITHDRAWN_EARLY, {"message_id": message})
        return at_ms

    async def withdraw(self, message: str, at_ms: int) -> Withdrawn | None:
        """Remove what a message said, and what was read in it; returns what it was.

        None if it has not come (yet).
        """
        query = select(MessageRow.contact, MessageRow.more).where(MessageRow.id == message)
        async with self._writing() as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                await insert_new(connection, EarlyWithdrawalRow, message=message, at_ms=at_ms)
                return None
            await connection.execute(_blank(message, at_ms))
            await forget(connection, row.contact, message)
        more = row.more or {}
        files = msgspec.convert(more.get("files", ()), tuple[MessageFile, ...])
        return Withdrawn(row.contact, str(more.get("event", "")), files)

    async def edits(self, contact: ContactId, kind: str, ref: str) -> tuple[str, ...]:
        """Return the ids of a contact's messages of a kind that refer to an earlier one by its id `ref`."""
        query = select(MessageRow.id, MessageRow.more).where(
            MessageRow.contact == contact, MessageRow.kind == kind
        )
        async with self._reading() as connection:
            rows = await connection.execute(query)
        return tuple(row.id for row in rows if ref in (row.more or {}).get("refs", ()))

    async def get(self, message: str) -> tuple[ContactId, Message] | None:
        """Return a message and whose it is."""
        async with self._reading() as connection:
            query = select(MessageRow.__table__).where(MessageRow.id == message)
            row = (await connection.execute(query)).one_or_none()
        return (row.contact, _message(row)) if row is not None else None

    async def refs(self, contact: ContactId) -> tuple[str, ...]:
        """Return the ids of messages that the newest one of the customer answers, newest last."""
        query = (
            select(MessageRow.more)
            .where(MessageRow.contact == contact, MessageRow.direction == Direction.IN)
            .order_by(MessageRow.at_ms.desc(), MessageRow.id.desc())
            .limit(1)
        )
        async with self._reading() as connection:
            more = await connection.scalar(query)
        return msgspec.convert((more or {}).get("refs", ()), tuple[str, ...])

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
    return tuple(_message(row) for row in reversed(rows.all()))


def _message(row: Any) -> Message:
    return Message(
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


def _blank(message: str, at_ms: int) -> Update:
    """Leave nothing of a message but that it was there."""
    nothing = {"text": "", "more": None, "withdrawn_at_ms": at_ms}
    return (
        update(MessageRow)
        .where(MessageRow.id == message, MessageRow.withdrawn_at_ms.is_(None))
        .values(nothing)
    )


def _more(message: Message) -> dict[str, object] | None:
    given = {name: value for name in _More.__annotations__ if (value := getattr(message, name))}
    return msgspec.to_builtins(given) if given else None
