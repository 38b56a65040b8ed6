"""Which Asterisk is taken: the named one, an installed one that is new enough, the unpacked one."""

from pathlib import Path

import pytest

from hub.services.asterisk_install import find_asterisk, has_asterisk
from hub.services.errors import ProgramMissing


def program(path: Path, says: str) -> Path:
    """A stand-in that answers -V."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def unpacked(path: Path) -> Path:
    (path / "usr/lib/some-triplet/asterisk/modules").mkdir(parents=True)
    program(path / "usr/lib/some-triplet/ld-linux-some.so.2", "Asterisk 22.10.1")
    program(path / "usr/sbin/asterisk", "runs only with its own loader")
    return path


@pytest.fixture
def path_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment whose PATH holds an `asterisk` only if a test puts one into `bin`."""
    monkeypatch.setattr("hub.services.asterisk_install.SYSTEM_PATH", str(tmp_path / "none"))
    return {"PATH": str(tmp_path / "bin")}


def test_the_unpacked_one_runs_by_its_own_loader(tmp_path: Path, path_without: dict[str, str]) -> None:
    install = find_asterisk(path_without, unpacked(tmp_path / "cache"))
    assert install.command("-f")[0].endswith("ld-linux-some.so.2")
    assert install.version() == (22, 10)
    assert [line.split(" = ")[0] for line in install.directories()] == ["astmoddir", "astdatadir"]
    assert not has_asterisk(path_without)


@pytest.mark.parametrize(
    ("says", "taken"),
    [
        ("Asterisk 22.10.1~dfsg", True),
        ("Asterisk 22.8.0", True),
        ("Asterisk 23.2.1", True),
        ("Asterisk certified/22.8-cert1", True),
        ("Asterisk 24.0.0", True),
        ("Asterisk 22.4.1", False),
        ("Asterisk 23.0.0", False),
        ("Asterisk 21.12.0", False),
        ("Asterisk 18.10.0", False),
    ],
)
def test_an_installed_one_is_taken_if_new_enough(
    tmp_path: Path, path_without: dict[str, str], says: str, taken: bool
) -> None:
    installed = program(tmp_path / "bin/asterisk", says)
    install = find_asterisk(path_without, unpacked(tmp_path / "cache"))
    assert (install.binary == installed) is taken
    assert (install.directories() == []) is taken
    assert has_asterisk(path_without) is taken


def test_the_named_one_wins(tmp_path: Path, path_without: dict[str, str]) -> None:
    program(tmp_path / "bin/asterisk", "Asterisk 22.9.0")
    named = program(tmp_path / "opt/sbin/asterisk", "Asterisk 22.9.0")
    for name in (tmp_path / "opt", named):
        environment = {**path_without, "TORITSUGI_ASTERISK": str(name)}
        assert find_asterisk(environment, tmp_path / "cache").binary == named


@pytest.mark.parametrize(
    ("says", "why"), [("Asterisk 20.1.0", "too old"), ("FreeSWITCH", "says 'FreeSWITCH'")]
)
def test_a_named_one_that_will_not_do_is_an_error(
    tmp_path: Path, path_without: dict[str, str], says: str, why: str
) -> None:
    environment = {**path_without, "TORITSUGI_ASTERISK": str(program(tmp_path / "asterisk", says))}
    with pytest.raises(ProgramMissing, match=why):
        find_asterisk(environment, unpacked(tmp_path / "cache"))


def test_none_at_all_says_what_to_do(tmp_path: Path, path_without: dict[str, str]) -> None:
    with pytest.raises(ProgramMissing, match=r"\./run up unpacks one"):
        find_asterisk(path_without, tmp_path / "cache")
