"""What agents dial on their phones outside of a call: numbers, colleagues, codes.

A number outside becomes a call of ours as if it were dialled at the desktop, with the difference that the
phone is not rung: it waits, and is brought together with the leg that would have rung it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from acd.agent import Presence
from acd.contact import ContactState
from acd.ids import AgentId
from cti.calls import CallControl
from cti.errors import LegGone, NodeUnavailable
from cti.phones import DialledCall
from hub.board import Board, LiveContact
from hub.call import media
from hub.desktop.commands import Dial, DomainCommand, PickUp, SetPresence
from hub.desktop.refusals import CommandRefused, Refusal
from hub.feature_conf import AVAILABLE_CODE, NOT_READY_CODE, PICK_UP_CODE
from hub.numbers import Numbers
from hub.phone_names import agent_of
from hub.texts import spoken, spoken_refusal
from ivr.caller import Sounds
from ivr.flow import Language, Prompt

log = structlog.get_logger()

_REF: Final = "phone"
_COMMAND_S: Final = 5.0
_FRESH_S: Final = 10.0
"""So long a phone that dialled may wait for its call; then it is rung as any other."""
_WITHOUT_HUB: Final = "without-hub"


async def japanese(agent: AgentId) -> Language:
    """Say that everybody is spoken to in Japanese."""
    return Language("ja")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A phone's channel that can be brought together with a leg; `call`: it is to be sent to wait first."""

    name: str
    call: DialledCall | None = None
    since_s: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() - self.since_s < _FRESH_S


