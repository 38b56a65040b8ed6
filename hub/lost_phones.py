"""Agents' phones that vanish in a call: noticed, and the caller kept until somebody can take him.

Nobody hung up: a page was loaded anew, a network or a softphone failed. Signs are that Asterisk heard no
media for `rtp_timeout`, or that the phone's registration ended, was replaced or answers no more while no
packet comes. The caller hears music; his contact stays with the agent until the phone is back, then it
is offered to him first, otherwise to the queue. If others were brought into the call they stay in it, and
the contact stays with the agent: his phone is rung anew, and only if he does not take it one of them has it.
Who was brought into another's call is rung anew in the same way; if he does not come back he is let go.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, Protocol

import structlog

from acd.agent import Presence
from acd.events import PHONE_LOST, ContactReturned
from acd.ids import AgentId, ContactId, OfferId
from cti.ami import AmiError
from cti.ami_events import AmiEvent, ContactStatus, ContactStatusChanged, DeviceState
from cti.calls import CallControl
from cti.errors import CtiError, LegGone, NodeUnavailable
from cti.phones import REFERABLE
from hub.board import Board, LiveContact
from hub.call import LOST, Call
from hub.clock import now_ms
from hub.interrupted_talks import InterruptedTalks
from hub.lines import Lines
from hub.parties import Party, again_ref
from hub.phone_names import agent_of
from hub.submit import Report
from hub.voice_settings import VoiceSettings

log = structlog.get_logger()

_SILENCE_S: Final = 2.0
"""So long no packet comes from a phone that is taken for dead; one that lives sends 50 a second."""
_LOOK_S: Final = 0.5
_QUALIFY_S: Final = 3.5
"""So long it takes Asterisk to find that a phone does not answer (`qualify_timeout` is 3)."""
_VERDICT_S: Final = 2.0
_GONE = frozenset({ContactStatus.REMOVED, ContactStatus.UNREACHABLE})


class Qualify(Protocol):
    """Has Asterisk ask a phone for a sign of life, by AMI."""

    async def __call__(self, agent: AgentId) -> None: ...


class LostPhones:
    """Keeps callers whose agent's phone vanished. It hears AMI (`cti.ami.AmiListener`).

    `patience_s` is how long a phone is waited for: a network may be away for 20 s.
    """

    def __init__(
        self,
        settings: Callable[[], VoiceSettings],
        lines: Lines,
        talks: InterruptedTalks,
        board: Board,
        report: Report,
        *,
        patience_s: float = 25.0,
    ) -> None:
        self._settings, self._lines, self._talks = settings, lines, talks
        self._board, self._report = board, report
        self._patience_s = patience_s
        self._registered: dict[AgentId, tuple[str, int]] = {}
        """The registrations that were heard of: their URIs, and when (Unix time, ms)."""
        self._suspected: dict[str, bool] = {}
        """Legs that are listened to: whether something happened again since that began."""
        self._rung: dict[str, asyncio.Future[bool]] = {}
        """Phones that ring to have their call again, by the `ref` of the leg: whether they were answered."""
        self._tasks: set[asyncio.Task[None]] = set()
        self.control: CallControl
        self.qualify: Qualify

    # --- AMI: see AmiListener ------------------------------------------------------------------

    def linked(self, states: Mapping[str, DeviceState]) -> None:
        pass

    def received(self, event: AmiEvent) -> None:
        if not isinstance(event, ContactStatusChanged):
            return
        agent = agent_of(event.aor)
        if event.status is ContactStatus.NOT_QUALIFIED:  # so a registration begins
            self._registered[agent] = event.uri, now_ms()
        elif event.status not in _GONE:
            return
        elif self._registered.get(agent, ("", 0))[0] == event.uri:
            del self._registered[agent]
        self._suspect(agent)

    def unlinked(self) -> None:
        self._registered.clear()

    # --- noticing ------------------------------------------------------------------------------

    def _suspect(self, agent: AgentId) -> None:
        """Something happened to a phone's registration: see whether its calls are still alive."""
        for ref in self._legs_of(agent):
            is_listened_to = ref in self._suspected
            self._suspected[ref] = is_listened_to
            if not is_listened_to:
                self._begin(self._listen(ref))

    def _legs_of(self, agent: AgentId) -> Iterator[str]:
        """Return the legs by which an agent is in calls, his own or others'."""
        for call in self._lines.calls.values():
            if call.contact.agent == agent and call.has_leg and call.leg:
                yield call.leg
            yield from (each.ref for each in call.parties if each.agent == agent and each.is_there)

    async def _listen(self, ref: str) -> None:
        """Give a leg up from which no packet comes."""
        try:
            while not await self._is_silent(ref):
                if not self._suspected[ref]:
                    return
                self._suspected[ref] = False
            log.info("phones.lost", leg=ref, sign="no media after its registration changed")
            await self.control.lose_leg(ref)
        except (LegGone, NodeUnavailable):
            pass
        finally:
            del self._suspected[ref]

    async def _is_silent(self, ref: str) -> bool:
        heard = await self.control.phones.packets(ref)
        await asyncio.sleep(_SILENCE_S)
        return heard is not None and heard == await self.control.phones.packets(ref)

    # --- keeping the caller ----------------------------------------------------------------------

    async def lost(self, call: Call, ref: str) -> bool:
        """Take a caller whose agent's leg ended because its phone vanished; whether that was done."""
        async with call.turn:
            agent = call.contact.agent
            if agent is None or call.leg != ref or call.contact.id not in self._lines.calls:
                return False
            call.leg = LOST
            await self._talks.without_agent(call)
        self._begin(self._keep(call, agent))
        return True

    async def party_lost(self, ref: str) -> bool:
        """Wait for an agent who was brought into a call, and whose leg ended so; whether that is done."""
        if (found := self._lines.by_party(ref)) is None:
            return False
        call, party = found
        agent, own = party.agent, self._board.get(ContactId(party.id))
        async with call.turn:
            is_there = party in call.parties and party.ref == ref and party.is_there
            if agent is None or own is None or not is_there:
                return False
            await self._talks.without_party(call, party)
        self._begin(self._keep_party(call, party, agent, own))
        return True

    def has(self, ref: str) -> bool:
        """Whether a leg is that of a phone which is rung to have its call again."""
        return ref in self._rung

    async def answered(self, ref: str) -> None:
        if (answer := self._rung.get(ref)) is not None and not answer.done():
            answer.set_result(True)

    def failed(self, ref: str) -> None:
        if (answer := self._rung.get(ref)) is not None and not answer.done():
            answer.set_result(False)

    async def close(self) -> None:
        """Wait for no phone any more; may be called twice."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, call: Call, agent: AgentId) -> None:
        def is_kept() -> bool:
            return self._is_kept(call)

        async def take(ref: OfferId) -> bool:
            if is_kept():
                await self._talks.returned(call, ref)
            return call.leg == ref

        is_back = await self._is_back(agent, call.contact.since_ms, is_kept)
        ref = again_ref(call.contact.id)
        if call.parties and is_back and await self._rings_again(call, agent, ref, take):
            return
        async with call.turn:
            if not is_kept() or await self._talks.complete(call):
                return
            call.leg = None
        to = agent if is_back else None
        log.info("phones.caller_offered_again", contact=call.contact.id, agent=agent, is_back=is_back)
        while call.leg is None and call.contact.agent == agent and not call.gone.is_set():
            await self._report(ContactReturned(contact=call.contact.id, reason=PHONE_LOST, to=to))
            await asyncio.sleep(_VERDICT_S)
            to = None  # where it was not taken, he cannot have it by name

    async def _keep_party(self, call: Call, party: Party, agent: AgentId, own: LiveContact) -> None:
        def is_kept() -> bool:
            is_here = self._lines.calls.get(call.contact.id) is call and not call.gone.is_set()
            return is_here and party in call.parties and party.is_lost

        async def take(ref: OfferId) -> bool:
            return is_kept() and await self._talks.party_returned(call, party)

        if await self._is_back(agent, own.since_ms, is_kept) and is_kept():
            ref = again_ref(own.id)
            party.ref = ref  # so that whoever lets him go stops the ringing
            if await self._rings_again(call, agent, ref, take, by=own.by):
                return
        async with call.turn:
            await self._talks.gave_up(call, party)

    async def _rings_again(
        self,
        call: Call,
        agent: AgentId,
        ref: OfferId,
        take: Callable[[OfferId], Awaitable[bool]],
        *,
        by: str = "",
    ) -> bool:
        """Ring an agent's phone, and let him be in a call again by `take`; whether he is."""
        answer = self._rung[ref] = asyncio.get_running_loop().create_future()
        ring_s = self._settings().queue(call.contact.queue).ring_s
        log.info("phones.rung_again", contact=call.contact.id, agent=agent)
        is_taken = False
        try:
            await self.control.ring(
                ref,
                call.key,
                self._lines.phone_of(agent),
                caller_id=call.caller_id(by),
                timeout_s=ring_s,
                variables=REFERABLE,
            )
            if await asyncio.wait_for(answer, ring_s + _VERDICT_S):
                async with call.turn:
                    is_taken = await take(ref)
        except (TimeoutError, CtiError):
            pass
        finally:
            del self._rung[ref]
            if not is_taken:
                await self.control.hang_up_leg(ref)
        return is_taken

    async def _is_back(self, agent: AgentId, since_ms: int, is_kept: Callable[[], bool]) -> bool:
        """Wait until the phone is registered anew or answers again; whether it does, and its agent is in."""
        lost_s = self._now_s()
        deadline_s = lost_s + self._patience_s
        with suppress(AmiError):
            await self.qualify(agent)
        while is_kept() and self._now_s() < deadline_s:
            is_known_s = self._now_s() - lost_s > _QUALIFY_S
            if self._has_registered(agent, since_ms) or (is_known_s and await self._is_online(agent)):
                return self._board.presence(agent)[0] is not Presence.OFFLINE
            await asyncio.sleep(_LOOK_S)
        return False

    def _is_kept(self, call: Call) -> bool:
        """Whether a call waits for its agent's phone still, and is ours: another hub may have the node."""
        is_ours = self._lines.calls.get(call.contact.id) is call
        return is_ours and call.leg == LOST and not call.gone.is_set()

    def _has_registered(self, agent: AgentId, since_ms: int) -> bool:
        """Whether a phone was registered after its call had begun: so it is not the one that vanished."""
        known = self._registered.get(agent)
        return known is not None and known[1] > since_ms

    async def _is_online(self, agent: AgentId) -> bool:
        return await self.control.phones.is_online(self._lines.phone_of(agent))

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="a lost phone")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
