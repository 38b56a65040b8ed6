"""A file on its way in: into a file without a name, which is gone with the process that wrote it."""

import asyncio
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from hub.attachments.errors import FileRefused, Refused

_BLOCK = 256 * 1024


@asynccontextmanager
async def arrived(
    blocks: AsyncIterable[bytes], folder: Path, size_max: int
) -> AsyncIterator[tuple[IO[bytes], int]]:
    """Receive a file; yields it and its size. Raises `FileRefused` (empty, too large), `OSError`."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True, mode=0o700)
    file: IO[bytes] = await asyncio.to_thread(tempfile.TemporaryFile, dir=folder)
    try:
        size, waiting = 0, bytearray()
        async for block in blocks:
            size += len(block)
            if size > size_max:
                raise FileRefused(Refused.TOO_LARGE)
            waiting += block
            if len(waiting) >= _BLOCK:
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        if not size:
            raise FileRefused(Refused.EMPTY)
        await asyncio.to_thread(_write_last, file, bytes(waiting))
        yield file, size
    finally:
        await asyncio.to_thread(file.close)


def whole(file: IO[bytes]) -> Iterator[bytes]:
    """Yield all of a file. Blocks."""
    file.seek(0)
    while block := file.read(_BLOCK):
        yield block


async def streamed(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Yield all of a file."""
    blocks = whole(file)
    while (block := await asyncio.to_thread(next, blocks, b"")) != b"":
        yield block


def _write_last(file: IO[bytes], rest: bytes) -> None:
    file.write(rest)
    file.flush()
