"""An understanding from outside: a language model or another program, asked over HTTP. Off unless configured.

It gets `{"language", "alternatives": [{"text", "confidence"}], "choices": {id: [phrase]}}` by POST and
answers `{"guesses": [{"choice", "confidence"}]}`, confidences from 0 to 1, at most 1 together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import msgspec
import structlog

from ivr.hearing import Choices, Guess, Understanding, Utterance

_log = structlog.get_logger(__name__)
_ANSWER_BYTES_MAX: Final = 64 * 1024
_TOTAL_MAX: Final = 1.001


class _Reading(msgspec.Struct, frozen=True):
    text: str
    confidence: float


class _Question(msgspec.Struct, frozen=True, kw_only=True):
    language: str
    alternatives: tuple[_Reading, ...]
    choices: dict[str, tuple[str, ...]]


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    guesses: tuple[Guess, ...]


@dataclass(frozen=True, slots=True)
class OutsideUnderstanding:
    """Asks a program at `url`; where it does not answer in time, or nonsense, `own` answers.

    `token` is sent as a bearer token, if there is one. What callers said leaves the hub.
    """

    session: aiohttp.ClientSession
    url: str
    own: Understanding
    timeout_s: float = 1.0
    token: str = field(default="", repr=False)

    async def rank(self, utterance: Utterance, choices: Choices) -> Sequence[Guess]:
        """See `ivr.hearing.Understanding`."""
        try:
            return await self._ask(utterance, choices)
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError, ValueError) as error:
            _log.warning("outside_understanding_failed", error=type(error).__name__)
            return await self.own.rank(utterance, choices)

    async def _ask(self, utterance: Utterance, choices: Choices) -> tuple[Guess, ...]:
        phrases = {str(choice): said for choice, said in choices.phrases.items()}
        readings = tuple(_Reading(each.text, each.confidence) for each in utterance.alternatives)
        question = _Question(language=choices.language, alternatives=readings, choices=phrases)
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        timeout = aiohttp.ClientTimeout(total=self.timeout_s)
        body = msgspec.json.encode(question)
        async with self.session.post(self.url, data=body, headers=headers, timeout=timeout) as answer:
            answer.raise_for_status()
            read = await answer.content.read(_ANSWER_BYTES_MAX)
        guesses = msgspec.json.decode(read, type=_Answer).guesses
        total = sum(guess.confidence for guess in guesses)
        if total > _TOTAL_MAX or not all(0 <= guess.confidence <= 1 for guess in guesses):
            raise ValueError("confidences are not shares")
        if unknown := [guess.choice for guess in guesses if guess.choice not in choices.phrases]:
            raise ValueError(f"{len(unknown)} unknown choices")
        return tuple(sorted(guesses, key=lambda guess: -guess.confidence))
