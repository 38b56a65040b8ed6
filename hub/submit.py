"""How the parts of the hub tell the router what happened."""

from collections.abc import Callable
from typing import Protocol

import structlog

from acd.errors import AcdFull, AcdUnavailable
from acd.events import Event

log = structlog.get_logger()


class Submit(Protocol):
    """Hands an event to the router; raises `AcdUnavailable` or `AcdFull`."""

    async def __call__(self, event: Event) -> str: ...


class Report(Protocol):
    """Tells the router what has happened already. Never raises: what it missed is mended later."""

    async def __call__(self, event: Event) -> None: ...


class Reports:
    """`Report` on a `Submit`. `mend` is called after each event that did not get through."""

    def __init__(self, submit: Submit, mend: Callable[[], None]) -> None:
        self._submit, self._mend = submit, mend

    async def __call__(self, event: Event) -> None:
        try:
            await self._submit(event)
        except (AcdUnavailable, AcdFull) as error:
            log.warning("report.not_told", event_type=type(event).__name__, reason=str(error))
            self._mend()
