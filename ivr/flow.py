"""What a call flow is: sections that a caller walks through, what is said there, what keys do.

A flow is immutable: a call keeps the one that it started with, however often the file is reloaded.
`ivr.load` reads it from `ivr.conf`, `ivr.walk` walks it. What sections lead to are actions: small
values, each with one meaning, so that another kind of action or section is one more type here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NewType

from acd.contact import Channel
from acd.dialect import Problem
from acd.ids import QueueName
from ivr.dialplan import Pattern

SectionName = NewType("SectionName", str)
Language = NewType("Language", str)
"""Code of a language as callers hear it: `ja`, `en`."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something said to callers: the recording of that name if there is one, else `text` read aloud.

    `text` is empty where the file asks for a recording (`file:NAME`).
    """

    name: str
    language: Language
    text: str


Saying = Mapping[Language, Prompt]
"""One thing to say, in every language of the flow; empty for nothing to say."""


@dataclass(frozen=True, slots=True)
class EnterMenu:
    """Go on in a menu, or in a section that collects digits."""

    section: SectionName


@dataclass(frozen=True, slots=True)
class Say:
    """Say a message, and go on where that leads."""

    message: SectionName


@dataclass(frozen=True, slots=True)
class SwitchLanguage:
    """Go on in another language, at the same place."""

    language: Language


@dataclass(frozen=True, slots=True)
class Repeat:
    """Say the section again."""


@dataclass(frozen=True, slots=True)
class Back:
    """Return to the menu that the caller came from; from the first one, say it again."""


@dataclass(frozen=True, slots=True)
class ToQueue:
    """Leave the menus and wait for an agent. `skills` maps a skill to the least level (1-10)."""

    queue: QueueName
    priority: int
    skills: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Deflect:
    """Leave the menus and go on in a text channel.

    `queue` is where the text contact belongs, if the menu knows. `sent` and `failed` are where the
    call goes on (`ivr.session.run`, `start`) once the way into the channel was offered or could not
    be; without `sent` the call just ends.
    """

    channel: Channel
    queue: QueueName | None
    sent: SectionName | None
    failed: SectionName


@dataclass(frozen=True, slots=True)
class HangUp:
    """Leave the menus and end the call."""


Exit = ToQueue | Deflect | HangUp
"""Actions that leave the menus."""
Action = EnterMenu | Say | SwitchLanguage | Repeat | Back | Exit


@dataclass(frozen=True, slots=True)
class Patience:
    """How a section waits for keys, how often it asks again, and where it leads after that."""

    timeout_s: float
    digit_timeout_s: float
    retries: int
    barge_in: bool
    invalid: Saying
    on_timeout: Action
    on_invalid: Action


@dataclass(frozen=True, slots=True)
class Menu:
    """Waits for one key and does what that key says."""

    name: SectionName
    prompt: Saying
    patience: Patience
    keys: Mapping[str, Action]


@dataclass(frozen=True, slots=True)
class DigitsEntry:
    """Collects a number of `length_min` to `length_max` digits, which stands in the path; then goes on."""

    name: SectionName
    prompt: Saying
    patience: Patience
    length_min: int
    length_max: int
    terminator: str
    then: Action


@dataclass(frozen=True, slots=True)
class Message:
    """Says something, if it has words, and goes on without waiting for a key."""

    name: SectionName
    prompt: Saying
    then: Action


Asking = Menu | DigitsEntry
"""Sections that wait for keys."""
Section = Asking | Message


@dataclass(frozen=True, slots=True)
class Number:
    """Where calls to a dialled number begin; `language` is None where the flow's first one is meant."""

    pattern: Pattern
    section: SectionName
    language: Language | None


@dataclass(frozen=True, slots=True)
class Flow:
    """All that `ivr.conf` says.

    `languages`: the first is spoken unless something else is known. `numbers`: the most specific
    first, the last is for all others. `warnings`: what an administrator should look at.
    """

    languages: tuple[Language, ...]
    numbers: tuple[Number, ...]
    sections: Mapping[SectionName, Section]
    warnings: tuple[Problem, ...] = ()

    def number(self, dialled: str) -> Number:
        """Return where a call to that number begins. A leading + makes no difference."""
        digits = dialled.removeprefix("+")
        return next((each for each in self.numbers if each.pattern.matches(digits)), self.numbers[-1])

    def asking(self, name: SectionName) -> Asking:
        """Return a section that waits for keys; raises `TypeError` for one that does not."""
        section = self.sections[name]
        if isinstance(section, Message):
            raise TypeError(f"expected a section that waits for keys, [{name}] is a message")
        return section

    def prompts(self) -> Iterator[Prompt]:
        """Yield all that the flow may say; what several sections say comes more than once."""
        for section in self.sections.values():
            yield from section.prompt.values()
            if not isinstance(section, Message):
                yield from section.patience.invalid.values()
