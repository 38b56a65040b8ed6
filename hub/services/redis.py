"""Redis as a service: an instance of our own, on loopback, with the append-only file on."""

import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from hub.services.daemon import Daemon
from hub.services.errors import ProgramMissing, ServiceError
from hub.services.ports import LOOPBACK, demand_free

_START_S = 10.0
_PING = b"PING\r\n"


def redis_daemon(state: Path) -> Daemon:
    """Return the process of the Redis whose state folder this is."""
    return Daemon("redis", state / "redis.pid", state / "redis.log")


@dataclass(frozen=True, slots=True)
class RedisService:
    """One Redis; all that it writes lies under `state`.

    `fsync` is Redis' `appendfsync`: `everysec` loses at most a second of commands with the machine's
    power, none with the process.
    """

    state: Path
    port: int
    fsync: str = "everysec"
    name: str = "redis"

    @property
    def url(self) -> str:
        """Address for clients."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    @property
    def addresses(self) -> dict[str, str]:
        """Where it listens, for a person to read."""
        return {"Redis": self.url}

    @property
    def daemon(self) -> Daemon:
        """The process."""
        return redis_daemon(self.state)

    def start(self) -> bool:
        """Start it and wait until it has loaded its data; return whether it was not running before."""
        daemon = self.daemon
        if daemon.pid is not None:
            return False
        self.state.mkdir(parents=True, exist_ok=True)
        demand_free("Redis", self.port, socket.SOCK_STREAM, "TORITSUGI_REDIS_PORT")
        daemon.start((_server(), *self._options()), os.environ)
        try:
            daemon.wait_ready(self._answers, _START_S)
        except ServiceError:
            daemon.stop()
            raise
        return True

    def stop(self) -> bool:
        """End it, data written; return whether it ran."""
        return self.daemon.stop()

    def _options(self) -> list[str]:
        options = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "dir": str(self.state),
            "appendonly": "yes",
            "appendfsync": self.fsync,
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return [word for key, value in options.items() for word in (f"--{key}", value)]

    def _answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(_PING)
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def _server() -> str:
    found = shutil.which("redis-server")
    if found is None:
        raise ProgramMissing("no redis-server on this machine", "apt-get install redis-server")
    return found
