"""What a text channel is to the rest of the hub.

A gateway folder has a `codec.py` (bytes to typed values and back, no I/O) and a `gateway.py` (moves
bytes). Wire identifiers other than the customer's address stay inside.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from acd.contact import Channel


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a customer, stored before anybody acted on it.

    `event_id` is the provider's unique id, `address` the customer's on this channel (LINE user id,
    E.164 number, mailbox...), `at_ms` the provider's time of sending (Unix time). `reply_token` is
    opaque: it goes back unread in the `Outbound` that answers. `kind` is `text`, or the provider's name
    of something that is not shown yet, for which `text` holds a placeholder in Japanese. `link` is the
    one-time token that the customer came by, where the channel brings it beside the text (a chat page).
    """

    channel: Channel
    event_id: str
    address: str
    text: str
    at_ms: int
    kind: str = "text"
    reply_token: str | None = None
    link: str | None = None


class Outbound(msgspec.Struct, frozen=True, kw_only=True):
    """One message to a customer. `key` is its idempotency key: the same key is sent once."""

    channel: Channel
    key: str
    address: str
    text: str
    contact: str | None = None
    reply_token: str | None = None


class Delivery(StrEnum):
    """How far an outgoing message came. `FAILED` is final: it stands in the dead-letter list."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class RawEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One provider event as it came, to be stored under `event_id` before the webhook is answered.

    Events of one `address` are handled in order; an event of nobody carries its own id there.
    """

    channel: Channel
    event_id: str
    address: str
    body: bytes


class Gateway(Protocol):
    """A channel's two directions. `receives`: whether what customers write comes in, not only goes out."""

    channel: Channel
    receives: bool

    def verify(self, headers: Mapping[str, str], body: bytes) -> Sequence[RawEvent]:
        """Check a webhook's authenticity and split it into events; raises `WebhookRefused`."""

    def decode(self, event: RawEvent) -> Inbound | None:
        """Read a stored event; `None` for one that carries no message. Raises `ValueError` if broken."""

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> None:
        """Hand one message to the provider; raises `SendFailed`.

        `in_doubt`: an earlier try of the same message ended without an answer, so that the provider may
        have it already.
        """

    async def display_name(self, address: str) -> str | None:
        """Return what the customer calls himself on this channel; `None` if that is not to be had."""

    async def close(self) -> None:
        """Release connections; may be called twice."""
