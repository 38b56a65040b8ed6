"""What the models of requests and answers share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from acd.ids import AgentId
from hub.accounts import ID_PATTERN, NAME_MAX, Account, Role

AgentName = Annotated[str, Field(min_length=1, max_length=NAME_MAX)]
AgentIdField = Annotated[AgentId, Field(pattern=ID_PATTERN)]


class Request(BaseModel):
    """A body or a query: nothing that the hub does not know is passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(BaseModel):
    """A body of an answer. Times are Unix time in milliseconds and end in `_ms`."""

    model_config = ConfigDict(frozen=True)


class Agent(Answer):
    """Somebody who may sign in."""

    id: AgentId
    name: str
    role: Role

    @classmethod
    def of(cls, account: Account) -> "Agent":
        return cls(id=account.id, name=account.name, role=account.role)
