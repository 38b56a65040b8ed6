"""Prompts are read aloud before the hub starts for the first time, and only then."""

import subprocess
from pathlib import Path

import pytest

from hub.services.prompts import render_first_prompts


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    commands: list[tuple[str, ...]] = []

    def run(command: tuple[str, ...], **_: object) -> None:
        commands.append(command)
        raise subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_the_first_start_renders_and_goes_on_even_if_that_takes_too_long(
    tmp_path: Path, ran: list[tuple[str, ...]]
) -> None:
    render_first_prompts({"TORITSUGI_DATA_DIR": str(tmp_path)})
    assert [command[-2:] for command in ran] == [("prompts", "render")]


def test_later_starts_leave_it_to_the_hub(tmp_path: Path, ran: list[tuple[str, ...]]) -> None:
    (tmp_path / "prompts").mkdir()
    render_first_prompts({"TORITSUGI_DATA_DIR": str(tmp_path)})
    assert ran == []
