"""What was read in a message goes with it when the message is taken back."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.ids import ContactId
from crm_bridge.model import JourneyKind
from crm_bridge.tables import ContactRow, JourneyRow, MessageRow

_Heard = Sequence[Mapping[str, object]]


async def forget(connection: AsyncConnection, contact: ContactId, message: str) -> None:
    """Remove what was read in a message, within a transaction: from its contact and from the journey.

    A summary goes as a whole.
    """
    query = select(ContactRow.heard, ContactRow.bot).where(ContactRow.id == contact).with_for_update()
    row = (await connection.execute(query)).one()
    bot = dict(row.bot or {})
    names = {name for name, source in (bot.get("sources") or {}).items() if source == message}
    values: dict[str, Any] = {"heard": _without(row.heard, message)} if row.heard else {}
    if names:
        values["bot"] = bot | {each: _besides(bot.get(each), names) for each in ("fields", "sources")}
    if values:
        await connection.execute(update(ContactRow).where(ContactRow.id == contact).values(values))
    told = await connection.execute(
        select(JourneyRow.id, JourneyRow.detail).where(
            JourneyRow.contact == contact, JourneyRow.kind.in_((JourneyKind.HEARD, JourneyKind.BOT))
        )
    )
    for id_, found in told.all():
        detail: dict[str, Any] = found
        heard, fields = detail.get("heard"), detail.get("fields")
        left = detail | ({"heard": _without(heard, message)} if heard else {})
        left |= {"fields": _besides(fields, names)} if fields else {}
        if left != detail:
            await connection.execute(update(JourneyRow).where(JourneyRow.id == id_).values(detail=left))
    summary = (JourneyRow.contact == contact, JourneyRow.kind == JourneyKind.SUMMARY)
    await connection.execute(delete(JourneyRow).where(*summary))


async def still_known(connection: AsyncConnection, heard: _Heard) -> list[Mapping[str, object]]:
    """Return items but those that were read in messages that are taken back by now."""
    sources = {each["message"] for each in heard if each.get("message")}
    if not sources:
        return list(heard)
    query = select(MessageRow.id).where(MessageRow.id.in_(sources), MessageRow.withdrawn_at_ms.is_not(None))
    gone = set((await connection.execute(query)).scalars())
    return [each for each in heard if each.get("message") not in gone]


def _without(heard: _Heard, message: str) -> list[Mapping[str, object]]:
    return [each for each in heard if each.get("message") != message]


def _besides(fields: Mapping[str, object] | None, names: set[str]) -> dict[str, object]:
    return {name: value for name, value in (fields or {}).items() if name not in names}
