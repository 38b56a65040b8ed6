"""What a person types at a softphone: single keys on a terminal, otherwise lines."""

import asyncio
import os
import sys
import termios
import threading
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

_WORDS: Final = {
    "a": "answer",
    "r": "reject",
    "x": "hangup",
    "j": "join",
    "s": "switch",
    "l": "list",
    "?": "help",
}
_ASKING: Final = {"c": "call", "t": "transfer"}
_DIGITS: Final = frozenset("0123456789*#")
HOLD_KEY: Final = "toggle"
"""The word that stands for the key which holds and resumes."""


def is_terminal() -> bool:
    return sys.stdin.isatty()


@contextmanager
def single_keys() -> Iterator[None]:
    """Let each key be read as it is pressed, and not be shown, for the time of the block."""
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    tty.setcbreak(fd)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


async def typed_lines() -> AsyncIterator[str]:
    """Yield lines of standard input until it ends."""
    async for line in _read(sys.stdin.readline):
        yield line


async def typed_words(ask: Callable[[str], None]) -> AsyncIterator[str]:
    """Yield words from keys; `ask` shows the question for what a word needs (`number`, `target`)."""
    word, text = "", ""
    async for key in _read(lambda: os.read(sys.stdin.fileno(), 1).decode(errors="ignore")):
        if word:
            if key not in "\r\n":
                text = text[:-1] if key in "\x7f\b" else text + key
                continue
            yield f"{word} {text}" if text else ""
            word, text = "", ""
        elif key in _ASKING:
            word = _ASKING[key]
            ask("number" if word == "call" else "target")
        elif key in _DIGITS:
            yield f"dtmf {key}"
        elif key == "h":
            yield HOLD_KEY
        elif key in ("q", "\x04"):
            yield "quit"
        elif key in _WORDS:
            yield _WORDS[key]


async def _read(read: Callable[[], str]) -> AsyncIterator[str]:
    """Yield what `read` returns in a thread of its own, until that is empty.

    The thread is not waited for: nothing ends a read of a terminal.
    """
    loop = asyncio.get_running_loop()
    received: asyncio.Queue[str] = asyncio.Queue()

    def run() -> None:
        found = " "
        while found:
            try:
                found = read()
            except OSError:
                found = ""
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(received.put_nowait, found)

    threading.Thread(target=run, name="standard input", daemon=True).start()
    while found := await received.get():
        yield found
