"""What is wrong or odd about conditions: names that are not there, and what can never hold."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from acd.dialect import Entry, Problem
from ivr.conditions import Compared, Condition, IsGiven, IsOpen, PredictedWait, Speaks, Term
from ivr.flow import DigitsEntry, Flow, SectionName
from ivr.surroundings import Surroundings


def condition_faults(
    condition: Condition, languages: Sequence[str], around: Surroundings, variables: Collection[str]
) -> Iterator[str]:
    """Yield what a condition names that is not there."""
    for term in condition.terms:
        match term.test:
            case IsOpen(str(name)) if around.queues is not None:
                yield from _stranger(
                    "a queue or opening hours", name, {*around.queues, *(around.hours or ())}
                )
            case Compared(name=PredictedWait(str(queue))) if around.queues is not None:
                yield from _stranger("a queue of queues.conf", queue, around.queues)
            case Speaks(language):
                yield from _stranger("a language of [general]", language, languages)
            case IsGiven(name) | Compared(name=str(name)):
                yield from _stranger("a variable that something sets", name, variables)


def _stranger(what: str, name: str, known: Collection[str]) -> Iterator[str]:
    if name not in known:
        yield f"expected {what} ({', '.join(sorted(known))}), found {name}"


def condition_warnings(flow: Flow, conditions: Iterable[tuple[Entry, Condition]]) -> Iterator[Problem]:
    """Yield the conditions that can never hold, as far as that is plain."""
    for entry, condition in conditions:
        if any(_opposite(term) in condition.terms for term in condition.terms):
            yield entry.problem(f"{condition.text} never holds: it asks for something and its opposite")
        for term in condition.terms:
            if why := _impossible(flow, term):
                yield entry.problem(f"{condition.text} never holds: {why}")
    for section in flow.sections.values():
        branches = getattr(section, "branches", ())
        yield from _repeated([condition for condition, _ in branches], conditions)


def _repeated(
    branches: Sequence[Condition], conditions: Iterable[tuple[Entry, Condition]]
) -> Iterator[Problem]:
    """Yield conditions for which an earlier one of the same section has always gone before."""
    for count, condition in enumerate(branches):
        if any(set(earlier.terms) <= set(condition.terms) for earlier in branches[:count]):
            entry = next(entry for entry, each in conditions if each is condition)
            yield entry.problem(f"{condition.text} never counts: an earlier condition holds whenever it does")


def _opposite(term: Term) -> Term:
    return Term(term.test, is_not=not term.is_not)


def _impossible(flow: Flow, term: Term) -> str:
    """Say why a test cannot hold; "" if it may."""
    match term:
        case Term(Compared(name=str(name), sign="=", value=value), is_not=False) if value:
            section = flow.sections.get(SectionName(name))
            if not isinstance(section, DigitsEntry):
                return ""
            if not value.isdecimal() or not section.length_min <= len(value) <= section.length_max:
                return f"[{name}] collects {section.length_min} to {section.length_max} digits"
        case Term(Compared(name=PredictedWait(), sign="<", value=value), is_not=False) if float(value) <= 0:
            return "nobody waits for less than no time"
    return ""
