"""SIGHUP: a hub goes by the files as they are now, or by what they all were."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from acd.ids import QueueName
from hub.assembly import Hub, assemble
from hub.configuration import read_config
from hub.database import create_engine
from hub.reload import reload
from hub.settings import Settings
from ivr.flow import Prompt, SectionName
from ivr.hearing import ChoiceId
from ivr.prompts import PromptFailure, Prompts

QUEUES = "[support]\n[sales]\n"
MENUS = """[general]
languages = ja
[numbers]
_. => main
[main]
type = menu
prompt[ja] => 料金は1を押してください。
key => 1,queue,support
intent => fees,queue,support
on_timeout => hangup
"""
INTENTS = "[fees]\nlabel[ja] => 料金\nphrase[ja] => 料金を知りたい\n"
NEW = {
    "queues.conf": f"{QUEUES}[billing]\n",
    "ivr.conf": f"{MENUS}[more]\ntype = message\nprompt[ja] => では。\nthen => hangup\n",
    "intents.conf": f"{INTENTS}phrase[ja] => 値段を知りたい\n",
}
BROKEN = "[fees]\nlabel[ja] => 料金\n"


class Renderer:
    """Makes no prompts; does something while it would."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self._meanwhile = meanwhile

    async def render_all(self, prompts: Iterable[Prompt], progress: object) -> list[PromptFailure]:
        self._meanwhile()
        return []


@asynccontextmanager
async def hub_in(folder: Path, renderer: Renderer) -> AsyncIterator[Hub]:
    """Make a hub that listens to speech, of the files in a folder; nothing of it runs."""
    write(folder, {"queues.conf": QUEUES, "ivr.conf": MENUS, "intents.conf": INTENTS})
    settings = Settings.model_validate(
        {
            "config_dir": folder,
            "data_dir": folder / "data",
            "database_url": "postgresql+asyncpg://nobody@127.0.0.1:1/none",
            "ari_password": "x" * 16,
            "ami_password": "x" * 16,
            "secret_key": "x" * 32,
            "speech": True,
            "speech_engines": "ja:vosk=/nowhere",
        }
    )
    settings.data_dir.mkdir()
    routing, flow = read_config(folder)
    hub = assemble(settings, create_engine(settings.database_url), routing, flow)
    try:
        yield replace(hub, prompts=cast("Prompts", renderer))
    finally:
        await hub.engine.dispose()


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def stands(hub: Hub) -> tuple[Any, ...]:
    """Return what a hub goes by: how many queues, sections and phrases."""
    assert hub.recognition is not None
    phrases = hub.recognition.comprehension.intents.intents[ChoiceId("fees")].phrases
    return set(hub.truth.files.queues), len(hub.calls.desk.flow.sections), phrases


async def test_all_files_are_taken_over(tmp_path: Path) -> None:
    async with hub_in(tmp_path, Renderer()) as hub:
        before = stands(hub)
        write(tmp_path, NEW)
        await reload(hub, tmp_path)
        after = stands(hub)
        assert after[0] - before[0] == {QueueName("billing")}
        assert after[1] == before[1] + 1
        assert after[2] != before[2]


@pytest.mark.parametrize("broken", ["queues.conf", "ivr.conf", "intents.conf", "triage.conf", "webrtc.conf"])
async def test_a_fault_in_one_file_leaves_all_as_it_was(tmp_path: Path, broken: str) -> None:
    async with hub_in(tmp_path, Renderer()) as hub:
        before = stands(hub)
        write(tmp_path, NEW | {broken: "[fees\n"})
        with capture_logs() as logged:
            await reload(hub, tmp_path)
        assert stands(hub) == before
        assert any(broken in each["problem"] for each in logged if each["event"] == "config.not_reloaded")


async def test_a_file_that_is_broken_while_prompts_are_made_changes_nothing(tmp_path: Path) -> None:
    renderer = Renderer(lambda: write(tmp_path, {"intents.conf": BROKEN}))
    async with hub_in(tmp_path, renderer) as hub:
        write(tmp_path, NEW)
        await reload(hub, tmp_path)
        assert SectionName("more") in hub.calls.desk.flow.sections
        assert "値段を知りたい" in str(stands(hub)[2])


async def test_whatever_fails_in_a_reload_the_hub_goes_on(tmp_path: Path) -> None:
    def fail() -> None:
        raise RuntimeError("a fault of ours")

    async with hub_in(tmp_path, Renderer(fail)) as hub:
        with capture_logs() as logged:
            await reload(hub, tmp_path)
        assert [each["event"] for each in logged if each["log_level"] == "error"] == ["config.reload_failed"]
