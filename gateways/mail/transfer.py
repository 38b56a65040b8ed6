"""What carries bytes through mail undone, in blocks (RFC 2045 §6)."""

import binascii
import quopri
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_LINE_MAX = 64 * 1024


class Decoder:
    """Undoes one transfer encoding: `feed` blocks, then `end`. Broken input gives what can be read of it."""

    def __init__(self, encoding: str) -> None:
        self._encoding, self._kept = encoding.strip().lower(), b""

    def feed(self, block: bytes) -> bytes:
        """Return the bytes that are sure by now."""
        match self._encoding:
            case "base64":
                return self._base64(block)
            case "quoted-printable":
                return self._quoted(block)
            case _:
                return block

    def end(self) -> bytes:
        """Return the last bytes."""
        kept, self._kept = self._kept, b""
        if self._encoding == "quoted-printable":
            return quopri.decodestring(kept)
        if self._encoding == "base64" and len(kept) % 4 > 1:
            return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))
        return b""

    def _base64(self, block: bytes) -> bytes:
        whole = self._kept + _NOT_BASE64.sub(b"", block)
        cut = len(whole) - len(whole) % 4
        self._kept = whole[cut:]
        return binascii.a2b_base64(whole[:cut])

    def _quoted(self, block: bytes) -> bytes:
        whole = self._kept + block
        cut = whole.rfind(b"\n") + 1
        if not cut and len(whole) > _LINE_MAX:
            cut = len(whole) - 2
        self._kept = whole[cut:]
        return quopri.decodestring(whole[:cut])


def undo(raw: bytes, encoding: str) -> bytes:
    """Return the whole content of a part."""
    decoder = Decoder(encoding)
    return decoder.feed(raw) + decoder.end()
