"""What a recogniser hears of a caller, and what may be meant: what engines, intents and menus share."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, zip_longest
from typing import Final, NewType, Protocol

ChoiceId = NewType("ChoiceId", str)
"""Something a caller may choose by saying it: a key of a menu, an intent of `intents.conf`, or a question."""
KEYS: Final = "0123456789*#"
_QUESTION: Final = "faq:"


def question_of(answer: str) -> ChoiceId:
    """Return the choice of who asks for an answer of `faq.conf`, by its name."""
    return ChoiceId(f"{_QUESTION}{answer}")


def asked_for(choice: ChoiceId) -> str:
    """Return the name of the answer that a choice asks for; empty if it is no question."""
    return choice.removeprefix(_QUESTION) if choice.startswith(_QUESTION) else ""


def is_key(choice: ChoiceId) -> bool:
    """Whether a choice is a key of a menu."""
    return len(choice) == 1 and choice in KEYS


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to read what was said; `confidence` is 0 to 1 as its engine sees it.

    `by_sound`: it is there to be compared with what may be meant (kana alone, a listed phrase), and none for
    people to read.
    """

    text: str
    confidence: float
    by_sound: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a caller said between two silences, the likeliest alternative first; there is at least one.

    Of what was not understood it is one without text, of confidence 0.

    `language` is the code that was listened for. Times are seconds since listening began.
    """

    alternatives: tuple[Alternative, ...]
    language: str
    began_s: float = 0.0
    ended_s: float = 0.0

    @property
    def text(self) -> str:
        """The likeliest reading."""
        return self.alternatives[0].text

    @property
    def written(self) -> Alternative:
        """The likeliest reading for people."""
        return next((each for each in self.alternatives if not each.by_sound), self.alternatives[0])


class HeardAs(StrEnum):
    """What became of a question that could be answered by voice, unless keys answered it.

    `FAILED`: nobody could listen to the end.
    """

    UNDERSTOOD = "understood"
    UNSURE = "unsure"
    NOT_UNDERSTOOD = "not_understood"
    SILENCE = "silence"
    FAILED = "failed"


class Noted(Protocol):
    """Counts what became of questions in a language."""

    def __call__(self, language: str, heard: HeardAs) -> None: ...


def not_noted(language: str, heard: HeardAs) -> None:
    """Count nothing."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A choice that may be meant, and how sure that is: 0 to 1, of all choices together at most 1."""

    choice: ChoiceId
    confidence: float


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be said here, in one language: the phrases of each choice, as an administrator wrote them."""

    language: str
    phrases: Mapping[ChoiceId, tuple[str, ...]]

    @property
    def listed(self) -> tuple[str, ...]:
        """What an engine is told to be likely: of each key of a menu one phrase, then of each the next.

        Of intents and questions it is told none: they are wanted in words that nobody wrote down, and an
        engine that is led by phrases hears them in noise.
        """
        if not all(map(is_key, self.phrases)):
            return ()
        in_turn = chain.from_iterable(zip_longest(*self.phrases.values()))
        return tuple(dict.fromkeys(phrase for phrase in in_turn if phrase is not None))


class Understanding(Protocol):
    """Finds out what is meant. An outside language model can stand here too."""

    async def rank(self, utterance: Utterance, choices: Choices) -> Sequence[Guess]:
        """Return what may be meant, likeliest first; empty where nothing fits. Never raises."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller began to speak: a prompt that plays is to stop."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The caller stopped: what he said will be told, or that nobody can listen."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What was heard so far of an utterance that goes on. No engine says how sure it is of that."""

    text: str


@dataclass(frozen=True, slots=True)
class Deaf:
    """Nothing more will be heard on this stream: its recogniser died, hangs, or the audio stopped."""

    reason: str


@dataclass(frozen=True, slots=True)
class FaxTone:
    """A fax machine calls: its tone was heard, at most once a stream."""


Heard = SpeechBegan | SpeechEnded | Partial | Utterance | FaxTone | Deaf


class RecognitionStream(Protocol):
    """One caller's audio on its way through a recogniser."""

    def feed(self, audio: bytes) -> None:
        """Take audio: 16-bit little-endian mono at the stream's rate, any length. Never waits."""

    def heard(self) -> AsyncIterator[Heard]:
        """Yield what is heard, as it is heard; ends after `Deaf` or `close`."""

    async def finish(self) -> None:
        """No more audio comes: return once all that came is heard, or the recogniser is lost; then close."""

    async def close(self) -> None:
        """Let the recogniser go; safe to call twice."""


class Recogniser(Protocol):
    """Gives out streams, a bounded number at a time."""

    async def open(
        self, language: str, phrases: Sequence[str] = (), *, rate: int = 8_000
    ) -> RecognitionStream | None:
        """Begin to listen in a language; `phrases` are what is likely to be said.

        None if all streams are taken or no engine knows the language: the caller is served by keys.
        """
