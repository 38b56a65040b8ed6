"""A virus scanner that speaks clamd's INSTREAM and knows one virus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

_MARK = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"


@dataclass(slots=True)
class FakeClamd:
    """`answer` is what it says instead of looking; None: nothing, and it does not hang up."""

    answer: bytes | None = b"look"
    address: str = ""
    received: bytes = b""

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator["FakeClamd"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            if self.answer not in (b"look", None):
                writer.write(self.answer or b"")
                return
            found = bytearray()
            while length := int.from_bytes(await reader.readexactly(4), "big"):
                found += await reader.readexactly(length)
            self.received = bytes(found)
            if self.answer is None:
                await reader.read()  # until the other side has had enough
                return
            is_virus = _MARK in found
            writer.write(b"stream: Eicar-Test-Signature FOUND\0" if is_virus else b"stream: OK\0")
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
