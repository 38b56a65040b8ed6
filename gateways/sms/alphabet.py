"""How text is written into short messages, and read from them.

Alphabets: 3GPP TS 23.038; parts of a long text: TS 23.040 §9.2.3.24.1; data codings: SMPP 3.4 §5.2.19.
"""

from collections.abc import Callable
from dataclasses import dataclass

from aiosmpplib.codec import GSM7BitCodec

PARTS_MAX = 20
_GSM, _UCS2 = 0x00, 0x08
_BINARY = frozenset({0x02, 0x04})
_CODECS = {
    0x01: "ascii",
    0x03: "latin-1",
    0x05: "iso2022_jp",
    0x06: "iso8859_5",
    0x07: "iso8859_8",
    0x08: "utf-16-be",
    0x0A: "iso2022_jp",
    0x0D: "iso2022_jp_2",
    0x0E: "euc_kr",
}


@dataclass(frozen=True, slots=True)
class Short:
    """A text as it goes out: a data coding and the octets of each part, with its header if there are several.

    GSM septets are not packed, one an octet: what SMPP centres expect of data coding 0.
    """

    coding: int
    parts: tuple[bytes, ...]

    @property
    def has_headers(self) -> bool:
        return len(self.parts) > 1


def is_gsm(text: str) -> bool:
    """Whether a text needs no more than the GSM default alphabet and its extension."""
    return bool(GSM7BitCodec.is_gsm_text(text))


def count(text: str) -> int:
    """Return in how many parts a text goes out."""
    return len(_pieces(text))


def write(text: str, reference: int) -> Short:
    """Write a text, in parts under `reference` (0 to 255) if it is long.

    Raises `ValueError` for more than `PARTS_MAX`.
    """
    pieces = _pieces(text)
    if len(pieces) > PARTS_MAX:
        raise ValueError(f"expected at most {PARTS_MAX} parts, found {len(pieces)}")
    coding = _GSM if is_gsm(text) else _UCS2
    octets = [_octets(piece, coding) for piece in pieces]
    if len(octets) == 1:
        return Short(coding, (octets[0],))
    total = len(octets)
    headers = (bytes((5, 0, 3, reference, total, number)) for number in range(1, total + 1))
    return Short(coding, tuple(header + each for header, each in zip(headers, octets, strict=True)))


def read(coding: int, octets: bytes, *, default: str = "gsm") -> str | None:
    """Read a text; None for binary data. What cannot be read becomes a question mark or U+FFFD.

    `default`: the alphabet of data coding 0, `gsm` or a codec of Python.
    """
    coding = _plain(coding)
    if coding in _BINARY:
        return None
    codec = _CODECS.get(coding, default)
    if codec == "gsm":
        return str(GSM7BitCodec().decode(octets, "replace")[0])
    if coding == _UCS2 and len(octets) % 2:
        octets = octets[:-1]
    return octets.decode(codec, "replace")


def _plain(coding: int) -> int:
    """Return which of SMPP's own codings a data coding scheme of GSM means (TS 23.038 §4)."""
    if coding >= 0xF0:
        return 0x04 if coding & 0x04 else _GSM
    if 0x10 <= coding < 0x80:
        return (_GSM, 0x04, _UCS2, _GSM)[coding >> 2 & 3]
    return coding


def _octets(piece: str, coding: int) -> bytes:
    if coding == _GSM:
        return bytes(GSM7BitCodec().encode(piece)[0])
    return piece.encode("utf-16-be", "replace")


def _pieces(text: str) -> list[str]:
    if is_gsm(text):
        return _split(text, lambda char: len(GSM7BitCodec().to_gsm_codes(char)), single=160, part=153)
    return _split(text, lambda char: 2 if ord(char) > 0xFFFF else 1, single=70, part=67)


def _split(text: str, cost: Callable[[str], int], *, single: int, part: int) -> list[str]:
    """Cut a text between its characters: neither an escaped one nor a surrogate pair is torn."""
    if sum(map(cost, text)) <= single:
        return [text]
    pieces, piece, used = [], "", 0
    for char in text:
        if used + cost(char) > part:
            pieces.append(piece)
            piece, used = "", 0
        piece += char
        used += cost(char)
    return [*pieces, piece]
