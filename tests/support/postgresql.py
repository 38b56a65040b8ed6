"""A real PostgreSQL for tests: one cluster a session, one fresh database a test."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hub.services.errors import ProgramMissing, StartFailed
from tests.support.ports import free_port

_USER = "toritsugi"
_START_S = 20.0


@dataclass(frozen=True, slots=True)
class PostgresqlCluster:
    """A running cluster whose only role trusts loopback."""

    programs: Path
    data: Path
    port: int
    is_durable: bool = False

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://{_USER}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> None:
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", _USER, database)

    def drop(self, database: str) -> None:
        self.run("dropdb", "-f", "-h", "127.0.0.1", "-p", str(self.port), "-U", _USER, database)

    def start(self) -> None:
        """Make the cluster and start it.

        Unless `is_durable`, a crash of the machine, not of PostgreSQL, may lose what is committed.
        """
        self.data.parent.chmod(0o755)
        self.data.mkdir(mode=0o700)
        if os.getuid() == 0:
            shutil.chown(self.data, "postgres")
        self.run(
            "initdb", "-D", str(self.data), "-U", _USER, "--auth=trust", "-E", "UTF8", "--locale=C", "-N"
        )
        settings = {
            "port": self.port,
            "listen_addresses": "'127.0.0.1'",
            "unix_socket_directories": "''",
            "shared_buffers": "'32MB'",
        }
        if not self.is_durable:
            settings |= dict.fromkeys(("fsync", "full_page_writes"), "off")
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{key} = {value}\n" for key, value in settings.items())
        self.start_again()

    def start_again(self) -> None:
        """Start the cluster that was stopped."""
        log = self.data / "server.log"
        self.run("pg_ctl", "start", "-w", "-t", f"{_START_S:g}", "-D", str(self.data), "-l", str(log))

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "-m", "immediate", "-D", str(self.data))

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs; they refuse root, so then as the user `postgres`."""
        command = (str(self.programs / program), *arguments)
        user = "postgres" if os.getuid() == 0 else None
        done = subprocess.run(
            command, user=user, group=user, cwd="/", capture_output=True, text=True, timeout=60
        )
        if done.returncode != 0:
            raise StartFailed(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout


def postgresql_cluster(data: Path, *, is_durable: bool = False) -> PostgresqlCluster:
    """Return a cluster that is not yet made, on a free port, its files in `data`."""
    newest = max(
        (path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()),
        key=lambda path: int(path.parent.name),
        default=None,
    )
    if newest is None:
        raise ProgramMissing("no PostgreSQL on this machine", "./run test installs it")
    return PostgresqlCluster(newest, data, free_port(), is_durable)
