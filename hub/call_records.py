"""The journey's times of calls, checked against what Asterisk itself wrote down of their channels."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from acd.ids import ContactId
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import ContactRecord, LineEnd
from cti.ami_events import AmiEvent, ChannelEventLogged, DeviceState
from hub.absences import Absences

log = structlog.get_logger()

_CALLS_MAX = 10_000
_BRIDGES_MAX = 100
_BATCH = 50
_TRIES = 3


class ContactReader(Protocol):
    """`crm_bridge.contacts.Contacts` serves."""

    async def several(self, contacts: Collection[ContactId]) -> list[ContactRecord]: ...

    async def connections(self, contacts: Collection[ContactId]) -> dict[ContactId, list[int]]: ...


@dataclass(slots=True)
class ChannelRecord:
    """What Asterisk wrote down of a call's channel (Unix time, ms).

    `entered_ms` and `left_ms`: bridges, in order; one that it is in still was not left. `tries`: so often its
    contact was looked for.
    """

    started_ms: int | None = None
    entered_ms: list[int] = field(default_factory=list)
    left_ms: list[int] = field(default_factory=list)
    hung_up_ms: int | None = None
    tries: int = 0

    def note(self, event: ChannelEventLogged) -> None:
        """Take in what happened to the channel next."""
        match event.name:
            case "CHAN_START":
                self.started_ms = event.at_ms
            case "BRIDGE_ENTER" if len(self.entered_ms) < _BRIDGES_MAX:
                self.entered_ms.append(event.at_ms)
            case "BRIDGE_EXIT" if len(self.left_ms) < _BRIDGES_MAX:
                self.left_ms.append(event.at_ms)
            case "HANGUP":
                self.hung_up_ms = event.at_ms

    def is_in_bridge(self, at_ms: int) -> bool:
        """Whether it was with somebody at a time."""
        entered = sum(each <= at_ms for each in self.entered_ms)
        return entered > sum(each < at_ms for each in self.left_ms)


@dataclass(frozen=True, slots=True)
class Difference:
    """A time of the journey that is not Asterisk's. `by_ms` None: Asterisk has no such event at all.

    `is_explained`: nobody of us saw what happened, so that it could only be noted later.
    """

    time: str
    by_ms: int | None
    is_explained: bool = False


def differences(
    contact: ContactRecord,
    connections: Sequence[int],
    channel: ChannelRecord,
    absences: Absences,
    *,
    is_later: bool,
    tolerance_ms: int,
) -> Iterator[Difference]:
    """Yield what differs by more than the tolerance.

    `connections` are the times at which agents took the contact. `is_later`: the contact began on another
    channel, or before on this one: a customer whom we called back, a caller who was outside meanwhile.
    """
    if channel.started_ms is not None and not is_later:
        by_ms = contact.arrived_ms - channel.started_ms
        if abs(by_ms) > tolerance_ms:
            yield Difference("arrived", by_ms)
    for number, at_ms in enumerate(connections):
        yield from _connection(at_ms, channel, absences, tolerance_ms, is_first=number == 0)
    if channel.hung_up_ms is not None:
        yield from _end(contact, channel, channel.hung_up_ms, absences, tolerance_ms, is_later=is_later)


def _connection(
    at_ms: int, channel: ChannelRecord, absences: Absences, tolerance_ms: int, *, is_first: bool
) -> Iterator[Difference]:
    """A talk begins as the caller enters a bridge; one that is passed on may go on in it."""
    gaps = [at_ms - entered for entered in channel.entered_ms]
    by_ms = min(gaps, key=abs, default=None)
    if by_ms is None:
        yield Difference("connected", None)
    elif abs(by_ms) > tolerance_ms and (is_first or not channel.is_in_bridge(at_ms)):
        yield Difference("connected", by_ms, absences.explain(at_ms - by_ms, at_ms))


def _end(
    contact: ContactRecord,
    channel: ChannelRecord,
    hung_up_ms: int,
    absences: Absences,
    tolerance_ms: int,
    *,
    is_later: bool,
) -> Iterator[Difference]:
    """The line ended when Asterisk says so. We may have let go of it before; the contact is over by then."""
    line = contact.line
    if line is None and is_later and not channel.entered_ms:
        pass  # a customer whom we called, and did not reach
    elif line is None:
        yield Difference("hung_up", None, absences.cover(hung_up_ms))
    elif line.end is LineEnd.LEFT:
        if line.at_ms > hung_up_ms + tolerance_ms:
            yield Difference("left", line.at_ms - hung_up_ms)
    elif abs(line.at_ms - hung_up_ms) > tolerance_ms:
        yield Difference("hung_up", line.at_ms - hung_up_ms, absences.explain(hung_up_ms, line.at_ms))
    if contact.ended_ms is not None and contact.ended_ms > hung_up_ms + tolerance_ms:
        is_explained = absences.explain(hung_up_ms, contact.ended_ms)
        yield Difference("ended", contact.ended_ms - hung_up_ms, is_explained)


class CallRecords:
    """Hears AMI's `CEL` events (`cti.ami.AmiListener`), compares each call that ended. `run` is the service.

    A contact's call has the id of its channel, one that is called back `<app>.callback.<contact>`.
    Channels that are no contact of ours (legs, calls without a hub) say nothing. Each difference is one
    line of the log and counts in `found`; one that an absence explains counts in `explained`.
    """

    def __init__(
        self,
        contacts: ContactReader,
        app: str,
        absences: Absences,
        *,
        settle_s: float = 3.0,
        tolerance_ms: int = 1_000,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._contacts, self._callback, self._absences = contacts, f"{app}.callback.", absences
        self._settle_s, self._tolerance_ms, self._sleep = settle_s, tolerance_ms, sleep
        self._channels: OrderedDict[str, ChannelRecord] = OrderedDict()
        self._called_back: OrderedDict[ContactId, None] = OrderedDict()
        self._ended: asyncio.Queue[tuple[str, ChannelRecord]] = asyncio.Queue(_CALLS_MAX)
        self.compared = self.found = self.explained = 0

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
            self._channels[event.channel_id] = ChannelRecord()
            if event.channel_id.startswith(self._callback):
                self._called_back[ContactId(event.channel_id.removeprefix(self._callback))] = None
            for remembered in (self._channels, self._called_back):
                while len(remembered) > _CALLS_MAX:
                    remembered.popitem(last=False)
        record = self._channels.get(event.channel_id)
        if record is None:
            return  # it began before the link
        record.note(event)
        if record.hung_up_ms is not None:
            del self._channels[event.channel_id]
            if not self._ended.full():
                self._ended.put_nowait((event.channel_id, record))

    # --- the service ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Compare calls some seconds after their end, when the journey is written; until cancelled."""
        while True:
            ended = [await self._ended.get()]
            ended += [self._ended.get_nowait() for _ in range(self._ended.qsize())]
            await self._sleep(self._settle_s)
            for start in range(0, len(ended), _BATCH):
                await self._look(ended[start : start + _BATCH])

    async def _look(self, ended: Sequence[tuple[str, ChannelRecord]]) -> None:
        """Compare the calls whose contacts have ended; the others, some times, later."""
        contact_of = {channel: ContactId(channel.removeprefix(self._callback)) for channel, _ in ended}
        try:
            stored = {each.id: each for each in await self._contacts.several(set(contact_of.values()))}
            connections = await self._contacts.connections(stored)
        except CrmUnavailable:
            self._look_again(ended)
            return
        for channel, record in ended:
            contact = stored.get(contact_of[channel])
            if contact is None or (channel == contact.id and contact.id in self._called_back):
                continue  # a later channel of the contact has its times
            if contact.ended_ms is not None:
                self._compare(
                    contact, connections.get(contact.id, ()), record, is_later=channel != contact.id
                )
            elif not contact.is_callback:  # it does not go on, by a callback
                self._look_again([(channel, record)])

    def _look_again(self, ended: Sequence[tuple[str, ChannelRecord]]) -> None:
        for channel, record in ended:
            record.tries += 1
            if record.tries < _TRIES and not self._ended.full():
                self._ended.put_nowait((channel, record))

    def _compare(
        self, contact: ContactRecord, connections: Sequence[int], record: ChannelRecord, *, is_later: bool
    ) -> None:
        self.compared += 1
        for each in differences(
            contact, connections, record, self._absences, is_later=is_later, tolerance_ms=self._tolerance_ms
        ):
            if each.is_explained:
                self.explained += 1
                log.info("call_records.explained", contact=contact.id, time=each.time, by_ms=each.by_ms)
            else:
                self.found += 1
                log.warning("call_records.differ", contact=contact.id, time=each.time, by_ms=each.by_ms)
