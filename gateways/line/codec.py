"""LINE's webhooks, read. No I/O.

Source: LINE Messaging API reference, "Webhooks" and "Webhook event objects". Events are read with
msgspec rather than with the models of LINE's SDK (docs/decisions/0042-line-codec.md); the tests hold
them against those models.
"""

import base64
import hashlib
import hmac
import json

import msgspec
from msgspec import structs

from acd.contact import Channel
from gateways import case_numbers
from gateways.line import wire
from gateways.line.tokens import ReplyToken, chosen, sent_as_of
from gateways.line.utf16 import clean
from gateways.line.words import EDITED_PLACEHOLDER, UNKNOWN_EVENT, parts_of, words_of
from gateways.protocol import EDITED, Delivery, Inbound, Incoming, RawEvent, Receipt, Subscription, Withdrawn

_KEY_MAX, _KIND_MAX = 128, 64

KNOWN_EVENTS = frozenset(
    (
        *("message", "postback", "unsend", "follow", "unfollow", "accountLink", "delivery"),
        *("join", "leave", "memberJoined", "memberLeft", "messageEdited", "videoPlayComplete", "beacon"),
        *("membership", "module", "activated", "deactivated", "botSuspended", "botResumed"),
    )
)
"""The types that LINE's OpenAPI has; of the second and third row only an edited message is shown.

Of a type that is not known a customer's is shown too: he did something.
"""

LINKED = "［アカウント連携］"
"""What an agent reads when a customer linked his account."""


def signature_of(secret: str, body: bytes) -> str:
    """Return the `x-line-signature` of a body: base64 of HMAC-SHA256 with the channel secret."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def split(body: bytes) -> list[RawEvent]:
    """Split a callback into its events; none is LINE's own check of the address. Raises `ValueError`.

    A message goes by LINE's id of it, by which it is taken back and quoted; any other event by its own:
    both are the same when it is delivered again. An event that is not understood at all is kept too, under
    a hash of its bytes. All is kept as it came, but for signs that no encoding has, such as half an emoji.
    """
    try:
        try:
            body.decode()
            events = wire.callback.decode(body).events
        except (UnicodeDecodeError, msgspec.DecodeError):
            events = wire.callback.decode(_mended(body)).events
    except RecursionError:
        raise ValueError("expected JSON that is not so deep") from None
    return [_raw_event(bytes(each)) for each in events]


def decode(event: RawEvent) -> Incoming | None:
    """Read an event of a user; `None` for what means nothing to us. Raises `ValueError` if it is broken.

    In `standby` mode another system answers the customer, so that what he says is not for us; what he
    takes back, and whether we may write, holds all the same. Groups and rooms are not served.
    """
    read = wire.event.decode(event.body)
    if read.type == "delivery":
        return _receipt(event, read)
    user = _user(read)
    if user is None:
        return None
    match read.type:
        case "unsend" if read.unsend is not None:
            return Withdrawn(
                channel=Channel.LINE,
                event_id=event.event_id,
                address=user,
                message=read.unsend.message_id,
                at_ms=read.timestamp,
            )
        case "follow" | "unfollow":
            return Subscription(
                channel=Channel.LINE,
                event_id=event.event_id,
                address=user,
                is_on=read.type == "follow",
                at_ms=read.timestamp,
                reply_token=_reply_token(read),
            )
    return _inbound(event, read, user) if read.mode == "active" else None


def kind_of(event: RawEvent) -> str:
    """Return the type of an event; raises `ValueError`."""
    return wire.event.decode(event.body).type


def mark_as_read_token_of(event: RawEvent) -> str | None:
    """Return by which token a message is marked as read, if it has one; raises `ValueError`."""
    message = wire.event.decode(event.body).message
    return message.mark_as_read_token if message is not None else None


def _inbound(event: RawEvent, read: wire.Event, user: str) -> Inbound | None:
    match read.type:
        case "message" if read.message is not None:
            return _message(event, read, read.message, user)
        case "postback" if read.postback is not None:
            return _choice(event, read, read.postback, user)
        case "messageEdited" if read.message is not None and read.message.id:
            said = _message(event, read, read.message, user)
            text = EDITED_PLACEHOLDER + said.text
            return structs.replace(said, text=text, kind=EDITED, parts=(), refs=(read.message.id,))
        case "accountLink" if read.link is not None and read.link.result == "ok":
            return Inbound(
                channel=Channel.LINE,
                event_id=event.event_id,
                address=user,
                text=LINKED,
                at_ms=read.timestamp,
                kind=read.type,
                link=read.link.nonce,
                reply_token=_reply_token(read),
            )
    if read.type in KNOWN_EVENTS:
        return None
    return Inbound(
        channel=Channel.LINE,
        event_id=event.event_id,
        address=user,
        text=UNKNOWN_EVENT,
        at_ms=read.timestamp,
        kind=read.type[:_KIND_MAX],
        is_aside=True,
    )


def _message(event: RawEvent, read: wire.Event, message: wire.Message, user: str) -> Inbound:
    text = words_of(message)
    return Inbound(
        channel=Channel.LINE,
        event_id=event.event_id,
        address=user,
        text=text,
        at_ms=read.timestamp,
        kind=message.type,
        parts=parts_of(message),
        refs=(message.quoted_message_id,) if message.quoted_message_id else (),
        reply_token=_reply_token(read),
        case=case_numbers.find(text),
    )


def _choice(event: RawEvent, read: wire.Event, postback: wire.Postback, user: str) -> Inbound | None:
    """Return what was tapped; turning a page of the rich menu says nothing."""
    params = postback.params or {}
    if "newRichMenuAliasId" in params:
        return None
    label, data = chosen(postback.data)
    when = next((params[name] for name in ("datetime", "date", "time") if name in params), "")
    return Inbound(
        channel=Channel.LINE,
        event_id=event.event_id,
        address=user,
        text=f"{label} {when.replace('T', ' ')}".strip(),
        at_ms=read.timestamp,
        kind="choice",
        fields=params | {"data": data},
        reply_token=_reply_token(read),
    )


def _receipt(event: RawEvent, read: wire.Event) -> Receipt | None:
    """Return which notification message came, and to whom if LINE tells: then the number was his."""
    sent_as = sent_as_of(read.delivery.data) if read.delivery is not None else None
    if sent_as is None:
        return None
    return Receipt(
        channel=Channel.LINE,
        event_id=event.event_id,
        address=_user(read) or "",
        sent_as=sent_as,
        delivery=Delivery.DELIVERED,
        at_ms=read.timestamp,
    )


def _reply_token(read: wire.Event) -> str | None:
    """Return the reply token in the hub's form; none in standby mode, when it is not ours to use."""
    if not read.reply_token or read.mode != "active":
        return None
    return str(ReplyToken(read.reply_token, read.timestamp))


