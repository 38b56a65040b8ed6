"""Message ids of ours: made from the outbox's key, so that a second try has the same, and known again."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Final

_OURS: Final = re.compile(r"<(t[a-z2-7]{32})\.([a-z2-7]{16})@[^<>\s@]{1,253}>")


def make(key: str, address: str, secret: bytes) -> str:
    """Return the id of the mail that an outbox message becomes, sent by `address`."""
    name = "t" + _short(hashlib.sha256(key.encode()).digest()[:20])
    return f"<{name}.{_sign(name, secret)}@{address.rpartition('@')[2]}>"


def find(text: str, secret: bytes) -> str | None:
    """Return the first id of ours in a text; one that somebody made up is none."""
    return next(_all(text, secret), None)


def _all(text: str, secret: bytes) -> Iterator[str]:
    for found in _OURS.finditer(text):
        if hmac.compare_digest(found[2], _sign(found[1], secret)):
            yield found[0]


def _sign(name: str, secret: bytes) -> str:
    return _short(hmac.digest(secret, b"mail\n" + name.encode(), "sha256")[:10])


def _short(raw: bytes) -> str:
    return base64.b32encode(raw).decode().lower().rstrip("=")
