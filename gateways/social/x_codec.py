"""Direct messages of X to typed values, and OAuth 1.0a. Pure.

Source: X Activity API, `dm.received`, and the Account Activity API, which it replaces; RFC 5849 for the
signature.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from acd.contact import Channel
from gateways.protocol import Inbound, Part, RawEvent
from gateways.social.address import Address, Network

_UNKNOWN = "(未対応の操作 / Unsupported action)"
_SENDER_MAX = _KIND_MAX = 64


@dataclass(frozen=True, slots=True)
class Keys:
    """An app's keys, and the access token of one account with it."""

    consumer_key: str
    consumer_secret: str
    token: str
    token_secret: str


class Stored(msgspec.Struct, frozen=True):
    """A direct message, who of us got it, and its sender's name."""

    account: str
    name: str
    event: dict[str, Any]


def signature_of(secret: str, body: bytes) -> str:
    """Return x-twitter-webhooks-signature, and what answers a challenge: `sha256=` and base64."""
    return "sha256=" + base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def split(body: bytes, ours: str) -> Iterator[RawEvent]:
    """Make an event of each that came to our account, but for what it sent itself; raises `ValueError`."""
    callback = msgspec.json.decode(body, type=dict[str, Any])
    if "data" in callback:  # of the X Activity API
        data = _map(callback, "data")
        account, callback = str(_map(data, "filter").get("user_id", "")), _map(data, "payload")
    else:
        account = str(callback.get("for_user_id", ""))
    users = _map(callback, "users")
    if not account.isalnum():
        raise ValueError("expected a callback for a user")
    for event in msgspec.convert(callback.get("direct_message_events", []), list[dict[str, Any]]):
        sender = str(_map(event, str(event.get("type", ""))).get("sender_id", ""))
        if account != ours or sender == account:
            continue
        user = _map(users, sender)
        name = str(_map(user, "data").get("name") or user.get("name", ""))
        known = str(event.get("id", "")) or hashlib.sha256(msgspec.json.encode(event)).hexdigest()
        event_id, is_somebody = f"x:{known[:100]}", sender.isalnum() and len(sender) <= _SENDER_MAX
        yield RawEvent(
            channel=Channel.SOCIAL,
            event_id=event_id,
            address=str(Address(Network.X, account, sender)) if is_somebody else event_id,
            body=msgspec.json.encode(Stored(account, name, event)),
        )


def decode(raw: RawEvent) -> Inbound | None:
    """Read a stored event; raises `ValueError`. What a customer did that is no message is named as that."""
    stored = msgspec.json.decode(raw.body, type=Stored)
    if raw.address == raw.event_id:
        return None  # it comes from nobody who could be answered
    if "message_create" not in stored.event:
        return Inbound(
            channel=Channel.SOCIAL,
            event_id=raw.event_id,
            address=raw.address,
            text=_UNKNOWN,
            at_ms=int(stored.event.get("created_timestamp", 0)),
            kind=str(stored.event.get("type", ""))[:_KIND_MAX] or "unsupported",
            is_aside=True,
            account=stored.account,
            name=stored.name or None,
        )
    data = _map(_map(stored.event, "message_create"), "message_data")
    media = _map(_map(data, "attachment"), "media")
    url = media.get("media_url_https")
    tapped = _map(data, "quick_reply_response").get("metadata")
    return Inbound(
        channel=Channel.SOCIAL,
        event_id=raw.event_id,
        address=raw.address,
        text=str(data.get("text", "")) or "(画像)",
        at_ms=int(stored.event.get("created_timestamp", 0)),
        kind="choice" if tapped is not None else "text",
        fields={"data": str(tapped)} if tapped is not None else {},
        account=stored.account,
        name=stored.name or None,
        parts=(Part(name="media", type="image/jpeg", source=str(url)),) if url else (),
    )


def authorization(keys: Keys, method: str, url: str, *, nonce: str, at_s: int) -> str:
    """Return the Authorization header of a request without query whose body is no form (RFC 5849 §3)."""
    given = {
        "oauth_consumer_key": keys.consumer_key,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(at_s),
        "oauth_token": keys.token,
        "oauth_version": "1.0",
    }
    pairs = "&".join(f"{_quote(name)}={_quote(value)}" for name, value in sorted(given.items()))
    base = "&".join(_quote(each) for each in (method, url, pairs))
    key = f"{_quote(keys.consumer_secret)}&{_quote(keys.token_secret)}"
    signature = base64.b64encode(hmac.digest(key.encode(), base.encode(), hashlib.sha1)).decode()
    shown = given | {"oauth_signature": signature}
    return "OAuth " + ", ".join(f'{name}="{_quote(value)}"' for name, value in sorted(shown.items()))


def _quote(text: str) -> str:
    return quote(text, safe="-._~")


def _map(of: Mapping[str, Any], name: str) -> dict[str, Any]:
    return msgspec.convert(of.get(name) or {}, dict[str, Any])
