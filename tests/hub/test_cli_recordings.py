"""`toritsugi recording`: what is stored, whether it is whole, and a copy."""

import asyncio
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.audit import AuditLog
from hub.cli import app
from hub.database import create_engine, migrate
from hub.objects.keys import KeyRing
from hub.objects.store import FileStore
from hub.recordings.catalogue import Catalogue
from hub.recordings.draft import Drafts
from hub.recordings.vault import Vault
from tests.hub.recordings.made import KEY, KEY_TEXT, draft_in

OTHER = "f" * 32


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two recordings, the older of sato, the newer of tanaka; returns the folder of objects."""
    for name in [name for name in os.environ if name.startswith("TORITSUGI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TORITSUGI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TORITSUGI_RECORDING_KEY", KEY_TEXT)

    async def make() -> None:
        url = f"sqlite+aiosqlite:///{tmp_path / 'toritsugi.db'}"
        await migrate(url)
        engine = create_engine(url)
        vault, drafts = Vault(FileStore(tmp_path / "recordings"), KeyRing(KEY)), Drafts(tmp_path / "spool")
        for number, (id_, agent) in enumerate((("a" * 32, "sato"), ("b" * 32, "tanaka"))):
            draft = draft_in(drafts, id_=id_, agents=(agent,), contact=f"c{number}", started_ms=1000 * number)
            await Catalogue(engine).add(await vault.put(draft, drafts))
        await engine.dispose()

    asyncio.run(make())
    return tmp_path / "recordings"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["recording", *arguments])


def test_recordings_are_listed(store: Path) -> None:
    lines = [line.split("\t") for line in _run("list").stdout.splitlines()]
    assert [(line[0][0], *line[2:]) for line in lines] == [
        ("b", "1", "support", "tanaka", "c1"),
        ("a", "1", "support", "sato", "c0"),
    ]
    assert _run("list", "--agent", "sato").stdout.startswith("a" * 32)
    assert _run("list", "--queue", "sales").stdout == ""


def test_what_was_changed_or_is_missing_is_named(store: Path) -> None:
    result = _run("verify")
    assert (result.exit_code, result.stdout) == (0, "OK: 2 recordings\n")
    changed, missing = (next(store.rglob(f"{name * 32}*")) for name in "ab")
    data = bytearray(changed.read_bytes())
    data[500] ^= 1
    changed.write_bytes(data)
    missing.unlink()
    result = _run("verify")
    assert result.exit_code == 1
    named = {line.split("\t")[0][0]: line for line in result.stdout.splitlines()}
    assert changed.name in named["a"]
    assert "checksum" in named["a"]
    assert "no file" in named["b"]
    assert _run("verify", "b" * 32).stdout.count("\t") == 2
    assert "1 of these ids" in _run("verify", OTHER).stderr


def test_a_copy_is_written_once_and_noted(store: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.wav"
    assert _run("export", "a" * 32, str(target)).exit_code == 0
    assert target.read_bytes()[:4] == b"RIFF"
    assert _run("export", "a" * 32, str(target)).exit_code == 1
    assert _run("export", OTHER, str(tmp_path / "none.wav")).exit_code == 1

    async def entries() -> list[str]:
        engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'toritsugi.db'}")
        try:
            return [each.subject for each in await AuditLog(engine).entries()]
        finally:
            await engine.dispose()

    assert set(asyncio.run(entries())) == {"a" * 32}


def test_without_its_key_it_is_not_read(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORITSUGI_RECORDING_KEY")
    result = _run("export", "a" * 32, str(tmp_path / "copy.wav"))
    assert result.exit_code == 1
    assert "TORITSUGI_RECORDING_OLD_KEYS" in result.stderr
    monkeypatch.setenv("TORITSUGI_RECORDING_OLD_KEYS", KEY_TEXT)
    assert _run("verify").exit_code == 0
