"""Asking callers for what an agent will need: order number, date, name; by voice or by keys.

A pure state machine: `begin` and `step` return what to say and what to listen for, or the outcome. What
was understood is said back before it counts; after some tries the caller goes to an agent with all that
was collected so far.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from ivr.hearing import Utterance
from ivr.spoken_dates import Tense, date_in
from ivr.spoken_numbers import digits_in

OPERATOR_KEY = "0"
YES_KEY, NO_KEY = "1", "2"
_SURE = 0.85
"""From this confidence on a value with a check of its own is taken without saying it back."""
_NAME_MAX = 40


class SlotKind(StrEnum):
    """`NUMBER`: digits as they are said, leading zeros kept; `DATE`: ISO 8601; `NAME`: as it is said."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One thing to ask for. `prompt` by language. `length_min` to `length_max`: digits of a number.

    `check` says whether a number can be right (Luhn, an own one); where it does, a number that was heard
    well is not said back. An `optional` slot is left out after the tries are used up.
    """

    name: str
    kind: SlotKind
    prompt: Mapping[str, str]
    length_min: int = 1
    length_max: int = 20
    tense: Tense = Tense.NEAREST
    check: Callable[[str], bool] | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What to ask for, in order. `tries`: how often each slot is asked before the caller is helped.

    `leaving` and `repeating` are keys that mean something when they are pressed alone and are no answer: the
    caller goes elsewhere, or hears again what he is asked.
    """

    slots: tuple[Slot, ...]
    tries: int = 3
    leaving: frozenset[str] = frozenset()
    repeating: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Filled:
    """A slot's value, and the words in which it was said; `said` is empty where keys were pressed.

    A `name` that ends in `?`: the caller was handed over before he agreed to it.
    """

    name: str
    value: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """The caller pressed keys: at least one."""

    keys: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was heard in time."""


Heard = Utterance | Keys | Silence


@dataclass(frozen=True, slots=True)
class Done:
    """All slots are asked; those left out are missing."""

    filled: tuple[Filled, ...]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The caller needs an agent, or goes elsewhere.

    `why`: `operator` (he asked for one), `silence`, `not_understood`, or the key that he left by.
    """

    filled: tuple[Filled, ...]
    slot: str
    why: str


