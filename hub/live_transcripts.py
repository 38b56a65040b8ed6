"""What agents and customers say in a call becomes text while they say it, each side by itself."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from acd.ids import ContactId, QueueName
from cti.calls import CallControl
from cti.errors import CallGone, CtiError
from cti.media_stream import RATE_HZ, ConnectMedia, MediaStream
from hub.board import LiveContact
from hub.call import Call
from hub.clock import now_ms
from hub.transcripts import Side
from ivr.hearing import Deaf, Recogniser, RecognitionStream, SpeechBegan, Utterance

log = structlog.get_logger()

_SIDES = ((Side.CUSTOMER, "in"), (Side.AGENT, "out"))
"""Each side, and which direction of the customer's channel it is."""
_AGAIN_S = (1.0, 2.0, 5.0, 15.0)
"""So long after each time that a side could not be listened to it is tried again, and then ever so."""
_LAST_AUDIO_S: Final = 0.5
"""So long after its end the audio of a call may still come."""
_TO_END_S: Final = 8.0
"""What was said last is recognised in less."""
_ENDED_MAX: Final = 1_000


class TakeUtterance(Protocol):
    """Is told what a side of a call said, and when it ended, Unix time (`Transcripts.heard`); never waits."""

    def __call__(self, live: LiveContact, side: Side, utterance: Utterance, ended_ms: int) -> None: ...


@dataclass(slots=True, eq=False)
class _Side:
    """One side of a call. `over`: no more is said; `quiet`: nothing of it waits to be recognised."""

    call: Call
    side: Side
    direction: str
    over: asyncio.Event = field(default_factory=asyncio.Event)
    quiet: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] = field(init=False)


@dataclass(slots=True, eq=False)
class _Listening:
    """A call that is listened to, or was. `is_whole`: nothing of it was missed yet."""

    sides: list[_Side] = field(default_factory=list)
    is_whole: bool = True

    @property
    def is_over(self) -> bool:
        return all(each.over.is_set() for each in self.sides)


