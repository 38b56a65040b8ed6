"""A caller in the menus who may answer by voice: keys, speech, or silence, whichever comes first."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

import structlog

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.dialogue import Wanted
from cti.errors import CallGone, CtiError
from cti.media_stream import ConnectMedia, MediaStream
from hub.call import media
from hub.texts import spoken
from ivr.caller import NOTHING, Question, Sounds
from ivr.hearing import (
    Choices,
    Deaf,
    FaxTone,
    HeardAs,
    Noted,
    Recogniser,
    RecognitionStream,
    SpeechBegan,
    Utterance,
    not_noted,
)

log = structlog.get_logger()

_QUIET_S: Final = 3.8
"""After so long without a word from either side the caller is told that we listen."""
_QUIET_S_MAX: Final = 4.0
"""Unless the question is over by then."""
_SPEAKING_S: Final = 15.0
"""No utterance lasts longer: a recogniser ends it, or is lost, well before."""


class FaxCalls(Exception):
    """It is a fax machine that calls."""


@dataclass(frozen=True, slots=True)
class Listening:
    """What it takes to listen to callers; one for all of them."""

    recogniser: Recogniser
    connect: ConnectMedia
    sounds: Sounds
    noted: Noted = not_noted


def caller_port(listening: Listening | None, control: CallControl, key: ChannelKey) -> "KeyPort":
    """Return a caller as the menus see him: who may answer by voice too, if anybody listens."""
    return KeyPort(control, key) if listening is None else ListeningPort(listening, control, key)


class KeyPort:
    """One caller, who answers by keys (`ivr.caller.CallerPort`)."""

    def __init__(self, control: CallControl, key: ChannelKey) -> None:
        self._control, self._key = control, key
        self._is_answered = False

    async def close(self) -> None:
        """Take no more audio; may be called twice."""

    async def play_and_collect(self, sounds: Sequence[str], question: Question) -> str:
        """Play, and wait for keys alone: see `ivr.caller.CallerPort`."""
        return await self._collect(sounds, question)

    async def play_and_hear(
        self, sounds: Sequence[str], question: Question, choices: Choices
    ) -> str | Utterance:
        """See `ivr.caller.CallerPort`: nobody listens here."""
        return await self._collect(sounds, question)

    async def _collect(self, sounds: Sequence[str], question: Question) -> str:
        await self._answer()
        wanted = Wanted(
            question.digits_max,
            question.first_digit_timeout_s,
            question.digit_timeout_s,
            question.terminator,
            question.barge_in,
        )
        return await self._control.play_and_collect(self._key, [media(each) for each in sounds], wanted)

    async def _answer(self) -> None:
        if not self._is_answered:
            await self._control.answer(self._key)
            self._is_answered = True


class ListeningPort(KeyPort):
    """One caller, who may answer by voice: audio is taken from the first question on, until `close`.

    Whoever cannot be listened to is told so, once, and answers by keys.
    """

    def __init__(self, listening: Listening, control: CallControl, key: ChannelKey) -> None:
        super().__init__(control, key)
        self._listening = listening
        self._is_excused = False
        self._audio: MediaStream | None = None
        self._feed: Callable[[bytes], None] = _nobody

    async def play_and_hear(
        self, sounds: Sequence[str], question: Question, choices: Choices
    ) -> str | Utterance:
        """Play, and return the keys pressed, or what is said; "" if nothing came in time.

        Speech stops the sounds, if keys do; keys win over speech that is under way. Raises `FaxCalls`, and
        what `CallControl` raises.
        """
        if not question.barge_in:
            await self._collect(sounds, NOTHING)
            sounds, question = (), replace(question, barge_in=True)
        stream = await self._open(choices)
        if stream is None:
            return await self._by_keys(sounds, question, choices.language)
        asking = _Asking(self, stream, choices.language)
        self._feed = stream.feed
        try:
            heard = await asking.ask(sounds, question)
        finally:
            self._feed = _nobody
            await stream.close()
        if isinstance(heard, Deaf):
            log.warning("listening.deaf", call=self._key.id, reason=heard.reason)
            self._listening.noted(choices.language, HeardAs.FAILED)
            return await self._by_keys(sounds, question, choices.language)
        return heard

    async def close(self) -> None:
        """Take no more audio; may be called twice."""
        audio, self._audio = self._audio, None
        if audio is not None:
            await audio.stop()

    async def nudge(self, language: str) -> str:
        """Return the sound that says that we listen."""
        return str(await self._listening.sounds.sound(spoken("listening", language)))

    def hush(self) -> None:
        """Stop what is being played."""
        self._control.stop_prompt(self._key)

    @property
    def is_typing(self) -> bool:
        return self._control.is_typing(self._key)

    @property
    def is_cut_off(self) -> bool:
        """Whether no audio comes any more."""
        return self._audio is None or self._audio.over.is_set()

    async def cut_off(self) -> None:
        """Wait until no audio comes any more."""
        if self._audio is not None:
            await self._audio.over.wait()

    async def _open(self, choices: Choices) -> RecognitionStream | None:
        """Begin to listen; None if that cannot be."""
        in_turn = zip_longest(*choices.phrases.values())  # of each choice one, then of each the next
        phrases = [phrase for each in in_turn for phrase in each if phrase is not None]
        stream = await self._listening.recogniser.open(choices.language, phrases)
        if stream is None:
            return None
        has_audio = False
        try:
            has_audio = await self._has_audio()
        finally:
            if not has_audio:
                await stream.close()
        return stream if has_audio else None

    async def _has_audio(self) -> bool:
        if not self.is_cut_off:
            return True
        await self.close()
        await self._answer()
        try:
            self._audio = await self._control.listen(
                self._key,
                f"{self._key.id}.in",
                "in",
                lambda audio: self._feed(audio),
                self._listening.connect,
            )
        except CallGone:
            raise
        except CtiError as error:
            log.warning("listening.no_audio", call=self._key.id, reason=str(error))
            return False
        return True

    async def _by_keys(self, sounds: Sequence[str], question: Question, language: str) -> str:
        excuse: tuple[str, ...] = ()
        if not self._is_excused:
            self._is_excused = True
            excuse = (str(await self._listening.sounds.sound(spoken("not_listening", language))),)
        return await self._collect((*excuse, *sounds), question)


class _Asking:
    """One question to a caller who is listened to."""

    def __init__(self, port: ListeningPort, stream: RecognitionStream, language: str) -> None:
        self._port, self._stream, self._language = port, stream, language
        self._is_speaking = False

    async def ask(self, sounds: Sequence[str], question: Question) -> str | Utterance | Deaf:
        """Return what came first: keys, speech, "" in the end, or that nothing can be heard."""
        typing = asyncio.create_task(self._keys(sounds, question))
        hearing = asyncio.create_task(self._hear())
        tasks: set[asyncio.Task[str] | asyncio.Task[Utterance | Deaf]] = {typing, hearing}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not typing.done() and not self._port.is_typing:
                return await hearing
            return await typing
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keys(self, sounds: Sequence[str], question: Question) -> str:
        """Wait for keys; say now and then that we listen, but never while the caller speaks."""
        left_s, is_extended = question.first_digit_timeout_s, False
        while True:
            wait_s = left_s if left_s <= _QUIET_S_MAX else _QUIET_S
            keys = await self._port.play_and_collect(sounds, replace(question, first_digit_timeout_s=wait_s))
            left_s -= wait_s
            if keys or (left_s <= 0 and (is_extended or not self._is_speaking)):
                return keys
            if not self._is_speaking:
                sounds = (await self._port.nudge(self._language),)
            elif is_extended:
                sounds = ()
            else:
                sounds, left_s, is_extended = (), _SPEAKING_S, True

    async def _hear(self) -> Utterance | Deaf:
        cut_off = asyncio.create_task(self._port.cut_off())
        listening = asyncio.create_task(self._listen())
        try:
            await asyncio.wait({cut_off, listening}, return_when=asyncio.FIRST_COMPLETED)
            return await listening if listening.done() else Deaf("no more audio comes")
        finally:
            cut_off.cancel()
            listening.cancel()
            await asyncio.gather(cut_off, listening, return_exceptions=True)

    async def _listen(self) -> Utterance | Deaf:
        async for heard in self._stream.heard():
            match heard:
                case SpeechBegan():
                    self._is_speaking = True
                    self._port.hush()
                case Utterance() | Deaf():
                    return heard
                case FaxTone():
                    raise FaxCalls
                case _:
                    pass
        return Deaf("the stream ended")


def _nobody(audio: bytes) -> None:
    """Nobody listens between two questions."""
