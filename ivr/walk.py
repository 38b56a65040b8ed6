"""Walking a flow: what is said next, and what becomes of the call.

A pure state machine: `begin` and `step` return what to say and then either what keys to wait for or
the outcome. Nothing here plays, waits or knows a call; `ivr.session` does.
"""

from dataclasses import dataclass, replace

from ivr.flow import (
    Action,
    Asking,
    Back,
    Deflect,
    EnterMenu,
    Exit,
    Flow,
    HangUp,
    Language,
    Menu,
    Message,
    Prompt,
    Repeat,
    Say,
    SectionName,
    SwitchLanguage,
    ToQueue,
)

INPUTS_MAX = 100
"""After so many inputs every further one counts as no more patience, so that each walk ends."""


@dataclass(frozen=True, slots=True)
class Digits:
    """The caller pressed keys: at least one."""

    keys: str


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller pressed nothing in time."""


Heard = Digits | Silence


@dataclass(frozen=True, slots=True)
class PathItem:
    """One place on a caller's way; `digits` is empty where nothing was pressed."""

    menu: SectionName
    digits: str


@dataclass(frozen=True, slots=True)
class Position:
    """Where a caller stands: in a section that waits for keys.

    `trail`: the sections that `back` returns to, the nearest last. `tries`: how often the caller was
    asked again here.
    """

    section: SectionName
    language: Language
    trail: tuple[SectionName, ...] = ()
    tries: int = 0
    path: tuple[PathItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Listen:
    """What keys to wait for. `terminator` (empty: none) ends a number early and is not part of it."""

    digits_max: int
    terminator: str
    first_digit_timeout_s: float
    digit_timeout_s: float
    barge_in: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of the call after the menus: queue, another channel, or the end."""

    action: Exit
    language: Language
    path: tuple[PathItem, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Say `prompts` one after the other; then wait for keys, or the walk is over."""

    position: Position
    prompts: tuple[Prompt, ...]
    then: Listen | Outcome


def begin(flow: Flow, *, dialled: str, language: str | None = None, start: SectionName | None = None) -> Step:
    """Return the first step of a call.

    `language` is what is known of the caller; one that the flow doesn't speak is passed over.
    `start` names a section to begin in rather than the dialled number's.
    """
    number = flow.number(dialled)
    wanted = (language, number.language, flow.languages[0])
    spoken = next(Language(each) for each in wanted if each in flow.languages)
    return _follow(flow, Position(start or number.section, spoken), Repeat())


def step(flow: Flow, position: Position, heard: Heard) -> Step:
    """Return what follows when a caller who stands at `position` was heard."""
    section = flow.asking(position.section)
    keys = heard.keys if isinstance(heard, Digits) else ""
    position = replace(position, path=(*position.path, PathItem(position.section, keys)))
    if len(position.path) > INPUTS_MAX:
        return _follow(flow, position, section.patience.on_timeout)
    action = _answer(section, keys)
    if action is not None:
        return _follow(flow, position, action)
    return _ask_again(flow, position, section, was_invalid=bool(keys))


def _answer(section: Asking, keys: str) -> Action | None:
    """Return what the pressed keys ask for, or None if nothing can be done with them."""
    if isinstance(section, Menu):
        return section.keys.get(keys)
    is_number = keys.isdecimal() and section.length_min <= len(keys) <= section.length_max
    return section.then if is_number else None


def _ask_again(flow: Flow, position: Position, section: Asking, *, was_invalid: bool) -> Step:
    patience = section.patience
    if position.tries >= patience.retries:
        return _follow(flow, position, patience.on_invalid if was_invalid else patience.on_timeout)
    prompts = [section.prompt[position.language]]
    if was_invalid and patience.invalid:
        prompts.insert(0, patience.invalid[position.language])
    return Step(replace(position, tries=position.tries + 1), tuple(prompts), _listen(section))


def _follow(flow: Flow, position: Position, action: Action) -> Step:
    """Follow an action, through messages, to where the caller is asked something or the walk ends."""
    prompts: tuple[Prompt, ...] = ()
    while not isinstance(action, ToQueue | Deflect | HangUp):
        position = _moved(flow, position, action)
        section = flow.sections[position.section]
        if section.prompt:
            prompts = (*prompts, section.prompt[position.language])
        if not isinstance(section, Message):
            return Step(position, prompts, _listen(section))
        action = section.then
    return Step(position, prompts, Outcome(action, position.language, position.path))


def _moved(
    flow: Flow, position: Position, action: EnterMenu | Say | SwitchLanguage | Repeat | Back
) -> Position:
    position = replace(position, tries=0)
    match action:
        case EnterMenu(target) | Say(target):
            return _entered(flow, position, target)
        case SwitchLanguage(language):
            return replace(position, language=language)
        case Back() if position.trail:
            return replace(position, section=position.trail[-1], trail=position.trail[:-1])
        case Back() | Repeat():
            return position


def _entered(flow: Flow, position: Position, target: SectionName) -> Position:
    """Go to a section, and remember the way back; a section stands in the trail only once."""
    trail = position.trail
    if not isinstance(flow.sections[position.section], Message):
        trail = (*trail, position.section)
    if target in trail:
        trail = trail[: trail.index(target)]
    return replace(position, section=target, trail=trail)


def _listen(section: Asking) -> Listen:
    patience = section.patience
    length_max, terminator = (
        (1, "") if isinstance(section, Menu) else (section.length_max, section.terminator)
    )
    return Listen(
        length_max, terminator, patience.timeout_s, patience.digit_timeout_s, barge_in=patience.barge_in
    )
