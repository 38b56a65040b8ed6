"""What a text channel is to the rest of the hub.

A gateway folder has a `codec.py` (bytes to typed values and back, no I/O), a `gateway.py` (moves bytes) and
an `account.py` (what an administrator sets). Wire identifiers other than the customer's address stay
inside.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from acd.contact import Channel
from gateways.errors import SendFailed, WebhookRefused
from gateways.files import StoredFile
from gateways.stickers import StickerPackage


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Part(_Value, frozen=True):
    """A file that came with a message and is still at the provider, or in the raw event.

    `type` is a media type as the sender claims it, `size` in bytes where he tells it; `source` is opaque: the
    gateway's `fetch` reads it. `cid` names a part that a mail's HTML shows inline.
    """

    name: str
    type: str
    source: str
    size: int | None = None
    cid: str | None = None


class Choice(_Value, frozen=True):
    """Something that a customer may choose with a tap.

    `data` comes back as what he chose; `url` opens a page.
    """

    label: str
    data: str | None = None
    url: str | None = None


class Inbound(_Value, frozen=True):
    """One message of a customer, stored before anybody acted on it.

    `event_id` is the provider's unique id, `address` the customer's on this channel (LINE user id,
    E.164 number, mailbox...), `account` which of ours he wrote to, where there are several, `at_ms` the
    provider's time of sending (Unix time). `reply_token` is opaque: it goes back unread in the `Outbound`
    that answers. `kind` is `text`, or the provider's name of something else, of which `text` says in Japanese
    what it is. `link` is the one-time token that the customer came by, where the channel brings it beside
    the text (a chat page). `case` is our reference number, found in it; `refs` are ids of earlier messages
    that it answers, newest last. `name` is what he calls himself. `is_automatic`: a machine wrote it, and
    gets no answer. `is_aside`: it says nothing by itself (a reaction); it is shown in an open contact.
    `fields` is what he filled in before (a form), `page` where he was (with his consent).
    `queue` is where the channel's own rules send it (the account, a form's field), if they do.
    """

    channel: Channel
    event_id: str
    address: str
    text: str
    at_ms: int
    kind: str = "text"
    account: str = ""
    subject: str | None = None
    html: str | None = None
    parts: tuple[Part, ...] = ()
    reply_token: str | None = None
    link: str | None = None
    case: str | None = None
    refs: tuple[str, ...] = ()
    name: str | None = None
    is_automatic: bool = False
    is_aside: bool = False
    fields: Mapping[str, str] = {}
    page: Mapping[str, str] = {}
    queue: str | None = None
    notes: tuple[str, ...] = ()


EDITED = "edited"
"""The kind of a message that says anew what an earlier one said: the last of its `refs`."""


class Withdrawn(_Value, frozen=True):
    """A customer took a message back: nobody is to read it any more.

    `message` is the `event_id` that it had.
    """

    channel: Channel
    event_id: str
    address: str
    message: str
    at_ms: int


class Subscription(_Value, frozen=True):
    """A customer lets us write to him, or no longer: followed or blocked us, wrote STOP,

    asked to be left alone.
    """

    channel: Channel
    event_id: str
    address: str
    is_on: bool
    at_ms: int
    reply_token: str | None = None


class Receipt(_Value, frozen=True):
    """How far a message of ours came. `sent_as` is what `send` returned for it, or its `key`.

    `address` is who got it, as the provider calls him, empty if it does not say: for a message that went to
    another address (a phone number, by LINE) it proves that both are the same person's.
    """

    channel: Channel
    event_id: str
    address: str
    sent_as: str
    delivery: "Delivery"
    at_ms: int
    reason: str = ""


class Rating(_Value, frozen=True):
    """What a customer thought of a contact, `stars` of 1 to 5."""

    channel: Channel
    event_id: str
    address: str
    stars: int
    text: str
    at_ms: int


Incoming = Inbound | Withdrawn | Subscription | Receipt | Rating


class Sign(_Value, frozen=True):
    """What need not last: the customer types, or has read our messages up to a time. Never stored."""

    channel: Channel
    address: str
    is_typing: bool = False
    read_ms: int | None = None


class Outbound(_Value, frozen=True):
    """One message to a customer. `key` is its idempotency key: the same key is sent once.

    `account`, `subject`, `case` and `refs` are those of the thread (see `Inbound`); `keeps_subject`: a person
    gave this message its subject, which gets no `Re:`. `choices` are shown as
    buttons where the channel has them, else as numbered lines. `fields` say what is sent in place of the text
    where the channel has more than text: `kind` is `sticker` (`package`, `sticker`), `place` (`title`,
    `address`, `latitude`, `longitude`), or a channel's name, with a message in its own form (`json`).
    Other channels send the text.
    `is_automatic`: no person wrote it, and no
    machine is to answer it.
    """

    channel: Channel
    key: str
    address: str
    text: str
    contact: str | None = None
    reply_token: str | None = None
    account: str = ""
    subject: str | None = None
    files: tuple[StoredFile, ...] = ()
    choices: tuple[Choice, ...] = ()
    case: str | None = None
    refs: tuple[str, ...] = ()
    fields: Mapping[str, str] = {}
    is_automatic: bool = False
    keeps_subject: bool = False


class Delivery(StrEnum):
    """How far an outgoing message came. `FAILED` is final: it stands in the dead-letter list."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class RawEvent(_Value, frozen=True):
    """One provider event as it came, to be stored under `event_id` before the webhook is answered.

    Events of one `address` are handled in order; an event of nobody carries its own id there.
    """

    channel: Channel
    event_id: str
    address: str
    body: bytes


