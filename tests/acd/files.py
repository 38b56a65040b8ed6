"""Queue files written for a test."""

from pathlib import Path

import pytest

from acd.errors import SettingsError
from acd.settings import load

NOW_MS = 1_767_225_600_000
"""2026-01-01 00:00 UTC: when tests read opening hours."""


def folder(path: Path, queues: str, acd: str = "", rules: str | None = None) -> Path:
    """Write the files and return their folder; without `rules` there is no `queuerules.conf`."""
    (path / "queues.conf").write_text(queues, encoding="utf-8")
    (path / "acd.conf").write_text(acd, encoding="utf-8")
    if rules is not None:
        (path / "queuerules.conf").write_text(rules, encoding="utf-8")
    return path


def problems(path: Path, queues: str, acd: str = "", rules: str | None = None) -> list[str]:
    """Return what is wrong in the files, as `file:line: message`."""
    with pytest.raises(SettingsError) as caught:
        load(folder(path, queues, acd, rules), NOW_MS)
    return [str(each).removeprefix(f"{path}/") for each in caught.value.problems]