class DialledCalls:
    """Carries out what was dialled. `explain` tells the router that the phone is in use for us.

    `speaks` says in which language an agent is spoken to.
    """

    def __init__(
        self,
        board: Board,
        numbers: Numbers,
        sounds: Sounds,
        carry_out: Callable[[AgentId, DomainCommand], Awaitable[None]],
        *,
        speaks: Callable[[AgentId], Awaitable[Language]] = japanese,
    ) -> None:
        self._board, self._numbers, self._sounds = board, numbers, sounds
        self._carry_out, self._speaks = carry_out, speaks
        self._waiting: dict[AgentId, _Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.control: CallControl
        self.explain: Callable[[AgentId], Awaitable[None]]

    def begin(self, call: DialledCall) -> None:
        """Do what was dialled."""
        task = asyncio.create_task(self._follow(call), name="a dialled call")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def has(self, agent: AgentId) -> bool:
        """Whether a phone waits for the call that was dialled on it."""
        waiting = self._waiting.get(agent)
        return waiting is not None and waiting.is_fresh

    async def endpoint(self, agent: AgentId) -> str | None:
        """Return by which endpoint the phone that waits is reached, without ringing; None if none does."""
        waiting = self._waiting.pop(agent, None)
        if waiting is None or not waiting.is_fresh:
            return None
        if waiting.call is not None:
            try:
                await self.control.phones.send_on(waiting.call, "dialled", "s")
            except (LegGone, NodeUnavailable):
                return None
        return f"Local/{waiting.name}@bring/n"

    async def take_along(self, agent: AgentId, name: str) -> None:
        """Let the next contact that is for this agent by name reach the call that his phone has already."""
        self._waiting[agent] = _Waiting(name)
        await self.explain(agent)

    def forget(self, agent: AgentId) -> None:
        """Undo `take_along`."""
        self._waiting.pop(agent, None)

    async def close(self) -> None:
        """Do nothing more; may be called twice."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, call: DialledCall) -> None:
        agent = agent_of(call.endpoint)
        try:
            if call.number in (AVAILABLE_CODE, NOT_READY_CODE):
                await self._presence(call, agent)
            elif call.number.startswith(PICK_UP_CODE):
                await self._pick_up(call, agent)
            elif call.number.startswith("*"):
                await self._refuse(call, Refusal.UNKNOWN_TARGET)
            else:
                await self._dial(call, agent)
        except (LegGone, NodeUnavailable):
            pass  # who dialled has hung up, or the dialplan goes on with him
        except Exception:
            log.exception("phones.dialled_failed")

    async def _presence(self, call: DialledCall, agent: AgentId) -> None:
        is_available = call.number == AVAILABLE_CODE
        presence = Presence.AVAILABLE if is_available else Presence.NOT_READY
        refusal = await self._ask(
            agent, SetPresence(type="set_presence", ref=_REF, presence=presence, reason="phone")
        )
        name = "now_available" if is_available else "now_not_ready"
        if refusal is not None:
            await self._refuse(call, refusal)
        else:
            await self._tell(call, name)

    async def _pick_up(self, call: DialledCall, agent: AgentId) -> None:
        contact = self._parked(call.number.removeprefix(PICK_UP_CODE))
        if contact is None:
            await self._tell(call, "nobody_parked")
        else:
            await self._take(call, agent, PickUp(type="pick_up", ref=_REF, contact=contact.id))

    async def _dial(self, call: DialledCall, agent: AgentId) -> None:
        try:
            to = await self._numbers.find(call.number)
        except CommandRefused as error:
            await self._refuse(call, error.code)
            return
        if to.agent is not None and to.agent != agent:
            await self.control.phones.send_on(call, _WITHOUT_HUB, to.agent)
        elif to.number is not None:
            await self._take(call, agent, Dial(type="dial", ref=_REF, number=to.number))
        else:
            await self._refuse(call, Refusal.TO_ONESELF if to.agent is not None else Refusal.UNKNOWN_TARGET)

    async def _take(self, call: DialledCall, agent: AgentId, command: Dial | PickUp) -> None:
        """Have a call made for a phone that waits. Who is signed in at no desktop calls by the trunk."""
        self._waiting[agent] = _Waiting(call.name, call)
        await self.explain(agent)
        refusal = await self._ask(agent, command)
        if refusal is None:
            return
        self._waiting.pop(agent, None)
        if refusal is Refusal.TARGET_AWAY and isinstance(command, Dial):
            await self.control.phones.send_on(call, _WITHOUT_HUB, call.number)
        else:
            await self._refuse(call, refusal)

    async def _ask(self, agent: AgentId, command: DomainCommand) -> Refusal | None:
        """Have a command carried out; returns why it was not."""
        try:
            async with asyncio.timeout(_COMMAND_S):
                await self._carry_out(agent, command)
        except CommandRefused as refusal:
            return refusal.code
        except Exception as error:
            is_passing = isinstance(error, TimeoutError) or getattr(error, "retryable", False)
            note = log.warning if is_passing else log.exception
            note("phones.command_failed", command=command.type, error=type(error).__name__)
            return Refusal.UNAVAILABLE
        return None

    async def _tell(self, call: DialledCall, name: str) -> None:
        await self._say(call, spoken(name, await self._speaks(agent_of(call.endpoint))))

    async def _refuse(self, call: DialledCall, refusal: Refusal) -> None:
        await self._say(call, spoken_refusal(refusal, await self._speaks(agent_of(call.endpoint))))

    async def _say(self, call: DialledCall, words: Prompt) -> None:
        """Tell who dialled, and hang up."""
        sound = media(await self._sounds.sound(words)).removeprefix("sound:")
        await self.control.phones.send_on(call, "dialled", "say", {"TORITSUGI_SOUND": sound})

    def _parked(self, place: str) -> LiveContact | None:
        """Return the call that was parked first, or the one in a place, counted from 1 in that order."""
        waiting = (ContactState.WAITING, ContactState.OFFERED)
        parked = [each for each in self._board.all() if each.parked_until_ms and each.state in waiting]
        parked.sort(key=lambda each: each.since_ms)
        index = int(place) - 1 if place.isdecimal() and place else 0
        return parked[index] if 0 <= index < len(parked) else None
