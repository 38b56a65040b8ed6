"""Asterisk's own account of all calls of a test, and whether the hub's journeys agree with it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from acd.contact import Channel
from acd.ids import ContactId
from crm_bridge.contacts import Contacts
from crm_bridge.model import ContactRecord
from crm_bridge.tables import ContactRow
from cti.ami import AmiLink, AmiSettings
from cti.ami_events import AmiEvent, ChannelEventLogged, DeviceState
from hub.absences import Absences
from hub.call_records import ChannelRecord, Difference, differences
from hub.clock import now_ms
from hub.database import create_engine
from tests.support.asterisk import AsteriskNode
from tests.support.hub import RunningHub

TOLERANCE_MS = 1_500
"""What a busy machine may take to note what happened; nothing else may come between."""
_WRITTEN_S = 15.0
_LINK_S = 10.0


@dataclass(slots=True)
class CallLog:
    """Hears Asterisk's channel events, whatever becomes of the hub (`cti.ami.AmiListener`).

    Where Asterisk itself ends, so do its calls.
    """

    app: str
    channels: dict[str, ChannelRecord] = field(default_factory=dict)

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        pass

    def received(self, event: AmiEvent) -> None:
        if isinstance(event, ChannelEventLogged):
            self.channels.setdefault(event.channel_id, ChannelRecord()).note(event)

    def unlinked(self) -> None:
        for each in self.channels.values():
            each.hung_up_ms = each.hung_up_ms or now_ms()

    def of(self, contact: ContactId) -> tuple[ChannelRecord | None, bool]:
        """Return what became of a contact's last channel, and whether the contact is older than that."""
        called = self.channels.get(f"{self.app}.callback.{contact}")
        first, _, again = contact.partition("-again-")
        return called or self.channels.get(first), called is not None or bool(again)


@asynccontextmanager
async def call_log(node: AsteriskNode) -> AsyncIterator[CallLog]:
    """Listen to an Asterisk that runs, by a link of its own."""
    log = CallLog(node.ari_app)
    link = AmiLink(
        AmiSettings(
            node=node.node,
            host=node.ami_host,
            port=node.ami_port,
            user=node.ami_user,
            password=node.ami_password,
        )
    )
    listening = asyncio.create_task(link.run(log))
    try:
        await link.up(_LINK_S)
        yield log
    finally:
        await link.close()
        await listening


async def journeys_agree(
    log: CallLog, hub: RunningHub, since_ms: int, tolerance_ms: int = TOLERANCE_MS
) -> list[str]:
    """See that the journeys of calls that came since then agree with Asterisk, once all is written.

    Fails on a difference; returns those that the hub's absence explains, for a person to read.
    """
    found = await _calls(hub, since_ms)
    async with asyncio.timeout(_WRITTEN_S):
        while any(each.ended_ms is None for each in found):
            await asyncio.sleep(0.1)
            found = await _calls(hub, since_ms)
    told = [
        line
        for contact, connections in found.items()
        for line in _told(log, hub, contact, connections, tolerance_ms)
    ]
    wrong = [line for line, is_explained in told if not is_explained]
    assert not wrong, f"journey and Asterisk differ: {wrong}"
    return [line for line, _ in told]


def _told(
    log: CallLog, hub: RunningHub, contact: ContactRecord, connections: Iterable[int], tolerance_ms: int
) -> Iterator[tuple[str, bool]]:
    channel, is_later = log.of(contact.id)
    if channel is None:
        return  # a number that was dialled, and never called
    found: Iterable[Difference] = differences(
        contact, tuple(connections), channel, _absences(hub), is_later=is_later, tolerance_ms=tolerance_ms
    )
    if channel.hung_up_ms is None:
        found = (*found, Difference("still up", None))
    for each in found:
        yield f"{contact.id} {each.time} by {each.by_ms} ms: {contact} {channel}", each.is_explained


def _absences(hub: RunningHub) -> Absences:
    """When the hub was not there, or had no link to Asterisk."""
    absences = Absences()
    absences.over(0)
    for at_ms, is_there in sorted((*hub.turns, *_of_link(hub))):
        (absences.over if is_there else absences.began)(at_ms)
    return absences


def _of_link(hub: RunningHub) -> Iterator[tuple[int, bool]]:
    for line in hub.log():
        if line["event"] in ("ari.link_down", "ari.link_up"):
            at_ms = round(datetime.fromisoformat(line["timestamp"]).timestamp() * 1000)
            yield at_ms, line["event"] == "ari.link_up"


async def _calls(hub: RunningHub, since_ms: int) -> dict[ContactRecord, list[int]]:
    engine = create_engine(hub.database_url)
    try:
        contacts = Contacts(engine)
        async with engine.connect() as connection:
            ids = await connection.scalars(
                select(ContactRow.id).where(
                    ContactRow.channel == Channel.VOICE, ContactRow.arrived_at_ms >= since_ms
                )
            )
        found = await contacts.several([ContactId(each) for each in ids])
        connections = await contacts.connections([each.id for each in found])
        return {each: connections.get(each.id, []) for each in found}
    finally:
        await engine.dispose()
