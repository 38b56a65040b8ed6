"""What the menus ask about a caller and the hub, answered (`ivr.world.World`)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from acd.agent import Presence
from acd.core.forecast import wait_at_ms
from acd.core.state import RoutingState
from acd.ids import QueueName
from acd.router import Snapshot
from crm_bridge.identifiers import national
from crm_bridge.knowledge import Knowledge
from hub.call import Call
from hub.call_codes import CallCodes
from hub.clock import now_ms
from hub.crm import Crm
from hub.hooks import Hooks
from hub.proofs import ProofDesk
from hub.voice_settings import VoiceSettings
from ivr.conditions import (
    ANSWER,
    CALLER,
    DIALLED,
    INTENT,
    QUESTION,
    Fact,
    HasTag,
    HasThread,
    IsKnown,
    IsOpen,
    PredictedWait,
)
from ivr.flow import Hook, Proof
from ivr.world import HookAnswered, Verdict

_FRESH_S: Final = 2.0
"""So long a look at the queues serves all callers."""


class Worlds:
    """Makes each caller's world. `settings` returns those that hold now, `snapshot` routing as it stands."""

    def __init__(
        self,
        settings: Callable[[], VoiceSettings],
        snapshot: Callable[[], Awaitable[Snapshot]],
        crm: Crm,
        *,
        hooks: Hooks | None = None,
        proofs: ProofDesk | None = None,
        codes: CallCodes,
        knowledge: Callable[[], Knowledge] = Knowledge,
    ) -> None:
        self.settings, self.crm, self.codes, self.knowledge = settings, crm, codes, knowledge
        self.hooks, self.proofs = hooks or Hooks(), proofs or ProofDesk(crm.proofs)
        self._snapshot = snapshot
        self._looked_s = 0.0
        self._state: RoutingState | None = None
        self._looking = asyncio.Lock()

    def of(self, call: Call) -> "HubWorld":
        """Return a caller's world."""
        return HubWorld(self, call)

    def number(self, call: Call) -> str:
        """Return a caller's number as it is dialled at home; "" if it is withheld."""
        if (address := call.contact.address) is not None:
            return national(address, self.settings().region)
        return call.incoming.caller_number or ""

    def today(self) -> date:
        """Return today's date where the default queue's opening hours are, else where this machine is."""
        settings = self.settings()
        hours = settings.routing.hours.get(settings.queue(settings.default_queue).hours)
        return datetime.now(UTC).astimezone(ZoneInfo(hours.zone) if hours else None).date()

    async def state(self) -> RoutingState:
        """Return routing as it stood a moment ago; raises `AcdUnavailable`."""
        async with self._looking:
            if self._state is None or time.monotonic() - self._looked_s > _FRESH_S:
                self._state, self._looked_s = (await self._snapshot()).state, time.monotonic()
            return self._state


class HubWorld:
    """One caller's."""

    def __init__(self, worlds: Worlds, call: Call) -> None:
        self._worlds, self._call = worlds, call

    async def find_out(self, fact: Fact) -> bool | float | None:
        known = self._call.known
        match fact:
            case IsOpen(name):
                return self._is_open(name)
            case IsKnown():
                return known is not None
            case HasThread():
                return known is not None and known.thread is not None
            case HasTag(tag):
                return known is not None and tag in await self._worlds.crm.tags.of(known.customer.id)
            case PredictedWait(queue):
                return await self._wait_s(QueueName(queue) if queue else None)

    async def is_right(self, function: str, digits: str) -> bool:
        return await self._worlds.hooks.is_right(function, digits, self._call.flow.functions)

    async def prove(self, proof: Proof, digits: str) -> Verdict:
        contact = self._call.contact
        if proof is Proof.CODE:
            return await self._worlds.codes.prove(self._call, digits, self._call.flow.limits)
        return await self._worlds.proofs.prove(
            proof,
            digits,
            customer=self._call.known.customer.id if self._call.known else None,
            number=contact.address,
            limits=self._call.flow.limits,
            contact=contact.id,
        )

    async def ask(self, hook: Hook, language: str, variables: Mapping[str, str]) -> HookAnswered:
        if hook.is_of_faq:
            return answer_of(self._worlds.knowledge(), variables, language)
        call = self._call
        about = {
            "contact": call.contact.id,
            "section": hook.name,
            CALLER: self._worlds.number(call),
            DIALLED: call.incoming.dialled,
            "language": language,
        }
        return await self._worlds.hooks.ask(hook, about, variables, call.flow.functions)

    def _is_open(self, name: str | None) -> bool:
        """Whether a queue, or opening hours, is open; a queue without hours always is."""
        settings = self._worlds.settings()
        named = settings.routing.hours.get(name or "")
        queue = settings.queue(QueueName(name) if name else settings.default_queue)
        hours = named or settings.routing.hours.get(queue.hours)
        return hours is None or hours.is_open(now_ms())

    async def _wait_s(self, queue: QueueName | None) -> float | None:
        state = await self._worlds.state()
        name = queue or self._worlds.settings().default_queue
        waiting = len(state.lines.of(name))
        if not waiting and _is_anybody_free(state, name):
            return 0.0
        wait_ms = wait_at_ms(state, name, waiting + 1)
        return None if wait_ms is None else wait_ms / 1000


def answer_of(knowledge: Knowledge, told: Mapping[str, str], language: str) -> HookAnswered:
    """Answer a section of type `faq`; it fails if there is no answer that can be spoken."""
    asked = knowledge.answers.get(told.get(QUESTION, ""))
    found = asked or knowledge.for_intent(told.get(INTENT, ""), language)
    spoken = found.spoken(language) if found else ""
    return HookAnswered("", {ANSWER: spoken}) if spoken else HookAnswered(None)


def _is_anybody_free(state: RoutingState, queue: QueueName) -> bool:
    """Whether an agent of a queue is available and has no call."""
    busy = {
        record.agent for record in state.contacts.values() if record.agent and record.contact.channel.is_live
    }
    return any(
        state.agents[agent].presence is Presence.AVAILABLE and agent not in busy
        for agent in state.desks.members(queue)
    )
