"""A caller in the menus who may answer by voice: keys, speech, or silence, whichever comes first."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.dialogue import Wanted
from cti.errors import CallGone, CtiError
from cti.media_stream import ConnectMedia, MediaStream
from hub.call import media
from hub.texts import spoken
from ivr.caller import NOTHING, QUIET_S, QUIET_S_MAX, Question, Sounds
from ivr.flow import Language, Prompt
from ivr.hearing import (
    Choices,
    Deaf,
    FaxTone,
    HeardAs,
    Noted,
    Recogniser,
    RecognitionStream,
    SpeechBegan,
    SpeechEnded,
    Utterance,
    not_noted,
)
from ivr.words import one_moment

log = structlog.get_logger()

_AT_ONCE_S: Final = 0.05
"""What takes longer is not waited for while a caller hears nothing."""
_THINKING_S: Final = 1.2
"""So long after the end of what a caller said he is told that it takes a moment."""
_STILL_THINKING_S: Final = 1.8
"""So long after that again."""
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
        """Play, and wait for keys; who does nothing for long is reminded."""
        for wait_s in question.waits_s:
            if keys := await self.collect_once(sounds, question, wait_s):
                return keys
            sounds = (question.reminder,) if question.reminder else ()
        return ""

    async def collect_once(self, sounds: Sequence[str], question: Question, wait_s: float) -> str:
        """Play, and wait for the first key for so long."""
        await self._answer()
        wanted = Wanted(
            question.digits_max,
            wait_s,
            min(question.digit_timeout_s, QUIET_S),
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
        self._words: dict[Prompt, asyncio.Task[Path]] = {}
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
        language = choices.language
        for each in ("listening", "not_listening"):
            self._fetch(spoken(each, language))
        self._fetch(one_moment(Language(language)))
        opening = asyncio.create_task(self._open(choices))
        try:
            await asyncio.wait({opening}, timeout=_AT_ONCE_S)
            if opening.done() and opening.result() is None:
                return await self._by_keys(sounds, question, language)
            heard = await _Asking(self, opening, language).ask(sounds, question)
        finally:
            self._feed = _nobody
            await _closed(opening)
        if isinstance(heard, Deaf):
            log.warning("listening.deaf", call=self._key.id, reason=heard.reason)
            self._listening.noted(language, HeardAs.FAILED)
            return await self._by_keys(sounds, question, language)
        return heard

    async def close(self) -> None:
        """Take no more audio; may be called twice."""
        words, self._words = self._words, {}
        for each in words.values():
            each.cancel()
        await asyncio.gather(*words.values(), return_exceptions=True)
        await self._end_audio()

    async def _end_audio(self) -> None:
        audio, self._audio = self._audio, None
        if audio is not None:
            await audio.stop()

    def listen_by(self, stream: RecognitionStream) -> None:
        """Let a stream have the caller's audio from now on."""
        self._feed = stream.feed

    async def nudge(self, language: str) -> tuple[str, ...]:
        """Return the sound that says that we listen."""
        return await self._said(spoken("listening", language))

    async def moment(self, language: str) -> tuple[str, ...]:
        """Return the sound that says that it takes a moment."""
        return await self._said(one_moment(Language(language)))

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
        stream = await self._listening.recogniser.open(choices.language, choices.listed)
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
        await self._end_audio()
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
            excuse = await self._said(spoken("not_listening", language))
            self._is_excused = bool(excuse)
        return await self._collect((*excuse, *sounds), question)

    def _fetch(self, prompt: Prompt) -> asyncio.Task[Path]:
        """Find a sound that may be needed at once."""
        if prompt not in self._words:
            self._words[prompt] = asyncio.create_task(self._listening.sounds.sound(prompt))
        return self._words[prompt]

    async def _said(self, prompt: Prompt) -> tuple[str, ...]:
        """Return a sound that was fetched, if it is there by now."""
        fetched = self._fetch(prompt)
        await asyncio.wait({fetched}, timeout=_AT_ONCE_S)
        return (str(fetched.result()),) if fetched.done() else ()


class _Asking:
    """One question to a caller who is listened to, as soon as `opening` has a stream."""

    def __init__(
        self, port: ListeningPort, opening: "asyncio.Task[RecognitionStream | None]", language: str
    ) -> None:
        self._port, self._opening, self._language = port, opening, language
        self._is_speaking = self._is_thinking = False
        self._ended, self._ended_s = asyncio.Event(), 0.0

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
            wait_s = min(left_s, self._patience_s)
            keys, waited_s = await self._collect(sounds, question, wait_s)
            left_s = 0 if left_s <= QUIET_S_MAX and waited_s >= wait_s else left_s - waited_s
            if keys or (left_s <= 0 and (is_extended or not self._is_speaking)):
                return keys
            if left_s <= 0:
                left_s, is_extended = _SPEAKING_S, True
            if self._is_thinking:
                sounds = await self._port.moment(self._language)
            else:
                sounds = () if self._is_speaking else await self._port.nudge(self._language)

    @property
    def _patience_s(self) -> float:
        if self._is_thinking:
            return _STILL_THINKING_S
        return _SPEAKING_S if self._is_speaking else QUIET_S

    async def _collect(self, sounds: Sequence[str], question: Question, wait_s: float) -> tuple[str, float]:
        """Wait for keys, or until what was said is long in being recognised; returns the wait as well."""
        collecting = asyncio.create_task(self._port.collect_once(sounds, question, wait_s))
        overdue = asyncio.create_task(self._overdue())
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            await asyncio.wait({collecting, overdue}, return_when=asyncio.FIRST_COMPLETED)
            if collecting.done() or self._port.is_typing:
                return await collecting, wait_s
            return "", min(wait_s, clock() - began)
        finally:
            for task in (collecting, overdue):
                task.cancel()
            await asyncio.gather(collecting, overdue, return_exceptions=True)

    async def _overdue(self) -> None:
        """Return once what was said is not recognised in time; once for each utterance."""
        await self._ended.wait()
        await asyncio.sleep(self._ended_s + _THINKING_S - asyncio.get_running_loop().time())
        self._ended.clear()
        self._is_thinking = True

    async def _hear(self) -> Utterance | Deaf:
        await asyncio.shield(self._opening)
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
        stream = await asyncio.shield(self._opening)
        if stream is None:
            return Deaf("nobody can listen")
        self._port.listen_by(stream)
        async for heard in stream.heard():
            match heard:
                case SpeechBegan():
                    self._is_speaking, self._is_thinking = True, False
                    self._ended.clear()
                    self._port.hush()
                case SpeechEnded():
                    self._ended_s = asyncio.get_running_loop().time()
                    self._ended.set()
                case Utterance() | Deaf():
                    return heard
                case FaxTone():
                    raise FaxCalls
                case _:
                    pass
        return Deaf("the stream ended")


async def _closed(opening: "asyncio.Task[RecognitionStream | None]") -> None:
    """Let a stream go that is open, or about to be."""
    opening.cancel()
    stream = (await asyncio.gather(opening, return_exceptions=True))[0]
    if stream is not None and not isinstance(stream, BaseException):
        await stream.close()


def _nobody(audio: bytes) -> None:
    """Nobody listens between two questions."""
