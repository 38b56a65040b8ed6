"""`python -m hub.services COMMAND`: what `./run` and the images call once everything is installed."""

import argparse
import fcntl
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from hub.services.asterisk_install import has_asterisk
from hub.services.environment import ROOT, load_environment
from hub.services.errors import ServiceError
from hub.services.hub import HubService
from hub.services.installation import Installation, asterisk_service, daemons, installation
from hub.services.prompts import render_first_prompts

_COMMANDS = {
    "up": "start what does not run",
    "down": "stop what was started, and nothing else",
    "status": "say what runs and where",
    "ready": "exit 0 if the hub serves",
    "has-asterisk": "exit 0 if set-up need not unpack an Asterisk",
    "asterisk": "run Asterisk in the foreground",
    "console": "open Asterisk's console, or run one command on it",
    "exec": "run a program with the settings of this installation",
}


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hub.services", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in _COMMANDS.items():
        command = commands.add_parser(name, help=text)
        if name in ("console", "exec"):
            command.add_argument("rest", nargs=argparse.REMAINDER)
    chosen = parser.parse_args(arguments)
    home = Path(os.environ.get("TORITSUGI_HOME", ROOT / ".toritsugi")).resolve()
    home.mkdir(parents=True, exist_ok=True)
    try:
        return _run(chosen.command, getattr(chosen, "rest", []), home)
    except ServiceError as error:
        print(f"toritsugi: {error}", file=sys.stderr)
        return 1


def _run(command: str, rest: list[str], home: Path) -> int:
    match command:
        case "up":
            with _alone(home):
                return _up(installation(home, os.environ))
        case "down":
            with _alone(home):
                return _down(home)
        case "status":
            return _status(installation(home, os.environ))
        case "ready":
            return 0 if HubService(home, load_environment(home, os.environ)).is_ready() else 1
        case "has-asterisk":
            return 0 if has_asterisk(os.environ) else 1
        case "asterisk":
            asterisk = asterisk_service(home, load_environment(home, os.environ))
            asterisk.render()
            return _become(asterisk.foreground_command(), os.environ)
        case "console":
            asterisk = asterisk_service(home, load_environment(home, os.environ))
            return _become(asterisk.console_command(" ".join(rest)), os.environ)
        case _:
            return _become(tuple(rest), load_environment(home, os.environ))


def _become(program: tuple[str, ...], environment: Mapping[str, str]) -> int:
    """Replace this process by a program; return only by raising."""
    try:
        os.execvpe(program[0], program, environment)  # noqa: S606 - no shell
    except (OSError, IndexError) as error:
        raise ServiceError(f"cannot run {' '.join(program) or 'nothing'}: {error}") from error


def _up(here: Installation) -> int:
    render_first_prompts(here.environment)
    for service in here.services:
        began = time.monotonic()
        print(f"  {service.name:<9} ", end="", flush=True)
        started = service.start()
        took = f"started in {time.monotonic() - began:.1f} s" if started else "runs already"
        print(f"{took}, pid {service.daemon.pid}")
    for service in here.services:
        for what, where in service.addresses.items():
            print(f"  {what:<9} {where}")
    return 0


def _down(home: Path) -> int:
    for daemon in reversed(daemons(home)):
        print(f"  {daemon.name:<9} ", end="", flush=True)
        print("stopped" if daemon.stop() else "did not run")
    return 0


def _status(here: Installation) -> int:
    """Print a line for each service; exit code 0 if all run."""
    pids = {service.name: service.daemon.pid for service in here.services}
    for service in here.services:
        state = f"pid {pids[service.name]}" if pids[service.name] else "does not run"
        print(f"  {service.name:<9} {state:<13} {', '.join(service.addresses.values())}")
    return 0 if all(pids.values()) else 1


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Keep two `up` or `down` of one installation apart; the second one waits."""
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
