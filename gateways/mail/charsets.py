"""Text out of the bytes that mailers write, Japanese ones above all, and back.

What mailers call `iso-2022-jp` is mostly Microsoft's cp50221: it has the signs of NEC's row 13 (①, ㈱), IBM's
kanji (髙, 﨑) and half-width kana, which Python's codec of that name lacks. So JIS and EUC are shifted to
Shift_JIS, which Python reads with all of them (cp932).
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

_JIS: Final = re.compile(r"(cs)?iso-?2022-?jp.*|cp5022[0-2]|jis")
_EUC: Final = frozenset({"euc-jp", "x-euc-jp", "x-euc", "eucjp", "euc-jp-ms", "eucjp-ms", "cp51932", "ujis"})
_INSTEAD: Final = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "cp943c": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "unicode-1-1-utf-7": "utf-7",
}
_NO_CHARSETS: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode_escape"})
_TEXT_CODECS: Final = re.compile(r"[a-z0-9][a-z0-9._:-]{0,39}")

_ESCAPE: Final = re.compile(rb"\x1b(\$[@B]|\$\([@BDOPQ]|\([BJIH])")
_TWO_BYTES: Final = frozenset({b"$@", b"$B", b"$(@", b"$(B", b"$(O", b"$(Q"})
_MINUS, _WAVE = "\uff0d\uff5e\u2225\uffe0\uffe1\uffe2\u2014", "\u2212\u301c\u2016\u00a2\u00a3\u00ac\u2015"
_TO_JIS: Final = str.maketrans(_MINUS, _WAVE)
_HALF_KANA: Final = re.compile("[\uff61-\uff9f]+")


def decode(raw: bytes, charset: str | None) -> str:
    """Return the text of bytes; never fails: what is in no known way right becomes U+FFFD.

    A charset that is missing, unknown or plainly wrong is guessed.
    """
    name = (charset or "").strip().strip("\"'").lower()
    if _JIS.fullmatch(name) or b"\x1b$" in raw:
        return _of_jis(raw)
    if not raw or (raw.isascii() and not name.startswith(("utf-7", "utf-16", "unicode-1-1"))):
        return raw.decode("ascii", "replace")
    if name in _EUC:
        return _of_euc(raw)
    name = _INSTEAD.get(name, name)
    if not _is_text_codec(name) or name in ("us-ascii", "ascii"):
        return guess(raw)
    try:
        return raw.decode(name)
    except UnicodeError:
        return raw.decode(name, "replace") if _mostly(raw, name) else guess(raw)


def guess(raw: bytes) -> str:
    """Return the text of bytes of which nobody says what they are."""
    if b"\x1b$" in raw or b"\x1b(" in raw:
        return _of_jis(raw)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if _mostly(raw, "utf-8"):
        return raw.decode("utf-8", "replace")
    best = _japanese(raw)
    return best if _strangeness(best) < 0.2 else raw.decode("cp1252", "replace")


def encode_jis(text: str) -> bytes | None:
    """Return text as strict ISO-2022-JP (RFC 1468), or None if that cannot hold it.

    Half-width kana become full-width, and Microsoft's variants of a few signs those of JIS.
    """
    text = _HALF_KANA.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text).translate(_TO_JIS)
    try:
        return text.encode("iso2022_jp")
    except UnicodeEncodeError:
        return None


def _is_text_codec(name: str) -> bool:
    if not _TEXT_CODECS.fullmatch(name):
        return False
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    return getattr(info, "_is_text_encoding", True) and info.name not in _NO_CHARSETS


def _japanese(raw: bytes) -> str:
    """Return the more likely of two readings; in doubt cp932."""
    return min((raw.decode("cp932", "replace"), _of_euc(raw)), key=_strangeness)


def _mostly(raw: bytes, name: str) -> bool:
    """Whether bytes are what they are said to be, but for a few that are broken or cut off."""
    text = raw.decode(name, "replace")
    bad = text.count("\ufffd")
    good = sum(1 for sign in text if sign > "\x7f") - bad
    return good > 0 and (bad * 20 <= len(text) or bad <= min(2, good))


def _strangeness(text: str) -> float:
    """Return which share of a text's signs nobody writes: broken, private, half-width kana."""
    strange = sum(
        1 for sign in text if sign == "\ufffd" or "\uff61" <= sign <= "\uff9f" or "\ue000" <= sign <= "\uf8ff"
    )
    return strange / max(1, sum(1 for sign in text if sign > "\x7f"))


