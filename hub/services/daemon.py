"""Programs in the background, known by a pid file that survives the program that started them."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.services.errors import StartFailed

_POLL_S = 0.02
_LOG_LINES = 20


@dataclass(frozen=True, slots=True)
class Daemon:
    """One background program.

    The pid file holds the process id and the time at which the kernel started it: a number that was
    given to another program meanwhile is not taken for ours.
    """

    name: str
    pid_file: Path
    log_file: Path
    stop_s: float = 5.0
    """How long it may take to end when asked, before it is killed."""

    @property
    def pid(self) -> int | None:
        """Process id if the program runs, else `None`."""
        try:
            pid, started = map(int, self.pid_file.read_text().split())
        except (OSError, ValueError):
            return None
        return pid if pid > 0 and _start_time(pid) == started else None

    def start(self, command: tuple[str, ...], environment: Mapping[str, str]) -> int:
        """Start the program in a session of its own, output to the log file; return its process id."""
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        try:
            pid = os.posix_spawn(
                command[0],
                command,
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, str(self.log_file), flags, 0o600),
                    (os.POSIX_SPAWN_DUP2, 1, 2),
                ],
                setsid=True,
            )
        except OSError as error:
            raise StartFailed(f"{self.name}: {command[0]} cannot be run: {error.strerror}") from error
        self.pid_file.write_text(f"{pid} {_start_time(pid) or 0}\n")
        return pid

    def wait_ready(self, ready: Callable[[], bool], timeout_s: float) -> None:
        """Wait until `ready()`; raise `StartFailed` if the program ends first or time is up."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            if self.pid is None:
                raise StartFailed(f"{self.name} ended while starting. {self.log_tail()}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self.name} was not ready within {timeout_s:g} s. {self.log_tail()}")
            time.sleep(_POLL_S)

    def stop(self) -> bool:
        """Ask the program to end, kill it when time is up; return whether it ran."""
        pid = self.pid
        if pid is not None:
            _signal(pid, signal.SIGTERM)
            deadline = time.monotonic() + self.stop_s
            while self.pid is not None:
                if time.monotonic() > deadline:
                    _signal(pid, signal.SIGKILL)
                time.sleep(_POLL_S)
        self.pid_file.unlink(missing_ok=True)
        return pid is not None

    def log_tail(self) -> str:
        """The end of the log, for an error message."""
        try:
            lines = self.log_file.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        except OSError:
            lines = []
        return "\n".join([f"End of {self.log_file}:", *(f"  {line}" for line in lines)])


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # it may end between the look and the signal
        os.kill(pid, number)


def _start_time(pid: int) -> int | None:
    """When the kernel started a process (proc(5), stat field 22, in ticks); `None` once it ended."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # if it is a child of ours that ended, let it go
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *rest = status.rpartition(")")[2].split()
    if state == "Z" and int(rest[16]) <= 1:  # until its last thread ends, a zombie's sockets are open
        return None
    return int(rest[18])
