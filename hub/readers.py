"""What the HTTP API reads of routing, and of messages that were given up."""

from collections.abc import Sequence

from acd.contact import Channel
from acd.core.explain import explain
from acd.ids import ContactId
from acd.router import Acd
from gateways.inbox import Inbox
from gateways.job_store import DeadLetter as GivenUp
from gateways.outbox import Outbox
from hub.http.parts import Considered, DeadLetter, DeadLetterKind, Routing


class RoutingView:
    """Explains where a contact stands (`RoutingReader`)."""

    def __init__(self, acd: Acd) -> None:
        self._acd = acd

    async def explain(self, contact: ContactId) -> Routing | None:
        state = (await self._acd.snapshot()).state
        record = state.contacts.get(contact)
        if record is None:
            return None
        return Routing(
            contact=contact,
            channel=record.contact.channel,
            queue=record.contact.queue,
            state=record.state,
            arrived_ms=record.contact.arrived_ms,
            agent=record.agent,
            considered=tuple(Considered(each.agent, each.rule) for each in explain(state, record).considered),
        )


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
