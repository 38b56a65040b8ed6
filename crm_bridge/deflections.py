"""Callers who were led to another way: what they were offered, what became of it, and whether it held."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.contact import ContactState
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from crm_bridge.model import HeardItem, PathItem
from crm_bridge.store import Store, changed, insert_new
from crm_bridge.tables import ContactRow, DeflectionRow

_DAY_MS = 86_400_000
_DELETE_MAX = 1_000


class DeflectionState(StrEnum):
    """How far a deflection came. `HELD`: no call came again in time; until then it is `SENT` or `OPENED`."""

    OFFERED = "offered"
    FAILED = "failed"
    SENT = "sent"
    OPENED = "opened"
    HELD = "held"
    CAME_BACK = "came_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deflection:
    """A caller who was offered another way: `way` is a text channel, `callback` or `faq`.

    `call` is his contact, `number` what he called from (E.164). `reason`: `menu`, `waiting`, or the name of
    the rule that offered it. `queue` to `skills` are where he was. `until_ms`: how long it is watched
    whether he calls again. `contact` is the text contact that followed, `contact_state` where it stands.
    """

    id: str
    call: ContactId
    way: str
    number: str
    language: str
    reason: str
    arrived_ms: int
    offered_ms: int
    queue: QueueName | None = None
    intent: str = ""
    path: tuple[PathItem, ...] = ()
    heard: tuple[HeardItem, ...] = ()
    agent: AgentId | None = None
    priority: int = 0
    skills: dict[str, int] = field(default_factory=dict)
    sent_ms: int | None = None
    failure: str | None = None
    until_ms: int | None = None
    opened_ms: int | None = None
    contact: ContactId | None = None
    came_back_ms: int | None = None
    came_back_by: ContactId | None = None
    contact_state: ContactState | None = None

    def state(self, now_ms: int) -> DeflectionState:
        """Return how far it came by now."""
        if self.came_back_ms is not None:
            return DeflectionState.CAME_BACK
        if self.failure is not None:
            return DeflectionState.FAILED
        if self.until_ms is not None and self.until_ms <= now_ms:
            return DeflectionState.HELD
        if self.opened_ms is not None:
            return DeflectionState.OPENED
        return DeflectionState.OFFERED if self.sent_ms is None else DeflectionState.SENT

    @property
    def is_left_open(self) -> bool:
        """Whether nobody has served him since: no agent has or had the text contact, and no call came."""
        served = (ContactState.CONNECTED, ContactState.ENDED)
        was_sent = self.sent_ms is not None and self.failure is None
        return was_sent and self.came_back_ms is None and self.contact_state not in served

    def held_ms(self, now_ms: int) -> int | None:
        """Return when it was clear that it held; None if it did not, or not yet."""
        return self.until_ms if self.state(now_ms) is DeflectionState.HELD else None


@dataclass(frozen=True, slots=True)
class DeflectionCount:
    """How many deflections of one day (days since 1970-01-01, local), way and intent came how far.

    `sent`, `opened`, `held` and `came_back` may be true of the same one; `watched` are not decided yet.
    """

    day: int
    way: str
    intent: str
    offered: int = 0
    failed: int = 0
    sent: int = 0
    opened: int = 0
    held: int = 0
    came_back: int = 0
    watched: int = 0


class Deflections(Store):
    """All deflections. Each change is made once, however often it is told."""

    async def offered(self, deflection: Deflection) -> bool:
        """Store that a caller is offered another way; whether that is new."""
        async with self._writing() as connection:
            return await insert_new(connection, DeflectionRow, **_row_of(deflection))

    async def sent(self, id_: str, at_ms: int, until_ms: int) -> bool:
        """He has what he needs to go on; it is watched until `until_ms` whether he calls again.

        Once only, but anew after it failed.
        """
        is_new = or_(DeflectionRow.sent_at_ms.is_(None), DeflectionRow.failure.is_not(None))
        values = {"sent_at_ms": at_ms, "until_ms": until_ms, "failure": None}
        return await self._change(id_, is_new, values)

    async def failed(self, id_: str, failure: str) -> bool:
        """The way could not be offered, or what was sent did not arrive; `failure` is a short code."""
        not_used = and_(DeflectionRow.opened_at_ms.is_(None), DeflectionRow.failure.is_(None))
        return await self._change(id_, not_used, {"failure": failure, "until_ms": None})

    async def opened(self, id_: str, contact: ContactId, at_ms: int) -> bool:
        """He went on in a text contact."""
        is_first = DeflectionRow.opened_at_ms.is_(None)
        return await self._change(id_, is_first, {"opened_at_ms": at_ms, "contact": contact, "failure": None})

    async def called_again(
        self, by: ContactId, number: str | None, customer: CustomerId | None, at_ms: int
    ) -> int:
        """Somebody calls: note it at the deflections of this number or customer; returns at how many."""
        watched = and_(
            DeflectionRow.sent_at_ms <= at_ms,
            DeflectionRow.until_ms > at_ms,
            DeflectionRow.came_back_at_ms.is_(None),
            DeflectionRow.call != by,
        )
        async with self._writing() as connection:
            result = await connection.execute(
                update(DeflectionRow)
                .where(_of_caller(number, customer), watched)
                .values(came_back_at_ms=at_ms, came_back_by=by)
            )
            return result.rowcount

    async def of_caller(
        self, number: str | None, customer: CustomerId | None, since_ms: int
    ) -> Deflection | None:
        """Return the newest deflection, offered since, of a number or customer; not one that failed."""
        async with self._glancing() as connection:
            caller = {"number": number, "customer": customer, "since_ms": since_ms}
            row = (await connection.execute(_NEWEST_OF_CALLER, caller)).first()
        return _deflection(row) if row is not None else None

    async def awaited(self, number: str, way: str, now_ms: int) -> Deflection | None:
        """Return who may go on at this number without a token: it was sent to him, and he has not yet."""
        async with self._reading() as connection:
            found = await _read(
                connection,
                DeflectionRow.number == number,
                DeflectionRow.way == way,
                DeflectionRow.until_ms > now_ms,
                DeflectionRow.opened_at_ms.is_(None),
                limit=1,
            )
        return found[0] if found else None

    async def get(self, id_: str) -> Deflection | None:
        """Return a deflection by its id."""
        async with self._reading() as connection:
            found = await _read(connection, DeflectionRow.id == id_, limit=1)
        return found[0] if found else None

    async def between(
        self, from_ms: int, to_ms: int, *, limit: int, before: tuple[int, str] | None = None
    ) -> list[Deflection]:
        """Return those offered within a time, newest first; `before` is where the last page ended."""
        where = [DeflectionRow.offered_at_ms >= from_ms, DeflectionRow.offered_at_ms < to_ms]
        if before is not None:
            at_ms, id_ = before
            earlier = and_(DeflectionRow.offered_at_ms == at_ms, DeflectionRow.id < id_)
            where.append(or_(DeflectionRow.offered_at_ms < at_ms, earlier))
        async with self._reading() as connection:
            return await _read(connection, *where, limit=limit)

    async def counts(
        self, from_ms: int, to_ms: int, *, now_ms: int, utc_offset_ms: int
    ) -> list[DeflectionCount]:
        """Count those offered within a time by local day, way and intent, in that order."""
        row, day = DeflectionRow, (DeflectionRow.offered_at_ms + utc_offset_ms) // _DAY_MS
        is_watched = and_(row.until_ms.is_not(None), row.came_back_at_ms.is_(None))
        counts = {
            "offered": true(),
            "failed": row.failure.is_not(None),
            "sent": row.sent_at_ms.is_not(None),
            "opened": row.opened_at_ms.is_not(None),
            "held": and_(is_watched, row.until_ms <= now_ms),
            "came_back": row.came_back_at_ms.is_not(None),
            "watched": and_(is_watched, row.until_ms > now_ms),
        }
        query = (
            select(
                day.label("day"), row.way, row.intent, *(_count(each, name) for name, each in counts.items())
            )
            .where(row.offered_at_ms >= from_ms, row.offered_at_ms < to_ms)
            .group_by(literal_column("day"), row.way, row.intent)
            .order_by(literal_column("day"), row.way, row.intent)
        )
        async with self._reading() as connection:
            rows = (await connection.execute(query)).mappings()
            return [DeflectionCount(**each) for each in rows]

    async def purge(self, before_ms: int) -> int:
        """Delete those that were offered before a time; returns how many."""
        deleted = 0
        old = select(DeflectionRow.id).where(DeflectionRow.offered_at_ms < before_ms)
        while True:
            async with self._writing() as connection:
                statement = delete(DeflectionRow).where(DeflectionRow.id.in_(old.limit(_DELETE_MAX)))
                count = (await connection.execute(statement)).rowcount
            deleted += count
            if count < _DELETE_MAX:
                return deleted

    async def totals(self, since_ms: int, now_ms: int) -> dict[tuple[str, DeflectionState], int]:
        """Count those offered since by way and state."""
        query = (
            select(DeflectionRow.way, _state(now_ms).label("state"), func.count())
            .where(DeflectionRow.offered_at_ms >= since_ms)
            .group_by(DeflectionRow.way, literal_column("state"))
        )
        async with self._reading() as connection:
            rows = await connection.execute(query)
            return {(way, DeflectionState(state)): count for way, state, count in rows}

    async def _change(self, id_: str, where: ColumnElement[bool], values: dict[str, Any]) -> bool:
        statement = update(DeflectionRow).where(DeflectionRow.id == id_, where).values(values)
        async with self._writing() as connection:
            return await changed(connection, statement)


def _of_caller(number: str | None, customer: CustomerId | None) -> ColumnElement[bool]:
    """Those of a number, or of any call of a customer, whoever he was merged with since."""
    ways = [DeflectionRow.number == number] if number is not None else []
    if customer is not None:
        calls = select(ContactRow.id).where(ContactRow.customer == customer)
        ways.append(DeflectionRow.call.in_(calls))
    return or_(*ways) if ways else DeflectionRow.id.is_(None)


async def _read(connection: AsyncConnection, *where: ColumnElement[bool], limit: int) -> list[Deflection]:
    return [_deflection(row) for row in await connection.execute(_newest(*where).limit(limit))]


def _newest(*where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(*DeflectionRow.__table__.columns, ContactRow.state)
        .outerjoin(ContactRow, ContactRow.id == DeflectionRow.contact)
        .where(*where)
        .order_by(DeflectionRow.offered_at_ms.desc(), DeflectionRow.id.desc())
    )


_NEWEST_OF_CALLER = _newest(
    or_(
        DeflectionRow.number == bindparam("number", type_=Text),
        DeflectionRow.call.in_(
            select(ContactRow.id).where(ContactRow.customer == bindparam("customer", type_=Text))
        ),
    ),
    DeflectionRow.offered_at_ms >= bindparam("since_ms"),
    DeflectionRow.failure.is_(None),
).limit(1)
"""Made once, since every call asks. Nothing is equal to a number or customer that is not known."""


def _deflection(row: Row[*tuple[Any, ...]]) -> Deflection:
    return Deflection(
        id=row.id,
        call=row.call,
        way=row.way,
        number=row.number,
        language=row.language,
        reason=row.reason,
        arrived_ms=row.arrived_at_ms,
        offered_ms=row.offered_at_ms,
        queue=row.queue,
        intent=row.intent,
        path=tuple(PathItem(**each) for each in row.path),
        heard=tuple(HeardItem(**each) for each in row.heard),
        agent=row.agent,
        priority=row.priority,
        skills={name: int(level) for name, level in row.skills.items()},
        sent_ms=row.sent_at_ms,
        failure=row.failure,
        until_ms=row.until_ms,
        opened_ms=row.opened_at_ms,
        contact=row.contact,
        came_back_ms=row.came_back_at_ms,
        came_back_by=row.came_back_by,
        contact_state=ContactState(row.state) if row.state is not None else None,
    )


def _row_of(deflection: Deflection) -> dict[str, object]:
    return {
        "id": deflection.id,
        "call": deflection.call,
        "way": deflection.way,
        "number": deflection.number,
        "language": deflection.language,
        "reason": deflection.reason,
        "queue": deflection.queue,
        "intent": deflection.intent,
        "path": [asdict(each) for each in deflection.path],
        "heard": [asdict(each) for each in deflection.heard],
        "agent": deflection.agent,
        "arrived_at_ms": deflection.arrived_ms,
        "priority": deflection.priority,
        "skills": deflection.skills,
        "offered_at_ms": deflection.offered_ms,
    }


def _count(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0)).label(name)


def _state(now_ms: int) -> ColumnElement[str]:
    """`Deflection.state`, for the database."""
    row = DeflectionRow
    order = (
        (row.came_back_at_ms.is_not(None), DeflectionState.CAME_BACK),
        (row.failure.is_not(None), DeflectionState.FAILED),
        (row.until_ms <= now_ms, DeflectionState.HELD),
        (row.opened_at_ms.is_not(None), DeflectionState.OPENED),
        (row.sent_at_ms.is_(None), DeflectionState.OFFERED),
    )
    whens = ((condition, literal(state.value)) for condition, state in order)
    return case(*whens, else_=literal(DeflectionState.SENT.value))
