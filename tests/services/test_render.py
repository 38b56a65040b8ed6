"""Rendering: every placeholder is known, no secret stands in a source file, copies are private."""

import re
from pathlib import Path

import pytest

from hub.services.asterisk import HUB_FILES
from hub.services.errors import RenderError
from hub.services.render import render
from tests.support.asterisk import ROOT, asterisk_node

CONFIG = ROOT / "asterisk-config"
NONE: frozenset[str] = frozenset()


def test_the_shipped_files_render_completely(tmp_path: Path) -> None:
    service = asterisk_node(tmp_path).service
    assert {"pjsip.conf", "queues.conf", "extensions.conf"} <= set(service.render())
    rendered = {path.name: path.read_text() for path in (tmp_path / "etc").glob("*.conf")}
    assert not HUB_FILES & rendered.keys()
    assert not [name for name, text in rendered.items() if re.search(r"@[A-Z]+@", text)]
    assert service.settings.ari_password in rendered["ari.conf"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "etc").iterdir())
    assert service.render() == []


def test_every_value_is_used(tmp_path: Path) -> None:
    service = asterisk_node(tmp_path).service
    text = "".join(path.read_text() for path in CONFIG.glob("*.conf"))
    unused = [
        name for name in service.settings.placeholders(tmp_path, service.install) if f"@{name}@" not in text
    ]
    assert unused == []


def test_no_secret_stands_in_a_source_file() -> None:
    for path in CONFIG.glob("*.conf"):
        for line in path.read_text().splitlines():
            name, _, value = line.partition("=")
            if name.strip() in {"password", "secret", "md5_cred", "password_digest"}:
                assert value.strip(" >").startswith("@"), f"{path}: {line}"


@pytest.mark.parametrize("name", ["queues.conf", "queuerules.conf"])
def test_queue_files_are_the_same_for_asterisk_and_the_hub(name: str, tmp_path: Path) -> None:
    assert "@" not in (CONFIG / name).read_text()
    assert name in asterisk_node(tmp_path).service.render()


def test_an_unknown_placeholder_is_named_with_its_place(tmp_path: Path) -> None:
    source = tmp_path / "a.conf"
    source.write_text("[x]\nkey = @NOBODY@\n")
    with pytest.raises(RenderError, match=r"a\.conf:2: @NOBODY@ .* expected one of HOME"):
        render(tmp_path, tmp_path / "out", {"HOME": "/"}, leave_out=NONE)
    assert not (tmp_path / "out").exists()


def test_asterisks_own_signs_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_text("exten => s,1,Dial(PJSIP/a@b/${EXTEN}@c) ; @lower@\n", encoding="utf-8")
    render(tmp_path, tmp_path / "out", {}, leave_out=NONE)
    assert "Dial(PJSIP/a@b/${EXTEN}@c) ; @lower@" in (tmp_path / "out/a.conf").read_text()


def test_copies_follow_their_originals_and_other_files_stay(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "a.conf").write_text("1\n")
    (source / "b.conf").write_text("2\n")
    assert render(source, target, {}, leave_out=NONE) == ["a.conf", "b.conf"]
    (target / "own.conf").write_text("not rendered\n")
    (source / "a.conf").write_text("changed\n")
    (source / "b.conf").unlink()
    assert render(source, target, {}, leave_out=NONE) == ["a.conf", "b.conf"]
    assert sorted(path.name for path in target.iterdir()) == ["a.conf", "own.conf"]


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="TORITSUGI_CONFIG_DIR"):
        render(tmp_path, tmp_path / "out", {}, leave_out=NONE)
