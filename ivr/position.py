"""Where a caller stands in the menus, what is heard of him, and what follows: the values of a walk."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr import slots
from ivr.caller import Question
from ivr.flow import Exit, FormSection, Language, Prompt, SectionName
from ivr.hearing import ChoiceId
from ivr.world import Reply, Request

HIDDEN = "****"
"""Stands in the path for digits that are nobody's business."""
DONE = "done"
"""Stands in the path for a form of which all was asked."""


@dataclass(frozen=True, slots=True)
class Digits:
    """The caller pressed keys: at least one."""

    keys: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller pressed and said nothing in time."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The caller said something that means this choice."""

    choice: ChoiceId
    confidence: float


@dataclass(frozen=True, slots=True)
class Unsure:
    """The caller said something that may mean this choice."""

    choice: ChoiceId


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """The caller said something that fits nothing."""


Heard = Digits | Silence | Spoken | Unsure | NotUnderstood


@dataclass(frozen=True, slots=True)
class PathItem:
    """One place on a caller's way, with the keys pressed there or the choice that was said.

    `digits` is empty where there was nothing, ends with `?` where it was not sure, and is `****` where it is
    hidden. What came of a proof, or of a form, stands there as an item of its own.
    """

    menu: SectionName
    digits: str


@dataclass(frozen=True, slots=True)
class Looked:
    """The digits that the world is being asked about."""

    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """The caller is asked whether these digits, which the section's variable has, are right."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """The caller is asked whether this choice was meant."""

    choice: ChoiceId


Doubt = Looked | Unconfirmed | Unclear


@dataclass(frozen=True, slots=True)
class Position:
    """Where a caller stands: in a section that waits for keys, or for what the world answers.

    `trail`: the sections that `back` returns to, the nearest last. `tries`: how often the caller was
    asked again here; `misheard`: how often what was said was not understood here. `refused`: proofs of
    this call that were not accepted. `passed`: sections since something was heard. `said`: the words in which
    what a form asked for was said.
    """

    section: SectionName
    language: Language
    trail: tuple[SectionName, ...] = ()
    tries: int = 0
    path: tuple[PathItem, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    said: Mapping[str, str] = field(default_factory=dict, repr=False)
    doubt: Doubt | None = None
    misheard: int = 0
    refused: int = 0
    passed: int = 0


@dataclass(frozen=True, slots=True)
class Listen:
    """What to wait for. `choices`: what may be said instead of keys, None for keys only."""

    question: Question
    choices: Mapping[ChoiceId, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask the world. `waiting` is said while an answer takes long, again and again.

    `timeout_s` is when no answer is a failure. `is_quick`: the prompts so far can wait for what follows.
    """

    request: Request
    timeout_s: float
    is_quick: bool = True
    waiting: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True)
class Fill:
    """Ask the caller for all of a form: what came of it is the next input."""

    section: FormSection


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of the call after the menus: queue, another channel, the end. `said`: as in `Position`."""

    action: Exit
    language: Language
    path: tuple[PathItem, ...]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    said: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """Say `prompts` one after the other; then wait for keys, ask the world, fill a form, or it is over."""

    position: Position
    prompts: tuple[Prompt, ...]
    then: Listen | Ask | Fill | Outcome


Input = Heard | Reply | slots.Done | slots.GivenUp
