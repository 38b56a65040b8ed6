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
    E.164 number, mailbox...), `reply_token` whatever the provider gives for a reply, `at_ms` the
    provider's time of sending (Unix time).
    """

    channel: Channel
    event_id: str
    address: str
    text: str
    at_ms: int
    reply_token: str | None = None


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


class SendFailed(Exception):
    """The provider did not take a message.

    `retryable` says whether the same request may succeed later, `retry_after_s` when the provider
    asked to be tried again.
    """

    def __init__(self, reason: str, *, retryable: bool, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.retryable, self.retry_after_s = reason, retryable, retry_after_s


class WebhookRefused(Exception):
    """A webhook was not believed or not understood; `status` is the HTTP answer (401, 400, 413)."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status


class RawEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One provider event as it came, to be stored under `event_id` before the webhook is answered."""

    channel: Channel
    event_id: str
    body: bytes


class Gateway(Protocol):
    """A channel's two directions."""

    channel: Channel

    def verify(self, headers: Mapping[str, str], body: bytes) -> Sequence[RawEvent]:
        """Check a webhook's authenticity and split it into events; raises `WebhookRefused`."""

    def decode(self, event: RawEvent) -> Inbound | None:
        """Read a stored event; `None` for one that carries no message. Raises `ValueError` if broken."""

    async def send(self, message: Outbound) -> None:
        """Hand one message to the provider; raises `SendFailed`."""

    async def close(self) -> None:
        """Release connections; may be called twice."""
