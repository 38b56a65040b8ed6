"""What could not be delivered, for supervisors to see and to try again."""

from acd.contact import Channel
from hub.accounts import Role
from hub.http.model import Answer, Request
from hub.http.operations import Call, Operations
from hub.http.parts import DeadLetter, DeadLetterKind
from hub.http.problems import Code, RequestRefused

api = Operations("dead letters")


class DeadLetterList(Answer):
    """All dead letters, oldest first."""

    dead_letters: list[DeadLetter]


class Resend(Request):
    """Which dead letter is to be tried again."""

    kind: DeadLetterKind
    channel: Channel
    key: str


@api.operation("GET", "/dead-letters", role=Role.SUPERVISOR)
async def list_dead_letters(call: Call) -> DeadLetterList:
    """List what was given up: messages not sent (`out`) and events not handled (`in`)."""
    return DeadLetterList(dead_letters=list(await call.parts.dead_letters.all()))


@api.operation("POST", "/dead-letters/resend", role=Role.SUPERVISOR, status=202, codes=(Code.NOT_FOUND,))
async def resend(call: Call, body: Resend) -> None:
    """Try a dead letter again; it leaves the list, and comes back if it fails anew."""
    if not await call.parts.dead_letters.resend(body.kind, body.channel, body.key):
        raise RequestRefused(Code.NOT_FOUND, "dead letter")
