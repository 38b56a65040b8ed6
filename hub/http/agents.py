"""Agents' accounts, for administrators."""

from typing import Annotated, Literal

from pydantic import Field

from acd.ids import AgentId
from hub.accounts import Account, Role
from hub.errors import UnknownAccount
from hub.http.model import Agent, AgentIdField, AgentName, Answer, Request
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused
from hub.passwords import LENGTH_MAX, LENGTH_MIN

api = Operations("agents")


Extension = Annotated[
    str, Field(pattern=r"^([1-9][0-9]{1,7})?$", description="what phones dial to reach the agent")
]

Spoken = Annotated[Literal["", "ja", "en"], Field(description="what the phone speaks to the agent")]


class AgentDetails(Agent):
    """An account as administrators see it; `disabled_ms` is null while it may be used.

    `extension` is what phones dial to reach the agent, empty if there is none. `language` is what the phone
    speaks to him, empty: that of the menus.
    """

    created_ms: int
    disabled_ms: int | None
    extension: str
    language: str

    @classmethod
    def of(cls, account: Account) -> "AgentDetails":
        return cls(
            id=account.id,
            name=account.name,
            role=account.role,
            created_ms=account.created_ms,
            disabled_ms=account.disabled_ms,
            extension=account.extension,
            language=account.language,
        )


class AgentList(Answer):
    """All accounts, by id."""

    agents: list[AgentDetails]


class NewAgent(Request):
    """An account to be made. Without a password one is made up."""

    id: AgentIdField
    name: AgentName
    role: Role = Role.AGENT
    extension: Extension = ""
    language: Spoken = ""
    password: Annotated[
        str | None, Field(min_length=LENGTH_MIN, max_length=LENGTH_MAX, repr=False, description="for sign-in")
    ] = None


class AgentAdded(Answer):
    """A new account with its passwords: for sign-in and for the SIP phone. They are shown this once."""

    agent: AgentDetails
    password: str
    sip_password: str


class NewExtension(Request):
    """The number by which phones reach an agent; empty: none."""

    extension: Extension


class NewLanguage(Request):
    """What the phone speaks to an agent; empty: the language of the menus."""

    language: Spoken


@api.operation("GET", "/agents", role=Role.ADMIN)
async def list_agents(call: Call) -> AgentList:
    """List all accounts."""
    return AgentList(agents=[AgentDetails.of(account) for account in await call.parts.accounts.all()])


@api.operation("POST", "/agents", role=Role.ADMIN, status=201, codes=(Code.AGENT_EXISTS,))
async def add_agent(call: Call, body: NewAgent) -> AgentAdded:
    """Make an account; its id is the name for sign-in and of the phone at Asterisk."""
    new = await call.parts.accounts.add(
        body.id, body.name, body.role, body.password, extension=body.extension, language=body.language
    )
    return AgentAdded(
        agent=AgentDetails.of(new.account), password=new.password, sip_password=new.sip_password
    )


@api.operation("PUT", "/agents/{agent}/extension", role=Role.ADMIN, status=204, codes=(Code.NOT_FOUND,))
async def give_extension(call: Call, agent: AgentId, body: NewExtension) -> None:
    """Give an agent the number by which phones reach him."""
    try:
        await call.parts.accounts.give_extension(agent, body.extension)
    except UnknownAccount:
        raise RequestRefused(Code.NOT_FOUND, "agent") from None


@api.operation("PUT", "/agents/{agent}/language", role=Role.ADMIN, status=204, codes=(Code.NOT_FOUND,))
async def speak(call: Call, agent: AgentId, body: NewLanguage) -> None:
    """Say in which language the phone speaks to an agent."""
    try:
        await call.parts.accounts.speak(agent, body.language)
    except UnknownAccount:
        raise RequestRefused(Code.NOT_FOUND, "agent") from None
