"""Keys and tokens that LINE gives us and we give LINE. No I/O."""

import base64
import binascii
import hashlib
import re
import uuid
from dataclasses import dataclass

import msgspec

REPLY_WITHIN_MS = 50_000
"""How long a reply token is trusted: LINE takes it for about a minute after the event."""

_RETRY_KEYS = uuid.UUID("6f0c1f64-7d0a-5d0b-9a51-3f4a5b0a7c11")
_TAG_OF_KEY, _TAG_OF_UUID = "toritsugi-key-", "toritsugi-uid-"
_TAG_MAX = 100
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_choice = msgspec.json.Decoder(tuple[str, str])


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


def retry_key_of(key: str, batch: int = 0) -> str:
    """Return the `X-Line-Retry-Key` (a UUID) of an outbox key: the same from the first attempt on.

    A message that goes out in several requests has one for each `batch`.
    """
    return str(uuid.uuid5(_RETRY_KEYS, f"{key}\x1f{batch}" if batch else key))


def phone_hash_of(address: str) -> str | None:
    """Return by which hash LINE finds whose phone number an address is; `None` if it is no number.

    "LINE notification messages": SHA-256 of the number in E.164, in hexadecimal.
    """
    return hashlib.sha256(address.encode()).hexdigest() if _E164.fullmatch(address) else None


def delivery_tag_of(key: str) -> str:
    """Return the `X-Line-Delivery-Tag` (16 to 100 characters) of an outbox key."""
    tag = _TAG_OF_KEY + base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")
    if len(_TAG_OF_KEY) + 2 <= len(tag) <= _TAG_MAX:
        return tag
    return _TAG_OF_UUID + retry_key_of(key)


def sent_as_of(tag: str) -> str | None:
    """Return the outbox key that a delivery tag stands for, or the tag itself; `None` if it is not ours."""
    if tag.startswith(_TAG_OF_UUID):
        return tag
    if not tag.startswith(_TAG_OF_KEY):
        return None
    text = tag.removeprefix(_TAG_OF_KEY)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode() or None
    except (binascii.Error, ValueError):
        return None


def postback_of(label: str, data: str, most: int) -> str:
    """Return a postback's data that brings back what was shown too, if there is room (in UTF-16 units)."""
    both = msgspec.json.encode((label, data)).decode()
    return both if len(both.encode("utf-16-le")) <= 2 * most else data


def chosen(postback: str) -> tuple[str, str]:
    """Return label and data of a postback; one that is not ours is its own label."""
    try:
        return _choice.decode(postback)
    except ValueError:
        return postback, postback
