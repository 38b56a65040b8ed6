"""The history of routing in the database: what was decided about each contact, for as long as it is kept."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.explanation import Consideration
from acd.ids import AgentId, ContactId, OfferId, QueueName
from hub.database import reading, writing
from hub.decisions import NO_CONTACT, Decision, DecisionKind, Position, Stream
from hub.tables import RoutingDecisionRow as Table

_HOUR_MS = 3_600_000
_ITEMS_MAX = 2_000


class RoutingHistory:
    """All decisions that are kept. Methods raise `DatabaseUnavailable` and may be repeated."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        self._insert = dialect.insert(Table).on_conflict_do_nothing()

    async def add(self, decisions: Sequence[Decision]) -> None:
        """Store decisions in one transaction; those that are there already stay as they are."""
        async with writing(self._engine) as connection:
            await connection.execute(self._insert, [_row_of(each) for each in decisions])

    async def of(self, contact: ContactId) -> list[Decision]:
        """Return what was decided about a contact, oldest first, with the gaps that fall in between.

        At most the latest 2,000.
        """
        newest_first = (Table.at_ms.desc(), Table.stream, Table.epoch.desc(), Table.number.desc())
        query = select(Table.__table__).order_by(*newest_first).limit(_ITEMS_MAX)
        async with reading(self._engine) as connection:
            found = list(await connection.execute(query.where(Table.contact == contact)))
            if found:
                between = Table.at_ms.between(found[-1].at_ms, found[0].at_ms)
                found += await connection.execute(query.where(Table.contact == NO_CONTACT, between))
        # An action never comes before the event that led to it, whatever the clocks of the hubs say.
        return sorted(map(_decision_of, found), key=_order)

    async def last(self) -> str | None:
        """Return the position of the latest action that is known here; None if there never was one."""
        query = (
            select(Table.epoch, Table.number, Table.kind, Table.detail)
            .where(Table.stream == Stream.ACTION)
            .order_by(Table.epoch.desc(), Table.number.desc())
            .limit(1)
        )
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        if row.kind == DecisionKind.GAP:
            return str(row.detail["until"])
        return str(Position(row.epoch, row.number))

    async def purge(self, before_ms: int) -> int:
        """Delete what is older, but for the latest action; return how much that was.

        It goes an hour's worth of decisions at a time, so that no other writer waits for long.
        """
        if (last := await self.last()) is None:
            return 0
        old, deleted = _older(before_ms, Position.of(last)), 0
        while True:
            async with writing(self._engine) as connection:
                oldest = await connection.scalar(select(func.min(Table.at_ms)).where(old))
                if oldest is None:
                    return deleted
                gone = await connection.execute(delete(Table).where(old, Table.at_ms < oldest + _HOUR_MS))
                deleted += gone.rowcount


def _older(before_ms: int, last: Position) -> ColumnElement[bool]:
    earlier = or_(Table.epoch < last.epoch, and_(Table.epoch == last.epoch, Table.number < last.number))
    return and_(Table.at_ms < before_ms, or_(Table.stream != Stream.ACTION, earlier))


def _order(decision: Decision) -> tuple[int, bool, Position]:
    return (decision.at_ms, decision.stream is Stream.ACTION, decision.position)


def _row_of(decision: Decision) -> dict[str, Any]:
    detail: dict[str, Any] = {}
    if decision.offer is not None:
        detail["offer"] = decision.offer
    if decision.score is not None:
        detail["score"] = decision.score
    if decision.considered:
        detail["considered"] = [[each.agent, each.rule.value] for each in decision.considered]
    if decision.kind is DecisionKind.GAP:
        detail |= {"lost": decision.lost, "until": decision.until}
    return {
        "stream": decision.stream,
        "epoch": decision.position.epoch,
        "number": decision.position.number,
        "at_ms": decision.at_ms,
        "is_late": decision.is_late,
        "contact": decision.contact,
        "kind": decision.kind,
        "agent": decision.agent,
        "queue": decision.queue,
        "reason": decision.reason,
        "detail": detail,
    }


def _decision_of(row: Row[*tuple[Any, ...]]) -> Decision:
    detail: dict[str, Any] = row.detail
    considered = [{"agent": agent, "rule": rule} for agent, rule in detail.get("considered", ())]
    return Decision(
        stream=Stream(row.stream),
        position=Position(row.epoch, row.number),
        at_ms=row.at_ms,
        is_late=row.is_late,
        contact=ContactId(row.contact),
        kind=DecisionKind(row.kind),
        agent=AgentId(row.agent) if row.agent is not None else None,
        queue=QueueName(row.queue) if row.queue is not None else None,
        reason=row.reason,
        offer=OfferId(detail["offer"]) if "offer" in detail else None,
        score=detail.get("score"),
        considered=tuple(msgspec.convert(considered, list[Consideration])),
        lost=detail.get("lost"),
        until=detail.get("until", ""),
    )
