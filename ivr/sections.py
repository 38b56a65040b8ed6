"""Sections of `ivr.conf` as they are written, read into the types of `ivr.flow`."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from acd.dialect import Section as Written
from ivr.conditions import ANSWER, INTENT, QUESTION, Condition, parse_condition
from ivr.flow import (
    CODE_LENGTH,
    LUHN,
    Action,
    Back,
    Decision,
    DigitsEntry,
    Hook,
    Menu,
    Message,
    Proof,
    Section,
)
from ivr.read_form import read_form
from ivr.reader import SECRET, Context, Reader
from ivr.spoken_choices import read_spoken
from ivr.words import NO, YES

DIGITS_MAX = 32
HOOK_S_MAX = 30
QUICK_S = 4
"""For longer nobody is left without a word."""
_FAQ_S = 1
_PYTHON = "python:"
_LENGTH = re.compile(r"([0-9]{1,3})(?:\s*-\s*([0-9]{1,3}))?")
_HEADER = re.compile(r"[A-Za-z0-9-]+")


def read_section(written: Written, context: Context) -> Section:
    """Read a section by its `type`; what is wrong with it, and where it leads, goes to the findings."""
    reader = Reader(written, context)
    kind = reader.options.one_of("type", tuple(_KINDS), "menu")
    section = _KINDS[kind](reader)
    reader.options.end(f"type {kind}")
    return section


def _menu(reader: Reader) -> Section:
    prompt, patience, keys = reader.saying("prompt"), reader.patience(), reader.keys()
    return Menu(reader.name, prompt, patience, keys, read_spoken(reader, keys))


def _message(reader: Reader) -> Section:
    said, sets = reader.saying("prompt", required=False), reader.sets()
    return Message(reader.name, said, reader.action("then", Back(), silent=True), sets)


# --- numbers ---------------------------------------------------------------------------------------


def _digits(reader: Reader) -> Section:
    least, most = _length(reader, None)
    terminator, confirm = _terminator(reader), reader.saying("confirm", required=False)
    taken = _digits_of(least, terminator)
    keys = reader.keys(without="".join(set(taken) & {YES, NO}) if confirm else taken, required=False)
    reader.findings.variables.add(reader.name)
    return DigitsEntry(
        name=reader.name,
        prompt=reader.saying("prompt"),
        patience=reader.patience(),
        length_min=least,
        length_max=most,
        terminator=terminator,
        then=reader.action("then"),
        keys=_but(keys, taken),
        check=_check(reader),
        confirm=confirm,
        confirm_keys=_but(keys, YES + NO) if confirm else {},
        is_hidden=reader.options.flag("hidden", default=False),
    )


def _pin(reader: Reader) -> Section:
    return _proof(reader, Proof.PIN, _length(reader, (4, 8)))


def _birth(reader: Reader) -> Section:
    return _proof(reader, Proof.BIRTH, (8, 8))


def _code(reader: Reader) -> Section:
    return _proof(reader, Proof.CODE, (CODE_LENGTH, CODE_LENGTH))


def _proof(reader: Reader, proof: Proof, length: tuple[int, int]) -> Section:
    terminator = _terminator(reader)
    return DigitsEntry(
        name=reader.name,
        prompt=reader.saying("prompt"),
        patience=reader.patience(),
        length_min=length[0],
        length_max=length[1],
        terminator=terminator,
        then=reader.action("then"),
        keys=reader.keys(without=_digits_of(length[0], terminator), required=False),
        is_hidden=True,
        proof=proof,
        on_refused=reader.action("on_refused"),
    )


def _digits_of(length_min: int, terminator: str) -> str:
    """Return the keys that mean nothing else when they are pressed alone: they are a number, or end one."""
    return ("0123456789" if length_min == 1 else "") + terminator


def _but(keys: Mapping[str, Action], without: str) -> Mapping[str, Action]:
    return MappingProxyType({key: action for key, action in keys.items() if key not in without})


def _length(reader: Reader, default: tuple[int, int] | None) -> tuple[int, int]:
    entry = reader.options.get("length")
    if entry is None and default is not None:
        return default
    match = _LENGTH.fullmatch(entry.value) if entry else None
    least, most = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= least <= most <= DIGITS_MAX:
        reader.note(f"expected length = N or N-M digits, 1 to {DIGITS_MAX}, in [{reader.name}]", entry)
        return 1, 1
    return least, most


def _terminator(reader: Reader) -> str:
    entry = reader.options.get("terminator")
    if entry is None or entry.value in ("#", "*"):
        return entry.value if entry else "#"
    if entry.value.casefold() != "none":
        reader.note(f"expected terminator = #, * or none, found {entry.value}", entry)
    return ""


def _check(reader: Reader) -> str:
    entry = reader.options.get("check")
    if entry is None or entry.value.casefold() == LUHN:
        return LUHN if entry else ""
    name = entry.value.removeprefix(_PYTHON)
    if name == entry.value:
        reader.note(f"expected check = luhn or python:FILE.FUNCTION, found {entry.value}", entry)
    else:
        reader.function(entry, name)
    return name


# --- conditions and hooks --------------------------------------------------------------------------


def _decide(reader: Reader) -> Section:
    branches: list[tuple[Condition, Action]] = []
    sets = reader.sets()
    for entry in reader.options.all("if"):
        text, _, action = entry.value.partition(",")
        try:
            condition = parse_condition(text)
        except ValueError as error:
            reader.note(str(error), entry)
            continue
        reader.findings.conditions.append((entry, condition))
        branches.append((condition, reader.read_action(entry, action, silent=True)))
    return Decision(reader.name, tuple(branches), reader.action("else", silent=True), sets)


def _web(reader: Reader) -> Section:
    entry = reader.options.get("url")
    if entry is None or not re.fullmatch(r"https?://[^\s/]+\S*", entry.value):
        reader.note(f"expected url = https://... in [{reader.name}]", entry)
    return _hook(reader, url=entry.value if entry else "", headers=_headers(reader))


def _python(reader: Reader) -> Section:
    entry = reader.options.get("function")
    if entry is None:
        reader.note(f"expected function = FILE.FUNCTION in [{reader.name}]")
    else:
        reader.function(entry, entry.value)
    return _hook(reader, function=entry.value if entry else "")


def _hook(
    reader: Reader, *, url: str = "", function: str = "", headers: tuple[tuple[str, str], ...] = ()
) -> Section:
    timeout_s = reader.options.seconds("timeout", 3, 0.5, HOOK_S_MAX)
    sends, returns = reader.options.words("send"), reader.options.words("return")
    if (entry := reader.options.get("send")) is not None:
        reader.findings.mentions += [(entry, name) for name in sends]
    reader.findings.variables.update(returns)
    return Hook(
        name=reader.name,
        prompt=reader.saying("prompt", required=False),
        waiting=reader.saying("waiting", required=timeout_s > QUICK_S),
        url=url,
        function=function,
        headers=headers,
        timeout_s=timeout_s,
        sends=sends,
        returns=returns,
        answers=MappingProxyType(dict(reader.actions_of("answer", silent=True))),
        then=reader.action("then", silent=True),
        on_failure=reader.action("on_failure", silent=True),
    )


def _faq(reader: Reader) -> Section:
    reader.findings.variables.add(ANSWER)
    return Hook(
        name=reader.name,
        prompt=reader.saying("prompt", required=False),
        waiting=reader.saying("waiting", required=False),
        url="",
        function="",
        headers=(),
        timeout_s=_FAQ_S,
        sends=(INTENT, QUESTION),
        returns=(ANSWER,),
        answers=MappingProxyType({}),
        then=reader.action("then", silent=True),
        on_failure=reader.action("on_failure", silent=True),
    )


def _headers(reader: Reader) -> tuple[tuple[str, str], ...]:
    found = []
    for entry in reader.options.all("header"):
        name, comma, value = (part.strip() for part in entry.value.partition(","))
        if not comma or not _HEADER.fullmatch(name):
            reader.note("expected header => NAME,VALUE", entry)
        if re.search(r"[{}]", SECRET.sub("", value)):
            reader.note("expected {env:TORITSUGI_HOOK_...} between braces", entry)
        reader.findings.secrets += [(entry, secret) for secret in SECRET.findall(value)]
        found.append((name, value))
    return tuple(found)


_KINDS: dict[str, Callable[[Reader], Section]] = {
    "menu": _menu,
    "digits": _digits,
    "message": _message,
    "decide": _decide,
    "pin": _pin,
    "birth": _birth,
    "code": _code,
    "web": _web,
    "python": _python,
    "faq": _faq,
    "form": read_form,
}
