"""What the HTTP API reads of messages that were given up."""

from collections.abc import Sequence

from acd.contact import Channel
from gateways.inbox import Inbox
from gateways.job_store import DeadLetter as GivenUp
from gateways.outbox import Outbox
from hub.http.parts import DeadLetter, DeadLetterKind


class DeadLetterOffice:
    """The dead letters of inbox and outbox as one list (`DeadLetters`)."""

    def __init__(self, inbox: Inbox, outbox: Outbox) -> None:
        self._inbox, self._outbox = inbox, outbox

    async def all(self) -> Sequence[DeadLetter]:
        letters = [
            *(_letter(DeadLetterKind.IN, each) for each in await self._inbox.dead_letters()),
            *(_letter(DeadLetterKind.OUT, each) for each in await self._outbox.dead_letters()),
        ]
        return sorted(letters, key=lambda letter: letter.stored_ms)

    async def resend(self, kind: DeadLetterKind, channel: Channel, key: str) -> bool:
        if kind is DeadLetterKind.IN:
            return await self._inbox.retry(channel, key)
        return await self._outbox.resend(key)


def _letter(kind: DeadLetterKind, given_up: GivenUp) -> DeadLetter:
    return DeadLetter(
        kind=kind,
        channel=given_up.channel,
        key=given_up.key,
        address=given_up.address,
        reason=given_up.reason,
        attempts=given_up.attempts,
        stored_ms=given_up.stored_at_ms,
    )
