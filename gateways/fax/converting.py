"""Pages from one form into another, in a process of its own: at low priority, within bounds, and killed."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gateways.errors import GatewayError

_RECEIVE_S, _SEND_S = 240.0, 90.0
_ENVIRONMENT = ("PATH", "LANG", "HOME", "PYTHONPATH", "TMPDIR", "TESSDATA_PREFIX")
"""What a process that reads strangers' files is told: none of our secrets."""


class Unreadable(GatewayError):
    """Pages cannot be made of it; `reason` is one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Made(msgspec.Struct, frozen=True):
    """How many pages were made, and the text that was read on them."""

    pages: int
    text: str = ""


class Sheet(msgspec.Struct, frozen=True):
    """A page that is made of text: `head` are lines above it, `font` a font's file or ""."""

    head: tuple[str, ...]
    text: str
    font: str = ""


class ToSend(msgspec.Struct, frozen=True, tag=True):
    """Files (path, media type) that become one TIFF, the sheet before them."""

    files: tuple[tuple[str, str], ...]
    sheet: Sheet | None
    pages_max: int
    target: str


class ToKeep(msgspec.Struct, frozen=True, tag=True):
    """A TIFF that Asterisk wrote becomes a PDF, searchable where a program for that is installed."""

    source: str
    target: str
    seconds: float


class Refusal(msgspec.Struct, frozen=True, tag=True):
    """Why no pages were made."""

    reason: str


class Result(msgspec.Struct, frozen=True, tag=True):
    """Pages were made."""

    made: Made


class Converter:
    """Runs `gateways.fax.pages`, one at a time for each direction."""

    def __init__(self) -> None:
        self._in, self._out = asyncio.Semaphore(1), asyncio.Semaphore(1)

    async def receive(self, pages: Path, target: Path) -> Made:
        """Make a PDF of received pages; raises `Unreadable`."""
        async with self._in:
            order = ToKeep(str(pages), str(target), _RECEIVE_S * 0.8)
            return await _run(order, _RECEIVE_S)

    async def send(
        self, files: Sequence[tuple[Path, str]], sheet: Sheet | None, pages_max: int, target: Path
    ) -> Made:
        """Make pages that a fax machine takes; raises `Unreadable`."""
        async with self._out:
            named = tuple((str(path), type_) for path, type_ in files)
            return await _run(ToSend(named, sheet, pages_max, str(target)), _SEND_S)


async def _run(order: ToSend | ToKeep, timeout_s: float) -> Made:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment = {**kept, "OMP_THREAD_LIMIT": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateways.fax.pages",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        async with asyncio.timeout(timeout_s):
            printed, _ = await process.communicate(msgspec.json.encode(order))
    except TimeoutError:
        raise Unreadable("too_slow") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, 9)
            await process.wait()
    try:
        answer: Refusal | Result = msgspec.json.decode(printed, type=Refusal | Result)
    except msgspec.DecodeError:  # it was killed: by its own bounds, or by what it read
        raise Unreadable("unreadable") from None
    if isinstance(answer, Refusal):
        raise Unreadable(answer.reason)
    return answer.made
