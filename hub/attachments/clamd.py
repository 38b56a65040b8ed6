"""ClamAV's scanner, by its own protocol (clamd(8), INSTREAM).

zINSTREAM\\0  then for each block: its length, uint32 big-endian, and the block; then a length of 0
answer: `stream: OK\\0`, `stream: NAME FOUND\\0`, or `... ERROR\\0`
"""

import asyncio
from collections.abc import AsyncIterable
from contextlib import suppress

from hub.attachments.errors import ScannerAway

_ANSWER_MAX = 4096
_BLOCK = 64 * 1024


class Clamd:
    """Asks a daemon at `HOST:PORT` or a socket's path. `at_once` files are scanned at the same time."""

    def __init__(self, address: str, *, timeout_s: float = 60.0, at_once: int = 4) -> None:
        self._address, self._timeout_s = address, timeout_s
        self._turns = asyncio.Semaphore(at_once)

    async def scan(self, blocks: AsyncIterable[bytes]) -> str | None:
        """Return the name of what was found, None if nothing was; raises `ScannerAway`."""
        async with self._turns:
            try:
                async with asyncio.timeout(self._timeout_s):
                    answer = await self._ask(blocks)
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                raise ScannerAway(type(error).__name__) from None
        told = answer.rstrip(b"\0\n").decode("utf-8", "replace")
        if told == "stream: OK":
            return None
        if told.startswith("stream: ") and told.endswith(" FOUND"):
            return told.removeprefix("stream: ").removesuffix(" FOUND")
        raise ScannerAway(told[:100] or "no answer")

    async def _ask(self, blocks: AsyncIterable[bytes]) -> bytes:
        reader, writer = await self._connect()
        try:
            with suppress(ConnectionError):  # it may have its answer before it has the whole
                writer.write(b"zINSTREAM\0")
                async for block in blocks:
                    for at in range(0, len(block), _BLOCK):
                        part = block[at : at + _BLOCK]
                        writer.write(len(part).to_bytes(4, "big") + part)
                        await writer.drain()
                writer.write(bytes(4))
                await writer.drain()
            return await reader.read(_ANSWER_MAX)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("/"):
            return await asyncio.open_unix_connection(self._address)
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))
