"""The hub's understanding of callers, and the command that tries it."""

from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.settings import UnderstandingSettings, load_settings
from hub.understanding import comprehend
from ivr.intents.matcher import Matcher
from ivr.intents.outside import OutsideUnderstanding

_FILE = """
[fees]
label[ja] => 料金のお問い合わせ
phrase[ja] => {料金|値段}を知りたい
[stop]
label[ja] => 解約
phrase[ja] => {解約|退会}したい
[background]
phrase[ja] => {いい天気|お腹がすいた}
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TORITSUGI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TORITSUGI_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    (tmp_path / "intents.conf").write_text(_FILE, encoding="utf-8")
    return tmp_path


async def test_an_outside_understanding_is_asked_only_if_configured(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with aiohttp.ClientSession() as session:
        alone = comprehend(config, config, session, load_settings(UnderstandingSettings))
        assert isinstance(alone.understanding, Matcher)
        monkeypatch.setenv("TORITSUGI_NLU_URL", "http://127.0.0.1:9")
        monkeypatch.setenv("TORITSUGI_NLU_TOKEN", "hidden")
        settings = load_settings(UnderstandingSettings)
        assert "hidden" not in repr(settings)
        asked = comprehend(config, config, session, settings)
        assert isinstance(asked.understanding, OutsideUnderstanding)
        assert asked.understanding.own is asked.matcher


def test_intents_are_checked(config: Path) -> None:
    result = CliRunner().invoke(app, ["intents", "check"])
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "OK: 2 intents")
    (config / "intents.conf").write_text("[a]\nlabel[ja] => あ\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["intents", "check"])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{config}/intents.conf:1: expected phrase[ja]")


def test_a_sentence_is_tried(config: Path) -> None:
    result = CliRunner().invoke(app, ["intents", "try", "退会したいんですけど"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("退会(taikai)")
    assert lines[1].startswith("stop\t")
    assert lines[-1].startswith("stop: ")
