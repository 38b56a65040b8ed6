"""What is wrong with a flow as a whole: leads to nowhere, never ends, is never reached."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from acd.dialect import Document, Problem
from ivr.flow import (
    Action,
    Asking,
    Back,
    Deflect,
    EnterMenu,
    Flow,
    Message,
    Repeat,
    Say,
    SectionName,
    SwitchLanguage,
    ToQueue,
)
from ivr.options import Link

_Graph = Mapping[SectionName, Collection[SectionName]]


def find_faults(
    flow: Flow, links: Sequence[Link], queues: Collection[str] | None, entered: Collection[SectionName] = ()
) -> list[Problem]:
    """Return what keeps a flow from being used: missing targets, and loops without exit.

    `entered` are sections in which calls go on that come from elsewhere.
    """
    problems = [
        link.place.problem(message) for link in links for message in _target_faults(flow, link.action, queues)
    ]
    return problems or list(_endless_loops(flow, links, entered))


def find_warnings(
    flow: Flow, links: Sequence[Link], document: Document, entered: Collection[SectionName] = ()
) -> list[Problem]:
    """Return the sections that no call can reach."""
    reached = _reached({*_starts(flow, links), *entered}, _leads(links))
    return [
        document.sections[name].problem(f"no number, key or action leads to [{name}]")
        for name in flow.sections
        if name not in reached
    ]


def _target_faults(flow: Flow, action: Action, queues: Collection[str] | None) -> Iterator[str]:
    match action:
        case EnterMenu(section) if not isinstance(flow.sections.get(section), Asking):
            yield _expected(flow, section, "a menu", f"say,{section}")
        case Say(message) if not isinstance(flow.sections.get(message), Message):
            yield _expected(flow, message, "a message", f"menu,{message}")
        case SwitchLanguage(language) if language not in flow.languages:
            yield f"expected a language of [general] ({', '.join(flow.languages)}), found {language}"
        case Deflect():
            for target in _targets(action):
                if target not in flow.sections:
                    yield f"expected a section [{target}], there is none"
    queue = action.queue if isinstance(action, ToQueue | Deflect) else None
    if queue is not None and queues is not None and queue not in queues:
        yield f"expected a queue of queues.conf ({', '.join(sorted(queues))}), found {queue}"


def _expected(flow: Flow, name: SectionName, what: str, instead: str) -> str:
    found = f"[{name}] is none: {instead}" if name in flow.sections else "there is none"
    return f"expected {what} [{name}], {found}"


def _endless_loops(flow: Flow, links: Sequence[Link], entered: Collection[SectionName]) -> Iterator[Problem]:
    """Yield a problem for each loop in which a caller who presses nothing would stay for ever."""
    origins = _origins(flow, links)
    starts = {*_starts(flow, links), *entered}
    silent: dict[SectionName, list[SectionName]] = {name: [] for name in flow.sections}
    for link in links:
        if link.silent:
            here = link.section
            match link.action:
                case Repeat() | SwitchLanguage():
                    silent[here].append(here)
                case Back():
                    silent[here].extend(origins[here] | ({here} & starts))
                case _:
                    silent[here].extend(_targets(link.action))
    for name in flow.sections:
        if name in _reached(silent[name], silent):
            place = next(link.place for link in links if link.section == name and link.silent)
            yield place.problem(
                f"a caller who presses nothing comes back to [{name}] for ever: expected a way out"
            )


def _origins(flow: Flow, links: Sequence[Link]) -> dict[SectionName, set[SectionName]]:
    """Return to which sections `back` may lead from each: those that wait for keys and lead there."""
    leads = _leads(links)
    origins: dict[SectionName, set[SectionName]] = {name: set() for name in flow.sections}
    for name, section in flow.sections.items():
        if not isinstance(section, Message):
            via_messages = {at: leads[at] for at in leads if isinstance(flow.sections.get(at), Message)}
            for target in _reached(leads.get(name, ()), via_messages):
                origins[target].add(name)
    return origins


def _starts(flow: Flow, links: Iterable[Link]) -> set[SectionName]:
    """Return where a call may begin, or go on after it was deflected."""
    starts = {number.section for number in flow.numbers}
    for link in links:
        if isinstance(link.action, Deflect):
            starts.update(_targets(link.action))
    return starts


def _leads(links: Iterable[Link]) -> dict[SectionName, set[SectionName]]:
    leads: dict[SectionName, set[SectionName]] = {}
    for link in links:
        leads.setdefault(link.section, set()).update(_targets(link.action))
    return leads


def _targets(action: Action) -> tuple[SectionName, ...]:
    match action:
        case EnterMenu(section):
            return (section,)
        case Say(message):
            return (message,)
        case Deflect(sent=sent, failed=failed):
            return (failed,) if sent is None else (sent, failed)
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
