"""Files that are made for tests, and what keeps them."""

import io
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from gateways.protocol import Part
from hub.attachments.attachments import Attachments, Rules
from hub.attachments.catalogue import Catalogue
from hub.attachments.links import FileLinks
from hub.attachments.scanning import Scanning
from hub.clock import now_ms
from hub.objects.keys import KeyRing
from hub.objects.safe import Safe
from hub.objects.store import FileStore, ObjectStore

KEY = b"k" * 32
RULES = Rules(size_max=1_000_000, total_max=1_500_000, count_max=3)
SECRET = b"s" * 32
URL = "https://hub.example.jp"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""EICAR's test file: every scanner finds it, and it does nothing."""


def attachments_in(
    engine: AsyncEngine,
    folder: Path,
    *,
    scanning: Scanning | None = None,
    rules: Rules = RULES,
    store: ObjectStore | None = None,
    clock_ms: Callable[[], int] = now_ms,
    key: bytes | None = KEY,
) -> Attachments:
    return Attachments(
        Safe(store or FileStore(folder / "files"), KeyRing(key)),
        Catalogue(engine),
        FileLinks(URL, SECRET, hours=1, clock_ms=clock_ms),
        rules,
        folder / "incoming",
        scanning=scanning or Scanning(),
        clock_ms=clock_ms,
    )


def part(name: str = "写真.png", type_: str = "image/png", size: int | None = None) -> Part:
    return Part(name=name, type=type_, source="1", size=size)


async def blocks_of(data: bytes, length: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(data), length):
        yield data[at : at + length]


def png(wide: int = 2, high: int = 2, *, claimed: tuple[int, int] | None = None) -> bytes:
    """Return an image of one colour; `claimed`: what it says its size is."""
    rows = zlib.compress(b"".join(b"\0" + b"\x1f\x4b\x7a" * wide for _ in range(high)))
    head = struct.pack(">IIBBBBB", *(claimed or (wide, high)), 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, (b"IHDR", b"IDAT", b"IEND"), (head, rows, b"")))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def packed(files: Mapping[str, bytes], *, is_dense: bool = True) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED if is_dense else zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return found.getvalue()
