"""A TCP proxy that fails as networks do: it cuts connections, or swallows what passes in silence."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Proxy:
    """Stands before one server on loopback. `port` is where it listens."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._open: set[asyncio.StreamWriter] = set()
        self._frozen: set[asyncio.StreamWriter] = set()
        self.refuses = False
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._open |= {writer, far_writer}
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        except OSError:
            pass
        finally:
            self._open -= {writer, far_writer}
            writer.close()
            far_writer.close()

    def cut(self) -> None:
        """Close all connections now open."""
        for writer in self._open:
            writer.transport.abort()

    def freeze(self) -> None:
        """From now on swallow what passes on the connections now open; new ones work."""
        self._frozen |= self._open

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if writer not in self._frozen:
                writer.write(data)
        writer.close()


@asynccontextmanager
async def proxy_before(url: str, listening: socket.socket | None = None) -> AsyncIterator[tuple[Proxy, str]]:
    """Yield a proxy before the server of `url`, and the URL that leads through it.

    It listens on loopback, or on a socket that is given.
    """
    address = urlsplit(url)
    assert address.hostname is not None
    assert address.port is not None
    proxy = Proxy(address.hostname, address.port)
    if listening is None:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    else:
        server = await asyncio.start_server(proxy.serve, sock=listening)
    host, proxy.port = server.sockets[0].getsockname()
    try:
        yield proxy, address._replace(netloc=f"{host}:{proxy.port}").geturl()
    finally:
        server.close()
        proxy.cut()
