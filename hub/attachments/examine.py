"""A file that has arrived is looked at: what it is, whether it is dangerous to open. Blocks."""

import mmap
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO

from hub.attachments.errors import FileRefused, Refused
from hub.attachments.names import EXECUTABLE, clean, ending, with_ending
from hub.attachments.sniff import ENDINGS, HEAD, LEGACY, ZIP, media_type

ENTRIES_MAX = 10_000
UNPACKED_MAX = 1024**3
RATIO_MAX = 200
SMALL = 10 * 1024 * 1024
"""What unpacks to no more than this is no bomb, whatever its ratio."""
PIXELS_MAX = 100_000_000
DIRECTORY_MAX = 2 * 1024 * 1024

_END_MAX = 22 + 65_535

_OFFICE = {
    "word": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_MACROS = "_VBA_PROJECT".encode("utf-16-le")


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file is, and how it may be called."""

    type: str
    name: str


def examine(file: IO[bytes], name: str) -> Looked:
    """Look at a file of one byte or more; raises `FileRefused`."""
    called = clean(name)
    if ending(called) in EXECUTABLE:
        raise FileRefused(Refused.EXECUTABLE)
    file.seek(0)
    head = file.read(HEAD)
    kind = media_type(head, ending(called))
    if kind == ZIP:
        kind = _zipped(file)
    elif kind in LEGACY:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            if whole.find(_MACROS) >= 0:
                raise FileRefused(Refused.EXECUTABLE)
    elif kind.startswith("image/") and _pixels(kind, head, file) > PIXELS_MAX:
        raise FileRefused(Refused.BOMB)
    return Looked(kind, with_ending(called, ENDINGS[kind]))


def _zipped(file: IO[bytes]) -> str:
    """Name what is packed in it, by its directory alone: nothing is unpacked here."""
    _demand_short_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _demand_harmless(entries)
            names = [each.filename for each in entries]
            if names[:1] == ["mimetype"] and entries[0].file_size < 100:
                told = archive.read("mimetype").decode("ascii", "replace")
                return told if told in ENDINGS else ZIP
    except FileRefused:
        raise
    except (zipfile.BadZipFile, RuntimeError, ValueError, OSError, struct.error, EOFError, zlib.error):
        raise FileRefused(Refused.TYPE) from None
    if "[Content_Types].xml" in names:
        folders = {each.partition("/")[0] for each in names}
        return next((kind for folder, kind in _OFFICE.items() if folder in folders), ZIP)
    return ZIP


def _demand_short_directory(file: IO[bytes]) -> None:
    """Raise `FileRefused` if reading the directory would take much memory (APPNOTE.TXT §4.3.16)."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(max(0, size - _END_MAX))
    end = file.read()
    at = end.rfind(b"PK\5\6")
    if at < 0 or len(end) < at + 22:
        raise FileRefused(Refused.TYPE)
    is_large = end[max(0, at - 20) : at].startswith(b"PK\6\7")  # ZIP64: nothing that is this short needs it
    if is_large or int.from_bytes(end[at + 12 : at + 16], "little") > DIRECTORY_MAX:
        raise FileRefused(Refused.BOMB)


def _demand_harmless(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(each.file_size for each in entries)
    packed = sum(each.compress_size for each in entries)
    is_dense = unpacked > SMALL and unpacked > RATIO_MAX * max(1, packed)
    if len(entries) > ENTRIES_MAX or unpacked > UNPACKED_MAX or is_dense or _overlap(entries):
        raise FileRefused(Refused.BOMB)
    for each in entries:
        if each.filename.casefold().endswith("vbaproject.bin") or ending(each.filename) in EXECUTABLE:
            raise FileRefused(Refused.EXECUTABLE)


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    """Whether entries share bytes: each of few bytes may then unpack to the whole."""
    end = 0
    for each in sorted(entries, key=lambda each: each.header_offset):
        if each.header_offset < end:
            return True
        end = each.header_offset + 30 + len(each.filename) + each.compress_size
    return False


def _pixels(kind: str, head: bytes, file: IO[bytes]) -> int:
    """Return how many pixels an image says that it has; 0 if it is not to be seen here."""
    match kind:
        case "image/png" if len(head) >= 24:
            wide, high = struct.unpack(">II", head[16:24])
        case "image/gif" if len(head) >= 10:
            wide, high = struct.unpack("<HH", head[6:10])
        case "image/bmp" if len(head) >= 26:
            wide, high = (abs(each) for each in struct.unpack("<ii", head[18:26]))
        case "image/webp" if head[12:16] == b"VP8X" and len(head) >= 30:
            wide, high = (1 + int.from_bytes(head[at : at + 3], "little") for at in (24, 27))
        case "image/jpeg":
            return _pixels_of_jpeg(file)
        case _:
            return 0
    return int(wide * high)


def _pixels_of_jpeg(file: IO[bytes]) -> int:
    """Go from marker to marker to the frame's size (ITU-T T.81 §B.2.2)."""
    file.seek(2)
    for _ in range(1000):
        marker = file.read(4)
        if len(marker) < 4 or marker[0] != 0xFF or marker[1] == 0xDA:
            return 0
        if 0xC0 <= marker[1] <= 0xCF and marker[1] not in (0xC4, 0xC8, 0xCC):
            frame = file.read(5)
            high, wide = struct.unpack(">HH", frame[1:5]) if len(frame) == 5 else (0, 0)
            return int(wide * high)
        file.seek(int.from_bytes(marker[2:4], "big") - 2, 1)
    return 0
