"""Conditions of `if => CONDITION,ACTION`: what is tested, and what must be found out for it.

open [NAME], closed [NAME]      hours of a queue, or those of acd.conf; the default queue's without a name
known, thread, tag NAME         the customer: recognised, with an open text contact, marked so
wait [QUEUE] > SECONDS          predicted wait; <, >= and <= too
language CODE   caller PATTERN   withheld   given NAME
NAME = VALUE                    a variable; != too, and < > <= >= between numbers

`not` before a test turns it round, `and` joins several. What cannot be found out is neither true nor false:
a test of it does not hold, with or without `not`.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ivr.dialplan import Pattern, parse_pattern

CALLER, DIALLED, PROVEN = "caller", "dialled", "proven"
"""Variables that every walk has: who calls ("": withheld), what was dialled, by what the caller proved
who he is (`pin`, `birth`, or "")."""
INTENT, QUESTION, ANSWER = "intent", "question", "answer"
"""What a caller wants, or which answer he asked for, as a section of type `faq` is told it, and the variable
for the answer."""


@dataclass(frozen=True, slots=True)
class IsOpen:
    """Whether a queue, or opening hours of that name, is open now. None: the default queue."""

    name: str | None


@dataclass(frozen=True, slots=True)
class IsKnown:
    """Whether the caller is a customer who has a name or was in contact before."""


@dataclass(frozen=True, slots=True)
class HasThread:
    """Whether a text contact of the customer is open."""


@dataclass(frozen=True, slots=True)
class HasTag:
    """Whether the customer is marked so."""

    tag: str


@dataclass(frozen=True, slots=True)
class PredictedWait:
    """How many seconds who enters a queue now will wait. None: the default queue."""

    queue: str | None


Fact = IsOpen | IsKnown | HasThread | HasTag | PredictedWait
"""Something that only the world outside the menus knows."""
Facts = Mapping[Fact, bool | float | None]
"""What was found out; what is missing, or None, could not be."""


@dataclass(frozen=True, slots=True)
class Speaks:
    """The call's language."""

    language: str


@dataclass(frozen=True, slots=True)
class CallerMatches:
    """The caller's number, as it is dialled at home, fits a dialplan pattern."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class IsWithheld:
    """The caller shows no number."""


@dataclass(frozen=True, slots=True)
class IsGiven:
    """A variable has a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A variable, or a predicted wait, stands so to a value; text compares without case."""

    name: str | PredictedWait
    sign: str
    value: str


Test = Fact | Speaks | CallerMatches | IsWithheld | IsGiven | Compared


@dataclass(frozen=True, slots=True)
class Term:
    """One test; with `is_not`, its opposite."""

    test: Test
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """Terms that must all hold; `text` is how it was written. Without terms it holds always."""

    text: str
    terms: tuple[Term, ...]

    @property
    def facts(self) -> Iterator[Fact]:
        """What must be found out before it can be said whether it holds."""
        for term in self.terms:
            match term.test:
                case Compared(name=PredictedWait() as fact):
                    yield fact
                case IsOpen() | IsKnown() | HasThread() | HasTag() as fact:
                    yield fact

    def holds(self, facts: Facts, variables: Mapping[str, str], language: str) -> bool:
        """Whether all terms hold."""
        return all(_holds(term, facts, variables, language) for term in self.terms)


def parse_condition(text: str) -> Condition:
    """Read a condition; raises `ValueError` with what was expected."""
    return Condition(text, tuple(_term(part.strip()) for part in re.split(r"\s+and\s+", text.strip())))


_SIGNS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
_EQUALITY: Final = ("=", "!=")
_COMPARISON = re.compile(r"(?P<name>[\w-]+)(?:\s+(?P<of>[\w-]+))?\s*(?P<sign><=|>=|!=|=|<|>)\s*(?P<value>.*)")
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,6})?")
_NAME = re.compile(r"[\w-]+")
_EXPECTED: Final = (
    "expected a condition (open, closed, known, thread, tag NAME, wait [QUEUE] > SECONDS, language CODE,"
    " caller PATTERN, withheld, given NAME, NAME = VALUE)"
)


def _term(text: str) -> Term:
    rest = text.removeprefix("not ").strip()
    term = _test(rest)
    return Term(term.test, is_not=term.is_not is not (rest != text))


def _test(text: str) -> Term:
    if match := _COMPARISON.fullmatch(text):
        return Term(_comparison(match))
    word, _, argument = (part.strip() for part in text.partition(" "))
    read, needs = _WORDS.get(word.casefold(), (None, None))
    if read is None or (needs is True and not argument) or (needs is False and argument):
        raise ValueError(f"{_EXPECTED}, found {text or 'nothing'}")
    return read(argument)


def _comparison(match: re.Match[str]) -> Compared:
    name, of, sign, value = match["name"], match["of"], match["sign"], match["value"].strip()
    is_wait = name.casefold() == "wait"
    if (of and not is_wait) or (is_wait and sign in _EQUALITY):
        raise ValueError(f"{_EXPECTED}, found {match[0]}")
    if (is_wait or sign not in _EQUALITY) and not _NUMBER.fullmatch(value):
        raise ValueError(f"expected a number after {sign}, found {value or 'nothing'}")
    return Compared(PredictedWait(of) if is_wait else name, sign, value)


def _name(argument: str) -> str:
    if not _NAME.fullmatch(argument):
        raise ValueError(f"expected a name of letters, digits, - and _, found {argument}")
    return argument


_WORDS: Final[Mapping[str, tuple[Callable[[str], Term] | None, bool | None]]] = {
    "open": (lambda name: Term(IsOpen(_name(name) if name else None)), None),
    "closed": (lambda name: Term(IsOpen(_name(name) if name else None), is_not=True), None),
    "known": (lambda _: Term(IsKnown()), False),
    "thread": (lambda _: Term(HasThread()), False),
    "tag": (lambda name: Term(HasTag(name.casefold())), True),
    "language": (lambda code: Term(Speaks(code.casefold())), True),
    "caller": (lambda pattern: Term(CallerMatches(parse_pattern(pattern))), True),
    "withheld": (lambda _: Term(IsWithheld()), False),
    "given": (lambda name: Term(IsGiven(_name(name))), True),
}
"""How each word is read, and whether something must (True), cannot (False) or may (None) follow it."""


def _holds(term: Term, facts: Facts, variables: Mapping[str, str], language: str) -> bool:
    found = _found(term.test, facts, variables, language)
    return found is not None and found is not term.is_not


def _found(test: Test, facts: Facts, variables: Mapping[str, str], language: str) -> bool | None:
    match test:
        case Compared():
            return _compared(test, facts, variables)
        case Speaks(wanted):
            return language == wanted
        case CallerMatches(pattern):
            return pattern.matches(variables.get(CALLER, "").removeprefix("+"))
        case IsWithheld():
            return not variables.get(CALLER)
        case IsGiven(name):
            return bool(variables.get(name))
        case _:
            value = facts.get(test)
            return None if value is None else bool(value)


def _compared(test: Compared, facts: Facts, variables: Mapping[str, str]) -> bool | None:
    if isinstance(test.name, PredictedWait):
        wait = facts.get(test.name)
        return None if wait is None else _SIGNS[test.sign](float(wait), float(test.value))
    value = variables.get(test.name, "")
    if test.sign in _EQUALITY:
        return _SIGNS[test.sign](value.casefold(), test.value.casefold())
    return _SIGNS[test.sign](float(value), float(test.value)) if _NUMBER.fullmatch(value) else None
