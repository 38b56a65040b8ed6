"""The little that a softphone reads of SIP messages itself (RFC 3261 §7.3, §25.1)."""

import re
from dataclasses import dataclass

_NAME_ADDR = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^"<]*?))\s*<(?P<uri>[^>]*)>')
_COMPACT = {"f": "from", "t": "to", "m": "contact", "i": "call-id", "v": "via", "s": "subject"}


@dataclass(frozen=True, slots=True)
class NameAddr:
    """A party as From, To or Contact name it: `user` is what stands before the `@`."""

    name: str
    uri: str

    @property
    def user(self) -> str:
        """The number or account; empty if the URI has none."""
        user, at, _host = self.uri.partition(":")[2].partition("@")
        return user.partition(";")[0] if at else ""


def parse_name_addr(text: str) -> NameAddr:
    """Read `"name" <uri>;params` or a bare URI."""
    if match := _NAME_ADDR.match(text):
        quoted = match["quoted"]
        name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match["token"]
        return NameAddr(name, match["uri"])
    return NameAddr("", text.strip().partition(";")[0])


def parse_headers(message: str) -> dict[str, str]:
    """Return the headers of a whole message by lower-case long name; of repeated ones the first."""
    head = re.split(r"\r?\n\r?\n", message, maxsplit=1)[0]
    unfolded = re.sub(r"\r?\n[ \t]+", " ", head)
    headers: dict[str, str] = {}
    for line in unfolded.splitlines()[1:]:
        name, colon, value = line.partition(":")
        if colon:
            name = name.strip().lower()
            headers.setdefault(_COMPACT.get(name, name), value.strip())
    return headers
