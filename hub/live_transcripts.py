"""What agents and customers say in a call becomes text while they say it, each side by itself."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from acd.ids import ContactId, QueueName
from cti.calls import CallControl
from cti.errors import CtiError
from cti.media_stream import ConnectMedia, MediaStream
from hub.call import Call
from hub.transcripts import Side
from ivr.hearing import Recogniser, RecognitionStream, Utterance

log = structlog.get_logger()

_SIDES = ((Side.CUSTOMER, "in"), (Side.AGENT, "out"))
"""Each side, and which direction of the customer's channel it is."""


class TakeUtterance(Protocol):
    """Is told what a side of a call just said (`hub.transcripts.Transcripts.heard`); never waits."""

    def __call__(self, contact: ContactId, side: Side, utterance: Utterance) -> None: ...


@dataclass(slots=True, eq=False)
class _Heard:
    """One side of a call."""

    audio: MediaStream
    stream: RecognitionStream
    reading: asyncio.Task[None]


@dataclass(slots=True)
class LiveTranscripts:
    """Listens to calls whose queue says so (`transcribe`), from the first talk to the end of the call.

    The agent's side is what the customer hears. While `is_paused` (the recording is), nothing is
    written down. A call whose sides cannot be listened to is passed over: nobody has to wait for it.
    """

    recogniser: Recogniser
    connect: ConnectMedia
    wanted: Callable[[QueueName], bool]
    is_paused: Callable[[ContactId], bool] = lambda _: False
    heard: TakeUtterance = lambda contact, side, utterance: None
    control: CallControl = field(init=False)
    _calls: dict[ContactId, list[_Heard]] = field(default_factory=dict)
    _chores: set[asyncio.Task[None]] = field(default_factory=set)

    def talk_began(self, call: Call) -> None:
        """An agent talks to the customer, the first one or after another."""
        contact = call.contact.id
        is_wanted = self.wanted(call.contact.queue)
        if is_wanted and contact not in self._calls:
            self._calls[contact] = []
            self._do(self._begin(call))
        elif not is_wanted:
            self.ended(contact)

    def ended(self, contact: ContactId) -> None:
        """A call is over, or in a queue that is not listened to."""
        if (sides := self._calls.pop(contact, None)) is not None:
            self._do(_stop(sides))

    async def close(self) -> None:
        """Listen to nobody any more."""
        for contact in tuple(self._calls):
            self.ended(contact)
        if self._chores:
            await asyncio.wait(self._chores, timeout=2.0)

    async def _begin(self, call: Call) -> None:
        contact = call.contact.id
        for side, direction in _SIDES:
            stream = await self.recogniser.open(call.language)
            if stream is None:
                log.warning("transcript.not_listening", contact=contact, side=side)
                continue
            try:
                audio = await self.control.listen(
                    call.key, f"{contact}.{side}", direction, stream.feed, self.connect
                )
            except CtiError as error:
                log.warning("transcript.no_audio", contact=contact, side=side, reason=str(error))
                await stream.close()
                continue
            reading = asyncio.create_task(self._read(contact, side, stream))
            known = _Heard(audio, stream, reading)
            if (sides := self._calls.get(contact)) is not None:
                sides.append(known)
            else:  # it ended meanwhile
                await _stop([known])

    async def _read(self, contact: ContactId, side: Side, stream: RecognitionStream) -> None:
        async for each in stream.heard():
            if isinstance(each, Utterance) and each.text and not self.is_paused(contact):
                self.heard(contact, side, each)

    def _do(self, chore: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._chores.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("transcript.failed", exc_info=error)


async def _stop(sides: list[_Heard]) -> None:
    for each in sides:
        await each.audio.stop()
        await each.stream.close()
        each.reading.cancel()
