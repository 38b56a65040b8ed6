"""Mails as they come, and how the codec is asked about them."""

from collections.abc import Mapping

from gateways.mail.codec import decode, event_of
from gateways.mail.envelope import stored
from gateways.mail.mailboxes import Mailbox, Peer, Tls
from gateways.protocol import Inbound, Incoming, RawEvent

SECRET = b"0123456789" * 4
AT_MS = 1_800_000_000_000
LOCAL = Peer("127.0.0.1", 1, Tls.NONE)
SUPPORT = Mailbox(
    name="support",
    address="support@example.jp",
    also=frozenset({"info@example.jp"}),
    display_name="サポート窓口",
    imap=LOCAL,
    smtp=LOCAL,
    user="support",
    password="",
    server="mx.example.jp",
)
BOXES: Mapping[str, Mailbox] = {"support": SUPPORT}


def mail(head: str | bytes, body: str | bytes = b"hello", **more: str) -> bytes:
    """Return a mail of a customer; `head` are further lines of its header."""
    head = head.encode() if isinstance(head, str) else head
    body = body.encode() if isinstance(body, str) else body
    common = b"From: Hanako <hanako@customer.test>\nTo: support@example.jp\nMessage-ID: <1@customer.test>\n"
    return (common + head.strip(b"\n") + b"\n\n" + body).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def event(raw: bytes) -> RawEvent:
    return event_of(stored(raw, mailbox="support", validity=1, uid=1, at_ms=AT_MS))


def read(raw: bytes) -> Incoming | None:
    return decode(event(raw), BOXES, SECRET)


def message(raw: bytes) -> Inbound:
    incoming = read(raw)
    assert isinstance(incoming, Inbound)
    return incoming
