"""Differences between the hub, Redis, Asterisk and the database, for administrators."""

from typing import Self

from hub.accounts import Role
from hub.bilingual import Bilingual
from hub.clock import now_ms
from hub.doctor.kinds import Difference, Kind, Part
from hub.doctor.texts import PARTS, meaning, repair
from hub.http.model import Answer
from hub.http.operations import Call, Operations

api = Operations("doctor")


class DifferenceShown(Answer):
    """One difference. `age_ms` is how old its subject is (null: unknown), `repair` what would be done."""

    kind: Kind
    subject: str
    agent: str
    queue: str
    age_ms: int | None
    text: Bilingual
    repair: Bilingual

    @classmethod
    def of(cls, found: Difference) -> Self:
        """Put a difference into words."""
        age_ms = None if found.since_ms is None else max(0, now_ms() - found.since_ms)
        return cls(
            kind=found.kind,
            subject=found.subject,
            agent=found.agent,
            queue=found.queue,
            age_ms=age_ms,
            text=meaning(found),
            repair=repair(found),
        )


class PartAway(Answer):
    """A part that could not be compared."""

    part: Part
    text: Bilingual


class Diagnosis(Answer):
    """What differs now, and which parts could not be looked at."""

    differences: list[DifferenceShown]
    away: list[PartAway]


class Cure(Answer):
    """What was repaired, and what differs still."""

    repaired: list[DifferenceShown]
    differences: list[DifferenceShown]
    away: list[PartAway]


@api.operation("GET", "/doctor", role=Role.ADMIN)
async def examine(call: Call) -> Diagnosis:
    """Compare hub, router, Asterisk and database; takes some seconds if anything differs at first."""
    found = await call.parts.doctor.examine()
    return Diagnosis(differences=list(map(DifferenceShown.of, found.differences)), away=_away(found.away))


@api.operation("POST", "/doctor/repair", role=Role.ADMIN)
async def repair_all(call: Call) -> Cure:
    """Repair what differs. The audit log says who had it done."""
    done = await call.parts.doctor.repair(call.caller.id)
    return Cure(
        repaired=list(map(DifferenceShown.of, done.repaired)),
        differences=list(map(DifferenceShown.of, done.left)),
        away=_away(done.away),
    )


def _away(parts: tuple[Part, ...]) -> list[PartAway]:
    return [PartAway(part=each, text=PARTS[each]) for each in parts]