class Webhook(_Value, frozen=True):
    """A request of a provider.

    `path` is what follows `/webhooks/{channel}`, `url` the whole public address, `remote` the peer's.
    """

    method: str
    url: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    remote: str = ""


class Answer(_Value, frozen=True):
    """What a provider is answered instead of `200 {}`."""

    body: bytes
    type: str


class Quota(_Value, frozen=True):
    """How many messages of a month are paid for (`None`: no limit), and how many have gone out."""

    limit: int | None
    used: int


Store = Callable[[Sequence[RawEvent]], Awaitable[int]]
"""`Inbox.store`: returns, once they are durable, how many events were new; raises `InboxUnavailable`."""


class Service(_Value, frozen=True):
    """Work that goes on as long as the hub runs.

    `is_single`: at one hub at a time of all that share the channels.
    """

    name: str
    run: Callable[[], Coroutine[Any, Any, None]]
    is_single: bool = True


class Gateway(ABC):
    """A channel's two directions. `receives`: whether what customers write comes in, not only goes out.

    `reaches_numbers`: a message may go to a phone number, though addresses are something else here.
    `sends_once`: its provider does not know a repeated message, so that one in doubt is not sent again
    unless a person says so. `sends`: what agents may send beside texts and files: `choices`, `place`,
    `sticker`: one of `stickers`. `body_max`: bytes that a webhook may have. What a channel does not have is
    left as it stands here.
    """

    channel: Channel
    receives: bool = True
    reaches_numbers: bool = False
    sends_once: bool = False
    sends: frozenset[str] = frozenset({"choices"})
    stickers: Sequence[StickerPackage] = ()
    body_max: int = 1024 * 1024

    def verify(self, webhook: Webhook) -> Sequence[RawEvent]:
        """Check a webhook's authenticity and split it into events; raises `WebhookRefused`."""
        raise WebhookRefused("this channel has no webhooks", status=404)

    def answer(self, webhook: Webhook) -> Answer | None:
        """Return what a believed webhook is answered; for a GET, by which a provider asks who we are, always.

        Raises `WebhookRefused`.
        """
        if webhook.method == "GET":
            raise WebhookRefused("this channel asks nothing", status=404)
        return None

    def for_page(self, webhook: Webhook) -> Mapping[str, str]:
        """Return the headers by which a page of another site may read the answer, refusals included.

        Empty where no page sends webhooks. Never raises.
        """
        return {}

    def services(self, store: Store) -> Sequence[Service]:
        """Return what fetches events that no webhook brings."""
        return ()

    @abstractmethod
    def decode(self, event: RawEvent) -> Incoming | None:
        """Read a stored event; `None` for one that means nothing. Raises `ValueError` if broken."""

    def fetch(self, event: RawEvent, part: Part) -> AsyncIterator[bytes]:
        """Read a file that came with a message; raises `FetchFailed`."""
        raise NotImplementedError("this channel brings no files")

    async def taken(self, event: RawEvent) -> None:
        """An event was handled, its files included: what is kept beside it may go. Never raises."""
        return

    @abstractmethod
    async def send(self, message: Outbound, *, in_doubt: bool = False) -> str | None:
        """Hand one message to the provider, and return what it calls it; raises `SendFailed`.

        `in_doubt`: an earlier try of the same message ended without an answer, so that the provider may
        have it already.
        """

    def provider(self, message: Outbound) -> str:
        """Return which of several providers takes a message: one that asks for patience holds up no other.

        Empty where there is but one.
        """
        return ""

    def meet(self, others: Mapping[Channel, "Gateway"]) -> None:
        """Learn which other channels there are, once all are made."""
        return

    def reread(self) -> Callable[[], None]:
        """Read the gateway's own file as it is now; returns what goes over to it. Raises `AccountsWrong`.

        What it serves then may be other `services`.
        """
        return lambda: None

    async def show(self, address: str, *, is_typing: bool = False, read: str | None = None) -> None:
        """Show a customer that an agent writes, or has read up to a message (`event_id`). Never raises."""
        return

    async def display_name(self, address: str) -> str | None:
        """Return what the customer calls himself on this channel; `None` if that is not to be had."""
        return None

    async def language(self, address: str) -> str | None:
        """Return the language of a customer's application (BCP 47); `None` if that is not to be had."""
        return None

    async def account_link(self, address: str, proof: str) -> str:
        """Return a page where a customer agrees that he is who was given `proof`, which an `Inbound` brings

        back as its `link`. Raises `SendFailed`.
        """
        raise SendFailed("no accounts are linked here", retryable=False)

    def quota(self) -> Quota | None:
        """Return how much may still be sent, as last heard; `None` where nobody counts, or not heard yet."""
        return None

    async def close(self) -> None:
        """Release connections; may be called twice."""
        return
