"""An agent's phone in a process of its own, `toritsugi softphone`: it can be killed."""

import asyncio
import os
import pty
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


class PhoneProcess:
    """A running softphone; `shown` are the lines that a person has read so far."""

    def __init__(self, process: asyncio.subprocess.Process, terminal: int | None) -> None:
        self._process, self._terminal = process, terminal
        self.shown: list[str] = []
        self._changed = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def until(self, text: str, *, after: int = 0, timeout_s: float = 60.0) -> str:
        """Wait until a line has this text and return it."""
        async with asyncio.timeout(timeout_s):
            while True:
                self._changed.clear()
                if found := next((line for line in self.shown[after:] if text in line), ""):
                    return found
                await self._changed.wait()

    def type(self, text: str) -> None:
        """Type keys on the terminal, or a line without one."""
        if self._terminal is not None:
            os.write(self._terminal, text.encode())
        else:
            assert self._process.stdin is not None
            self._process.stdin.write(f"{text}\n".encode())

    async def kill(self) -> None:
        """End it as a crash does: nothing more is sent."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def ended(self, timeout_s: float = 10.0) -> int:
        """Wait until it has ended by itself; returns its exit code."""
        async with asyncio.timeout(timeout_s):
            return await self._process.wait()

    async def close(self) -> None:
        """End it properly."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
            try:
                await self.ended(5)
            except TimeoutError:
                await self.kill()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        if self._terminal is not None:
            os.close(self._terminal)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.shown.append(line.decode().rstrip())
            self._changed.set()


@asynccontextmanager
async def phone_process(
    agent: str, server: str, password: str, *options: str, terminal: bool = False, language: str = "ja"
) -> AsyncIterator[PhoneProcess]:
    """Run a softphone for the time of the block. `terminal`: its input is a terminal."""
    ours, theirs = pty.openpty() if terminal else (None, None)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub.cli", "softphone", agent, "--server", server, "--lang", language),
        *options,
        stdin=asyncio.subprocess.PIPE if theirs is None else theirs,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "TORITSUGI_SIP_PASSWORD": password, "PYTHONUNBUFFERED": "1"},
    )
    if theirs is not None:
        os.close(theirs)
    phone = PhoneProcess(process, ours)
    try:
        yield phone
    finally:
        await phone.close()