def _user(read: wire.Event) -> str | None:
    source = read.source
    return _key(source.user_id or "") if source is not None and source.type == "user" else None


def _mended(body: bytes) -> bytes:
    """Return JSON with U+FFFD in place of bytes that are not UTF-8, and of halves of surrogate pairs."""
    return clean(json.dumps(json.loads(body.decode(errors="replace")), ensure_ascii=False)).encode()


def _raw_event(body: bytes) -> RawEvent:
    head = _head(body)
    event_id = _id(head) or f"sha256:{hashlib.sha256(body).hexdigest()}"
    address = _key(head.source.user_id or "") if head.source is not None else None
    return RawEvent(channel=Channel.LINE, event_id=event_id, address=address or event_id, body=body)


def _head(body: bytes) -> wire.Head:
    decoders: tuple[msgspec.json.Decoder[wire.MessageHead] | msgspec.json.Decoder[wire.Head], ...]
    decoders = wire.message_head, wire.head
    for decoder in decoders:
        try:
            return decoder.decode(body)
        except ValueError:
            continue
    return wire.Head()


def _id(head: wire.Head) -> str | None:
    if isinstance(head, wire.MessageHead) and head.type == "message" and head.message is not None:
        return _key(head.message.id) or _key(head.webhook_event_id)
    return _key(head.webhook_event_id)


def _key(text: str) -> str | None:
    """Return what may serve as a key in every database: short and printable."""
    return text if 0 < len(text) <= _KEY_MAX and text.isprintable() else None
