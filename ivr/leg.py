"""A caller's leg in the menus: he never waits in silence, and is told when something takes long."""

import asyncio
from collections.abc import Awaitable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from ivr.caller import NOTHING, QUIET_S, QUIET_S_MAX, CallerPort, Question, Sounds
from ivr.flow import Language, Prompt
from ivr.hearing import Choices, Utterance
from ivr.words import one_moment, use_the_keys

T = TypeVar("T")

_PATIENCE_S: Final = 3.8
"""After so long in silence a caller is told that it takes a moment."""
_GRACE_S: Final = 0.1
"""What is ready within this time needs no such words, however long the caller was silent himself."""
_HEARING_S: Final = 2.0
"""So long after its end at most what a caller says is recognised, or he is told that it takes a moment."""


_AT_ONCE_S: Final = 0.15
"""Within this time nobody hears a question and answers it."""


class Leg:
    """What is said to a caller, in the languages of the flow, and asked of him.

    `said` is what is still to be said: it waits for what follows, so that a key cuts all of it short.
    """

    def __init__(self, caller: CallerPort, sounds: Sounds, languages: Collection[Language]) -> None:
        self._caller, self._sounds, self._languages = caller, sounds, languages
        self._ready: dict[Prompt, str] = {}
        self._quiet_from_s = _now_s()
        self.said: list[str] = []

    async def prepare(self) -> None:
        """Have ready what is said when something else takes long."""
        wanted = [prompt for each in self._languages for prompt in (one_moment(each), use_the_keys(each))]
        self._ready = dict(zip(wanted, await self._paths(wanted), strict=True))

    async def add(self, language: Language, prompts: Sequence[Prompt]) -> None:
        """Find the sounds of prompts, to be said with what follows."""
        paths = asyncio.gather(self._paths(prompts), *(() if self._ready else (self.prepare(),)))
        self.said += (await self.meanwhile(language, paths))[0]

    async def paths(self, language: Language, prompts: Sequence[Prompt]) -> list[str]:
        """Find the sounds of prompts, to be said later."""
        return await self.meanwhile(language, self._paths(prompts))

    async def collect(self, language: Language, question: Question) -> str:
        """Say what is to be said, and return the keys pressed."""
        began_s = _now_s()
        keys = await self._caller.play_and_collect(self._take(), self._reminding(language, question))
        self._asked(began_s, _waited_s(question, keys))
        return keys

    async def hear(self, question: Question, choices: Choices) -> str | Utterance:
        """Say what is to be said, and return what is said, or the keys pressed."""
        question = self._reminding(Language(choices.language), question)
        began_s = _now_s()
        heard = await self._caller.play_and_hear(self._take(), question, choices)
        self._asked(began_s, _HEARING_S if isinstance(heard, Utterance) else _waited_s(question, heard))
        return heard

    async def say(self, sounds: Sequence[str] = ()) -> None:
        """Play what is to be said, and these, to their end. Keys are kept for what follows."""
        if sounds := [*self._take(), *sounds]:
            await self._caller.play_and_collect(sounds, NOTHING)
            self._quiet_from_s = _now_s()

    async def say_last(self) -> None:
        """Play last words; keys pressed meanwhile mean nothing any more."""
        if sounds := self._take():
            await self._caller.play_and_collect(sounds, Question(1, "", 0, 0, barge_in=False))
            self._quiet_from_s = _now_s()

    async def meanwhile(self, language: Language, work: Awaitable[T], words: Sequence[str] = ()) -> T:
        """Do something of which the caller hears nothing; he is told by `words` if it takes long."""
        working = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({working}, timeout=self._patience_s))[0]:
                await self.say(() if self.said else words or self._moment(language))
            return working.result()
        finally:
            working.cancel()

    @property
    def _patience_s(self) -> float:
        return max(_GRACE_S, _PATIENCE_S - (_now_s() - self._quiet_from_s))

    def _asked(self, began_s: float, silent_s: float) -> None:
        """A question is answered, after so long without a sound; keys typed before it leave it unsaid."""
        if _now_s() - began_s > silent_s + _AT_ONCE_S:
            self._quiet_from_s = _now_s() - silent_s

    def _moment(self, language: Language) -> Sequence[str]:
        path = self._ready.get(one_moment(language))
        return () if path is None else (path,)

    def _reminding(self, language: Language, question: Question) -> Question:
        if question.first_digit_timeout_s <= QUIET_S_MAX:
            return question
        return replace(question, reminder=self._ready.get(use_the_keys(language), ""))

    def _take(self) -> list[str]:
        said, self.said = self.said, []
        return said

    async def _paths(self, prompts: Sequence[Prompt]) -> list[str]:
        found: list[Path] = await asyncio.gather(*map(self._sounds.sound, prompts))
        return list(map(str, found))


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _waited_s(question: Question, keys: str) -> float:
    """Return how long a caller may have been silent when a question ended."""
    if len(keys) == question.digits_max:
        return 0.0
    return min(QUIET_S, question.digit_timeout_s if keys else question.first_digit_timeout_s)
