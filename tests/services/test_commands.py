"""`python -m hub.services` and `./run` as a person calls them."""

import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from hub.services.installation import daemons
from hub.services.ports import LocalPorts
from tests.support.asterisk import ROOT, unpacked_asterisk

UP_S = 120


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of an installation of its own, on free ports."""
    ports = {f"TORITSUGI_{name.upper()}_PORT": str(port) for name, port in asdict(LocalPorts.free()).items()}
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TORITSUGI_") or name == "TORITSUGI_ASTERISK"
    }
    if unpacked_asterisk().exists():
        (tmp_path / "asterisk").symlink_to(unpacked_asterisk())
    return {**inherited, **ports, "TORITSUGI_HOME": str(tmp_path), "TORITSUGI_NODE": "test"}


def call(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "hub.services", *arguments)
    return subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=UP_S, check=False
    )


@pytest.mark.real
def test_up_twice_and_down_twice(environment: dict[str, str], tmp_path: Path) -> None:
    try:
        first = call(environment, "up")
        assert first.returncode == 0, first.stderr
        assert first.stdout.count("started in") == 3
        pids = [daemon.pid for daemon in daemons(tmp_path)]
        assert all(pids)
        again = call(environment, "up")
        assert again.stdout.count("runs already") == 3
        assert [daemon.pid for daemon in daemons(tmp_path)] == pids
        assert call(environment, "status").returncode == 0
    finally:
        stopped = call(environment, "down")
    assert stopped.stdout.count("stopped") == 3
    assert [daemon.pid for daemon in daemons(tmp_path)] == [None, None, None]
    assert call(environment, "down").stdout.count("did not run") == 3


@pytest.mark.real
def test_status_says_what_does_not_run(environment: dict[str, str]) -> None:
    shown = call(environment, "status")
    assert shown.returncode == 1
    assert shown.stdout.count("does not run") == 3
    assert f"127.0.0.1:{environment['TORITSUGI_SIP_PORT']}" in shown.stdout


def test_down_needs_no_valid_settings(environment: dict[str, str]) -> None:
    broken = {**environment, "TORITSUGI_SIP_PORT": "none", "TORITSUGI_ASTERISK": "/nowhere"}
    assert call(broken, "down").returncode == 0
    status = call(broken, "status")
    assert status.returncode == 1
    assert status.stderr.startswith("toritsugi: TORITSUGI_SIP_PORT is 'none'")


def test_a_program_gets_the_settings_of_the_installation(environment: dict[str, str]) -> None:
    show = "import os; print(os.environ['TORITSUGI_REDIS_URL'], len(os.environ['TORITSUGI_SECRET_KEY']))"
    shown = call(environment, "exec", sys.executable, "-c", show)
    assert shown.stdout == f"redis://127.0.0.1:{environment['TORITSUGI_REDIS_PORT']}/0 43\n"
    missing = call(environment, "exec", "/nowhere/program")
    assert (missing.returncode, "/nowhere/program" in missing.stderr) == (1, True)


def test_run_explains_itself() -> None:
    shown = subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True).stdout
    assert all(
        f"./run {name} " in shown
        for name in ("up", "down", "status", "demo", "sim", "test", "check", "bench")
    )
    assert "set -euo" not in shown
    wrong = subprocess.run([ROOT / "run", "fly"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stderr) == (1, "run: no such command: fly\nrun: ./run help lists them\n")
