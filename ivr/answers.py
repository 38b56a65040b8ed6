"""What an answer means in the section where it was given: another question, or an action to follow."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from ivr.caller import Question
from ivr.conditions import PROVEN
from ivr.flow import LUHN, Action, Asking, DigitsEntry, Menu, Proof, Repeat, Saying
from ivr.hearing import ChoiceId
from ivr.luhn import is_luhn
from ivr.position import (
    Ask,
    Digits,
    Heard,
    Listen,
    Looked,
    PathItem,
    Position,
    Silence,
    Spoken,
    Step,
    Unclear,
    Unconfirmed,
    Unsure,
)
from ivr.words import NO, YES, ask_back, not_understood, yes_and_no
from ivr.world import CheckDigits, Checked, Prove, Verdict

MISHEARD_MAX: Final = 2
"""So often a caller may not be understood in a menu; from then on only keys are waited for."""
_WORLD_S: Final = 3.0

Next = Step | tuple[Position, Action]
"""Another question, or what to follow from where."""


def listen(section: Asking, position: Position) -> Listen:
    """Return what a section waits for."""
    patience = section.patience
    match section:
        case DigitsEntry() if position.doubt is None:
            digits_max, terminator, choices = section.length_max, section.terminator, None
        case DigitsEntry():
            digits_max, terminator, choices = 1, "", None
        case Menu():
            digits_max, terminator, choices = 1, "", _choices(section, position)
    question = Question(
        digits_max, terminator, patience.timeout_s, patience.digit_timeout_s, barge_in=patience.barge_in
    )
    return Listen(question, choices)


def answer(section: Asking, position: Position, given: Heard | Checked | Verdict) -> Next:
    """Return what an answer leads to. The path has it already."""
    match section:
        case Menu():
            assert not isinstance(given, Checked | Verdict)
            if isinstance(position.doubt, Unclear):
                return _after_asking_back(section, position, position.doubt.choice, given)
            return _chosen(section, position, given)
        case DigitsEntry():
            match given:
                case Checked(is_right):
                    return _checked(section, position, is_right=is_right)
                case Verdict():
                    return _judged(section, position, given)
                case Digits(keys) if position.doubt is None:
                    return _entered(section, position, keys)
                case _ if position.doubt is not None:
                    return _confirmed(section, position, given.keys if isinstance(given, Digits) else "")
                case _:
                    return _ask_again(section, position, was_invalid=False)


# --- menus -----------------------------------------------------------------------------------------


def _choices(menu: Menu, position: Position) -> Mapping[ChoiceId, tuple[str, ...]] | None:
    if isinstance(position.doubt, Unclear):
        return yes_and_no(position.language)
    if position.misheard >= MISHEARD_MAX:
        return None
    return menu.spoken.choices(position.language) or None


def _meant(menu: Menu, choice: str) -> Action | None:
    return menu.keys.get(choice) or menu.spoken.wanted(ChoiceId(choice))


def _chosen(menu: Menu, position: Position, heard: Heard) -> Next:
    match heard:
        case Digits(keys):
            action = menu.keys.get(keys)
            return (position, action) if action else _ask_again(menu, position, was_invalid=True)
        case Silence():
            return _ask_again(menu, position, was_invalid=False)
        case Spoken(choice) if action := _meant(menu, choice):
            return position, action
        case Unsure(choice) if label := menu.spoken.labels[position.language].get(choice):
            position = replace(position, doubt=Unclear(choice))
            return Step(position, (ask_back(label, position.language),), listen(menu, position))
        case _:
            return _misheard(menu, position)


def _after_asking_back(menu: Menu, position: Position, choice: ChoiceId, heard: Heard) -> Next:
    match heard:
        case Digits(keys=said) | Spoken(choice=said) | Unsure(choice=said) if said == YES:
            action = _meant(menu, choice)
            assert action is not None, "only choices of the menu are asked back"
            return position, action
        case Digits(keys) if keys != NO and (action := menu.keys.get(keys)):
            return position, action
        case _:
            return _misheard(menu, position)


def _misheard(menu: Menu, position: Position) -> Next:
    """Ask anew; what goes on not to be understood ends like wrong keys."""
    if position.misheard >= MISHEARD_MAX:
        return _ask_again(menu, position, was_invalid=True)
    position = replace(position, doubt=None, misheard=position.misheard + 1)
    sorry = not_understood(position.language, keys_only=position.misheard >= MISHEARD_MAX)
    return Step(position, (sorry, menu.prompt[position.language]), listen(menu, position))


# --- numbers ---------------------------------------------------------------------------------------


def _entered(section: DigitsEntry, position: Position, keys: str) -> Next:
    if action := section.keys.get(keys):
        return position, action
    if not _is_number(section, keys):
        return _ask_again(section, position, was_invalid=True)
    waiting = replace(position, doubt=Looked(keys))
    if section.proof is not None:
        return Step(waiting, (), Ask(Prove(section.proof, keys), _WORLD_S))
    if section.check not in ("", LUHN):
        return Step(waiting, (), Ask(CheckDigits(section.check, keys), _WORLD_S))
    return _taken(section, position, keys)


def _is_number(section: DigitsEntry, keys: str) -> bool:
    if not (keys.isascii() and keys.isdecimal() and section.length_min <= len(keys) <= section.length_max):
        return False
    return is_date(keys) if section.proof is Proof.BIRTH else section.check != LUHN or is_luhn(keys)


def is_date(digits: str) -> bool:
    """Whether eight digits are a date: year, month, day."""
    try:
        datetime.strptime(digits, "%Y%m%d")  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return False
    return True


def _checked(section: DigitsEntry, position: Position, *, is_right: bool) -> Next:
    assert isinstance(position.doubt, Looked)
    digits, position = position.doubt.digits, replace(position, doubt=None)
    return _taken(section, position, digits) if is_right else _ask_again(section, position, was_invalid=True)


def _judged(section: DigitsEntry, position: Position, verdict: Verdict) -> Next:
    """Go on after a proof. Wrong ones count over the whole call, however it comes back here."""
    item = PathItem(section.name, verdict)
    position = replace(position, doubt=None, path=(*position.path, item))
    match verdict:
        case Verdict.ACCEPTED:
            return _with(position, PROVEN, str(section.proof)), section.then
        case Verdict.REFUSED:
            position = replace(position, refused=position.refused + 1)
            if position.refused <= section.patience.retries:
                return _ask(section, position, section.patience.invalid)
    return position, section.on_refused


def _taken(section: DigitsEntry, position: Position, digits: str) -> Next:
    position = _with(position, section.name, digits)
    return _ask_whether_right(section, position) if section.confirm else (position, section.then)


def _ask_whether_right(section: DigitsEntry, position: Position) -> Step:
    position = replace(position, doubt=Unconfirmed())
    return Step(position, (section.confirm[position.language],), listen(section, position))


def _confirmed(section: DigitsEntry, position: Position, keys: str) -> Next:
    if keys == YES:
        return position, section.then
    match section.confirm_keys.get(keys):
        case None:
            pass
        case Repeat():
            return _ask_whether_right(section, replace(position, tries=0))
        case action:
            return _with(replace(position, doubt=None), section.name, ""), action
    if keys != NO and position.tries < section.patience.retries:
        return _ask_whether_right(section, replace(position, tries=position.tries + 1))
    position = _with(replace(position, doubt=None), section.name, "")
    if keys == NO:
        return _ask(section, position)
    patience = section.patience
    return position, patience.on_invalid if keys else patience.on_timeout


# --- asking again ----------------------------------------------------------------------------------


def _ask_again(section: Asking, position: Position, *, was_invalid: bool) -> Next:
    patience = section.patience
    if position.tries >= patience.retries:
        return position, patience.on_invalid if was_invalid else patience.on_timeout
    position = replace(position, tries=position.tries + 1)
    return _ask(section, position, patience.invalid if was_invalid else {})


def _ask(section: Asking, position: Position, before: Saying = MappingProxyType({})) -> Step:
    prompts = (before[position.language],) if before else ()
    return Step(position, (*prompts, section.prompt[position.language]), listen(section, position))


def _with(position: Position, name: str, value: str) -> Position:
    return replace(position, variables=MappingProxyType({**position.variables, name: value}))
