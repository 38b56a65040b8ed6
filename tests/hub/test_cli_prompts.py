"""`toritsugi prompts render`: all is read aloud once, and one sees how far it is."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from hub.cli import app
from hub.cli import prompts as command
from hub.configuration import read_config
from hub.ready_prompts import logged, ready_prompts
from hub.settings import BaseHubSettings, load_settings
from ivr.audio import WIDE_HZ
from ivr.errors import SynthesisUnavailable
from ivr.tts.engine import Voice


class FakeSpeech:
    """Reads nothing that is in English."""

    made = 0

    async def synthesize(self, text: str, language: str, voice: Voice) -> bytes:
        if language == "en":
            raise SynthesisUnavailable("apt install espeak-ng")
        FakeSpeech.made += 1
        return b"\x00\x10" * WIDE_HZ

    async def close(self) -> None: ...


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("TORITSUGI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TORITSUGI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setattr(command, "SpeechProcess", FakeSpeech)
    monkeypatch.setattr(FakeSpeech, "made", 0)
    return tmp_path


def _render() -> Result:
    return CliRunner().invoke(app, ["prompts", "render"])


def test_all_is_read_aloud_once_and_what_failed_is_named(data_dir: Path) -> None:
    said = ready_prompts(*read_config(load_settings(BaseHubSettings).config_dir))
    result = _render()
    assert result.exit_code == 1
    assert f"Reading prompts aloud: {len(said)}/{len(said)}" in result.output
    assert "Reading prompts aloud: 25/" in result.output
    assert "position-next (en): apt install espeak-ng" in result.output
    made = FakeSpeech.made
    assert made == len(list((data_dir / "prompts").glob("ja-*.wav")))
    _render()
    assert FakeSpeech.made == made


def test_on_a_terminal_there_is_a_bar(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "is_terminal", lambda: True)
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    output = _render().output
    assert "音声案内を作成しています" in output
    assert "━" in output


def test_the_hub_logs_now_and_then_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s, logs = 0.0, []
    monkeypatch.setattr("hub.ready_prompts.log", SimpleNamespace(info=lambda event, **_: logs.append(event)))
    progress = logged(lambda: now_s)
    for done in range(1, 101):
        now_s += 0.25
        progress(done, 100)
    assert logs == ["prompts.rendering"] * 5
