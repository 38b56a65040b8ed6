"""STUN and TURN as pages are told of them.

TURN REST credentials (draft-uberti-behave-turn-rest-00 §2.2): the user is the time at which they end, the
password an HMAC of it by a secret that hub and TURN server share (coturn: `use-auth-secret`).
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LIFE_S: Final = 4 * 3600
"""So long a call can be relayed anew; what is relayed already goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IceSettings:
    """`uris` as in RFC 7064 and 7065 (`stun:…`, `turn:…`); `secret` of the TURN servers among them."""

    uris: Sequence[str] = ()
    secret: str = ""
    is_relay_only: bool = False

    @property
    def policy(self) -> str:
        """What a browser's `iceTransportPolicy` is to be."""
        return "relay" if self.is_relay_only else "all"

    def servers(self, user: str, at_s: float) -> list[dict[str, object]]:
        """Return what a browser's `iceServers` are to be for a call."""
        stun = [uri for uri in self.uris if uri.startswith("stun")]
        turn = [uri for uri in self.uris if uri.startswith("turn")]
        servers: list[dict[str, object]] = [{"urls": stun}] if stun else []
        if turn and self.secret:
            name = f"{int(at_s) + LIFE_S}:{user}"
            servers.append({"urls": turn, "username": name, "credential": _password(self.secret, name)})
        return servers


def _password(secret: str, name: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), name.encode(), hashlib.sha1)).decode()
