"""Walking a flow without a call: typed keys and words in, prompts, path and outcome out."""

import re
import unicodedata
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Final

from ivr.caller import Question
from ivr.conditions import Fact, HasTag, HasThread, IsKnown, IsOpen, PredictedWait
from ivr.flow import Hook, Prompt, Proof
from ivr.hearing import Alternative, Choices, Guess, Understanding, Utterance
from ivr.hook_answers import read_answer
from ivr.python_hooks import PythonHooks
from ivr.world import HookAnswered, Verdict

_KEYS = re.compile(r"[0-9*#]+")
_SURE: Final = 1.0
_UNSURE: Final = 0.5
SILENCE: Final = "-"


class HungUp(Exception):
    """There is nothing more to read: the caller is gone."""


class Terminal:
    """A caller who types (`ivr.caller.CallerPort`), and where prompts come from (`ivr.caller.Sounds`).

    Each line that `read` returns answers one question: keys, words, or nothing (also `-`) for silence. Keys
    beyond those that were asked for count for the next question. `read` returns None when there are no more.
    """

    def __init__(self, read: Callable[[], str | None], write: Callable[[str], None]) -> None:
        self._read, self._write = read, write
        self._typed: deque[str] = deque()
        self._prompts: list[Prompt] = []

    async def sound(self, prompt: Prompt) -> Path:
        self._prompts.append(prompt)
        return Path(f"/{len(self._prompts) - 1}")

    async def play_and_collect(self, sounds: Sequence[str], question: Question) -> str:
        self._say(sounds)
        if not question.digits_max or not question.first_digit_timeout_s:
            return ""
        if not self._typed:
            line = self._line()
            if line and not _KEYS.fullmatch(line):
                self._write("(only keys are waited for here)")
                return ""
            self._typed.extend(line)
        return self._collect(question)

    async def play_and_hear(
        self, sounds: Sequence[str], question: Question, choices: Choices
    ) -> str | Utterance:
        self._say(sounds)
        if not self._typed:
            line = self._line()
            if line and not _KEYS.fullmatch(line):
                return Utterance((Alternative(line, _SURE),), choices.language)
            self._typed.extend(line)
        return self._collect(question)

    def _say(self, sounds: Sequence[str]) -> None:
        for sound in sounds:
            prompt = self._prompts[int(sound.removeprefix("/"))]
            self._write(f"{prompt.language}: {prompt.text or f'(recording {prompt.name})'}")

    def _line(self) -> str:
        line = self._read()
        if line is None:
            raise HungUp
        return "" if line.strip() == SILENCE else line.strip()

    def _collect(self, question: Question) -> str:
        digits = ""
        while self._typed and len(digits) < question.digits_max:
            if (digit := self._typed.popleft()) == question.terminator:
                break
            digits += digit
        return digits


class ListedPhrases:
    """Understands what is listed word for word, and intents by name; with `?` at the end, not surely.

    What is not listed is understood by `other`, if there is one.
    """

    def __init__(self, other: Understanding | None = None) -> None:
        self._other = other

    async def rank(self, utterance: Utterance, choices: Choices) -> Sequence[Guess]:
        found = self._listed(utterance, choices)
        return found if found or self._other is None else await self._other.rank(utterance, choices)

    def _listed(self, utterance: Utterance, choices: Choices) -> Sequence[Guess]:
        said = utterance.text.removesuffix("?").removesuffix("？")
        confidence = _SURE if said == utterance.text else _UNSURE
        return [
            Guess(choice, confidence)
            for choice, phrases in choices.phrases.items()
            if _bare(said) in {_bare(each) for each in phrases} or said == choice
        ]


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).casefold())


@dataclass(slots=True)
class Supposed:
    """What a rehearsal takes for true (`ivr.world.World`).

    `open_` says of queues and hours by name ("" is the default queue) whether they are open; of others,
    `is_open` does. `waits` are seconds by queue ("" for all others). `answers` are what hooks answer, by
    section. Functions of the flow are really called; an URL without an answer is not: it counts as failed.
    `knows` answers sections of type `faq`, told the intent and the language.
    """

    is_open: Callable[[str], bool]
    open_: Mapping[str, bool] = field(default_factory=dict)
    is_known: bool = False
    has_thread: bool = False
    tags: Collection[str] = ()
    waits: Mapping[str, float] = field(default_factory=dict)
    proofs: Mapping[Proof, str] = field(default_factory=dict)
    answers: Mapping[str, HookAnswered] = field(default_factory=dict)
    functions: Mapping[str, CodeType] = field(default_factory=dict)
    python: PythonHooks = field(default_factory=PythonHooks)
    knows: Callable[[Mapping[str, str], str], HookAnswered] = lambda told, language: HookAnswered(None)

    async def is_right(self, function: str, digits: str) -> bool:
        return bool(await self.python.call(self.functions, function, digits))

    async def prove(self, proof: Proof, digits: str) -> Verdict:
        is_right = bool(digits) and self.proofs.get(proof) == digits
        return Verdict.ACCEPTED if is_right else Verdict.REFUSED

    async def ask(self, hook: Hook, language: str, variables: Mapping[str, str]) -> HookAnswered:
        if hook.name in self.answers:
            return self.answers[hook.name]
        if hook.is_of_faq:
            return self.knows(variables, language)
        if hook.function:
            return read_answer(
                await self.python.call(self.functions, hook.function, {**variables, "language": language})
            )
        return HookAnswered(None)

    async def find_out(self, fact: Fact) -> bool | float | None:
        match fact:
            case IsOpen(name):
                return self.open_[name or ""] if (name or "") in self.open_ else self.is_open(name or "")
            case IsKnown():
                return self.is_known
            case HasThread():
                return self.has_thread
            case HasTag(tag):
                return tag in self.tags
            case PredictedWait(queue):
                return self.waits.get(queue or "", self.waits.get(""))
