"""What worker processes have in common: their start, and an output that nobody else prints to."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import BinaryIO

import ivr

_PACKAGE_ROOT = Path(ivr.__file__).parents[1]


async def start_worker(module: str, *, stderr: int = DEVNULL) -> Process:
    """Run a module as a process of its own, with pipes to its input and output; raises `OSError`.

    What it prints to its standard error is lost, unless that is a `PIPE` too.
    """
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module), stdin=PIPE, stdout=PIPE, stderr=stderr, cwd=_PACKAGE_ROOT
    )


def private_output() -> BinaryIO:
    """Take standard output for the answers alone: libraries print to it what they like."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers
