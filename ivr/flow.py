"""What a call flow is: sections that a caller walks through, what is said there, what keys do.

A flow is immutable: a call keeps the one that it started with, however often the file is reloaded.
`ivr.load` reads it from `ivr.conf`, `ivr.walk` walks it. What sections lead to are actions: small
values, each with one meaning, so that another kind of action or section is one more type here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import CodeType
from typing import NewType

from acd.contact import Channel
from acd.dialect import Problem
from acd.ids import QueueName
from ivr.conditions import Condition, Fact
from ivr.dialplan import Pattern
from ivr.hearing import ChoiceId, Choices, asked_for
from ivr.limits import Hearing, ProofLimits
from ivr.slots import Form

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

    @property
    def is_fixed(self) -> bool:
        """Whether it is the same for every caller: no variable stands in its text."""
        return "{" not in self.text


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
class Decide:
    """Go on where the conditions of a section lead."""

    section: SectionName


@dataclass(frozen=True, slots=True)
class CallHook:
    """Ask another program, and go on where its answer leads."""

    section: SectionName


@dataclass(frozen=True, slots=True)
class FillForm:
    """Ask for what an agent will need, one thing after the other."""

    section: SectionName


@dataclass(frozen=True, slots=True)
class SwitchLanguage:
    """Go on in another language: in a section, or without one at the same place."""

    language: Language
    section: SectionName | None = None


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
class ToCallback:
    """Leave the menus, keep the place in a queue, and be called back at one's turn.

    Without `queue` it is the default one. `failed` is where the call goes on if there is no number to call.
    """

    queue: QueueName | None
    priority: int
    skills: Mapping[str, int]
    failed: SectionName


@dataclass(frozen=True, slots=True)
class ToVoicemail:
    """Leave the menus and a message, for a queue; without `queue` for the default one."""

    queue: QueueName | None


@dataclass(frozen=True, slots=True)
class ToThread:
    """Leave the menus for who has the caller's open text contact, or for its queue.

    Without one that is known, for `queue`; without that, for the default one.
    """

    queue: QueueName | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Leave the menus for a number outside; `failed` is where the call goes on if no way leads there."""

    number: str
    failed: SectionName


@dataclass(frozen=True, slots=True)
class HangUp:
    """Leave the menus and end the call."""


Exit = ToQueue | ToThread | Deflect | ToCallback | ToVoicemail | Transfer | HangUp
"""Actions that leave the menus."""
Move = EnterMenu | Say | Decide | CallHook | FillForm | SwitchLanguage | Repeat | Back
"""Actions that stay in them."""
Action = Move | Exit


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
class SpokenChoices:
    """What callers may say in a menu instead of pressing a key, and what is said about it.

    `phrases` and `labels` are by language: the phrases of each choice, and its name when callers are asked
    back. `intents` are choices of `intents.conf` and what they lead to; `question` is what any question of
    `faq.conf` leads to, None where none is taken.
    """

    phrases: Mapping[Language, Mapping[ChoiceId, tuple[str, ...]]] = field(default_factory=dict)
    intents: Mapping[ChoiceId, Action] = field(default_factory=dict)
    labels: Mapping[Language, Mapping[ChoiceId, str]] = field(default_factory=dict)
    question: Action | None = None

    def wanted(self, choice: ChoiceId) -> Action | None:
        """Return what an intent or a question leads to; None if it is neither."""
        return self.question if asked_for(choice) else self.intents.get(choice)

    def choices(self, language: Language) -> Mapping[ChoiceId, tuple[str, ...]]:
        """Return what may be chosen by saying it in a language."""
        return self.phrases.get(language, {})


@dataclass(frozen=True, slots=True)
class Menu:
    """Waits for one key, or for what it may be called, and does what that key or intent says."""

    name: SectionName
    prompt: Saying
    patience: Patience
    keys: Mapping[str, Action]
    spoken: SpokenChoices = SpokenChoices()


class Proof(StrEnum):
    """By what a caller shows that he is the customer: a number that both know, the date of birth,

    or a code that he was just sent in a text channel.
    """

    PIN = "pin"
    BIRTH = "birth"
    CODE = "code"


CODE_LENGTH = 6
"""So many digits a code has."""


LUHN = "luhn"


@dataclass(frozen=True, slots=True)
class DigitsEntry:
    """Collects a number of `length_min` to `length_max` digits; then goes on.

    The number stands in the path and in the variable of the section's name, unless it is `hidden` (then in
    the variable alone) or a `proof` (then nowhere). `check` is `luhn`, a Python function, or "". `confirm`
    asks whether it is right; `confirm_keys` mean something there, beside yes and no. `keys` are those that
    mean something when they are pressed alone. A proof that is not accepted in the end leads to `on_refused`.
    """

    name: SectionName
    prompt: Saying
    patience: Patience
    length_min: int
    length_max: int
    terminator: str
    then: Action
    keys: Mapping[str, Action] = field(default_factory=dict)
    check: str = ""
    confirm: Saying = field(default_factory=dict)
    confirm_keys: Mapping[str, Action] = field(default_factory=dict)
    is_hidden: bool = False
    proof: Proof | None = None
    on_refused: Action = HangUp()


