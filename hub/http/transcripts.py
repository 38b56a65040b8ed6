"""What was said in calls, found again; masked as it is stored."""

from typing import Annotated

from pydantic import Field

from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.transcripts import TranscriptLine
from hub.accounts import Role
from hub.http.model import Answer, Request
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused

api = Operations("transcripts")

_LIMIT_MAX = 500


class TranscriptsQuery(Request):
    """Words that all stand in a line. `before` is the `next` of the answer before."""

    q: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    queue: Annotated[QueueName | None, Field(max_length=64)] = None
    agent: Annotated[AgentId | None, Field(max_length=64)] = None
    from_ms: Annotated[int | None, Field(ge=0)] = None
    to_ms: Annotated[int | None, Field(ge=0)] = None
    limit: Annotated[int, Field(ge=1, le=_LIMIT_MAX)] = 50
    before: Annotated[str | None, Field(pattern=r"^\d{1,18}-.{1,200}$")] = None


class LineShown(Answer):
    """What one side said without a pause; `side`: `customer` or `agent`, `confidence` 0 to 100."""

    id: str
    contact: ContactId
    queue: QueueName
    side: str
    agent: AgentId | None
    text: str
    at_ms: int
    confidence: int

    @classmethod
    def of(cls, line: TranscriptLine) -> "LineShown":
        return cls(
            id=line.id,
            contact=line.contact,
            queue=line.queue,
            side=line.side,
            agent=line.agent,
            text=line.text,
            at_ms=line.at_ms,
            confidence=line.confidence,
        )


class LinesAnswer(Answer):
    """Lines; `next` for those after them, null if there are none."""

    lines: list[LineShown]
    next: str | None = None


@api.operation("GET", "/transcripts", role=Role.AGENT)
async def transcripts(call: Call, query: TranscriptsQuery) -> LinesAnswer:
    """Search what was said, newest first. Supervisors search all calls, agents those that they had."""
    caller = call.caller
    agent = query.agent if caller.role.covers(Role.SUPERVISOR) else caller.id
    found = await call.parts.transcripts.search(
        query.q,
        queue=query.queue,
        agent=agent,
        from_ms=query.from_ms,
        to_ms=query.to_ms,
        limit=query.limit,
        before=_place(query.before) if query.before else None,
    )
    more = f"{found[-1].at_ms}-{found[-1].id}" if len(found) == query.limit else None
    return LinesAnswer(lines=[LineShown.of(each) for each in found], next=more)


@api.operation("GET", "/contacts/{contact}/transcript", role=Role.AGENT, codes=(Code.NOT_FOUND,))
async def transcript(call: Call, contact: ContactId) -> LinesAnswer:
    """Return what was said in a call, oldest first. Agents are told of calls that they had."""
    lines = await call.parts.transcripts.of(contact)
    if not lines:
        raise RequestRefused(Code.NOT_FOUND, "transcript")
    is_own = any(line.agent == call.caller.id for line in lines)
    if not is_own and not call.caller.role.covers(Role.SUPERVISOR):
        raise RequestRefused(Code.FORBIDDEN, "the contact is another agent's")
    return LinesAnswer(lines=[LineShown.of(each) for each in lines])


def _place(before: str) -> tuple[int, str]:
    at_ms, _, id_ = before.partition("-")
    return int(at_ms), id_
