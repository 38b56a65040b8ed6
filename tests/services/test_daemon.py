"""Background programs and their pid files."""

import os
import sys
from pathlib import Path

import pytest

from hub.services.daemon import Daemon
from hub.services.errors import StartFailed

LONG = (sys.executable, "-c", "import time; time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True)\n"
        "time.sleep(60)"
    ),
)


def daemon(folder: Path, stop_s: float = 5.0) -> Daemon:
    return Daemon("program", folder / "run" / "program.pid", folder / "log" / "program.log", stop_s)


def test_one_that_runs_is_found_and_stopped(tmp_path: Path) -> None:
    program = daemon(tmp_path)
    pid = program.start(LONG, os.environ)
    assert program.pid == pid
    assert daemon(tmp_path).pid == pid
    assert program.stop()
    assert program.pid is None
    assert not program.stop()


def test_another_process_with_the_same_number_is_left_alone(tmp_path: Path) -> None:
    program = daemon(tmp_path)
    program.pid_file.parent.mkdir(parents=True)
    program.pid_file.write_text(f"{os.getpid()} 1\n")
    assert program.pid is None
    assert not program.stop()


@pytest.mark.parametrize("text", ["", "12", "x y\n", "1 2 3\n", "0 0\n", "-1 0\n"])
def test_a_broken_pid_file_is_of_no_process(tmp_path: Path, text: str) -> None:
    program = daemon(tmp_path)
    program.pid_file.parent.mkdir(parents=True)
    program.pid_file.write_text(text)
    assert program.pid is None


def test_one_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    program = daemon(tmp_path, stop_s=0.1)
    program.start(STUBBORN, os.environ)
    program.wait_ready(lambda: "deaf" in program.log_tail(), timeout_s=10)
    assert program.stop()
    assert program.pid is None


def test_one_that_ends_while_starting_shows_its_last_words(tmp_path: Path) -> None:
    program = daemon(tmp_path)
    program.start((sys.executable, "-c", "raise SystemExit('no such colour')"), os.environ)
    with pytest.raises(StartFailed, match="no such colour"):
        program.wait_ready(lambda: False, timeout_s=10)


def test_one_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    program = daemon(tmp_path)
    program.start(LONG, os.environ)
    with pytest.raises(StartFailed, match=r"not ready within 0\.1 s"):
        program.wait_ready(lambda: False, timeout_s=0.1)
    program.stop()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="/nowhere/program"):
        daemon(tmp_path).start(("/nowhere/program",), os.environ)
