"""Telling waiting callers where they stand: place and wait, and what the queue says again and again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from acd.contact import ContactState
from acd.core.explain import explain
from acd.core.state import RoutingState
from acd.errors import AcdUnavailable
from acd.ids import ContactId
from acd.policy import Announcements
from acd.router import Snapshot
from hub.call import Call
from hub.lines import Lines
from hub.texts import spoken
from hub.voice_settings import VoiceSettings
from hub.waiting_calls import WaitingCalls, sound_of
from ivr.flow import Prompt

log = structlog.get_logger()

_TICK_S = 1.0
_LOOK_S = 3.0
"""How often a caller's place is looked up between two announcements, to see whether it changed."""


class Recordings(Protocol):
    """Where the sounds are that an administrator recorded, and a tone."""

    @property
    def beep(self) -> Path: ...

    async def recording(self, name: str, language: str) -> Path | None:
        """Return what can be played, None if there is none of that name."""


@dataclass(slots=True)
class _Told:
    """What a caller has heard so far. Times are of the announcer's clock; `position` 0: no place yet."""

    look_s: float
    periodic_s: float
    said_s: float = 0.0
    position: int = 0
    has_heard_wait: bool = False
    periodic_count: int = 0


class Announcer:
    """Looks each second who is to be told something. `run` is the service.

    `snapshot` returns routing as it stands: it is asked once for all callers, when somebody is due.
    """

    def __init__(
        self,
        lines: Lines,
        waiting: WaitingCalls,
        settings: Callable[[], VoiceSettings],
        snapshot: Callable[[], Awaitable[Snapshot]],
        recordings: Recordings,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._lines, self._waiting, self._settings = lines, waiting, settings
        self._snapshot, self._recordings = snapshot, recordings
        self._clock, self._sleep = clock, sleep
        self._told: dict[ContactId, _Told] = {}

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            await self._sleep(_TICK_S)
            try:
                await self.look()
            except AcdUnavailable:
                pass  # nobody knows where callers stand
            except Exception:
                log.exception("announcer.failed")

    async def look(self) -> None:
        """Tell everybody who is due; raises `AcdUnavailable`."""
        now_s = self._clock()
        calls = [call for call in self._lines.calls.values() if _waits(call)]
        self._told = {
            call.contact.id: self._told.get(call.contact.id) or _Told(now_s, now_s) for call in calls
        }
        state: RoutingState | None = None
        for call in calls:
            told, rules = self._told[call.contact.id], self._rules(call)
            if self._waiting.is_talking(call.contact.id):
                continue
            if rules.frequency_s and now_s >= told.look_s:
                state = state or (await self._snapshot()).state
                self._tell_place(call, told, state, now_s)
            if rules.periodic and rules.periodic_s and now_s >= told.periodic_s + rules.periodic_s:
                await self._tell_again(call, told, now_s)

    def _rules(self, call: Call) -> Announcements:
        return self._settings().queue(call.contact.queue).announcements

    def _tell_place(self, call: Call, told: _Told, state: RoutingState, now_s: float) -> None:
        """Say place and wait: when the place has changed, or when they were not said for long."""
        record, rules = state.contacts.get(call.contact.id), self._rules(call)
        if record is None or record.state is not ContactState.WAITING or not _waits(call):
            return
        if not record.is_in_line or record.is_parked:  # no place could be told
            return
        stands = explain(state, record)
        if stands.position == told.position and now_s < told.said_s + rules.frequency_s:
            told.look_s = now_s + _LOOK_S
            return
        told.position, told.said_s = stands.position, now_s
        told.look_s = now_s + max(rules.frequency_min_s, _LOOK_S)
        if stands.position == 1 and not rules.to_first:
            return
        sentences = place(rules, stands.position, call.language)
        if stands.wait_ms is not None and _is_wait_told(rules, told):
            told.has_heard_wait = True
            sentences.append(wait(rules, stands.wait_ms, call.language))
        if sentences:
            self._waiting.tell(call, sentences)

    async def _tell_again(self, call: Call, told: _Told, now_s: float) -> None:
        sounds = self._rules(call).periodic
        name = sounds[told.periodic_count % len(sounds)]
        told.periodic_s, told.periodic_count = now_s, told.periodic_count + 1
        recording = await self._recordings.recording(name, call.language)
        if _waits(call):
            self._waiting.tell(call, [sound_of(name, recording)])


def place(rules: Announcements, position: int, language: str) -> list[Prompt]:
    """Return what a caller at a place in line (1 is next) is told of it."""
    is_beyond = position > rules.position_limit
    if rules.position == "no" or (rules.position == "limit" and is_beyond):
        return []
    if rules.position == "more" and is_beyond:
        return [spoken("position_more", language, limit=rules.position_limit)]
    if position == 1:
        return [spoken("position_next", language)]
    return [spoken("position", language, position=position)]


def wait(rules: Announcements, wait_ms: int, language: str) -> Prompt:
    """Return what a caller is told of the wait ahead: minutes, below one the seconds if they are rounded."""
    seconds = round(wait_ms / 1000)
    if rules.round_s:
        seconds = round(seconds / rules.round_s) * rules.round_s
    if seconds >= 60:
        return spoken("wait", language, wait=round(seconds / 60) * 60)
    if rules.round_s and seconds:
        return spoken("wait", language, wait=seconds)
    return spoken("wait_soon", language)


def _is_wait_told(rules: Announcements, told: _Told) -> bool:
    return rules.holdtime == "yes" or (rules.holdtime == "once" and not told.has_heard_wait)


def _waits(call: Call) -> bool:
    """Whether a caller waits and no agent's phone rings for him."""
    return bool(call.contact.queue) and call.contact.state is ContactState.WAITING and call.leg is None
