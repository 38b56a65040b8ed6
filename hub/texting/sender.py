"""Messages to customers: stored, shown, put into the outbox, each once."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

import structlog

from acd.contact import Channel
from acd.ids import AgentId, ContactId
from crm_bridge.model import Delivery, Direction, Message, MessageFile
from gateways.outbox import Outbox
from gateways.protocol import Choice, Outbound
from hub.board import LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.errors import HubError
from hub.texting.files import Shelf, stored

log = structlog.get_logger()

_REFS_MAX = 20
NO_FIELDS: Final[Mapping[str, str]] = MappingProxyType({})
THREADED = (Channel.EMAIL, Channel.TICKET)
"""Channels whose messages name those before them. All go out by mail."""


def carried_by(channel: Channel) -> tuple[Channel, ...]:
    """Return the channels whose messages a channel carries: mail also brings answers to forms."""
    return THREADED if channel is Channel.EMAIL else (channel,)


class MessageIdTaken(HubError):
    """A message of another contact has this id: nothing was sent."""


class OptedOut(HubError):
    """The customer does not want to be written to, and has not written since: nothing was sent."""


class FileUnknown(HubError):
    """A file was not uploaded for this contact: nothing was sent."""


class TextView(Protocol):
    """Where an agent sees what is said."""

    def message(self, contact: LiveContact, message: Message) -> None: ...

    def delivery(self, contact: LiveContact, message: str, delivery: Delivery) -> None: ...


class Ends(Protocol):
    """Where messages go: told later than the sender is made."""

    view: TextView
    outbox: Outbox


class Sender:
    """Sends messages of agents, of the bot and of the hub itself."""

    def __init__(self, ends: Ends, crm: Crm, shelf: Shelf) -> None:
        self._ends, self._crm, self._shelf = ends, crm, shelf
        self._reply_tokens: dict[ContactId, str] = {}

    def answers_by(self, contact: ContactId, reply_token: str | None) -> None:
        """Let the next message to a contact use the reply token that came last."""
        if reply_token:
            self._reply_tokens[contact] = reply_token

    def forget(self, contact: ContactId) -> None:
        """A contact is over."""
        self._reply_tokens.pop(contact, None)

    async def send(
        self,
        contact: LiveContact,
        agent: AgentId,
        message_id: str,
        body: str,
        *,
        files: Sequence[str] = (),
        choices: Sequence[Choice] = (),
        subject: str = "",
        fields: Mapping[str, str] = NO_FIELDS,
    ) -> bool:
        """Send an agent's message, once for each id; whether this was the time.

        `subject` is this mail's, if not the thread's; channels without subjects have none. `fields` are those
        of `Outbound`. Raises `MessageIdTaken`, `OptedOut`, `FileUnknown`.
        """
        found: Sequence[MessageFile] = ()
        if files:
            found = await self._shelf.find(contact.id, files)
            if [each.id for each in found] != list(files):
                raise FileUnknown(contact.id)
        if await self._is_opted_out(contact):
            raise OptedOut(contact.id)
        message = Message(
            message_id,
            Direction.OUT,
            agent,
            body,
            now_ms(),
            Delivery.QUEUED,
            files=tuple(found),
            kind=fields.get("kind", "text"),
            subject=(subject or None) if contact.channel in THREADED else None,
            notes=_noted(choices, fields),
        )
        return await self._send(contact, message, choices, fields)

    async def say(
        self, contact: LiveContact, message_id: str, body: str, *, choices: Sequence[Choice] = ()
    ) -> None:
        """Say something without an agent, once for each id; nothing to who does not want it, nor by fax,

        nor to who left a voice message.
        """
        if contact.channel in (Channel.FAX, Channel.VOICEMAIL):
            return
        if await self._is_opted_out(contact):
            log.info("text.not_said", contact=contact.id, reason="opted_out")
            return
        notes = _noted(choices, {})
        message = Message(message_id, Direction.OUT, None, body, now_ms(), Delivery.QUEUED, notes=notes)
        await self._send(contact, message, choices)

    async def _send(
        self,
        contact: LiveContact,
        message: Message,
        choices: Sequence[Choice],
        fields: Mapping[str, str] = NO_FIELDS,
    ) -> bool:
        assert contact.address is not None, "a text contact has an address"
        is_new = await self._crm.messages.add(contact.id, message)
        if not is_new:
            there = await self._crm.messages.get(message.id)
            if there is None or there[0] != contact.id:
                raise MessageIdTaken(message.id)
        outbound = Outbound(
            channel=contact.channel,
            key=message.id,
            address=contact.address,
            text=message.text,
            contact=contact.id,
            reply_token=self._reply_tokens.get(contact.id),
            account=contact.account,
            subject=message.subject or contact.subject,
            keeps_subject=message.subject is not None,
            files=stored(message.files),
            choices=tuple(choices),
            fields=fields,
            case=contact.case,
            refs=await self._refs(contact, message.id),
            is_automatic=message.author is None,
        )
        if not await self._ends.outbox.put(outbound):
            return False
        self._reply_tokens.pop(contact.id, None)
        self._ends.view.message(contact, message)
        return True

    async def _refs(self, contact: LiveContact, but: str) -> tuple[str, ...]:
        """Return the ids of a thread's messages as its provider knows them, in order of time.

        What the customer wrote last comes after all that was there before it, though he did not name it.
        """
        if contact.channel not in THREADED:
            return ()
        messages = [each for each in await self._crm.messages.of(contact.id, _REFS_MAX) if each.id != but]
        ours = [each.id for each in messages if each.direction is Direction.OUT]
        sent = await self._ends.outbox.sent_as(ours) if ours else {}
        *before, his = await self._crm.messages.refs(contact.id) or ("",)
        ids = [
            each.id.partition(":")[2] if each.direction is Direction.IN else sent.get(each.id, "")
            for each in messages
        ]
        came = max((at for at, each in enumerate(messages) if each.direction is Direction.IN), default=0)
        known = dict.fromkeys((*before, *ids[:came]))
        known.pop(his, None)
        return tuple(each for each in dict.fromkeys((*known, his, *ids[came:])) if each)[-_REFS_MAX:]

    async def _is_opted_out(self, contact: LiveContact) -> bool:
        """Whether a customer refuses messages, and has not written since: an answer is always allowed."""
        assert contact.address is not None, "a text contact has an address"
        since_ms = await self._crm.consents.refused_ms(contact.channel, contact.address)
        if since_ms is None:
            return False
        return all(
            each.direction is Direction.OUT or each.at_ms <= since_ms
            for each in await self._crm.messages.of(contact.id)
        )


def _noted(choices: Sequence[Choice], fields: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the customer is shown beside the text, as notes that agents read."""
    notes = [f"choice={each.label}" for each in choices]
    if fields.get("kind") == "place":
        notes.append(f"place={fields['latitude']},{fields['longitude']}")
    return tuple(notes)
