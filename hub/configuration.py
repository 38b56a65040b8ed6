"""The files that an administrator edits, checked as one."""

from dataclasses import dataclass
from pathlib import Path

import acd.settings
import ivr.load
from acd.dialect import Problem
from acd.errors import SettingsError
from ivr.errors import FlowError


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found. `problems` keep a folder from being used, `warnings` are only odd."""

    queues: int
    sections: int
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check(config_dir: Path) -> Findings:
    """Read `queues.conf`, `acd.conf` and `ivr.conf` of a folder as the hub does."""
    problems: list[Problem] = []
    queues: list[str] | None = None
    try:
        queues = list(acd.settings.load(config_dir).queues)
    except SettingsError as error:
        problems += error.problems
    try:
        flow = ivr.load.load(config_dir, queues)
    except FlowError as error:
        return Findings(len(queues or ()), 0, (*problems, *error.problems), ())
    return Findings(len(queues or ()), len(flow.sections), tuple(problems), flow.warnings)
