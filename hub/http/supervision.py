"""What supervisors do about agents."""

from typing import Annotated, Literal

from pydantic import Field

from acd.agent import Presence
from acd.ids import AgentId
from hub.accounts import Role
from hub.desktop.commands import REASON_MAX
from hub.http.model import Request
from hub.http.operations import Call, Operations
from hub.http.problems import Code

api = Operations("supervision")

_CODES = (Code.NOT_FOUND, Code.AGENT_AWAY)


class NewPresence(Request):
    """What an agent is to be. To end his work there is `log-off`."""

    presence: Literal[Presence.AVAILABLE, Presence.NOT_READY]
    reason: Annotated[str, Field(max_length=REASON_MAX)] = ""


@api.operation("PUT", "/agents/{agent}/presence", role=Role.SUPERVISOR, status=204, codes=_CODES)
async def set_presence(call: Call, agent: AgentId, body: NewPresence) -> None:
    """Change the presence of an agent who is signed in."""
    await call.parts.workforce.set_presence(call.caller, agent, body.presence, body.reason)


@api.operation("POST", "/agents/{agent}/log-off", role=Role.SUPERVISOR, status=204, codes=(Code.NOT_FOUND,))
async def log_off(call: Call, agent: AgentId) -> None:
    """Sign an agent off everywhere; calls in progress stay with him until their end."""
    await call.parts.workforce.log_off(call.caller, agent)
