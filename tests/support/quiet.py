"""Waiting for what a shared Asterisk is doing."""

import re
from collections.abc import Callable

from tests.support.asterisk import AsteriskNode

_TRIES = 300
"""Each takes as long as a console command: about 10 ms."""


async def quiet(asterisk: AsteriskNode) -> None:
    """Wait until the calls of the test before are gone, and forget that agents wrap up after them."""
    await _until(asterisk, "core show channels count", lambda text: text.startswith("0 active channels"))
    await asterisk.cli("queue reset stats")


async def bridged(asterisk: AsteriskNode, channels: int = 2) -> None:
    """Wait until a bridge has so many channels; a phone knows only that it was answered."""
    filled = re.compile(rf"\s{channels}\s+basic\s")
    await _until(asterisk, "bridge show all", lambda text: bool(filled.search(text)))


async def _until(asterisk: AsteriskNode, command: str, holds: Callable[[str], bool]) -> None:
    for _ in range(_TRIES):
        text = await asterisk.cli(command)
        if holds(text):
            return
    raise AssertionError(f"{command} still says: {text}")
