"""The routing settings, from `queues.conf` and `queuerules.conf` (pure app_queue) and `acd.conf` (the rest).

    load(Path("asterisk-config"))       ; for use, or SettingsError with every problem
    examine(Path("asterisk-config"))    ; for a check that knows more: menus, accounts

docs/queues.md describes the files for administrators.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from acd.agent import Agent
from acd.app_queue import GENERAL_KEYS
from acd.dialect import DialectError, Document, Problem, Section, read
from acd.errors import SettingsError
from acd.fields import Fields, Mention, section_named
from acd.ids import AgentId, QueueName
from acd.policy import QueueSettings, RoutingSettings
from acd.settings_acd import extend_queue, read_general, read_pop_url
from acd.settings_hours import is_hours, read_hours
from acd.settings_overflow import PlacedStep, note_cycles, read_overflow
from acd.settings_queue import read_queue
from acd.settings_rules import read_rules

__all__ = ["QueueSettings", "Reading", "RoutingSettings", "examine", "load", "members"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the files say, with all that is wrong in them by file and line.

    `agents` is where agents are named, `menus` where sections of `ivr.conf` are: whether there are such
    is not known here.
    """

    settings: RoutingSettings
    problems: tuple[Problem, ...]
    agents: tuple[Mention, ...]
    menus: tuple[Mention, ...]


def load(config_dir: Path, now_ms: int | None = None) -> RoutingSettings:
    """Read the files of a folder for use: see `examine`. Raises `SettingsError` with every problem."""
    reading = examine(config_dir, now_ms)
    if reading.problems:
        raise SettingsError(reading.problems)
    return reading.settings


def examine(config_dir: Path, now_ms: int | None = None) -> Reading:
    """Read the files of a folder, of which only `queues.conf` must be there.

    Opening hours must open once after `now_ms` (Unix time, milliseconds; without it, the present).
    """
    fields = Fields()
    settings = _settings(fields, config_dir, time.time_ns() // 1_000_000 if now_ms is None else now_ms)
    return Reading(
        settings,
        tuple(sorted(fields.problems, key=lambda problem: (problem.file, problem.line))),
        tuple(dict.fromkeys(fields.agents)),
        tuple(dict.fromkeys(fields.menus)),
    )


def members(settings: RoutingSettings) -> list[Agent]:
    """Return the agents that the files name, each with all queues and skills, ordered by id."""
    queues: dict[AgentId, dict[QueueName, int]] = {agent: {} for agent in settings.skills}
    for queue in settings.queues.values():
        for member in queue.members:
            queues.setdefault(member.agent, {})[queue.name] = member.penalty
    return [
        Agent(id=agent, queues=queues[agent], skills=settings.skills.get(agent, {}), budget=settings.budget)
        for agent in sorted(queues)
    ]


def _settings(fields: Fields, config_dir: Path, now_ms: int) -> RoutingSettings:
    queues = _document(fields, config_dir / "queues.conf", is_optional=False)
    changes = _document(fields, config_dir / "queuerules.conf", is_optional=True)
    acd = _document(fields, config_dir / "acd.conf", is_optional=True)
    if fields.problems:  # what a file that cannot be read would say is missed everywhere else
        return RoutingSettings()
    rules = read_rules(fields, changes)
    fields.known_keys(section_named(queues, "general"), GENERAL_KEYS, "app_queue's [general]")
    sections = [section for section in queues.concrete() if section.name != "general"]
    names = [section.name for section in sections]
    _note_strange_sections(fields, acd, names)
    hours = read_hours(fields, acd, now_ms)
    pop_url = read_pop_url(fields, section_named(acd, "general"))
    found: dict[QueueName, QueueSettings] = {}
    overflows: dict[QueueName, tuple[PlacedStep, ...]] = {}
    for section in sections:
        more, name = _of_queue(acd, section.name), QueueName(section.name)
        queue = msgspec.structs.replace(read_queue(fields, section, rules), pop_url=pop_url)
        queue = extend_queue(fields, more, queue, hours)
        overflows[name] = read_overflow(fields, more, names)
        found[name] = msgspec.structs.replace(queue, overflow=tuple(each.step for each in overflows[name]))
    note_cycles(fields, overflows)
    general = read_general(fields, section_named(acd, "general"), names)
    return msgspec.structs.replace(general, queues=found, hours=hours)


def _document(fields: Fields, path: Path, *, is_optional: bool) -> Document:
    if is_optional and not path.exists():
        return Document(str(path))
    try:
        return read(path)
    except DialectError as error:
        fields.note_all(error)
        return Document(str(path))


def _of_queue(acd: Document, name: str) -> Section:
    """Return what `acd.conf` says of a queue: nothing, if its section is opening hours."""
    section = section_named(acd, name)
    return Section(name, False, (), acd.file, 0) if is_hours(section) else section


def _note_strange_sections(fields: Fields, acd: Document, queues: list[str]) -> None:
    for section in acd.concrete():
        if is_hours(section):
            if section.name in (*queues, "general"):
                fields.note(
                    section, f"expected opening hours with a name of their own, found [{section.name}]"
                )
        elif section.name not in (*queues, "general"):
            fields.note(
                section,
                f"expected the name of a queue of queues.conf, found [{section.name}];"
                " opening hours say type = hours",
            )
