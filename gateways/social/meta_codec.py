"""Webhooks of Messenger and Instagram to typed values. Pure.

Source: Messenger Platform, "Webhook Events" and its references; Instagram Messaging, "Webhooks".
"""

import hashlib
import hmac
from collections.abc import Container, Iterator, Mapping
from typing import Any

import msgspec

from acd.contact import Channel
from gateways.protocol import EDITED, Delivery, Inbound, Incoming, Part, RawEvent, Receipt, Sign, Withdrawn
from gateways.social.address import Address, Network

_MIDS_MAX = 200
_NETWORKS = {"page": Network.MESSENGER, "instagram": Network.INSTAGRAM}
_TYPES = {
    "image": "image/jpeg",
    "sticker": "image/png",
    "video": "video/mp4",
    "reel": "video/mp4",
    "ig_reel": "video/mp4",
    "audio": "audio/mpeg",
}
_NAMES = {
    "image": "(画像)",
    "video": "(動画)",
    "audio": "(音声)",
    "file": "(ファイル)",
    "sticker": "(スタンプ)",
    "location": "(位置情報)",
    "share": "(共有された投稿)",
    "post": "(共有された投稿)",
    "ig_post": "(共有された投稿)",
    "reel": "(リール動画)",
    "ig_reel": "(リール動画)",
    "fallback": "(リンク)",
    "template": "(カード)",
    "appointment_booking": "(予約)",
    "story_mention": "(ストーリーズでのメンション)",
}


_REACTION = "(リアクション / Reaction)"
_NO_REACTION = "(リアクションの取り消し / Reaction removed)"
_EDITED = "(編集後 / Edited)"


class Stored(msgspec.Struct, frozen=True):
    """One entry of `messaging`, and where it came."""

    network: Network
    page: str
    event: dict[str, Any]


def signature_of(secret: str, body: bytes) -> str:
    """Return X-Hub-Signature-256: `sha256=` and the HMAC-SHA256 of the body, in hexadecimal."""
    return "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex()


def split(body: bytes, pages: Container[str]) -> Iterator[RawEvent]:
    """Make an event of each entry for one of our pages; raises `ValueError`.

    What is for another app that has the thread (`standby`) and what we wrote ourselves (an echo) is none.
    """
    callback = msgspec.json.decode(body, type=dict[str, Any])
    network = _NETWORKS.get(callback.get("object", ""))
    if network is None:
        raise ValueError("expected an object of page or instagram")
    for entry in _list(callback, "entry"):
        page = str(entry.get("id", ""))
        for event in _list(entry, "messaging") if page in pages else ():
            if not _map(event, "message").get("is_echo") and _read_until(event) is None:
                yield from (_raw(network, page, each) for each in _each_receipt(event))


def signs(body: bytes, pages: Container[str]) -> Iterator[Sign]:
    """Say up to when users have read: Messenger names a time, no message."""
    callback = msgspec.json.decode(body, type=dict[str, Any])
    network = _NETWORKS.get(callback.get("object", ""))
    for entry in _list(callback, "entry") if network is not None else ():
        page = str(entry.get("id", ""))
        for event in _list(entry, "messaging") if page in pages else ():
            user, read_ms = str(_map(event, "sender").get("id", "")), _read_until(event)
            if network is not None and read_ms is not None and user.isalnum():
                address = str(Address(network, page, user))
                yield Sign(channel=Channel.SOCIAL, address=address, read_ms=read_ms)


def decode(raw: RawEvent) -> Incoming | None:
    """Read a stored entry; raises `ValueError`."""
    stored = msgspec.json.decode(raw.body, type=Stored)
    if raw.address == raw.event_id:
        return None  # it comes from nobody who could be answered
    event, message = stored.event, _map(stored.event, "message")
    common: dict[str, Any] = {
        "channel": Channel.SOCIAL,
        "event_id": raw.event_id,
        "address": raw.address,
        "at_ms": _time(event),
    }
    if message.get("is_deleted"):
        return Withdrawn(message=_id(stored.network, str(message.get("mid", ""))), **common)
    if message:
        return _message(message, stored.page, common)
    if postback := _map(event, "postback"):
        title, payload = str(postback.get("title", "")), str(postback.get("payload", ""))
        return Inbound(
            text=title or payload, kind="choice", fields={"data": payload}, account=stored.page, **common
        )
    if delivered := _map(event, "delivery").get("mids"):
        return Receipt(sent_as=str(delivered[-1]), delivery=Delivery.DELIVERED, **common)
    if read := _map(event, "read").get("mid"):
        return Receipt(sent_as=str(read), delivery=Delivery.READ, **common)
    return _about_message(stored, common)


