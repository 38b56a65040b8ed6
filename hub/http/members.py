"""Members of queues, as supervisors change them while all runs."""

from typing import Annotated

from pydantic import Field

from acd.ids import AgentId, QueueName
from hub.accounts import Role
from hub.errors import MemberOfFiles, UnknownAccount, UnknownMember, UnknownQueue
from hub.http.model import AgentIdField, Answer, Request
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused
from hub.members import QueueMember

api = Operations("queues")

_PENALTY_MAX = 1_000_000


class MemberList(Answer):
    """A queue's members: those of `queues.conf` first."""

    members: list[QueueMember]


class NewMember(Request):
    """Who is to be a member; members with a lower penalty are tried first."""

    agent: AgentIdField
    penalty: Annotated[int, Field(ge=0, le=_PENALTY_MAX)] = 0


@api.operation("GET", "/queues/{queue}/members", role=Role.SUPERVISOR, codes=(Code.NOT_FOUND,))
async def list_members(call: Call, queue: QueueName) -> MemberList:
    """List a queue's members."""
    try:
        return MemberList(members=await call.parts.members.of(queue))
    except UnknownQueue:
        raise RequestRefused(Code.NOT_FOUND, "queue") from None


@api.operation(
    "POST",
    "/queues/{queue}/members",
    role=Role.SUPERVISOR,
    status=201,
    codes=(Code.NOT_FOUND, Code.MEMBER_OF_FILES),
)
async def add_member(call: Call, queue: QueueName, body: NewMember) -> QueueMember:
    """Make an agent a member of a queue until it is taken back; one who is gets the new penalty."""
    try:
        return await call.parts.members.add(queue, body.agent, body.penalty, by=call.caller.id)
    except UnknownQueue:
        raise RequestRefused(Code.NOT_FOUND, "queue") from None
    except UnknownAccount:
        raise RequestRefused(Code.NOT_FOUND, "agent") from None
    except MemberOfFiles as error:
        raise RequestRefused(Code.MEMBER_OF_FILES, str(error)) from None


@api.operation(
    "DELETE",
    "/queues/{queue}/members/{agent}",
    role=Role.SUPERVISOR,
    status=204,
    codes=(Code.NOT_FOUND, Code.MEMBER_OF_FILES),
)
async def remove_member(call: Call, queue: QueueName, agent: AgentId) -> None:
    """Take an agent out of a queue to which he was added; contacts that he has stay with him."""
    try:
        await call.parts.members.remove(queue, agent, by=call.caller.id)
    except UnknownQueue:
        raise RequestRefused(Code.NOT_FOUND, "queue") from None
    except UnknownMember:
        raise RequestRefused(Code.NOT_FOUND, "member") from None
    except MemberOfFiles as error:
        raise RequestRefused(Code.MEMBER_OF_FILES, str(error)) from None