def _of_jis(raw: bytes) -> str:
    """Read ISO-2022-JP with all that mailers put into it, 8-bit text of another kind too."""
    return "".join(_jis_pieces(raw))


def _jis_pieces(raw: bytes) -> Iterator[str]:
    at, mode = 0, b"(B"
    for found in _ESCAPE.finditer(raw):
        yield _jis_piece(raw[at : found.start()], mode)
        at, mode = found.end(), found[1]
    yield _jis_piece(raw[at:], mode)


def _jis_piece(raw: bytes, mode: bytes) -> str:
    if mode == b"$(D":
        return "".join(_pieces(raw, lambda pair: (b"\x8f" + _high(pair)).decode("euc_jp", "replace")))
    if mode in _TWO_BYTES:
        return "".join(_pieces(raw, _of_kuten))
    if mode == b"(I":
        return "".join(
            bytes([each | 0x80]).decode("cp932", "replace") if each > 0x20 else chr(each) for each in raw
        )
    if b"\x0e" in raw:
        return "".join(_shifted(raw))
    if raw.isascii():
        return raw.decode("ascii")
    for name in ("utf-8", "cp932"):
        with suppress(UnicodeDecodeError):
            return raw.decode(name)
    return _japanese(raw.replace(b"\x1b", b""))


def _shifted(raw: bytes) -> Iterator[str]:
    """Read kana between Shift Out and Shift In (cp50222)."""
    for number, piece in enumerate(re.split(rb"[\x0e\x0f]", raw)):
        yield _jis_piece(piece, b"(I" if number % 2 else b"(B")


def _pieces(raw: bytes, of_pair: Callable[[bytes], str]) -> Iterator[str]:
    """Read pairs of bytes; a line end or space ends the run, as broken mailers leave them in it."""
    at = 0
    while at < len(raw):
        if raw[at] <= 0x20:
            yield chr(raw[at])
            at += 1
        elif at + 1 < len(raw):
            yield of_pair(raw[at : at + 2])
            at += 2
        else:
            yield "\ufffd"
            at += 1


def _high(pair: bytes) -> bytes:
    return bytes(each | 0x80 for each in pair)


def _of_kuten(pair: bytes) -> str:
    """Read one sign of JIS X 0208 with the vendors' rows, by way of Shift_JIS."""
    row, cell = (pair[0] & 0x7F) - 0x21, (pair[1] & 0x7F) - 0x21
    if not (0 <= row < 94 and 0 <= cell < 94):
        return "\ufffd"
    lead = (row >> 1) + (0x81 if row < 62 else 0xC1)
    trail = cell + 0x9F if row & 1 else cell + (0x40 if cell < 63 else 0x41)
    return bytes((lead, trail)).decode("cp932", "replace")


def _of_euc(raw: bytes) -> str:
    return "".join(_euc_pieces(raw))


def _euc_pieces(raw: bytes) -> Iterator[str]:
    at = 0
    while at < len(raw):
        byte = raw[at]
        if byte < 0x80:
            end = at + 1
            while end < len(raw) and raw[end] < 0x80:
                end += 1
            yield raw[at:end].decode("ascii")
            at = end
        elif byte == 0x8E and at + 1 < len(raw):
            yield raw[at + 1 : at + 2].decode("cp932", "replace")
            at += 2
        elif byte == 0x8F and at + 2 < len(raw):
            yield raw[at : at + 3].decode("euc_jp", "replace")
            at += 3
        elif byte >= 0xA1 and at + 1 < len(raw) and raw[at + 1] >= 0xA1:
            yield _of_kuten(raw[at : at + 2])
            at += 2
        else:
            yield "\ufffd"
            at += 1
