"""What agents and customers say in a call becomes text while they say it, each side by itself."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from acd.ids import ContactId, QueueName
from cti.calls import CallControl
from cti.errors import CallGone, CtiError
from cti.media_stream import ConnectMedia
from hub.call import Call
from hub.transcripts import Side
from ivr.hearing import Recogniser, RecognitionStream, Utterance

log = structlog.get_logger()

_SIDES = ((Side.CUSTOMER, "in"), (Side.AGENT, "out"))
"""Each side, and which direction of the customer's channel it is."""
_AGAIN_S = (1.0, 2.0, 5.0, 15.0)
"""So long after each time that a side could not be listened to it is tried again, and then ever so."""


class TakeUtterance(Protocol):
    """Is told what a side of a call just said (`hub.transcripts.Transcripts.heard`); never waits."""

    def __call__(self, contact: ContactId, side: Side, utterance: Utterance) -> None: ...


@dataclass(slots=True)
class LiveTranscripts:
    """Listens to calls whose queue says so (`transcribe`), from the first talk to the end of the call.

    The agent's side is what the customer hears. While `is_paused` (the recording is), nothing is
    written down. Nobody has to wait for it: a side that cannot be listened to yet (its recogniser is
    still loading, or all are taken), or no longer, is tried again until the call ends.
    """

    recogniser: Recogniser
    connect: ConnectMedia
    wanted: Callable[[QueueName], bool]
    is_paused: Callable[[ContactId], bool] = lambda _: False
    heard: TakeUtterance = lambda contact, side, utterance: None
    control: CallControl = field(init=False)
    _calls: dict[ContactId, list[asyncio.Task[None]]] = field(default_factory=dict)
    _stopping: set[asyncio.Task[None]] = field(default_factory=set)

    def talk_began(self, call: Call) -> None:
        """An agent talks to the customer, the first one or after another."""
        contact = call.contact.id
        is_wanted = self.wanted(call.contact.queue)
        if is_wanted and contact not in self._calls:
            sides = [asyncio.create_task(self._listen(call, *each)) for each in _SIDES]
            for side in sides:
                side.add_done_callback(self._done)
            self._calls[contact] = sides
        elif not is_wanted:
            self.ended(contact)

    def ended(self, contact: ContactId) -> None:
        """A call is over, or in a queue that is not listened to."""
        for side in self._calls.pop(contact, ()):
            if not side.done():
                self._stopping.add(side)
                side.cancel()

    async def close(self) -> None:
        """Listen to nobody any more."""
        for contact in tuple(self._calls):
            self.ended(contact)
        if self._stopping:
            await asyncio.wait(self._stopping, timeout=2.0)

    async def _listen(self, call: Call, side: Side, direction: str) -> None:
        """Write one side down until cancelled, or the call is gone."""
        contact, tries = call.contact.id, 0
        while True:
            try:
                if await self._write_down(call, side, direction):
                    tries = 0
                elif tries == 0:
                    log.warning("transcript.not_listening", contact=contact, side=side)
            except CallGone:
                return
            except CtiError as error:
                log.warning("transcript.no_audio", contact=contact, side=side, reason=str(error))
            await asyncio.sleep(_AGAIN_S[min(tries, len(_AGAIN_S) - 1)])
            tries += 1

    async def _write_down(self, call: Call, side: Side, direction: str) -> bool:
        """Listen as long as it can be; whether it could."""
        stream = await self.recogniser.open(call.language)
        if stream is None:
            return False
        try:
            audio = await self.control.listen(
                call.key, f"{call.contact.id}.{side}", direction, stream.feed, self.connect
            )
            reading = asyncio.create_task(self._read(call.contact.id, side, stream))
            over = asyncio.create_task(audio.over.wait())
            try:
                await asyncio.wait((reading, over), return_when=asyncio.FIRST_COMPLETED)
                if reading.done():
                    reading.result()
            finally:
                reading.cancel()
                over.cancel()
                await audio.stop()
        finally:
            await stream.close()
        return True

    async def _read(self, contact: ContactId, side: Side, stream: RecognitionStream) -> None:
        async for each in stream.heard():
            if isinstance(each, Utterance) and each.text and not self.is_paused(contact):
                self.heard(contact, side, each)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._stopping.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("transcript.failed", exc_info=error)
