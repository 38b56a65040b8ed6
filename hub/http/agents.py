"""Agents' accounts, for administrators."""

from typing import Annotated

from pydantic import Field

from hub.accounts import Account, Role
from hub.http.model import Agent, AgentIdField, AgentName, Answer, Request
from hub.http.operations import Call, Operations
from hub.http.problems import Code
from hub.passwords import LENGTH_MAX, LENGTH_MIN

api = Operations("agents")


class AgentDetails(Agent):
    """An account as administrators see it; `disabled_ms` is null while it may be used."""

    created_ms: int
    disabled_ms: int | None

    @classmethod
    def of(cls, account: Account) -> "AgentDetails":
        return cls(
            id=account.id,
            name=account.name,
            role=account.role,
            created_ms=account.created_ms,
            disabled_ms=account.disabled_ms,
        )


class AgentList(Answer):
    """All accounts, by id."""

    agents: list[AgentDetails]


class NewAgent(Request):
    """An account to be made. Without a password one is made up."""

    id: AgentIdField
    name: AgentName
    role: Role = Role.AGENT
    password: Annotated[
        str | None, Field(min_length=LENGTH_MIN, max_length=LENGTH_MAX, repr=False, description="for sign-in")
    ] = None


class AgentAdded(Answer):
    """A new account with its passwords: for sign-in and for the SIP phone. They are shown this once."""

    agent: AgentDetails
    password: str
    sip_password: str


@api.operation("GET", "/agents", role=Role.ADMIN)
async def list_agents(call: Call) -> AgentList:
    """List all accounts."""
    return AgentList(agents=[AgentDetails.of(account) for account in await call.parts.accounts.all()])


@api.operation("POST", "/agents", role=Role.ADMIN, status=201, codes=(Code.AGENT_EXISTS,))
async def add_agent(call: Call, body: NewAgent) -> AgentAdded:
    """Make an account; its id is the name for sign-in and of the phone at Asterisk."""
    new = await call.parts.accounts.add(body.id, body.name, body.role, body.password)
    return AgentAdded(
        agent=AgentDetails.of(new.account), password=new.password, sip_password=new.sip_password
    )
