"""Walking a flow: what is said next, and what becomes of the call.

A pure state machine: `begin` and `step` return what to say and then either what keys to wait for, what
to ask the world, or the outcome. Nothing here plays, waits or knows a call; `ivr.session` does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from ivr import slots
from ivr.answers import Next, answer, listen
from ivr.conditions import CALLER, DIALLED, INTENT, PROVEN, QUESTION, Facts
from ivr.flow import (
    Action,
    Asking,
    Back,
    CallHook,
    Decide,
    Decision,
    EnterMenu,
    Exit,
    FillForm,
    Flow,
    FormSection,
    HangUp,
    Hook,
    Language,
    Menu,
    Message,
    Move,
    Prompt,
    Repeat,
    Say,
    SectionName,
    SwitchLanguage,
)
from ivr.hearing import ChoiceId, asked_for
from ivr.masking import masked
from ivr.position import (
    DONE,
    HIDDEN,
    Ask,
    Digits,
    Fill,
    Heard,
    Input,
    Listen,
    NotUnderstood,
    Outcome,
    PathItem,
    Position,
    Silence,
    Spoken,
    Step,
    Unconfirmed,
    Unsure,
)
from ivr.variables import VALUE_LENGTH_MAX, filled
from ivr.words import YES
from ivr.world import AskHook, Checked, FindOut, Found, HookAnswered, Verdict

__all__ = [
    "INPUTS_MAX",
    "Ask",
    "Digits",
    "Fill",
    "Heard",
    "Listen",
    "NotUnderstood",
    "Outcome",
    "PathItem",
    "Position",
    "Silence",
    "Spoken",
    "Step",
    "Unsure",
    "begin",
    "intent_said",
    "step",
]

INPUTS_MAX: Final = 100
"""After so many inputs every further one counts as no more patience, so that each walk ends."""
UNSURE: Final = "?"
"""Ends a choice in the path about which the caller was asked back."""
_PASSED_MAX: Final = 1000
"""A call that passes so many sections without being asked anything ends: the check knows no such flow."""
_FACTS_S: Final = 1.0


def begin(
    flow: Flow,
    *,
    dialled: str,
    caller: str = "",
    trunk: str = "",
    language: str | None = None,
    start: SectionName | None = None,
    variables: Mapping[str, str] | None = None,
    said: Mapping[str, str] | None = None,
    path: tuple[PathItem, ...] = (),
) -> Step:
    """Return the first step of a call.

    `caller` is the number as it is dialled at home, "" if withheld; `trunk` is what the call came by.
    `language` is what is known of the caller; one that the flow doesn't speak is passed over. `start` names a
    section to begin in rather than the dialled number's; `variables`, `said` and `path` are then those of the
    walk before.
    """
    number = flow.number(dialled, trunk)
    wanted = (language, number.language, flow.languages[0])
    spoken = next(Language(each) for each in wanted if each in flow.languages)
    known = {PROVEN: "", **(variables or {}), CALLER: caller, DIALLED: dialled}
    begun = start or number.section
    position = Position(begun, spoken, path=path, variables=MappingProxyType(known), said=said or {})
    return _follow(flow, position, Repeat())


def step(flow: Flow, position: Position, given: Input) -> Step:
    """Return what follows when a caller who stands at `position` was heard, or the world answered for him."""
    match given:
        case Found(facts):
            section = flow.sections[position.section]
            assert isinstance(section, Decision)
            return _follow(flow, position, _decided(section, facts, position))
        case HookAnswered():
            return _hooked(flow, position, given)
        case slots.Done() | slots.GivenUp():
            return _filled_in(flow, position, given)
        case Checked() | Verdict():
            section = flow.asking(position.section)
            return _settled(flow, section, answer(section, position, given))
        case _:
            return _heard(flow, position, given)


def intent_said(flow: Flow, path: tuple[PathItem, ...]) -> str:
    """Return the intent that a caller said, or agreed to, last on his way; empty if there is none."""
    return next((said for said in _wanted(flow, path) if not asked_for(said)), "")


def _wanted(flow: Flow, path: tuple[PathItem, ...]) -> Iterator[ChoiceId]:
    """Yield the intents and questions that a caller said, or agreed to, the last one first."""
    for before, item in reversed(list(pairwise((None, *path)))):
        said = item.digits if item is not None else ""
        if before is not None and before.digits.endswith(UNSURE) and said.removesuffix(UNSURE) == YES:
            said = before.digits.removesuffix(UNSURE)
        section = flow.sections.get(item.menu) if item is not None else None
        if isinstance(section, Menu) and section.spoken.wanted(ChoiceId(said)):
            yield ChoiceId(said)


def _heard(flow: Flow, position: Position, heard: Heard) -> Step:
    section = flow.asking(position.section)
    item = PathItem(position.section, _shown(section, position, heard))
    position = replace(position, path=(*position.path, item), passed=0)
    if len(position.path) > INPUTS_MAX:
        return _follow(flow, position, section.patience.on_timeout)
    return _settled(flow, section, answer(section, position, heard))


def _settled(flow: Flow, section: Asking, answered: Next) -> Step:
    if isinstance(answered, Step):
        return answered
    return _follow(flow, *answered)


def _shown(section: Asking, position: Position, heard: Heard) -> str:
    """Return what the path tells of an input."""
    match heard:
        case Digits(keys):
            is_hidden = getattr(section, "is_hidden", False) and not isinstance(position.doubt, Unconfirmed)
            return HIDDEN if is_hidden else keys
        case Spoken(choice):
            return choice
        case Unsure(choice):
            return f"{choice}{UNSURE}"
        case NotUnderstood():
            return "?"
        case Silence():
            return ""


def _decided(section: Decision, facts: Facts, position: Position) -> Action:
    holding = (
        action
        for condition, action in section.branches
        if condition.holds(facts, position.variables, position.language)
    )
    return next(holding, section.otherwise)


def _hooked(flow: Flow, position: Position, answered: HookAnswered) -> Step:
    hook = flow.sections[position.section]
    assert isinstance(hook, Hook)
    if answered.answer is None:
        return _follow(flow, position, hook.on_failure)
    told = {
        name: value[:VALUE_LENGTH_MAX] for name, value in answered.variables.items() if name in hook.returns
    }
    position = replace(position, variables=MappingProxyType({**position.variables, **told}))
    return _follow(flow, position, hook.answers.get(answered.answer, hook.then))


def _filled_in(flow: Flow, position: Position, ended: slots.Done | slots.GivenUp) -> Step:
    """Take what a form brought; a value that the caller did not agree to has a name with `?`."""
    section = flow.sections[position.section]
    assert isinstance(section, FormSection)
    values = {each.name: each.value[:VALUE_LENGTH_MAX] for each in ended.filled}
    words = {each.name: masked(each.said, position.language)[:VALUE_LENGTH_MAX] for each in ended.filled}
    item = PathItem(section.name, DONE if isinstance(ended, slots.Done) else ended.why)
    position = replace(
        position,
        path=(*position.path, item),
        variables=MappingProxyType({**position.variables, **values}),
        said=MappingProxyType({**position.said, **words}),
        passed=0,
    )
    if len(position.path) > INPUTS_MAX:
        return _follow(flow, position, section.on_failure)
    if isinstance(ended, slots.Done):
        return _follow(flow, position, section.then)
    return _follow(flow, position, section.keys.get(ended.why, section.on_failure))


def _follow(flow: Flow, position: Position, action: Action) -> Step:
    """Follow an action, past sections that ask nothing, to where something is asked or the walk ends."""
    prompts: list[Prompt] = []
    while not isinstance(action, Exit):
        if position.passed > _PASSED_MAX:
            action = HangUp()
            break
        position = _moved(flow, position, action)
        section = flow.sections[position.section]
        if section.prompt:
            prompts.append(section.prompt[position.language])
        match section:
            case Message(then=action):
                position = _assigned(position, section)
            case Decision():
                position = _assigned(position, section)
                if section.facts:
                    return Step(position, tuple(prompts), Ask(FindOut(section.facts), _FACTS_S))
                action = _decided(section, {}, position)
            case Hook():
                return Step(position, tuple(prompts), _hook(flow, section, position))
            case FormSection():
                return Step(position, tuple(prompts), Fill(section))
            case _:
                return Step(position, tuple(prompts), listen(section, position))
    outcome = Outcome(action, position.language, position.path, position.variables, position.said)
    return Step(position, tuple(prompts), outcome)


def _hook(flow: Flow, hook: Hook, position: Position) -> Ask:
    known = _inquiry(flow, position.path) if hook.is_of_faq else position.variables
    sent = {name: known.get(name, "") for name in hook.sends}
    waiting = (hook.waiting[position.language],) if hook.waiting else ()
    return Ask(AskHook(hook, position.language, sent), hook.timeout_s, is_quick=False, waiting=waiting)


def _inquiry(flow: Flow, path: tuple[PathItem, ...]) -> Mapping[str, str]:
    """Return what a section of type `faq` is told: the last of what the caller wanted or asked."""
    last = next(_wanted(flow, path), ChoiceId(""))
    return {QUESTION: name} if (name := asked_for(last)) else {INTENT: last}


def _assigned(position: Position, section: Message | Decision) -> Position:
    if not section.sets:
        return position
    variables = dict(position.variables)
    for name, value in section.sets:
        variables[name] = filled(value, variables)
    return replace(position, variables=MappingProxyType(variables))


def _moved(flow: Flow, position: Position, action: Move) -> Position:
    position = replace(position, tries=0, misheard=0, doubt=None, passed=position.passed + 1)
    match action:
        case EnterMenu(target) | Say(target) | Decide(target) | CallHook(target) | FillForm(target):
            return _entered(flow, position, target)
        case SwitchLanguage(language, section):
            position = replace(position, language=language)
            return position if section is None else _entered(flow, position, section)
        case Back() if position.trail:
            return replace(position, section=position.trail[-1], trail=position.trail[:-1])
        case Back() | Repeat():
            return position


def _entered(flow: Flow, position: Position, target: SectionName) -> Position:
    """Go to a section, and remember the way back; a section stands in the trail only once."""
    trail = position.trail
    if isinstance(flow.sections[position.section], Asking):
        trail = (*trail, position.section)
    if target in trail:
        trail = trail[: trail.index(target)]
    return replace(position, section=target, trail=trail)
