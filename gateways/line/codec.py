"""LINE's webhook and reply tokens, read and written. No I/O.

Source: LINE Messaging API reference, "Webhooks" and "Webhook event objects". Events are read with
msgspec rather than with the models of LINE's SDK (docs/decisions/0042-line-codec.md); the tests hold
them against those models.
"""

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass

import msgspec

from acd.contact import Channel
from gateways.protocol import Inbound, RawEvent

REPLY_WITHIN_MS = 50_000
"""How long a reply token is trusted: LINE takes it for about a minute after the event."""

_EVENT_ID_MAX = 128
_RETRY_KEYS = uuid.UUID("6f0c1f64-7d0a-5d0b-9a51-3f4a5b0a7c11")

PLACEHOLDERS = {
    "image": "［画像］",
    "video": "［動画］",
    "audio": "［音声］",
    "file": "［ファイル］",
    "location": "［位置情報］",
    "sticker": "［スタンプ］",
}
"""What an agent reads in place of a message that is not shown yet."""

UNKNOWN_PLACEHOLDER = "［未対応のメッセージ］"


class _Wire(msgspec.Struct, frozen=True, rename="camel"):
    pass


class _Source(_Wire, frozen=True):
    type: str = ""
    user_id: str | None = None


class _Head(_Wire, frozen=True):
    """What every event has in common: enough to store it."""

    webhook_event_id: str = ""
    source: _Source | None = None


class _Message(_Wire, frozen=True):
    type: str
    text: str = ""


class _Event(_Wire, frozen=True):
    type: str
    timestamp: int
    mode: str = "active"
    source: _Source | None = None
    reply_token: str | None = None
    message: _Message | None = None


class _Callback(_Wire, frozen=True):
    events: list[msgspec.Raw]


_callback = msgspec.json.Decoder(_Callback)
_head = msgspec.json.Decoder(_Head)
_event = msgspec.json.Decoder(_Event)


def signature_of(secret: str, body: bytes) -> str:
    """Return the `x-line-signature` of a body: base64 of HMAC-SHA256 with the channel secret."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def split(body: bytes) -> list[RawEvent]:
    """Split a callback into its events; none is LINE's own check of the address. Raises `ValueError`.

    An event that is not understood at all is kept too, under a hash of its bytes.
    """
    return [_raw_event(bytes(each)) for each in _callback.decode(body).events]


def decode(event: RawEvent) -> Inbound | None:
    """Read a user's message; `None` for any other event. Raises `ValueError` if it is broken.

    In `standby` mode another system answers the customer, so that there is nothing to do here; groups
    and rooms are not served.
    """
    wire = _event.decode(event.body)
    message, source = wire.message, wire.source
    if wire.type != "message" or wire.mode != "active" or message is None:
        return None
    if source is None or source.type != "user" or not source.user_id:
        return None
    is_text = message.type == "text"
    return Inbound(
        channel=Channel.LINE,
        event_id=event.event_id,
        address=source.user_id,
        text=message.text if is_text else PLACEHOLDERS.get(message.type, UNKNOWN_PLACEHOLDER),
        at_ms=wire.timestamp,
        kind=message.type,
        reply_token=str(ReplyToken(wire.reply_token, wire.timestamp)) if wire.reply_token else None,
    )


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """LINE's reply token and the time (Unix, milliseconds) of the event that brought it."""

    token: str
    at_ms: int

    def __str__(self) -> str:
        """Return the opaque form in which the rest of the hub carries it."""
        return f"{self.at_ms}.{self.token}"

    @classmethod
    def parse(cls, opaque: str) -> "ReplyToken | None":
        at_ms, dot, token = opaque.partition(".")
        if not dot or not token or not (at_ms.isascii() and at_ms.isdigit()):
            return None
        return cls(token, int(at_ms))

    def is_fresh(self, now_ms: int) -> bool:
        return now_ms - self.at_ms < REPLY_WITHIN_MS


def retry_key_of(key: str) -> str:
    """Return the `X-Line-Retry-Key` (a UUID) of an outbox key: the same from the first attempt on."""
    return str(uuid.uuid5(_RETRY_KEYS, key))


def _raw_event(body: bytes) -> RawEvent:
    try:
        head = _head.decode(body)
    except ValueError:
        head = _Head()
    event_id = _key(head.webhook_event_id) or f"sha256:{hashlib.sha256(body).hexdigest()}"
    address = _key(head.source.user_id or "") if head.source is not None else None
    return RawEvent(channel=Channel.LINE, event_id=event_id, address=address or event_id, body=body)


def _key(text: str) -> str | None:
    """Return what may serve as a key in every database: short and printable."""
    return text if 0 < len(text) <= _EVENT_ID_MAX and text.isprintable() else None
