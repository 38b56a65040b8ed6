"""What callers hear while nobody talks to them: music, announcements, questions, last words."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import structlog

from acd.ids import ContactId, QueueName
from cti.calls import CallControl
from cti.dialogue import Wanted
from cti.errors import CallGone, CtiError, NodeUnavailable
from hub.call import Call, media
from ivr.caller import QUIET_S, Sounds
from ivr.flow import Prompt

log = structlog.get_logger()

Talk = Callable[[], Awaitable[None]]
T = TypeVar("T")

_AT_ONCE_S = 0.15
"""What takes longer is waited for with music."""
_LINK_S = 30.0
_PENDING_MAX = 4
"""Talks that wait for another with the same caller; what is beyond is not said."""


class WaitingCalls:
    """Talks with callers: one at a time for each, in order, and music in between.

    None of it keeps a caller from an agent: a connection ends it (`hush`). `music_class` says what is
    played in a queue.
    """

    def __init__(self, sounds: Sounds, music_class: Callable[[QueueName], str]) -> None:
        self._sounds, self._music_class = sounds, music_class
        self._pending: dict[ContactId, deque[Talk]] = {}
        self._tasks: dict[ContactId, asyncio.Task[None]] = {}
        self.control: CallControl

    def is_talking(self, contact: ContactId) -> bool:
        """Whether a caller is being talked to."""
        return contact in self._tasks

    async def play_music(self, call: Call) -> None:
        """Answer a call, if it was not, and play its queue's music."""
        await asyncio.gather(self.control.answer(call.key), self._start_music(call))

    def tell(self, call: Call, sounds: Sequence[str | Prompt]) -> None:
        """Say something, after what is being said; then music goes on. Prompts, or media URIs."""
        self.talk(call, lambda: self._interrupting_music(call, lambda: self.say(call, *sounds)))

    def tell_whole(self, call: Call, prompt: Prompt, over: Callable[[bool], None]) -> None:
        """Say something as `tell` does, and say whether it was heard to its end once it is over."""

        async def told() -> None:
            is_heard = False
            try:
                await self.say(call, prompt)
                is_heard = True
            finally:
                over(is_heard)

        self.talk(call, lambda: self._interrupting_music(call, told))

    def ask(self, call: Call, question: Prompt, then: Callable[[str], Awaitable[None]]) -> None:
        """Ask for one key, and do what follows from it (`""`: none came); then music goes on."""

        async def dialogue() -> None:
            await then(await self.answer(call, question))

        self.talk(call, lambda: self._interrupting_music(call, dialogue))

    def part(self, call: Call, *sounds: Prompt) -> None:
        """Say last words and hang up, whatever comes between; music does not go on."""
        call.is_parting = True
        self.talk(call, lambda: self._part(call, sounds))

    def talk(self, call: Call, talk: Talk) -> None:
        """Have a talk with a caller, after those that were begun before."""
        contact = call.contact.id
        pending = self._pending.setdefault(contact, deque())
        if len(pending) >= _PENDING_MAX:
            log.error("waiting.too_much_to_say", contact=contact)
            return
        pending.append(talk)
        if contact not in self._tasks:
            self._tasks[contact] = asyncio.create_task(self._drive(contact, pending), name=f"talk {contact}")

    async def hush(self, contact: ContactId) -> None:
        """End what is being said to a caller, and say nothing more."""
        self._pending.pop(contact, None)
        if (task := self._tasks.pop(contact, None)) is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.wait({task})

    async def close(self) -> None:
        """End all talks; may be called twice."""
        await asyncio.gather(*(self.hush(contact) for contact in list(self._tasks)))

    async def say(self, call: Call, *sounds: str | Prompt) -> None:
        """Play something to its end; keys mean nothing meanwhile. Raises what call control raises."""
        found = await self._found(call, sounds)
        await self.control.play_and_collect(call.key, found, Wanted(0, 0, 0, barge_in=False))

    async def interrupt(self, call: Call, talk: Talk) -> None:
        """Within a talk: stop the music for what is said next."""
        await self._interrupting_music(call, talk)

    async def answer(self, call: Call, *question: Prompt) -> str:
        """Ask for one key, `""` if none comes before silence is too long. Raises what call control raises."""
        found = await self._found(call, question)
        await self.control.forget_typed(call.key)
        return await self.control.play_and_collect(call.key, found, Wanted(1, QUIET_S, 0, terminator=""))

    async def meanwhile(self, call: Call, work: Awaitable[T]) -> T:
        """Within a talk: do something of which the caller hears nothing, with music if it takes long."""
        working = asyncio.ensure_future(work)
        try:
            if not (await asyncio.wait({working}, timeout=_AT_ONCE_S))[0]:
                with suppress(CtiError):  # whatever has become of the call, what was begun is done
                    await self._start_music(call)
                await asyncio.wait({working})
                with suppress(CtiError):
                    await self.control.stop_music(call.key)
            return working.result()
        finally:
            working.cancel()

    async def _found(self, call: Call, sounds: Sequence[str | Prompt]) -> list[str]:
        return list(await self.meanwhile(call, asyncio.gather(*map(self._media, sounds))))

    async def _start_music(self, call: Call) -> None:
        await self.control.start_music(call.key, self._music_class(call.contact.queue))

    async def _media(self, sound: str | Prompt) -> str:
        return media(await self._sounds.sound(sound)) if isinstance(sound, Prompt) else sound

    async def _drive(self, contact: ContactId, pending: deque[Talk]) -> None:
        try:
            while pending:
                await self._hold(contact, pending.popleft())
        finally:
            if self._tasks.get(contact) is asyncio.current_task():
                del self._tasks[contact]
            if self._pending.get(contact) is pending:
                del self._pending[contact]

    async def _hold(self, contact: ContactId, talk: Talk) -> None:
        try:
            await talk()
        except CallGone:
            pass  # `call_gone` tells
        except CtiError as error:
            log.warning("waiting.not_said", contact=contact, reason=str(error))
        except Exception:
            log.exception("waiting.failed", contact=contact)

    async def _interrupting_music(self, call: Call, talk: Talk) -> None:
        await self.control.stop_music(call.key)
        try:
            await talk()
        except NodeUnavailable:  # the prompt ended with the link; a caller is not left in silence
            await self.control.up(_LINK_S)
        if not call.is_parting:
            await self._start_music(call)

    async def _part(self, call: Call, sounds: Sequence[Prompt]) -> None:
        with suppress(CallGone):
            with suppress(CtiError):
                await self.control.answer(call.key)
                await self.control.stop_music(call.key)
                await self.say(call, *sounds)
            await self.control.up(_LINK_S)
            await self.control.hang_up(call.key)


def sound_of(name: str, recording: Path | None) -> str:
    """Return the media URI of a named sound: our own recording, or Asterisk's."""
    return media(recording) if recording is not None else f"sound:{name}"