Assignments = tuple[tuple[str, str], ...]
"""Variables that a section sets when a call comes to it, in order; `{name}` in a value is another's."""


@dataclass(frozen=True, slots=True)
class Message:
    """Says something, if it has words, and goes on without waiting for a key."""

    name: SectionName
    prompt: Saying
    then: Action
    sets: Assignments = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Goes on with the action of the first condition that holds, else with `otherwise`; says nothing."""

    name: SectionName
    branches: tuple[tuple[Condition, Action], ...]
    otherwise: Action
    sets: Assignments = ()

    @property
    def prompt(self) -> Saying:
        return {}

    @property
    def facts(self) -> frozenset[Fact]:
        """All that its conditions want to know of the world."""
        return frozenset(fact for condition, _ in self.branches for fact in condition.facts)


@dataclass(frozen=True, slots=True)
class Hook:
    """Asks another program, at an `url` or by a Python `function`; without either, `faq.conf` for an answer.

    `headers` may have `{env:NAME}` in their values. `sends` are the variables it is told, `returns` those
    that it may set. `answers` maps what it answers to what follows, any other answer leads to `then`.
    `waiting` is said, after the prompt, for as long as it takes.
    """

    name: SectionName
    prompt: Saying
    waiting: Saying
    url: str
    function: str
    headers: tuple[tuple[str, str], ...]
    timeout_s: float
    sends: tuple[str, ...]
    returns: tuple[str, ...]
    answers: Mapping[str, Action]
    then: Action
    on_failure: Action

    @property
    def is_of_faq(self) -> bool:
        return not self.url and not self.function


@dataclass(frozen=True, slots=True)
class FormSection:
    """Asks by voice or keys for all of a form; each value is a variable of its slot's name.

    `questions` are the form's prompts, a slot each. Who asks for an agent, or is not understood in the
    end, goes on with `on_failure`. `keys` are those that mean something when they are pressed alone.
    """

    name: SectionName
    prompt: Saying
    form: Form
    questions: tuple[Saying, ...]
    timeout_s: float
    digit_timeout_s: float
    then: Action
    on_failure: Action
    keys: Mapping[str, Action] = field(default_factory=dict)


Asking = Menu | DigitsEntry
"""Sections that wait for keys."""
Passing = Message | Decision | Hook | FormSection
"""Sections that a call passes: `back` does not return to them."""
Section = Asking | Passing


@dataclass(frozen=True, slots=True)
class Number:
    """Where calls to a dialled number begin; `language` is None where the flow's first one is meant.

    With `trunk` only those are meant that come by it.
    """

    pattern: Pattern
    section: SectionName
    language: Language | None
    trunk: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """All that `ivr.conf` says.

    `languages`: the first is spoken unless something else is known. `numbers`: the most specific
    first, the last is for all others. `offers_code`: whether strangers are asked for a code, while any are
    out, before the menus. `functions`: the administrator's Python files by name, as they were when the flow
    was read. `asides`: what is said beside sections' words. `warnings`: what only is odd.
    """

    languages: tuple[Language, ...]
    numbers: tuple[Number, ...]
    sections: Mapping[SectionName, Section]
    hearing: Hearing = field(default_factory=Hearing)
    limits: ProofLimits = field(default_factory=ProofLimits)
    offers_code: bool = True
    functions: Mapping[str, CodeType] = field(default_factory=dict, compare=False)
    asides: tuple[Prompt, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def number(self, dialled: str, trunk: str = "") -> Number:
        """Return where a call to that number begins. A leading + makes no difference."""
        digits = dialled.removeprefix("+")
        fitting = (
            each
            for each in self.numbers
            if each.pattern.matches(digits) and each.trunk.casefold() in ("", trunk.casefold())
        )
        return next(fitting, self.numbers[-1])

    def asking(self, name: SectionName) -> Asking:
        """Return a section that waits for keys; raises `TypeError` for one that does not."""
        section = self.sections[name]
        if not isinstance(section, Asking):
            raise TypeError(f"expected a section that waits for keys, [{name}] does not")
        return section

    def choices(self) -> Iterator[Choices]:
        """Yield what may be said in each menu, in each language."""
        for section in self.sections.values():
            if isinstance(section, Menu):
                for language in self.languages:
                    if phrases := section.spoken.choices(language):
                        yield Choices(language, phrases)

    def prompts(self) -> Iterator[Prompt]:
        """Yield all that is the same for every caller; what several sections say comes more than once."""
        return (prompt for prompt in self._prompts() if prompt.is_fixed)

    def _prompts(self) -> Iterator[Prompt]:
        yield from self.asides
        for section in self.sections.values():
            yield from section.prompt.values()
            match section:
                case Menu():
                    yield from section.patience.invalid.values()
                case DigitsEntry():
                    yield from (*section.patience.invalid.values(), *section.confirm.values())
                case Hook():
                    yield from section.waiting.values()
                case FormSection():
                    yield from (each for saying in section.questions for each in saying.values())
