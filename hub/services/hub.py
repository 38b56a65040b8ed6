"""The hub itself as a service: its database brought up to date, started, waited for, stopped."""

import http.client
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.services.absent import absent, absent_parts
from hub.services.daemon import Daemon
from hub.services.environment import ROOT
from hub.services.errors import ServiceError, StartFailed

_START_S = 60.0
_STOP_S = 20.0
_MIGRATE_S = 300.0
_AWAY = "the database is away"


def hub_daemon(state: Path) -> Daemon:
    """Return the process of the hub whose state folder this is."""
    return Daemon("hub", state / "hub.pid", state / "hub.log", stop_s=_STOP_S)


@dataclass(frozen=True, slots=True)
class HubService:
    """One hub process; pid file and log lie under `state`, all else where `environment` says."""

    state: Path
    environment: Mapping[str, str]
    name: str = "hub"

    @property
    def addresses(self) -> dict[str, str]:
        """Where it listens, for a person to read."""
        return {"Toritsugi": self.environment["TORITSUGI_PUBLIC_URL"]}

    @property
    def daemon(self) -> Daemon:
        """The process."""
        return hub_daemon(self.state)

    def start(self) -> bool:
        """Start it and wait until it serves; return whether it was not running before."""
        daemon = self.daemon
        if daemon.pid is not None:
            return False
        self._migrate()
        daemon.start(self._command("serve"), self._environment)
        try:
            daemon.wait_ready(self.is_ready, _START_S)
        except StartFailed as error:
            _, missing = self._readiness()  # asked while it still answers
            daemon.stop()
            raise StartFailed(f"{error}\n  {missing}") from None
        return True

    def stop(self) -> bool:
        """Let it finish what it does and end; return whether it ran."""
        return self.daemon.stop()

    def _migrate(self) -> None:
        done = subprocess.run(  # noqa: S603 - no shell; our own program
            self._command("migrate"),
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=_MIGRATE_S,
        )
        if done.returncode != 0:
            said = done.stderr or done.stdout
            if said.startswith(_AWAY):
                why = said.removeprefix(_AWAY).strip(": \n")
                raise ServiceError(absent("database", self.environment, why))
            raise ServiceError(f"the database could not be brought up to date:\n{said}")

    def is_ready(self) -> bool:
        """Whether it serves, all that it needs being there."""
        return self._readiness()[0]

    def _readiness(self) -> tuple[bool, str]:
        """Ask `/readyz`; the text says which parts are not ready, and what to do."""
        host, port = self.environment["TORITSUGI_HTTP_HOST"], int(self.environment["TORITSUGI_HTTP_PORT"])
        connection = http.client.HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            is_ready, said = answer.status == http.HTTPStatus.OK, answer.read()
            return is_ready, absent_parts(self.environment, said)
        except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
            return False, f"/readyz: {error}"
        finally:
            connection.close()

    def _command(self, verb: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "hub.cli", verb)

    @property
    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join(filter(None, (str(ROOT), self.environment.get("PYTHONPATH"))))
        return {**self.environment, "PYTHONPATH": path}
