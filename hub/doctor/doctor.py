"""`toritsugi doctor`: finds what differs between the parts, and has it repaired."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import structlog

from hub.audit import AuditLog, Deed
from hub.doctor.compare import differences
from hub.doctor.eyes import Eyes
from hub.doctor.hands import Hands
from hub.doctor.kinds import Difference, Part

log = structlog.get_logger()

_APART_S = 3.0
"""What is in motion settles in less: an offer's way to the phone, an event's to the database."""
_REPAIR_S = 10.0
_POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found, and which parts could not be looked at."""

    differences: tuple[Difference, ...]
    away: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was repaired, what differs still, and which parts could not be looked at."""

    repaired: tuple[Difference, ...]
    left: tuple[Difference, ...]
    away: tuple[Part, ...]


class Doctor:
    """What is seen at two looks, `apart_s` seconds apart, is a difference; what is in motion is none."""

    def __init__(
        self,
        eyes: Eyes,
        hands: Hands,
        audit: AuditLog,
        *,
        apart_s: float = _APART_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._eyes, self._hands, self._audit = eyes, hands, audit
        self._apart_s, self._sleep = apart_s, sleep
        self._turn = asyncio.Lock()

    async def examine(self) -> Examined:
        """Look; with no difference at the first look there is no second."""
        seen = await self._eyes.look()
        found, away = differences(seen), seen.away
        if found:
            await self._sleep(self._apart_s)
            seen = await self._eyes.look()
            found, away = _common(found, differences(seen)), away | seen.away
        return Examined(tuple(found), tuple(sorted(away)))

    async def repair(self, actor: str) -> Repaired:
        """Repair what differs, and see that it does no more; raises `DatabaseUnavailable` without audit."""
        async with self._turn:
            found = await self.examine()
            if not found.differences:
                return Repaired((), (), found.away)
            told = [f"{each.kind}:{each.subject}" for each in found.differences]
            await self._audit.note(actor, Deed.REPAIR, "hub", differences=told)
            log.warning("doctor.repairs", differences=told)
            await self._hands.repair(found.differences)
            left = await self._left(found.differences)
        mended = tuple(each for each in found.differences if each not in left)
        return Repaired(mended, tuple(left), found.away)

    async def _left(self, found: Iterable[Difference]) -> list[Difference]:
        """Wait until none of what was found is there any more; what stays is returned."""
        left = list(found)
        for _ in range(round(_REPAIR_S / _POLL_S)):
            left = _common(left, differences(await self._eyes.look()))
            if not left:
                break
            await self._sleep(_POLL_S)
        return left


def _common(before: Iterable[Difference], now: Iterable[Difference]) -> list[Difference]:
    keys = {each.key for each in now}
    return [each for each in before if each.key in keys]
