"""Colleagues, queues and calls at this moment."""

from hub.accounts import Role
from hub.http.model import Answer
from hub.http.operations import Call, Operations
from hub.overview import CallShown, Colleague, QueueShown

api = Operations("overview")


class Directory(Answer):
    """Everybody who may sign in, by id, and all queues."""

    agents: list[Colleague]
    queues: list[QueueShown]


class CallList(Answer):
    """Calls, oldest first."""

    calls: list[CallShown]


@api.operation("GET", "/directory", role=Role.AGENT)
async def directory(call: Call) -> Directory:
    """Say who is there, who is on a call, and how many wait where."""
    overview = call.parts.overview
    return Directory(agents=await overview.agents(), queues=overview.queues())


@api.operation("GET", "/calls", role=Role.AGENT)
async def list_calls(call: Call) -> CallList:
    """List calls: supervisors see all, agents their own and those that are parked."""
    return CallList(calls=call.parts.overview.calls(call.caller))
