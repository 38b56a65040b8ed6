"""Whether we may write to somebody of our own accord: what he said last, for each address."""

from sqlalchemy import select, update

from acd.contact import Channel
from crm_bridge.store import Store, changed, insert_new
from crm_bridge.tables import ConsentRow


class Consents(Store):
    """Who has not said anything may be written to."""

    async def set(self, channel: Channel, address: str, *, is_on: bool, at_ms: int) -> bool:
        """Note what somebody said; whether that changes anything. What he said later stays."""
        where = (ConsentRow.channel == channel, ConsentRow.address == address)
        async with self._writing() as connection:
            if await insert_new(
                connection, ConsentRow, channel=channel, address=address, is_on=is_on, at_ms=at_ms
            ):
                return not is_on
            later = update(ConsentRow).where(*where, ConsentRow.at_ms < at_ms)
            is_other = await changed(
                connection, later.where(ConsentRow.is_on.is_(not is_on)).values(is_on=is_on, at_ms=at_ms)
            )
            if not is_other:
                await connection.execute(later.values(at_ms=at_ms))
            return is_other

    async def refused_ms(self, channel: Channel, address: str) -> int | None:
        """Return since when somebody does not want to be written to; None if we may."""
        query = select(ConsentRow.at_ms).where(
            ConsentRow.channel == channel, ConsentRow.address == address, ConsentRow.is_on.is_(False)
        )
        async with self._reading() as connection:
            at_ms: int | None = await connection.scalar(query)
        return at_ms
