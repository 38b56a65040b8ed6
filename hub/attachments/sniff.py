"""What a file is, by its first bytes: nobody's word is taken for it.

The signatures are those of the formats' own descriptions (ISO/IEC 14496-12 §4.3 for `ftyp`, RFC 2083 §3.1
for PNG, APPNOTE.TXT §4.3.7 for ZIP...). Text is what decodes as text that people write in Japan.
"""

import re
from collections.abc import Mapping

from hub.attachments.errors import FileRefused, Refused

HEAD = 4096
ZIP = "application/zip"
OLE = "application/x-ole-storage"
LEGACY = ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint")

ENDINGS: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "image/avif": ("avif",),
    "image/bmp": ("bmp",),
    "image/tiff": ("tif", "tiff"),
    "application/pdf": ("pdf",),
    "audio/mpeg": ("mp3",),
    "audio/wav": ("wav",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/mp4": ("m4a",),
    "audio/aac": ("aac",),
    "audio/amr": ("amr",),
    "audio/flac": ("flac",),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov", "qt"),
    "video/3gpp": ("3gp", "3gpp"),
    "video/webm": ("webm",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx",),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
    "application/msword": ("doc",),
    "application/vnd.ms-excel": ("xls",),
    "application/vnd.ms-powerpoint": ("ppt",),
    ZIP: ("zip",),
    "text/csv": ("csv",),
    "text/calendar": ("ics",),
    "text/vcard": ("vcf",),
    "text/plain": ("txt", "text", "log", "md"),
}
"""All types that can be kept, and the extensions that may stand for them, the usual one first."""

_PROGRAMS = (
    *(
        b"MZ",
        b"\x7fELF",
        b"#!",
        b"\xca\xfe\xba\xbe",
        b"\xfe\xed\xfa",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
    ),
    *(b"dex\n", b"\x00asm", b"L\x00\x00\x00\x01\x14\x02\x00", b"ITSF", b"MSCF", b"CWS", b"FWS", b"ZWS"),
)
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"fLaC", "audio/flac"),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
)
_BRANDS = (
    (re.compile(rb"hei[cxms]|hev[cx]|mif1|msf1"), "image/heic"),
    (re.compile(rb"avi[fs]"), "image/avif"),
    (re.compile(rb"M4[AB] "), "audio/mp4"),
    (re.compile(rb"qt  "), "video/quicktime"),
    (re.compile(rb"3g[p2]."), "video/3gpp"),
    (re.compile(rb"isom|iso[2-9]|mp4[12]|avc1|M4V |dash|MSNV"), "video/mp4"),
)
_MARKUP = re.compile(
    r"\s*(<!--.*?-->\s*)*<(!doctype|html|head|body|script|svg|iframe|\?xml|\?php|%)",
    re.IGNORECASE | re.DOTALL,
)
_ENCODINGS = ("utf-8", "cp932", "euc_jp", "iso2022_jp")


def media_type(head: bytes, ending: str) -> str:
    """Name what begins with these bytes; raises `FileRefused` for programs and what is not known.

    `ending` tells apart what looks the same: kinds of text, and office files of old.
    """
    found = next((kind for start, kind in _STARTS if head.startswith(start)), None) or _boxed(head)
    if found == "image/bmp" and head[6:10] != b"\0\0\0\0":
        found = None
    if found == OLE:
        return _of_old(ending)
    if found is not None:
        return found
    if head.startswith(_PROGRAMS):
        raise FileRefused(Refused.EXECUTABLE)
    if not _is_text(head):
        raise FileRefused(Refused.TYPE)
    kinds = ("text/csv", "text/calendar", "text/vcard")
    return next((kind for kind in kinds if ending in ENDINGS[kind]), "text/plain")


def _boxed(head: bytes) -> str | None:
    """Name formats whose mark is not at the beginning, or needs a second look."""
    if head[:4] == b"RIFF":
        return {b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return next((kind for brand, kind in _BRANDS if brand.match(head[8:12])), None)
    if head[:4] == b"\x1aE\xdf\xa3" and b"webm" in head[:64]:
        return "video/webm"
    return None


def _of_old(ending: str) -> str:
    """Name an office file of before 2007; installers look the same."""
    found = next((kind for kind in LEGACY if ending in ENDINGS[kind]), None)
    if found is None:
        raise FileRefused(Refused.TYPE)
    return found


def _is_text(head: bytes) -> bool:
    """Whether it is text, and no page that a browser would run."""
    for encoding in _ENCODINGS:
        try:
            text = head.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(head) - 4 or len(head) < HEAD:  # else a character was cut in two
                continue
            text = head[: error.start].decode(encoding)
        if not any(each < " " and each not in "\t\r\n\f\x1b" for each in text):
            return _MARKUP.match(text.removeprefix("\ufeff")) is None
    return False
