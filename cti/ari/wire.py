"""The seam between the client and the network: one WebSocket, as little of it as is needed."""

import base64
from collections.abc import Awaitable, Callable
from typing import Protocol

import aiohttp
from yarl import URL

from cti.ari.errors import AriUnavailable

_CONNECT_S = 5.0
_TIMEOUT = aiohttp.ClientWSTimeout(ws_close=1.0)


class Wire(Protocol):
    """An open socket that carries text frames."""

    async def send(self, frame: bytes) -> None:
        """Send one frame; raises `AriUnavailable` when the socket is gone."""

    async def receive(self) -> bytes | None:
        """Return the next frame, `None` once the socket is closed."""

    async def close(self) -> None:
        """Close the socket, which ends a waiting `receive`; may be called twice."""


Connect = Callable[[], Awaitable[Wire]]
"""Open a socket on which one application's events arrive; raises `AriUnavailable`."""


def websocket(url: str, user: str, password: str, app: str) -> Connect:
    """Return how to connect to a real Asterisk, whose ARI is at `url` (`http://127.0.0.1:8088/ari`)."""
    secret = base64.b64encode(f"{user}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {secret}"}
    address = URL(url) / "events" % {"app": app}

    async def connect() -> Wire:
        session = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(connect=_CONNECT_S))
        try:
            # Asterisk sends whole lists in one message: no limit on size.
            socket = await session.ws_connect(address, max_msg_size=0, decode_text=False, timeout=_TIMEOUT)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            await session.close()
            raise AriUnavailable(
                f"{address.host}:{address.port} does not let us in: {_cause(error)}"
            ) from None
        except BaseException:
            await session.close()
            raise
        return _WebSocket(session, socket)

    return connect


class _WebSocket:
    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._session, self._socket = session, socket

    async def send(self, frame: bytes) -> None:
        try:
            await self._socket.send_frame(frame, aiohttp.WSMsgType.TEXT)
        except (aiohttp.ClientError, OSError) as error:
            raise AriUnavailable(f"socket lost while sending: {_cause(error)}") from None

    async def receive(self) -> bytes | None:
        message = await self._socket.receive()
        if message.type is aiohttp.WSMsgType.TEXT:
            frame: bytes = message.data
            return frame
        return None

    async def close(self) -> None:
        await self._socket.close()
        await self._session.close()


def _cause(error: Exception) -> str:
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"HTTP {error.status}"
    return str(error) or type(error).__name__
