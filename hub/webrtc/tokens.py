"""Call tokens: who holds one may call us from a page, without an account."""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec
from itsdangerous import BadData, URLSafeSerializer

from acd.ids import ContactId, CustomerId, QueueName

LINK_S: Final = 24 * 3600
"""How long a link in a text channel can be called by."""
PAGE_S: Final = 3600
"""How long a page that is open can."""


class Via(StrEnum):
    """Where a customer got his token."""

    CHAT = "chat"
    LINK = "link"
    SITE = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallToken:
    """What a token says. `contact` is the text contact that it was given in; `id` is this token's own."""

    id: str
    via: Via
    queue: QueueName
    until_ms: int
    video: bool = False
    contact: ContactId | None = None
    customer: CustomerId | None = None


class CallTokens:
    """Signs and reads tokens."""

    def __init__(self, secret: bytes) -> None:
        self._signer = URLSafeSerializer(
            secret, salt="toritsugi.call", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def issue(
        self,
        via: Via,
        queue: QueueName,
        until_ms: int,
        *,
        video: bool = False,
        contact: ContactId | None = None,
        customer: CustomerId | None = None,
    ) -> str:
        token = CallToken(
            id=secrets.token_hex(16),
            via=via,
            queue=queue,
            until_ms=until_ms,
            video=video,
            contact=contact,
            customer=customer,
        )
        return str(self._signer.dumps(msgspec.to_builtins(token)))

    def read(self, text: str, at_ms: int) -> CallToken | None:
        """Return what a token says; None if it is not ours, or too old."""
        try:
            token = msgspec.convert(self._signer.loads(text), CallToken)
        except (BadData, msgspec.ValidationError):
            return None
        return token if token.until_ms > at_ms else None
