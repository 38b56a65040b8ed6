"""One recording that runs: paused, muted, gone on with. What is done to it is done in order."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass

import msgspec
import structlog

from acd.ids import AgentId, QueueName
from acd.policy import RecordRules
from cti.calls import CallControl
from cti.errors import CtiError, NodeUnavailable
from hub.board import LiveContact
from hub.desktop.protocol import RecordingState
from hub.recordings.draft import Draft, Why
from hub.recordings.keeper import DraftKeeper

log = structlog.get_logger()

_AGAIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Means:
    """What recordings have in common. `do` runs a chore, `show` shows a contact whose recording changed."""

    control: CallControl
    keeper: DraftKeeper
    rules: Callable[[QueueName], RecordRules]
    show: Callable[[LiveContact], Awaitable[None]]
    do: Callable[[Coroutine[None, None, None]], None]


class Running:
    """A recording on the line. `is_found`: another hub began it, or this one before its link was lost.

    A pause is written down before Asterisk is asked for it, and asked for until it holds: its stretch is
    blanked before the recording is stored, whatever Asterisk did.
    """

    def __init__(self, draft: Draft, contact: LiveContact, means: Means, *, is_found: bool = False) -> None:
        self.draft, self.contact, self.is_found = draft, contact, is_found
        self.lock = asyncio.Lock()
        self._means = means
        self._is_over = self._is_silent = False
        self._resuming: asyncio.TimerHandle | None = None
        self._muting: asyncio.TimerHandle | None = None

    @property
    def state(self) -> RecordingState:
        return RecordingState.ON if self.draft.paused is None else RecordingState.PAUSED

    def over(self) -> None:
        """It is asked for nothing any more."""
        self._is_over = True
        _stop(self._resuming)
        _stop(self._muting)

    async def pause(self, why: Why) -> None:
        """Record silence. Raises `CtiError` if Asterisk does not, and has it tried again."""
        async with self.lock:
            _stop(self._resuming)
            _stop(self._muting)
            draft, at_ms = self.draft, self._means.keeper.clock_ms()
            if draft.paused is not why:
                if draft.paused is not None:
                    draft = draft.resumed(at_ms)
                self.draft = draft.paused_from(at_ms, why)
                await self._means.keeper.write(self.draft)
            elif self._is_silent:
                return
            await self._mute()
            await self.show()

    async def pause_for_keys(self) -> None:
        """A key was pressed: silence from now until some time after the last one."""
        if self.draft.paused is Why.AGENT:
            return
        with suppress(CtiError):  # it is tried again
            await self.pause(Why.KEYS)
        self._resume_later()

    async def resume(self) -> None:
        """End a pause, also one that keys began. Raises `CtiError` if Asterisk does not."""
        async with self.lock:
            _stop(self._resuming)
            if self.draft.paused is None:
                return
            await self._means.control.silence_recording(self.draft.id, is_silent=False)
            _stop(self._muting)
            self._is_silent = False
            self.draft = self.draft.resumed(self._means.keeper.clock_ms())
            await self._means.keeper.write(self.draft)
            await self.show()

    async def go_on(self) -> None:
        """Have Asterisk, which went on by itself meanwhile, record sound or silence as is noted."""
        try:
            if self.draft.paused is not None:
                await self._mute()
            else:
                await self._means.control.silence_recording(self.draft.id, is_silent=False)
        except CtiError as error:
            log.warning("recording.not_silenced", recording=self.draft.id, reason=str(error))
        if self.draft.paused is Why.KEYS:
            self._resume_later()
        await self.show()

    async def mute_again(self) -> None:
        """Ask again for a pause that Asterisk did not take, until it does or nobody wants it any more."""
        async with self.lock:
            if self._is_over or self.draft.paused is None or self._is_silent:
                return
            _stop(self._muting)
            with suppress(CtiError):
                await self._mute()
                await self.show()

    async def heard_too(self, *agents: AgentId | None) -> None:
        """More agents are recorded, perhaps for a queue in which numbers are to be silenced."""
        async with self.lock:
            draft, queue = self.draft, self.contact.queue
            heard = tuple(dict.fromkeys((*draft.agents, *filter(None, agents))))
            to_hear = draft.to_hear or (queue if self._means.rules(queue).mask else None)
            self.draft = msgspec.structs.replace(draft, agents=heard, to_hear=to_hear)
            if self.draft != draft:
                await self._means.keeper.write(self.draft)

    async def show(self) -> None:
        """Show in what state it is."""
        self.contact.recording = RecordingState.OFF if self._is_over else self.state
        await self._means.show(self.contact)

    async def _mute(self) -> None:
        """Have silence recorded; what Asterisk does not do, it is asked for again."""
        try:
            await self._means.control.silence_recording(self.draft.id, is_silent=True)
        except CtiError as error:
            log.warning("recording.not_silenced", recording=self.draft.id, reason=str(error))
            self._is_silent = False
            loop = asyncio.get_running_loop()
            self._muting = loop.call_later(_AGAIN_S, lambda: self._means.do(self.mute_again()))
            raise
        self._is_silent = True

    def _resume_later(self) -> None:
        _stop(self._resuming)
        seconds = self._means.rules(self.contact.queue).key_pause_s
        loop = asyncio.get_running_loop()
        self._resuming = loop.call_later(seconds, lambda: self._means.do(self._resume_after_keys()))

    async def _resume_after_keys(self) -> None:
        if self._is_over or self.draft.paused is not Why.KEYS:
            return
        try:
            await self.resume()
        except NodeUnavailable:
            self._resume_later()
        except CtiError as error:
            log.warning("recording.not_resumed", recording=self.draft.id, reason=str(error))


def _stop(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
