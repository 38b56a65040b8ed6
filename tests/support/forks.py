"""Processes to be killed, made by fork of one that has begun: to begin from nothing takes seconds."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

_ROOT = Path(__file__).parents[2]


class Forks:
    """An asynchronous context manager. `module` calls `fork_each`; one process of it runs at a time."""

    def __init__(self, module: str) -> None:
        self._module, self._pid = module, 0

    async def __aenter__(self) -> Self:
        self._first = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", self._module), cwd=_ROOT, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._first.stdin is not None
        self._first.stdin.close()
        await self._first.wait()

    async def start(self, *arguments: str) -> None:
        """Begin one, once the one before is gone."""
        assert self._first.stdin is not None
        assert self._first.stdout is not None
        self._first.stdin.write(json.dumps(arguments).encode() + b"\n")
        self._pid = int(await self._first.stdout.readline())

    def kill(self) -> None:
        """Kill (SIGKILL) the one that runs."""
        os.kill(self._pid, signal.SIGKILL)


def fork_each(main: Callable[..., Coroutine[Any, Any, None]]) -> None:
    """For each line, a JSON list of arguments, fork, run `main` there, and tell its pid."""
    pid = 0
    for line in sys.stdin:
        if pid:
            os.waitpid(pid, 0)
        pid = os.fork()
        if pid == 0:
            os.dup2(2, 1)  # its log is no answer of ours
            asyncio.run(main(*json.loads(line)))
        print(pid, flush=True)
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
