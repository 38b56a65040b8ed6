"""What is wrong with a flow as a whole: leads to nowhere, never ends, is never reached."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from acd.dialect import Document, Problem
from ivr.check_conditions import condition_faults, condition_warnings
from ivr.flow import (
    Action,
    Asking,
    Back,
    CallHook,
    Decide,
    Decision,
    Deflect,
    DigitsEntry,
    EnterMenu,
    FillForm,
    Flow,
    FormSection,
    Hook,
    Menu,
    Message,
    Passing,
    Repeat,
    Say,
    Section,
    SectionName,
    SwitchLanguage,
    ToCallback,
    ToQueue,
    ToThread,
    ToVoicemail,
    Transfer,
)
from ivr.options import Findings, Link
from ivr.spoken import Kind
from ivr.surroundings import Surroundings

_Graph = Mapping[SectionName, Collection[SectionName]]


def find_faults(
    flow: Flow, findings: Findings, around: Surroundings, entered: Collection[SectionName] = ()
) -> list[Problem]:
    """Return what keeps a flow from being used: missing targets, unknown variables, loops without exit.

    `entered` are sections in which calls go on that come from elsewhere.
    """
    links = findings.links
    problems = [
        link.place.problem(message)
        for link in links
        for message in _target_faults(flow, link.action, around.queues)
    ]
    problems += _variable_faults(findings)
    for entry, condition in findings.conditions:
        problems += map(
            entry.problem, condition_faults(condition, flow.languages, around, findings.variables)
        )
    return problems or list(_endless_loops(flow, links, entered))


def find_warnings(
    flow: Flow, findings: Findings, document: Document, entered: Collection[SectionName] = ()
) -> list[Problem]:
    """Return the sections that no call can reach, and conditions that never hold."""
    reached = _reached({*_begun(flow), *entered}, leads(findings.links))
    unreached = [
        document.sections[name].problem(f"no number, key or action leads to [{name}]")
        for name in flow.sections
        if name not in reached
    ]
    return [*unreached, *condition_warnings(flow, findings.conditions)]


def _variable_faults(findings: Findings) -> Iterator[Problem]:
    known = ", ".join(sorted(findings.variables))
    for place, name in findings.mentions:
        if name not in findings.variables:
            yield place.problem(f"expected a variable that something sets ({known}), found {name}")
    for place, kind in findings.kinds:
        if kind not in list(Kind):
            yield place.problem(f"expected a kind of value ({', '.join(Kind)}), found {kind}")


def _target_faults(flow: Flow, action: Action, queues: Collection[str] | None) -> Iterator[str]:
    for verb, (kind, section_type, what) in _ENTERING.items():
        target = targets(action)[0] if isinstance(action, kind) else None
        if target is not None and not isinstance(flow.sections.get(target), section_type):
            yield _expected(flow, target, what, verb)
    match action:
        case SwitchLanguage(section=str(section)) if section not in flow.sections:
            yield f"expected a section [{section}], there is none"
        case SwitchLanguage(language) if language not in flow.languages:
            yield f"expected a language of [general] ({', '.join(flow.languages)}), found {language}"
        case Deflect() | ToCallback() | Transfer():
            for target in targets(action):
                if target not in flow.sections:
                    yield f"expected a section [{target}], there is none"
    queued = ToQueue | ToThread | Deflect | ToCallback | ToVoicemail
    queue = action.queue if isinstance(action, queued) else None
    if queue is not None and queues is not None and queue not in queues:
        yield f"expected a queue of queues.conf ({', '.join(sorted(queues))}), found {queue}"


_ENTERING: Mapping[str, tuple[type, type[Section] | tuple[type[Section], ...], str]] = {
    "menu": (EnterMenu, (Menu, DigitsEntry), "a menu"),
    "say": (Say, Message, "a message"),
    "decide": (Decide, Decision, "conditions"),
    "hook": (CallHook, Hook, "a hook"),
    "form": (FillForm, FormSection, "a form"),
}
"""For each action that enters a section: what it makes, what the section must be, and that in words."""


def _expected(flow: Flow, name: SectionName, what: str, verb: str) -> str:
    section = flow.sections.get(name)
    if section is None:
        return f"expected {what} [{name}], there is none"
    instead = next(each for each, (_, kind, _) in _ENTERING.items() if isinstance(section, kind))
    return f"expected {what} [{name}], [{name}] is none: {instead},{name}"


def _endless_loops(flow: Flow, links: Sequence[Link], entered: Collection[SectionName]) -> Iterator[Problem]:
    """Yield a problem for each loop in which a caller who presses nothing would stay for ever."""
    origins = _origins(flow, links)
    starts = _without_trail(flow, links, entered)
    silent: dict[SectionName, list[SectionName]] = {name: [] for name in flow.sections}
    for link in links:
        if link.silent:
            here = link.section
            match link.action:
                case Repeat() | SwitchLanguage(section=None):
                    silent[here].append(here)
                case Back():
                    silent[here].extend(origins[here] | ({here} & starts))
                case _:
                    silent[here].extend(targets(link.action))
    for name in flow.sections:
        if name in _reached(silent[name], silent):
            place = next(link.place for link in links if link.section == name and link.silent)
            yield place.problem(
                f"a caller who presses nothing comes back to [{name}] for ever: expected a way out"
            )


def _origins(flow: Flow, links: Sequence[Link]) -> dict[SectionName, set[SectionName]]:
    """Return to which sections `back` may lead from each: those that wait for keys and lead there."""
    leading, passing = leads(links), _passing(flow, links)
    origins: dict[SectionName, set[SectionName]] = {name: set() for name in flow.sections}
    for name, section in flow.sections.items():
        if isinstance(section, Asking):
            for target in _reached(leading.get(name, ()), passing):
                origins[target].add(name)
    return origins


def _without_trail(flow: Flow, links: Sequence[Link], entered: Collection[SectionName]) -> set[SectionName]:
    """Return where `back` may lead nowhere: up to the first section that waits for keys."""
    return _reached({*_begun(flow), *_resumed(links), *entered}, _passing(flow, links))


def _passing(flow: Flow, links: Sequence[Link]) -> _Graph:
    """Return what sections that wait for nothing lead to."""
    return {at: to for at, to in leads(links).items() if isinstance(flow.sections.get(at), Passing)}


def _begun(flow: Flow) -> set[SectionName]:
    """Return where a call may begin."""
    return {number.section for number in flow.numbers}


def _resumed(links: Iterable[Link]) -> set[SectionName]:
    """Return where a call may go on that had left the menus."""
    left = [link.action for link in links if isinstance(link.action, Deflect | ToCallback | Transfer)]
    return {target for action in left for target in targets(action)}


def leads(links: Iterable[Link]) -> dict[SectionName, set[SectionName]]:
    """Return the sections that each section leads to by itself, by keys or by words."""
    found: dict[SectionName, set[SectionName]] = {}
    for link in links:
        found.setdefault(link.section, set()).update(targets(link.action))
    return found


def targets(action: Action) -> tuple[SectionName, ...]:
    """Return the sections that an action names."""
    match action:
        case EnterMenu(section) | Say(section) | Decide(section) | CallHook(section) | FillForm(section):
            return (section,)
        case SwitchLanguage(section=str(section)):
            return (SectionName(section),)
        case Deflect(sent=sent, failed=failed):
            return (failed,) if sent is None else (sent, failed)
        case ToCallback(failed=failed) | Transfer(failed=failed):
            return (failed,)
        case _:
            return ()


def _reached(starts: Iterable[SectionName], leads: _Graph) -> set[SectionName]:
    reached: set[SectionName] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(leads.get(name, ()))
    return reached
