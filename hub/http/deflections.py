"""Deflections: who was led to another way, and whether it held."""

import time
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.deflections import Deflection, DeflectionState
from hub.accounts import Role
from hub.clock import now_ms
from hub.http.model import Answer, Request
from hub.http.operations import Call, Operations

api = Operations("deflections")

_DAY_MS = 86_400_000
_LIMIT_MAX = 500


class DeflectionsQuery(Request):
    """Which deflections are meant, by when they were offered; without `from_ms`, those of 30 days.

    `before` is the `next` of the answer before.
    """

    from_ms: Annotated[int | None, Field(ge=0)] = None
    to_ms: Annotated[int | None, Field(ge=0)] = None
    limit: Annotated[int, Field(ge=0, le=_LIMIT_MAX)] = 100
    before: Annotated[str | None, Field(pattern=r"^\d{1,18}-.{1,200}$")] = None


class DeflectionShown(Answer):
    """A caller who was offered another way; `reason`: `menu`, `waiting`, or a rule of triage.conf.

    `held_ms`: when it was clear that he does not call again. `failure`: why it was not sent.
    """

    id: str
    call: ContactId
    way: str
    state: DeflectionState
    reason: str
    intent: str
    queue: QueueName | None
    agent: AgentId | None
    offered_ms: int
    sent_ms: int | None
    failure: str | None
    opened_ms: int | None
    contact: ContactId | None
    held_ms: int | None
    came_back_ms: int | None
    came_back_by: ContactId | None

    @classmethod
    def of(cls, found: Deflection, at_ms: int) -> "DeflectionShown":
        return cls(
            id=found.id,
            call=found.call,
            way=found.way,
            state=found.state(at_ms),
            reason=found.reason,
            intent=found.intent,
            queue=found.queue,
            agent=found.agent,
            offered_ms=found.offered_ms,
            sent_ms=found.sent_ms,
            failure=found.failure,
            opened_ms=found.opened_ms,
            contact=found.contact,
            held_ms=found.held_ms(at_ms),
            came_back_ms=found.came_back_ms,
            came_back_by=found.came_back_by,
        )


class DeflectionCountShown(Answer):
    """How many of a day (of the hub's time zone), way and intent came how far.

    `watched`: it is not clear yet whether they hold.
    """

    day: date
    way: str
    intent: str
    offered: int
    failed: int
    sent: int
    opened: int
    held: int
    came_back: int
    watched: int


class DeflectionsAnswer(Answer):
    """Deflections, newest first, and counts over the whole time; `next`: for those after them."""

    deflections: list[DeflectionShown]
    next: str | None
    counts: list[DeflectionCountShown]


@api.operation("GET", "/deflections", role=Role.SUPERVISOR)
async def deflections(call: Call, query: DeflectionsQuery) -> DeflectionsAnswer:
    """List deflections, and count them by day, way and intent."""
    store, at_ms = call.parts.deflections, now_ms()
    to_ms = at_ms + 1 if query.to_ms is None else query.to_ms
    from_ms = max(0, to_ms - 30 * _DAY_MS) if query.from_ms is None else query.from_ms
    before = _place(query.before) if query.before else None
    found = await store.between(from_ms, to_ms, limit=query.limit, before=before) if query.limit else []
    counts = await store.counts(from_ms, to_ms, now_ms=at_ms, utc_offset_ms=_utc_offset_ms(at_ms))
    more = f"{found[-1].offered_ms}-{found[-1].id}" if found and len(found) == query.limit else None
    return DeflectionsAnswer(
        deflections=[DeflectionShown.of(each, at_ms) for each in found],
        next=more,
        counts=[
            DeflectionCountShown(
                day=date(1970, 1, 1) + timedelta(days=each.day),
                way=each.way,
                intent=each.intent,
                offered=each.offered,
                failed=each.failed,
                sent=each.sent,
                opened=each.opened,
                held=each.held,
                came_back=each.came_back,
                watched=each.watched,
            )
            for each in counts
        ],
    )


def _utc_offset_ms(at_ms: int) -> int:
    return time.localtime(at_ms / 1000).tm_gmtoff * 1000


def _place(before: str) -> tuple[int, str]:
    at_ms, _, id_ = before.partition("-")
    return int(at_ms), id_
