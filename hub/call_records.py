"""The journey's times of calls, checked against what Asterisk itself wrote down of their channels."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from acd.ids import ContactId
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import ContactRecord
from cti.ami_events import AmiEvent, ChannelEventLogged, DeviceState

log = structlog.get_logger()

_CALLS_MAX = 10_000
_BRIDGES_MAX = 100
_BATCH = 50
_TRIES = 3


class ContactReader(Protocol):
    """`crm_bridge.contacts.Contacts` serves."""

    async def get(self, contact: ContactId) -> ContactRecord | None: ...


@dataclass(slots=True)
class ChannelRecord:
    """What Asterisk wrote down of a call's channel (Unix time, ms). `entered_ms`: bridges, in order."""

    started_ms: int | None = None
    entered_ms: list[int] = field(default_factory=list)
    hung_up_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A time of the journey that is not Asterisk's. `by_ms` None: Asterisk has no such event at all."""

    time: str
    by_ms: int | None


def differences(
    contact: ContactRecord, channel: ChannelRecord, *, is_callback: bool, tolerance_ms: int
) -> Iterator[Difference]:
    """Yield what differs by more than the tolerance.

    A customer whom we called back arrived on another channel. A talk begins as caller and agent enter
    their bridge; later ones (after hold, after a transfer) may be the one that the journey tells of.
    """
    if channel.started_ms is not None and not is_callback:
        yield from _beyond("arrived", contact.arrived_ms - channel.started_ms, tolerance_ms)
    if contact.connected_ms is not None:
        gaps = [contact.connected_ms - entered for entered in channel.entered_ms]
        if gaps:
            yield from _beyond("connected", min(gaps, key=abs), tolerance_ms)
        else:
            yield Difference("connected", None)
    if contact.ended_ms is not None and channel.hung_up_ms is not None:
        yield from _beyond("ended", contact.ended_ms - channel.hung_up_ms, tolerance_ms)


def _beyond(time: str, by_ms: int, tolerance_ms: int) -> Iterator[Difference]:
    if abs(by_ms) > tolerance_ms:
        yield Difference(time, by_ms)


class CallRecords:
    """Hears AMI's `CEL` events (`cti.ami.AmiListener`), compares each call that ended. `run` is the service.

    A contact's call has the id of its channel, one that is called back `<app>.callback.<contact>`.
    Channels that are no contact of ours (legs, calls without a hub) say nothing. Each difference is one
    line of the log and counts in `found`.
    """

    def __init__(
        self,
        contacts: ContactReader,
        app: str,
        *,
        settle_s: float = 3.0,
        tolerance_ms: int = 1_000,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._contacts, self._callback = contacts, f"{app}.callback."
        self._settle_s, self._tolerance_ms, self._sleep = settle_s, tolerance_ms, sleep
        self._channels: OrderedDict[str, ChannelRecord] = OrderedDict()
        self._called_back: OrderedDict[ContactId, None] = OrderedDict()
        self._ended: asyncio.Queue[tuple[str, ChannelRecord]] = asyncio.Queue(_CALLS_MAX)
        self.compared = self.found = 0

    # --- AMI: see AmiListener ------------------------------------------------------------------

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        pass

    def received(self, event: AmiEvent) -> None:
        if isinstance(event, ChannelEventLogged):
            self._note(event)

    def unlinked(self) -> None:
        self._channels.clear()  # what happens until the next link is never told

    def _note(self, event: ChannelEventLogged) -> None:
        if event.name == "CHAN_START":
            self._channels[event.channel_id] = ChannelRecord(event.at_ms)
            if event.channel_id.startswith(self._callback):
                self._called_back[ContactId(event.channel_id.removeprefix(self._callback))] = None
            for remembered in (self._channels, self._called_back):
                while len(remembered) > _CALLS_MAX:
                    remembered.popitem(last=False)
        record = self._channels.get(event.channel_id)
        if record is None:
            return  # it began before the link
        if event.name == "BRIDGE_ENTER" and len(record.entered_ms) < _BRIDGES_MAX:
            record.entered_ms.append(event.at_ms)
        elif event.name == "HANGUP":
            record.hung_up_ms = event.at_ms
            del self._channels[event.channel_id]
            if not self._ended.full():
                self._ended.put_nowait((event.channel_id, record))

    # --- the service ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Compare calls some seconds after their end, when the journey is written; until cancelled."""
        while True:
            batch = [await self._ended.get()]
            await self._sleep(self._settle_s)
            while len(batch) < _BATCH and not self._ended.empty():
                batch.append(self._ended.get_nowait())
            await asyncio.gather(*(self._look(channel, record) for channel, record in batch))

    async def _look(self, channel: str, record: ChannelRecord) -> None:
        contact = ContactId(channel.removeprefix(self._callback))
        for _ in range(_TRIES):
            try:
                stored = await self._contacts.get(contact)
            except CrmUnavailable:
                await self._sleep(self._settle_s)
                continue
            if stored is None or stored.ended_ms is not None:
                break
            if stored.is_callback:
                return  # it goes on, by a callback
            await self._sleep(self._settle_s)
        else:
            return
        is_older = channel == contact and contact in self._called_back
        if stored is not None and not is_older:  # a later channel of the contact has its times
            self._compare(stored, record, is_callback=channel != contact)

    def _compare(self, contact: ContactRecord, record: ChannelRecord, *, is_callback: bool) -> None:
        self.compared += 1
        for each in differences(contact, record, is_callback=is_callback, tolerance_ms=self._tolerance_ms):
            self.found += 1
            log.warning("call_records.differ", contact=contact.id, time=each.time, by_ms=each.by_ms)
