"""Callers whom Asterisk serves by its own `Queue()`: who they are, who talks to them, and the way back."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from acd.ids import AgentId, ContactId
from cti.ami import AmiError, AmiLink, AmiRefused
from cti.ami_events import (
    AgentCompleted,
    AgentConnected,
    AmiEvent,
    DeviceState,
    QueueCallerAbandoned,
    QueueCallerJoined,
    QueueCallerLeft,
)
from cti.app_queue import QueuedCall, QueueStage, known_as, queued_calls, waiting_ids
from cti.ari import ChannelKey
from cti.incoming import IncomingCall
from hub.phone_names import agent_of

log = structlog.get_logger()

_ENDPOINT = "PJSIP/"
_OF_QUEUES = AgentCompleted | AgentConnected | QueueCallerJoined | QueueCallerLeft
_SOON_S, _SELDOM_S = 1.0, 5.0
_ON_THE_WAY_S = 5.0
_UP_S = 2.0
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class _OnTheWay:
    """A call that is soon to be seen in `Queue()`, or back in the hub; `waits`: nobody talks to it yet."""

    channel: str
    until_s: float
    waits: bool = True


class Desk(Protocol):
    """What the calls of the node are to the hub (`hub.voice.VoiceDesk`)."""

    is_settled: bool

    async def talks_in_queue(self, incoming: IncomingCall, agent: AgentId) -> bool: ...

    async def talk_in_queue_ended(self, contact: ContactId) -> None: ...


class Fallback:
    """Looks at app_queue whenever it says that something happened there (`cti.ami.AmiListener`).

    Who waits there is taken back as soon as there is a router (`has_router`), with the time he has
    waited; while his phone-to-be rings he is left alone. Who talks there is told to the router, so
    that his agent is busy. `mend` asks for all parts to be brought to agree, `show` has an agent's
    desktop shown anew, `abandoned` notes who hung up there. `run` is the service.
    """

    def __init__(
        self,
        ami: AmiLink,
        desk: Desk,
        *,
        has_router: Callable[[], bool],
        mend: Callable[[], None],
        show: Callable[[Iterable[AgentId]], Awaitable[None]],
        abandoned: Callable[[ContactId], None] = lambda contact: None,
    ) -> None:
        self._ami, self._desk, self._has_router = ami, desk, has_router
        self._mend, self._show, self._abandoned = mend, show, abandoned
        self._redirected: set[ContactId] = set()
        self._waiting: frozenset[ContactId] = frozenset()
        self._talking: frozenset[ContactId] = frozenset()
        self._on_the_way: dict[ContactId, _OnTheWay] = {}
        self._stirred, self._turn = asyncio.Event(), asyncio.Lock()
        self._is_new = True

    # --- AMI: see AmiListener ------------------------------------------------------------------

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        self._is_new = True
        self._redirected.clear()
        self._stirred.set()

    def received(self, event: AmiEvent) -> None:
        if isinstance(event, AgentConnected):
            self._is_new = True
            # It may take a moment until both are seen in one bridge.
            self._sent(_contact(event.channel_id), event.channel_id, waits=False)
        if isinstance(event, QueueCallerAbandoned):
            self._note_abandoned(_contact(event.channel_id))
        if isinstance(event, _OF_QUEUES):
            self._stirred.set()

    def unlinked(self) -> None:
        pass

    # --- the hub ----------------------------------------------------------

    def has(self, contact: ContactId) -> bool:
        """Whether a call waits in `Queue()`, or is on its way there or back."""
        return contact in self._waiting or contact in self._on_the_way

    def expect(self, contact: ContactId, key: ChannelKey) -> None:
        """A call left for `Queue()` without having been told to, or hung up and nobody heard it."""
        self._sent(contact, key.id)
        self._stirred.set()

    def _sent(self, contact: ContactId, channel: str, *, waits: bool = True) -> None:
        self._on_the_way[contact] = _OnTheWay(channel, self._now() + _ON_THE_WAY_S, waits)

    def arrived(self, contact: ContactId) -> None:
        """A call is back in the hub."""
        self._waiting -= {contact}
        self._on_the_way.pop(contact, None)

    def _note_abandoned(self, contact: ContactId) -> None:
        """Somebody hung up, or was taken back: app_queue says the same of both."""
        if contact in self._redirected:
            self._redirected.discard(contact)
        else:
            self._abandoned(contact)

    async def hang_up(self, key: ChannelKey) -> None:
        """End a call that talks in `Queue()`."""
        try:
            await self._ami.request("Hangup", {"Channel": key.id, "Cause": "16"})
        except AmiError as error:
            log.warning("fallback.not_hung_up", contact=key.id, reason=str(error))

    async def run(self) -> None:
        while True:
            self._stirred.clear()
            if self._desk.is_settled and self._ami.is_up:
                await self.look()
            try:
                async with asyncio.timeout(_SOON_S if self._waiting or self._on_the_way else _SELDOM_S):
                    await self._stirred.wait()
            except TimeoutError:
                pass

    async def look(self) -> None:
        """See who is in `Queue()` and do what follows; what cannot be done is tried at the next look."""
        async with self._turn:
            try:
                await self._ami.up(_UP_S)  # at the start it may come a moment after the link to ARI
                await self._look()
            except AmiError as error:
                self._is_new = True
                log.warning("fallback.not_seen", reason=str(error))
            except Exception:
                self._is_new = True
                log.exception("fallback.look_failed")

    async def _look(self) -> None:
        waiting = waiting_ids(await self._ami.request("QueueStatus"))
        calls: tuple[QueuedCall, ...] = ()
        expected = dict(self._on_the_way)
        known = self._waiting | self._talking | self._on_the_way.keys()
        if waiting or known or self._is_new:  # the list of all channels may be long
            self._is_new = False
            channels = await self._ami.request("CoreShowChannels")
            calls = queued_calls(self._ami.node, channels, waiting)
            self._note_gone(expected, {each.get("uniqueid") for each in channels})
        await self._settle_talks([each for each in calls if each.stage is QueueStage.TALKING])
        returning = [each for each in calls if each.may_return and each.stage is not QueueStage.TALKING]
        self._note_waiting({_contact(each.call.key.id) for each in returning})
        if self._has_router():
            free = [each.call.key for each in returning if each.stage is QueueStage.WAITING]
            for at in range(0, len(free), _AT_ONCE):
                await asyncio.gather(*(self._take_back(key) for key in free[at : at + _AT_ONCE]))

    async def _settle_talks(self, talks: Iterable[QueuedCall]) -> None:
        found: set[ContactId] = set()
        for each in talks:
            if not each.endpoint.startswith(_ENDPOINT):
                continue  # not one of our agents
            agent = agent_of(each.endpoint)
            found.add(_contact(each.call.key.id))
            self._on_the_way.pop(_contact(each.call.key.id), None)
            if await self._desk.talks_in_queue(each.call, agent):
                await self._show((agent,))
        for gone in self._talking - found:
            await self._desk.talk_in_queue_ended(gone)
        self._talking = frozenset(found)

    def _note_gone(self, expected: Mapping[ContactId, "_OnTheWay"], there: Collection[str | None]) -> None:
        """Who was on the way and has no channel any more has hung up."""
        for contact, way in expected.items():
            if way.channel not in there and self._on_the_way.get(contact) is way:
                del self._on_the_way[contact]
                self._redirected.discard(contact)
                if way.waits:
                    self._abandoned(contact)
                self._mend()

    def _note_waiting(self, waiting: set[ContactId]) -> None:
        now = self._now()
        known = self._waiting | self._on_the_way.keys()
        late = {contact for contact, way in self._on_the_way.items() if way.until_s < now}
        for contact in late:
            del self._on_the_way[contact]
        self._waiting = frozenset(waiting)
        if any(not self.has(contact) and contact not in self._talking for contact in known):
            self._mend()  # somebody hung up there

    async def _take_back(self, key: ChannelKey) -> None:
        contact = _contact(key.id)
        self._sent(contact, key.id)
        self._redirected.add(contact)
        fields = {"Channel": key.id, "Context": "handback", "Exten": "s", "Priority": "1"}
        try:
            await self._ami.request("Redirect", fields)
        except AmiRefused as refusal:  # it has just gone
            self._redirected.discard(contact)
            log.info("fallback.not_taken_back", contact=contact, reason=str(refusal))
        else:
            log.info("fallback.taken_back", contact=contact)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _contact(channel: str) -> ContactId:
    return ContactId(known_as(channel))