@dataclass(frozen=True, slots=True)
class Listen:
    """What to wait for: speech, or up to `digits_max` keys, which `terminator` ends early."""

    digits_max: int
    terminator: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller is in a form. `candidate`: what is being said back to him."""

    language: str
    today: date
    at: int = 0
    tries: int = 0
    candidate: Filled | None = None
    filled: tuple[Filled, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """Say `words` one after the other; then listen, or the form is over."""

    standing: Standing
    words: tuple[str, ...]
    then: Listen | Done | GivenUp


_WORDS = {
    "confirm": {
        "ja": "{value}、でよろしいですか。よろしければ「はい」、違う場合は「いいえ」とお話しください。",
        "en": "{value}. Is that right? Please say yes or no.",
    },
    "again": {"ja": "恐れ入ります。もう一度お願いします。", "en": "I'm sorry, once more please."},
    "not_understood": {
        "ja": "恐れ入ります、聞き取れませんでした。電話機のボタンでも入力できます。",
        "en": "I'm sorry, I did not catch that. You may also use the keys.",
    },
    "name_not_understood": {
        "ja": "恐れ入ります、聞き取れませんでした。",
        "en": "I'm sorry, I did not catch that.",
    },
    "silence": {"ja": "お声が聞こえませんでした。", "en": "I could not hear you."},
    "agent": {
        "ja": "担当者におつなぎします。お話しいただいた内容は担当者に伝わります。",
        "en": "I am connecting you to an agent, who will see what you told me.",
    },
    "yes_or_no": {
        "ja": "よろしければ1を、違う場合は2を押してください。",
        "en": "If that is right, press 1. If not, press 2.",
    },
}
_YES = {
    "ja": re.compile(
        r"^(?:はい|ハイ|ええ|そう|うん|オッケー|おっけー|大丈夫|だいじょうぶ|合って|あって|お願い|正しい|よろしい|いいです)"
    ),
    "en": re.compile(r"\b(?:yes|yeah|yep|correct|right|sure|ok|okay)\b", re.IGNORECASE),
}
_NO = {
    "ja": re.compile(r"(?:いいえ|イイエ|いえ|違|ちが|ではな|じゃな|間違|だめ|ダメ|ノー)"),
    "en": re.compile(r"\b(?:no|nope|not|wrong|incorrect)\b", re.IGNORECASE),
}
_OPERATOR = {
    "ja": re.compile(r"オペレーター?|おぺれーた|担当者|たんとうしゃ|人と話|人につない|係の"),
    "en": re.compile(r"\b(?:operator|agent|representative|human|somebody|person)\b", re.IGNORECASE),
}
_NAME_AROUND = {
    "ja": re.compile(
        r"^(?:え[ーっ]+とー*|(?:はい|あの)ー*(?=[^ぁ-んー]|わたし|わたくし|お?なまえ)"
        r"|(?:私|わたし|わたくし)(?:は|の)|お?(?:名前|なまえ)は|氏名は|[、。\s])+"
        r"|(?:(?:です|でございます|(?:と|って)(?:申|もう|言い|いい)(?:し)?ます)(?:けれども|けど|が|よ|ね|ー)*)?[、。\s]*$"
    ),
    "en": re.compile(
        r"^(?:(?:uh|um|er|well|yes|hi|hello|my|full|name|is|it's|its|this|i'm|i am)\b[\s,.]*)+|[\s,.]+$"
        r"|(?:\s+(?:speaking|here|please))+[\s,.]*$",
        re.IGNORECASE,
    ),
}
_WEEKDAYS = "月火水木金土日"


def phrases(language: str) -> Iterator[str]:
    """Yield what forms say that is the same for every caller, beside their own prompts."""
    yield from (words[language] for name, words in _WORDS.items() if name != "confirm")


def begin(form: Form, language: str, today: date) -> Turn:
    """Return the first turn. Any language but `en` is spoken as Japanese."""
    return _ask(form, Standing("en" if language == "en" else "ja", today), ())


def step(form: Form, standing: Standing, heard: Heard) -> Turn:
    """Return what follows when a caller who is at `standing` was heard."""
    if isinstance(heard, Keys) and _is_command(form, standing, heard):
        if heard.keys in form.repeating:
            return _said_again(form, standing)
        if heard.keys in form.leaving:
            return Turn(standing, (), GivenUp(_kept(standing), form.slots[standing.at].name, heard.keys))
    if _wants_agent(form, standing, heard):
        return _give_up(form, standing, "operator")
    if standing.candidate is not None:
        return _confirmed(form, standing, standing.candidate, heard)
    if isinstance(heard, Silence):
        return _again(form, standing, "silence")
    found = value_of(form.slots[standing.at], heard, standing.language, standing.today)
    if found is None:
        return _again(form, standing, "not_understood")
    if _is_certain(form.slots[standing.at], heard):
        return _next(form, replace(standing, filled=(*standing.filled, found)))
    return _say_back(form, standing, found)


def value_of(slot: Slot, heard: Utterance | Keys, language: str, today: date) -> Filled | None:
    """Return what fits a slot in what was heard, the likeliest reading that does; None if nothing fits."""
    if isinstance(heard, Keys):
        value = _of_keys(slot, heard.keys, today)
        return Filled(slot.name, value) if value is not None else None
    for alternative in heard.alternatives:
        value = _of_words(slot, alternative.text, language, today)
        if value is not None:
            return Filled(slot.name, value, alternative.text)
    return None


def said_back(slot: Slot, value: str, language: str) -> str:
    """Return a value as it is said back: digits one by one, a date with its weekday."""
    if slot.kind is SlotKind.NUMBER:
        return "、".join(value) if language == "ja" else ", ".join(value)
    if slot.kind is SlotKind.NAME:
        return f"{value}様" if language == "ja" else value
    day = date.fromisoformat(value)
    if language == "ja":
        return f"{day.month}月{day.day}日、{_WEEKDAYS[day.weekday()]}曜日"
    return f"{day:%A, %B} {day.day}"


def _wants_agent(form: Form, standing: Standing, heard: Heard) -> bool:
    if isinstance(heard, Keys):
        return heard.keys == OPERATOR_KEY and _is_command(form, standing, heard)
    return isinstance(heard, Utterance) and bool(_OPERATOR[standing.language].search(heard.text))


def _is_command(form: Form, standing: Standing, pressed: Keys) -> bool:
    """Whether keys are no answer to what is asked."""
    if standing.candidate is not None:
        return pressed.keys not in (YES_KEY, NO_KEY)
    return _of_keys(form.slots[standing.at], pressed.keys, standing.today) is None


def _said_again(form: Form, standing: Standing) -> Turn:
    """Say what is asked once more; who wants that again and again is helped."""
    standing = replace(standing, tries=standing.tries + 1)
    if standing.tries >= form.tries:
        return _exhausted(form, standing, "not_understood")
    if standing.candidate is not None:
        return _say_back(form, standing, standing.candidate)
    return _ask(form, standing, ())


def _confirmed(form: Form, standing: Standing, candidate: Filled, heard: Heard) -> Turn:
    answer = _answer(heard, standing.language)
    if answer:
        return _next(form, replace(standing, filled=(*standing.filled, candidate)))
    slot = form.slots[standing.at]
    if isinstance(heard, Utterance | Keys) and slot.kind is not SlotKind.NAME:
        better = value_of(slot, heard, standing.language, standing.today)
        if better is not None and better.value != candidate.value:  # 「いいえ、1235です」
            return _tried(form, standing, better)
    if answer is False:
        return _again(form, replace(standing, candidate=None), "again")
    if standing.tries + 1 >= form.tries:
        return _exhausted(form, standing, "silence" if isinstance(heard, Silence) else "not_understood")
    words = (said_back(slot, candidate.value, standing.language), _word("yes_or_no", standing.language))
    return Turn(replace(standing, tries=standing.tries + 1), words, Listen(1, ""))


def _tried(form: Form, standing: Standing, better: Filled) -> Turn:
    standing = replace(standing, tries=standing.tries + 1)
    if standing.tries >= form.tries:
        return _exhausted(form, standing, "not_understood")
    return _say_back(form, standing, better)


def _answer(heard: Heard, language: str) -> bool | None:
    """Return whether somebody agrees; None if that is not to be told."""
    if isinstance(heard, Keys):
        return {YES_KEY: True, NO_KEY: False}.get(heard.keys)
    if isinstance(heard, Silence):
        return None
    for alternative in heard.alternatives:
        text = alternative.text.strip()
        if _NO[language].search(text):
            return False
        if _YES[language].search(text):
            return True
    return None


def _is_certain(slot: Slot, heard: Utterance | Keys) -> bool:
    """Whether a value need not be said back: it was typed, or it was heard well and can be checked."""
    if isinstance(heard, Keys):
        return slot.kind is SlotKind.NUMBER and (slot.check is not None or slot.length_min == slot.length_max)
    return slot.check is not None and heard.alternatives[0].confidence >= _SURE


def _of_keys(slot: Slot, keys: str, today: date) -> str | None:
    if slot.kind is SlotKind.NAME or not keys.isdecimal():
        return None
    if slot.kind is SlotKind.NUMBER:
        return _number(slot, keys)
    if len(keys) not in (4, 8):
        return None
    month_day = f"{keys[-4:-2]}/{keys[-2:]}"
    found = date_in(f"{keys[:4]}/{month_day}" if len(keys) == 8 else month_day, today, "ja", slot.tense)
    return found.isoformat() if found is not None else None


def _of_words(slot: Slot, text: str, language: str, today: date) -> str | None:
    match slot.kind:
        case SlotKind.NUMBER:
            return _number(slot, digits_in(text, language))
        case SlotKind.DATE:
            found = date_in(text, today, language, slot.tense)
            return found.isoformat() if found is not None else None
        case SlotKind.NAME:
            return name_in(text, language)


def _number(slot: Slot, digits: str) -> str | None:
    fits = slot.length_min <= len(digits) <= slot.length_max
    return digits if fits and (slot.check is None or slot.check(digits)) else None


def name_in(text: str, language: str) -> str | None:
    """Return the name in what somebody said: without 「と申します」, "my name is"; None if there is none."""
    around = _NAME_AROUND["en" if language == "en" else "ja"]
    name = around.sub("", text.strip()).strip()
    is_name = bool(name) and len(name) <= _NAME_MAX and not any(sign.isdigit() for sign in name)
    return name if is_name else None


# --- turns -----------------------------------------------------------------------------------------


def _word(name: str, language: str) -> str:
    return _WORDS[name][language]


def _ask(form: Form, standing: Standing, before: tuple[str, ...]) -> Turn:
    if standing.at >= len(form.slots):
        return Turn(standing, before, Done(standing.filled))
    slot = form.slots[standing.at]
    return Turn(standing, (*before, slot.prompt[standing.language]), _listen(slot))


def _listen(slot: Slot) -> Listen:
    match slot.kind:
        case SlotKind.NUMBER:
            return Listen(slot.length_max, "#")
        case SlotKind.DATE:
            return Listen(8, "#")
        case SlotKind.NAME:
            return Listen(1, "")


def _say_back(form: Form, standing: Standing, found: Filled) -> Turn:
    slot = form.slots[standing.at]
    value = said_back(slot, found.value, standing.language)
    words = _word("confirm", standing.language).format(value=value)
    return Turn(replace(standing, candidate=found), (words,), Listen(slot.length_max, "#"))


def _next(form: Form, standing: Standing) -> Turn:
    return _ask(form, replace(standing, at=standing.at + 1, tries=0, candidate=None), ())


def _again(form: Form, standing: Standing, why: str) -> Turn:
    """Ask the same once more, or leave it."""
    standing = replace(standing, tries=standing.tries + 1)
    if standing.tries >= form.tries:
        return _exhausted(form, standing, "silence" if why == "silence" else "not_understood")
    is_name = form.slots[standing.at].kind is SlotKind.NAME and why == "not_understood"
    return _ask(form, standing, (_word("name_not_understood" if is_name else why, standing.language),))


def _exhausted(form: Form, standing: Standing, why: str) -> Turn:
    if form.slots[standing.at].optional:
        return _next(form, standing)
    return _give_up(form, standing, why)


def _give_up(form: Form, standing: Standing, why: str) -> Turn:
    """Hand a caller over with all that he said, what he did not agree to yet too."""
    outcome = GivenUp(_kept(standing), form.slots[standing.at].name, why)
    return Turn(standing, (_word("agent", standing.language),), outcome)


def _kept(standing: Standing) -> tuple[Filled, ...]:
    if standing.candidate is None:
        return standing.filled
    return (*standing.filled, replace(standing.candidate, name=f"{standing.candidate.name}?"))
