"""Names as callers' phones and carriers send them, made fit to be shown."""

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header

_LENGTH_MAX = 80
_NOBODY = frozenset({"anonymous", "restricted", "unavailable", "unknown", "withheld", "private", "asterisk"})
_ENCODED = re.compile(r"=\?[\w-]+\?[bBqQ]\?[^?\s]*\?=")
_ESCAPED = re.compile(r"\\(.)")


def caller_name(text: str) -> str:
    """Return a display name (RFC 3261 §25.1) as it is to be read, `""` for what only says that there is none.

    Some carriers encode names as mail does (RFC 2047), though SIP has UTF-8.
    """
    name = _ESCAPED.sub(r"\1", text.strip())
    if _ENCODED.search(name):
        name = _decoded(name)
    name = "".join(char for char in name if char.isprintable()).strip().strip('"').strip()
    return "" if name.casefold() in _NOBODY else name[:_LENGTH_MAX]


def _decoded(name: str) -> str:
    try:
        return str(make_header(decode_header(name)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return name
