"""What an agent's desktop does, for programs: commands of the desktop protocol, one a request."""

from http import HTTPStatus
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field, RootModel, model_validator

from hub.accounts import Role
from hub.desktop.commands import DomainCommand
from hub.desktop.refusals import CommandRefused, Refusal
from hub.http.operations import Call, Operations
from hub.http.problems import Code, RequestRefused, problem

api = Operations("commands")

_STATUS = {
    Refusal.BAD_COMMAND: HTTPStatus.BAD_REQUEST,
    Refusal.UNKNOWN_CONTACT: HTTPStatus.NOT_FOUND,
    Refusal.UNKNOWN_OFFER: HTTPStatus.NOT_FOUND,
    Refusal.UNKNOWN_TARGET: HTTPStatus.NOT_FOUND,
    Refusal.NOT_YOURS: HTTPStatus.FORBIDDEN,
    Refusal.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Refusal.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Any other refusal is a conflict with the present state."""


class AnyCommand(RootModel[Annotated[DomainCommand, Field(discriminator="type")]]):
    """A command of the desktop protocol (docs/desktop-protocol.md). It needs no `ref` here."""

    @model_validator(mode="before")
    @classmethod
    def _with_ref(cls, given: Any) -> Any:
        return {"ref": "", **given} if isinstance(given, dict) else given


class _Refused(RequestRefused):
    """A command that was not carried out: the problem has the protocol's own code."""

    def __init__(self, refusal: CommandRefused) -> None:
        super().__init__(Code.REFUSED, status=_STATUS.get(refusal.code, HTTPStatus.CONFLICT))
        self.refusal = refusal

    def answer(self) -> web.Response:
        return problem(self.status, self.refusal.code, self.refusal.message)


@api.operation("POST", "/commands", role=Role.AGENT, status=204, codes=(Code.REFUSED, Code.UNAVAILABLE))
async def send_command(call: Call, body: AnyCommand) -> None:
    """Carry out a command as the agent who is signed in.

    It is that of the desktop protocol, without `ref`. What it brings about is told on the desktop socket.
    A refusal is a problem with the protocol's code and one of the statuses 400, 403, 404, 409, 503.
    """
    try:
        await call.parts.commands(call.caller.id, body.root)
    except CommandRefused as refusal:
        raise _Refused(refusal) from None
