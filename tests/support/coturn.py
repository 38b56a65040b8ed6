"""A real TURN server for tests (coturn), on loopback, with the REST API's credentials."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port

_START_S = 15.0


@dataclass(frozen=True, slots=True)
class Coturn:
    """A running TURN server. `log` is what it wrote."""

    port: int
    secret: str
    log: Path

    @property
    def uri(self) -> str:
        return f"turn:127.0.0.1:{self.port}?transport=udp"


@asynccontextmanager
async def coturn(folder: Path) -> AsyncIterator[Coturn]:
    """Run a TURN server for the time of the block."""
    program = shutil.which("turnserver")
    assert program is not None, "turnserver is missing: apt-get install coturn"
    port, secret, log = free_port(), secrets.token_hex(16), folder / "turn.log"
    process = await asyncio.create_subprocess_exec(
        program,
        "-n",
        "--listening-ip=127.0.0.1",
        "--relay-ip=127.0.0.1",
        f"--listening-port={port}",
        "--use-auth-secret",
        f"--static-auth-secret={secret}",
        "--realm=turn.test",
        "--allow-loopback-peers",
        "--no-cli",
        "--no-tls",
        "--no-dtls",
        "--verbose",
        f"--log-file={log}",
        "--simple-log",
        f"--pidfile={folder / 'turn.pid'}",
        f"--userdb={folder / 'turn.db'}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _listens(port)
        yield Coturn(port, secret, log)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _listens(port: int) -> None:
    async with asyncio.timeout(_START_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
