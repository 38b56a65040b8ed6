"""Headers as mailers write them: encoded words cut in pieces, raw 8-bit text, file names in two ways."""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from email.utils import getaddresses
from typing import Final
from urllib.parse import unquote_to_bytes

from gateways.mail.charsets import decode, guess

_HEADERS_MAX = 2000
_VALUE_MAX = 32 * 1024
_WORD: Final = re.compile(rb"=\?([^?\s=]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")
_MESSAGE_ID: Final = re.compile(r"<[^<>\s@]{1,250}@[^<>\s@]{1,250}>")
_PARAMETER: Final = re.compile(
    rb';\s*([\w!#$&+.^`{}|~-]{1,60})(\*\d{1,2})?(\*)?\s*=\s*("(?:[^"\\]|\\.)*"|[^;"]*)'
)
_UNSAFE: Final = re.compile(
    r'[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb/\\:*?"<>|]+'
)
_ADDRESS: Final = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\]{1,253}")
NAME_MAX = 120


class Headers:
    """The header fields of a message or part, raw, in their order. Names compare without case."""

    def __init__(self, raw: bytes) -> None:
        self._fields = list(_fields(raw))

    def raw(self, name: str) -> bytes | None:
        """Return the first field's value, unfolded; None if there is none."""
        wanted = name.lower().encode()
        return next((value for key, value in self._fields if key == wanted), None)

    def all_raw(self, name: str) -> list[bytes]:
        wanted = name.lower().encode()
        return [value for key, value in self._fields if key == wanted]

    def names(self) -> set[str]:
        """Return the names that are there, in lower case."""
        return {key.decode("ascii", "replace") for key, _ in self._fields}

    def text(self, name: str) -> str:
        """Return a field for people to read; empty if there is none."""
        return one_line(words(self.raw(name) or b""))

    def plain(self, name: str) -> str:
        """Return a field that holds protocol words, without case."""
        return (self.raw(name) or b"").decode("ascii", "replace").strip().lower()

    def ids(self, name: str) -> list[str]:
        """Return the message ids of a field, in their order."""
        return _MESSAGE_ID.findall((self.raw(name) or b"").decode("ascii", "replace"))

    def address(self, name: str) -> tuple[str, str]:
        """Return name and address of the first person in a field; both empty if there is none."""
        return next(iter(self.addresses(name)), ("", ""))

    def addresses(self, name: str) -> list[tuple[str, str]]:
        """Return names and addresses of a field, the addresses in lower case."""
        raw = _readable(b", ".join(self.all_raw(name)))[:_VALUE_MAX]
        found = getaddresses([raw.decode("latin-1")])
        pairs = [(one_line(words(who.encode("latin-1", "replace"))), address) for who, address in found]
        good = [(who, address.lower()) for who, address in pairs if _ADDRESS.fullmatch(address)]
        if good or not raw:
            return good
        loose = _ADDRESS.search(raw.decode("ascii", "replace"))
        return [("", loose[0].lower())] if loose else []

    def value(self, name: str) -> str:
        """Return what stands before the parameters (`text/plain`), without case."""
        return (self.raw(name) or b"").partition(b";")[0].decode("ascii", "replace").strip().lower()

    def parameter(self, name: str, parameter: str) -> str | None:
        """Return a parameter, however it is encoded; None if there is none.

        RFC 2231 with continuations, or, as Japanese mailers write them, encoded words or raw text in quotes.
        """
        _, _, rest = _readable(self.raw(name) or b"").partition(b";")
        wanted = parameter.lower().encode()
        plain: bytes | None = None
        pieces: list[tuple[int, bool, bytes]] = []
        for key, number, star, value in _PARAMETER.findall(b";" + rest):
            if key.lower() != wanted:
                continue
            value = _unquoted(value.strip())
            if number or star:
                pieces.append((int(number[1:] or b"0") if number else 0, bool(star), value))
            elif plain is None:
                plain = value
        if pieces:
            return _joined(sorted(pieces, key=lambda piece: piece[0]))
        return words(plain) if plain is not None else None


def words(raw: bytes) -> str:
    """Return a header's text: encoded words (RFC 2047) read, the rest guessed.

    Words side by side of one charset are joined before they are read: some mailers cut a character in two.
    Words within quotes or with no space between them are read too.
    """
    pieces: list[tuple[str | None, bytes]] = []
    at = 0
    for found in _WORD.finditer(raw):
        between = raw[at : found.start()]
        at = found.end()
        if between.strip() or (between and not pieces):
            pieces.append((None, between))
        charset = found[1].split(b"*")[0].decode("ascii", "replace").lower()
        content = _content(found[2], found[3])
        if pieces and pieces[-1][0] == charset:
            pieces[-1] = (charset, pieces[-1][1] + content)
        else:
            pieces.append((charset, content))
    pieces.append((None, raw[at:]))
    return "".join(
        guess(content) if charset is None else decode(content, charset) for charset, content in pieces
    )


def one_line(text: str) -> str:
    """Return text without line ends, control characters and what turns the direction of reading."""
    return " ".join(re.sub("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", " ", text).split())


def file_name(text: str, default: str) -> str:
    """Return a name that is only a name: no path, nothing invisible, not too long, its ending kept."""
    name = _UNSAFE.sub("_", text.replace("\\", "/").rsplit("/", 1)[-1]).strip(" ._")
    if not name:
        return default
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 12:
        return name[:NAME_MAX]
    return f"{stem[: NAME_MAX - 1 - len(ending)].rstrip(' .')}.{ending}"


def _fields(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield names in lower case and unfolded values; lines that are no header are passed over."""
    key, value = b"", b""
    count = 0
    for line in raw.splitlines():
        if line[:1] in (b" ", b"\t"):
            if len(value) < _VALUE_MAX:
                value += b" " + line.strip(b" \t")
            continue
        if key:
            yield key, value[:_VALUE_MAX].strip()
            count += 1
            if count >= _HEADERS_MAX:
                return
        key, colon, value = line.partition(b":")
        key = key.strip().lower() if colon else b""
        if b" " in key:
            key = b""
    if key:
        yield key, value[:_VALUE_MAX].strip()


def _content(encoding: bytes, content: bytes) -> bytes:
    if encoding in b"qQ":
        return quopri.decodestring(content.replace(b"_", b" "), header=False)
    content = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    if len(content) % 4 == 1:
        content = content[:-1]
    try:
        return base64.b64decode(content + b"=" * (-len(content) % 4))
    except binascii.Error:
        return b""


def _unquoted(value: bytes) -> bytes:
    if len(value) >= 2 and value[:1] == value[-1:] == b'"':
        return re.sub(rb"\\(.)", rb"\1", value[1:-1])
    return value


def _joined(pieces: list[tuple[int, bool, bytes]]) -> str:
    """Read a parameter of RFC 2231; a charset is named in its first piece."""
    charset: str | None = None
    whole = b""
    for place, (_, is_encoded, value) in enumerate(pieces):
        if is_encoded:
            if place == 0 and value.count(b"'") >= 2:
                name, _, value = value.split(b"'", 2)
                charset = name.decode("ascii", "replace")
            value = unquote_to_bytes(value)
        whole += value
    return words(whole) if charset is None else decode(whole, charset)


def _readable(raw: bytes) -> bytes:
    """Return a field in ASCII or UTF-8: in other charsets a quote or backslash may be half of a character."""
    return raw if raw.isascii() and b"\x1b" not in raw else guess(raw).encode()
