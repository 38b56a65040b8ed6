"""What one side of a call says, as it says it: raw samples out of Asterisk.

A snoop on the call's channel and an external medium share a bridge; Asterisk's medium is a WebSocket, to
which we connect (docs/decisions/0053). Whatever is played to the channel, and whoever it talks to, stays
as it is.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Protocol

import aiohttp
import structlog
from yarl import URL

from cti.ari import AriLink, AriUnavailable
from cti.ari.models import StasisStart

log = structlog.get_logger()

RATE_HZ: Final = 8_000
_STARTING_S: Final = 2.0
_CONNECT_S: Final = 2.0
_GAP_S: Final = 0.1
_SOCKET_ID: Final = "MEDIA_WEBSOCKET_CONNECTION_ID"
_TIMEOUT: Final = aiohttp.ClientWSTimeout(ws_close=0.2)


class MediaSocket(Protocol):
    """The medium's end of a stream."""

    async def receive(self) -> bytes | None:
        """Return the next samples (16-bit, little-endian, 8 kHz), None once the medium is gone."""

    async def close(self) -> None:
        """Let it go; may be called twice."""


ConnectMedia = Callable[[str], Awaitable[MediaSocket]]
"""Open the medium of an id; raises `AriUnavailable`."""


def media_sockets(ari_url: str) -> ConnectMedia:
    """Return how to connect to the media of the Asterisk whose ARI is at `ari_url`."""

    async def connect(medium: str) -> MediaSocket:
        address = URL(ari_url).with_path(f"/media/{medium}").with_query(None)
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(connect=_CONNECT_S))
        try:
            socket = await session.ws_connect(address, protocols=("media",), timeout=_TIMEOUT)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            await session.close()
            raise AriUnavailable(f"the medium is not to be had: {type(error).__name__}") from None
        except BaseException:
            await session.close()
            raise
        return _Socket(session, socket)

    return connect


class _Socket:
    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._session, self._socket = session, socket

    async def receive(self) -> bytes | None:
        while True:
            message = await self._socket.receive()
            if message.type is aiohttp.WSMsgType.BINARY:
                samples: bytes = message.data
                return samples
            if message.type is not aiohttp.WSMsgType.TEXT:  # text: events of the medium
                return None

    async def close(self) -> None:
        await self._socket.close()
        await self._session.close()


def hear_name(app: str, name: str) -> str:
    """Return the name of the bridge in which a stream's snoop and medium are."""
    return f"{app}.hear.{name}"


class MediaStream:
    """One side of one channel: `in` is what the caller says, `out` what he hears. `name` says whose it is.

    stream = MediaStream(link, media_sockets(ari_url), "call-1-in")
    await stream.start(channel, "in", recogniser_stream.feed)
    ...
    await stream.stop()

    `take` is given samples as they come; `over` is set once there will be no more. It ends with the channel.
    """

    def __init__(self, link: AriLink, connect: ConnectMedia, name: str) -> None:
        self._link, self._ari, self._connect = link, link.ari, connect
        name = f"{name}.{secrets.token_hex(4)}"  # what another hub left of it may be there still
        self._snoop, self._medium = f"{link.app}.ear.{name}", f"{link.app}.medium.{name}"
        self._bridge = hear_name(link.app, name)
        self._pump: asyncio.Task[None] | None = None
        self.over = asyncio.Event()

    async def start(self, channel: str, side: str, take: Callable[[bytes], None]) -> None:
        """Begin; raises what ARI raises, then nothing is left of it."""
        try:
            medium, *others = await asyncio.gather(
                self._open_medium(),
                self._open_snoop(channel, side),
                self._ari.bridges.create_with_id(self._bridge, type_="mixing"),
                return_exceptions=True,
            )
            if not isinstance(medium, BaseException):
                self._pump = asyncio.create_task(self._run(medium, take))
            _demand(medium, *others)
            await self._ari.bridges.add_channel(self._bridge, channel=[self._medium, self._snoop])
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End it and take away all that it needed; may be called twice, never raises."""
        self.over.set()
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        await asyncio.gather(
            self._ari.channels.hangup(self._snoop),
            self._ari.channels.hangup(self._medium),
            self._ari.bridges.destroy(self._bridge),
            return_exceptions=True,
        )

    async def _open_snoop(self, channel: str, side: str) -> None:
        with self._link.watch("channel", self._snoop) as seen:
            await self._ari.channels.snoop_channel_with_id(
                channel, self._snoop, app=self._link.app, app_args="snoop", spy=side
            )
            await seen.next(StasisStart, timeout_s=_STARTING_S)

    async def _open_medium(self) -> MediaSocket:
        with self._link.watch("channel", self._medium) as seen:
            made = await self._ari.channels.external_media(
                app=self._link.app,
                channel_id=self._medium,
                external_host="INCOMING",
                connection_type="server",
                transport="websocket",
                encapsulation="none",
                format_="slin",
                transport_data="f(json)",
            )
            socket = await self._connect(str((made.channelvars or {}).get(_SOCKET_ID, "")))
            try:
                await seen.next(StasisStart, timeout_s=_STARTING_S)
            except BaseException:
                await socket.close()
                raise
        return socket

    async def _run(self, socket: MediaSocket, take: Callable[[bytes], None]) -> None:
        try:
            while (samples := await _next(socket)) is not None:
                take(samples)
        except (aiohttp.ClientError, OSError) as error:
            log.info("cti.medium_lost", reason=type(error).__name__)
        finally:
            self.over.set()
            with suppress(aiohttp.ClientError, OSError):
                await socket.close()


def _demand(*outcomes: object) -> None:
    """Raise the first failure there is."""
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome


async def _next(socket: MediaSocket) -> bytes | None:
    """Return the next samples; silence where none come: a phone may send nothing while nobody speaks."""
    try:
        async with asyncio.timeout(_GAP_S):
            return await socket.receive()
    except TimeoutError:
        return bytes(round(2 * RATE_HZ * _GAP_S))
