"""What was said in text contacts."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.ids import ContactId
from crm_bridge.model import Delivery, Direction, Message
from crm_bridge.store import Store, changed, insert_new
from crm_bridge.tables import MessageRow


class Messages(Store):
    """Messages in both directions."""

    async def add(self, contact: ContactId, message: Message) -> bool:
        """Store a message of a contact, once for each id; whether it is new."""
        async with self._writing() as connection:
            return await insert_new(
                connection,
                MessageRow,
                id=message.id,
                contact=contact,
                direction=message.direction,
                author=message.author,
                text=message.text,
                at_ms=message.at_ms,
                delivery=message.delivery,
            )

    async def set_delivery(self, message: str, delivery: Delivery) -> bool:
        """Note how far a message came; nothing follows `SENT`. Whether that is news."""
        async with self._writing() as connection:
            return await changed(
                connection,
                update(MessageRow)
                .where(MessageRow.id == message, MessageRow.delivery.not_in((delivery, Delivery.SENT)))
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
        )
        for row in reversed(rows.all())
    )
