"""What the HTTP side stands on, as it sees it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from prometheus_client import CollectorRegistry

from acd.contact import Channel
from acd.ids import AgentId, ContactId, CustomerId
from crm_bridge.deflections import Deflections
from crm_bridge.knowledge import Knowledge
from crm_bridge.model import JourneyItem, Message
from crm_bridge.transcripts import TranscriptStore
from gateways.protocol import Gateway, RawEvent
from hub.accounts import Accounts
from hub.attachments.shelf import FileShelf
from hub.audit import AuditLog
from hub.chat.parts import ChatParts
from hub.desktop.commands import DomainCommand
from hub.desktop.socket import DesktopSocket
from hub.doctor import Examined, Repaired
from hub.explained import ContactRouting
from hub.members import Members
from hub.overview import Overview
from hub.readiness import Readiness
from hub.recordings.shelf import Shelf
from hub.sign_in import SignIn
from hub.sip_view import SipView
from hub.texting.canned import CannedReplies
from hub.webrtc.parts import WebParts
from hub.workforce import Workforce
from ivr.flow import Flow


class JourneyReader(Protocol):
    """`crm_bridge.journey.Journey` serves."""

    async def timeline(self, customer: CustomerId, limit: int) -> Sequence[JourneyItem]:
        """Return the newest `limit` items, newest last; raises `UnknownCustomer`, `CrmUnavailable`."""


class MessageReader(Protocol):
    """`crm_bridge.messages.Messages` serves; raises `CrmUnavailable`."""

    async def of(self, contact: ContactId, limit: int = 200) -> Sequence[Message]:
        """Return the newest messages of a contact, newest last."""


class RoutingReader(Protocol):
    """`hub.routing_view.RoutingView` serves."""

    async def explain(self, contact: ContactId) -> ContactRouting | None:
        """Return None for a contact that never was; may raise what is `retryable`."""


class DeadLetterKind(StrEnum):
    """`IN`: an event of a provider that could not be handled; `OUT`: a message that was not sent."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Something that was given up and waits for a person. `key` is unique within kind and channel."""

    kind: DeadLetterKind
    channel: Channel
    key: str
    address: str
    reason: str
    attempts: int
    stored_ms: int


class DeadLetters(Protocol):
    """The dead letters of inbox and outbox; may raise what is `retryable`."""

    async def all(self) -> Sequence[DeadLetter]:
        """List them, oldest first."""

    async def resend(self, kind: DeadLetterKind, channel: Channel, key: str) -> bool:
        """Try one again; whether there was such a dead letter."""


class LinkTargets(Protocol):
    """`hub.invitations.Links` serves."""

    async def target(self, token: str) -> str | None:
        """Return where a link leads; None if it leads nowhere any more. Raises `CrmUnavailable`."""


class ShortTargets(Protocol):
    """`hub.short_links.ShortLinks` serves."""

    async def open(self, slug: str, *, is_counted: bool) -> str | None:
        """Return where a link leads; None if it leads nowhere any more. Raises `DatabaseUnavailable`."""


class EventStore(Protocol):
    """`gateways.inbox.Inbox` serves."""

    async def store(self, events: Sequence[RawEvent]) -> int:
        """Return, once they are durable, how many were new; raises `InboxUnavailable`."""


class Physician(Protocol):
    """`hub.doctor.Doctor` serves; may raise what is `retryable`."""

    async def examine(self) -> Examined:
        """Say what differs between the parts."""

    async def repair(self, actor: str) -> Repaired:
        """Repair it, on behalf of an account."""


class Command(Protocol):
    """`hub.desk.Desk.command` serves."""

    async def __call__(self, agent: AgentId, command: DomainCommand) -> None:
        """Carry a command out; raises `CommandRefused`, and may raise what is `retryable`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpParts:
    """Everything that `create_http` puts behind an address.

    `public_url` is where browsers reach the hub; `web_dir` the built agent page, which may be missing.
    `chat` is None where there is no web chat, `web` where nobody calls by a browser.
    `flow` returns the menus that new calls begin with. `refresh_metrics` is awaited before the `registry`
    is read.
    """

    public_url: str
    accounts: Accounts
    sign_in: SignIn
    journeys: JourneyReader
    routing: RoutingReader
    members: Members
    recordings: Shelf
    files: FileShelf
    messages: MessageReader
    workforce: Workforce
    overview: Overview
    flow: Callable[[], Flow]
    audit: AuditLog
    dead_letters: DeadLetters
    deflections: Deflections
    links: LinkTargets
    short_links: ShortTargets
    knowledge: Callable[[], Knowledge]
    templates: CannedReplies
    transcripts: TranscriptStore
    sip: SipView
    doctor: Physician
    gateways: Mapping[Channel, Gateway]
    inbox: EventStore
    desktop: DesktopSocket
    commands: Command
    readiness: Readiness
    registry: CollectorRegistry
    refresh_metrics: Callable[[], Awaitable[None]]
    web_dir: Path | None = None
    chat: ChatParts | None = None
    web: WebParts | None = None
