"""SIP messages as text (RFC 3261), as far as a page needs them."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

_PARAMETER = re.compile(r'(\w+)="?([^",]+)"?')


@dataclass(slots=True)
class SipMessage:
    """A request (`status` 0) or a response. Header names are lower-case; repeated headers are listed."""

    first: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    @property
    def status(self) -> int:
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return self.one("cseq").split()[1] if self.status else self.first.split()[0]

    def one(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def text(self) -> str:
        lines = [self.first, *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, f"Content-Length: {len(self.body.encode())}", "", self.body])


def parse(text: str) -> SipMessage:
    head, _, body = text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = [(name.strip().lower(), value.strip()) for name, _, value in (x.partition(":") for x in lines)]
    return SipMessage(first, headers, body)


def response(request: SipMessage, status: int, reason: str, tag: str, **more: str) -> SipMessage:
    """Answer a request (RFC 3261 §8.2.6)."""
    kept = [(name, value) for name, value in request.headers if name in ("via", "from", "call-id", "cseq")]
    to = request.one("to")
    to = to if ";tag=" in to else f"{to};tag={tag}"
    body = more.pop("body", "")
    extra = [(name.replace("_", "-"), value) for name, value in more.items()]
    return SipMessage(f"SIP/2.0 {status} {reason}", [*kept, ("to", to), *extra], body)


def authorization(challenge: str, user: str, password: str, method: str, uri: str) -> str:
    """Answer a challenge (RFC 7616, MD5 with qop=auth)."""
    given: Mapping[str, str] = dict(_PARAMETER.findall(challenge))
    cnonce = secrets.token_hex(8)
    secret, asked = _md5(f"{user}:{given['realm']}:{password}"), _md5(f"{method}:{uri}")
    answer = _md5(f"{secret}:{given['nonce']}:00000001:{cnonce}:auth:{asked}")
    fields = {
        "username": user,
        "realm": given["realm"],
        "nonce": given["nonce"],
        "uri": uri,
        "response": answer,
        "cnonce": cnonce,
        **({"opaque": given["opaque"]} if "opaque" in given else {}),
    }
    quoted = ", ".join(f'{name}="{value}"' for name, value in fields.items())
    return f"Digest {quoted}, algorithm=MD5, qop=auth, nc=00000001"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