def _about_message(stored: Stored, common: dict[str, Any]) -> Inbound | None:
    """Return what a user did with a message that is there: reacted to it, edited it."""
    if reaction := _map(stored.event, "reaction"):
        is_on = reaction.get("action") != "unreact"
        sign = str(reaction.get("emoji") or reaction.get("reaction") or "")
        return Inbound(
            text=f"{_REACTION if is_on else _NO_REACTION} {sign}".strip(),
            kind="reaction",
            refs=_refs(stored.network, reaction),
            is_aside=True,
            account=stored.page,
            **common,
        )
    if edit := _map(stored.event, "message_edit"):
        text, refs = f"{_EDITED} {edit.get('text', '')}".strip(), _refs(stored.network, edit)
        return Inbound(text=text, kind=EDITED, refs=refs, account=stored.page, **common)
    return None


def _message(message: Mapping[str, Any], page: str, common: dict[str, Any]) -> Inbound:
    attachments = _attachments(message)
    files = [each for each in attachments if _map(each, "payload").get("url")]
    parts = tuple(
        Part(
            name=f"{each.get('type', 'file')}-{number}",
            type=_TYPES.get(str(each.get("type")), "application/octet-stream"),
            source=str(_map(each, "payload")["url"]),
        )
        for number, each in enumerate(files, 1)
    )
    kinds = [str(each.get("type", "file")) for each in attachments]
    tapped = _map(message, "quick_reply").get("payload")
    answered = _map(message, "reply_to").get("mid")
    text = str(message.get("text", ""))
    kind = "text" if text else (kinds[0] if kinds else "unsupported")
    return Inbound(
        text=text or _NAMES.get(kind, "(未対応のメッセージ)"),
        kind="choice" if tapped is not None else kind,
        fields={"data": str(tapped)} if tapped is not None else {},
        parts=parts,
        account=page,
        refs=(str(answered),) if answered else (),
        **common,
    )


def _attachments(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a message brings; a sticker that also comes as an image is one."""
    every = _list(message, "attachments")
    stickers = {_map(each, "payload").get("url") for each in every if each.get("type") == "sticker"}
    return [
        each
        for each in every
        if each.get("type") != "image" or _map(each, "payload").get("url") not in stickers
    ]


def _each_receipt(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an event; of one that tells of several messages one for each."""
    delivered = _map(event, "delivery")
    mids = delivered.get("mids")
    if isinstance(mids, list) and len(mids) > 1:
        yield from (event | {"delivery": delivered | {"mids": [mid]}} for mid in mids[:_MIDS_MAX])
    else:
        yield event


def _read_until(event: Mapping[str, Any]) -> int | None:
    read = _map(event, "read")
    return None if read.get("mid") or "watermark" not in read else msgspec.convert(read["watermark"], int)


def _refs(network: Network, about: Mapping[str, Any]) -> tuple[str, ...]:
    mid = about.get("mid")
    return (_id(network, str(mid)),) if mid else ()


def _raw(network: Network, page: str, event: dict[str, Any]) -> RawEvent:
    body = msgspec.json.encode(Stored(network, page, event))
    message = _map(event, "message") or _map(event, "postback")
    known = message.get("mid")
    is_first = known is not None and not message.get("is_deleted")
    event_id = str(known) if is_first else hashlib.sha256(body).hexdigest()
    event_id = _id(network, event_id)
    sender = str(_map(event, "sender").get("id", ""))
    is_somebody = sender.isalnum() and len(sender) <= 64
    address = str(Address(network, page, sender)) if is_somebody else event_id
    return RawEvent(channel=Channel.SOCIAL, event_id=event_id, address=address, body=body)


def _id(network: Network, event_id: str) -> str:
    """Return an id that fits: Instagram's have up to some 200 characters."""
    fits = len(event_id) <= 100
    return f"{network}:{event_id if fits else hashlib.sha256(event_id.encode()).hexdigest()}"


def _time(event: Mapping[str, Any]) -> int:
    return msgspec.convert(event.get("timestamp", 0), int)


def _list(of: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return msgspec.convert(of.get(name, []), list[dict[str, Any]])


def _map(of: Mapping[str, Any], name: str) -> dict[str, Any]:
    return msgspec.convert(of.get(name) or {}, dict[str, Any])