@dataclass(slots=True)
class LiveTranscripts:
    """Listens to calls whose queue says so (`transcribe`), from the first talk to the end of the call.

    The agent's side is what the customer hears. While `is_paused` (the recording is), nothing is
    written down. Nobody has to wait for it: a side that cannot be listened to yet (its recogniser is
    still loading, or all are taken), or no longer, is tried again until the call ends. What was said last
    is heard after that; `listened` waits for it.
    """

    recogniser: Recogniser
    connect: ConnectMedia
    wanted: Callable[[QueueName], bool]
    is_paused: Callable[[ContactId], bool] = lambda _: False
    heard: TakeUtterance = lambda live, side, utterance, ended_ms: None
    clock_ms: Callable[[], int] = now_ms
    control: CallControl = field(init=False)
    _calls: dict[ContactId, _Listening] = field(default_factory=dict)

    def talk_began(self, call: Call) -> None:
        """An agent talks to the customer, the first one or after another."""
        contact = call.contact.id
        if not self.wanted(call.contact.queue):
            return self.ended(contact)
        listening = self._calls.setdefault(contact, _Listening())
        if listening.is_over:
            for side in _SIDES:
                listening.sides.append(self._begin(listening, _Side(call, *side)))
        return None

    def ended(self, contact: ContactId) -> None:
        """A call is over, or in a queue that is not listened to; what was said before is still heard."""
        if (listening := self._calls.get(contact)) is not None:
            for side in listening.sides:
                side.over.set()
            self._forget_early()

    async def listened(self, contact: ContactId) -> bool:
        """Wait until all is heard that was said so far in a call; whether nothing of it was missed.

        What is recognised too late counts as missed.
        """
        if (listening := self._calls.get(contact)) is None:
            return False
        waits = [
            each.task if each.over.is_set() else asyncio.create_task(each.quiet.wait())
            for each in listening.sides
            if not each.task.done()
        ]
        if waits:
            _, late = await asyncio.wait(waits, timeout=_LAST_AUDIO_S + _TO_END_S + 1)
            listening.is_whole = listening.is_whole and not late
        return listening.is_whole

    async def close(self) -> None:
        """Listen to nobody any more."""
        tasks = [side.task for each in self._calls.values() for side in each.sides if not side.task.done()]
        self._calls.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=2.0)

    def _begin(self, listening: _Listening, side: _Side) -> _Side:
        side.quiet.set()
        side.task = asyncio.create_task(self._listen(listening, side))
        side.task.add_done_callback(_done)
        return side

    async def _listen(self, listening: _Listening, side: _Side) -> None:
        """Write one side down until it is over, or the call is gone."""
        contact, tries = side.call.contact.id, 0
        while not side.over.is_set():
            try:
                if await self._write_down(listening, side):
                    tries = 0
                else:
                    listening.is_whole = False
                    if tries == 0:
                        log.warning("transcript.not_listening", contact=contact, side=side.side)
            except CallGone:
                return
            except CtiError as error:
                listening.is_whole = False
                log.warning("transcript.no_audio", contact=contact, side=side.side, reason=str(error))
            await _within(side.over, _AGAIN_S[min(tries, len(_AGAIN_S) - 1)])
            if not (side.over.is_set() or side.call.gone.is_set()):
                listening.is_whole = False
            tries += 1

    async def _write_down(self, listening: _Listening, side: _Side) -> bool:
        """Listen as long as it can be, and then to what was said last; whether it could."""
        call = side.call
        stream = await self.recogniser.open(call.language)
        if stream is None:
            return False
        ear = _Ear(stream, self.clock_ms)
        try:
            audio = await self.control.listen(
                call.key, f"{call.contact.id}.{side.side}", side.direction, ear.feed, self.connect
            )
            reading = asyncio.create_task(self._read(side, ear))
            try:
                await _first(reading, audio.over.wait(), side.over.wait())
                if not reading.done():
                    await _within(audio.over, _LAST_AUDIO_S)
                    await _heard_out(stream, reading, audio)
                listening.is_whole = listening.is_whole and await reading
            except TimeoutError:
                listening.is_whole = False
                log.warning("transcript.end_not_heard", contact=call.contact.id, side=side.side)
            finally:
                reading.cancel()
                side.quiet.set()
                await audio.stop()
        finally:
            await stream.close()
        return True

    async def _read(self, side: _Side, ear: "_Ear") -> bool:
        """Hand on what is heard until the stream is closed; whether all was heard."""
        live = side.call.contact
        async for each in ear.stream.heard():
            if isinstance(each, SpeechBegan):
                side.quiet.clear()
            if isinstance(each, Utterance):
                if each.text and not self.is_paused(live.id):
                    self.heard(live, side.side, each, ear.when_ms(each.ended_s))
                side.quiet.set()
            if isinstance(each, Deaf):
                return False
        return True

    def _forget_early(self) -> None:
        """Forget calls that ended long ago."""
        ended = [id_ for id_, each in self._calls.items() if each.is_over]
        for id_ in ended[:-_ENDED_MAX]:
            del self._calls[id_]


class _Ear:
    """Feeds a stream, whose times are seconds of sound, and knows when those were."""

    def __init__(self, stream: RecognitionStream, clock_ms: Callable[[], int]) -> None:
        self.stream, self._clock_ms = stream, clock_ms
        self._fed_s, self._fed_ms = 0.0, clock_ms()

    def feed(self, audio: bytes) -> None:
        self._fed_s += len(audio) / (2 * RATE_HZ)
        self._fed_ms = self._clock_ms()
        self.stream.feed(audio)

    def when_ms(self, second: float) -> int:
        """Return when a second of the sound was, Unix time."""
        return self._fed_ms - round((self._fed_s - second) * 1000)


async def _heard_out(stream: RecognitionStream, reading: asyncio.Task[bool], audio: MediaStream) -> None:
    """Let all be heard that came; raises `TimeoutError`."""
    await audio.stop()
    async with asyncio.timeout(_TO_END_S):
        await stream.finish()
        await asyncio.wait({reading})


async def _first(reading: asyncio.Task[bool], *waits: Coroutine[None, None, object]) -> None:
    """Return once one of them is done."""
    tasks = [asyncio.create_task(each) for each in waits]
    try:
        await asyncio.wait((reading, *tasks), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _within(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but no longer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _done(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("transcript.failed", exc_info=error)
