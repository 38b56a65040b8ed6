"""A page without a browser: SIP over WebSocket (RFC 7118) by aiohttp, media by aiortc.

async with Page(hub.url, credentials, hz=440) as page:
    await page.dial()
    await page.ear.hears(800)
    await page.hang_up()
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

import aiohttp
from aiortc import RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from tests.webrtc.media import Ear, MediaPath, Picture, Tone, hear_digits, peer_connection, with_events
from tests.webrtc.sip_text import SipMessage, authorization, parse, response

_HOST = "page.invalid"
_RESTARTS = 5
_CLOSING_S = 20.0
_ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE"


class Refused(Exception):
    """A request got a final answer that is no success: `status`."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status} {text}")
        self.status = status


class Page:
    """One user agent with at most one call. `codec` is the only one it offers ("": what aiortc has).

    `is_relayed`: its media go by TURN only. `frames` are the sizes of pictures that came, `digits` the keys.
    """

    def __init__(
        self,
        url: str,
        credentials: dict[str, Any],
        *,
        hz: float = 440.0,
        origin: str | None = None,
        codec: str = "",
        is_relayed: bool = False,
    ) -> None:
        self.url, self.credentials, self._origin, self.codec = url, credentials, origin or url, codec
        self.user, self._password = str(credentials["user"]), str(credentials["password"])
        self.tone = Tone(hz)
        self.ear: Ear | None = None
        self.pc: RTCPeerConnection | None = None
        self.path: MediaPath | None = None
        self._is_relayed = is_relayed
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse[bool] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Queue[SipMessage]] = {}
        self._contact = secrets.token_hex(4)
        self._call_id, self._tag, self._remote, self._target, self._cseq = "", "", "", "", 1
        self.provisional: list[int] = []
        self.ringing, self.answered, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.early = asyncio.Event()
        self.invite: SipMessage | None = None
        self.requests: list[SipMessage] = []
        self.at_s: dict[str, float] = {}
        self.frames: list[tuple[int, int]] = []
        self.digits: list[str] = []
        self._looking: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self) -> None:
        """Open the socket; raises what aiohttp does if it is refused."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        headers = {"Origin": self._origin} if self._origin != "none" else {}
        address = self.url.replace("http", "ws", 1) + str(self.credentials["websocket"])
        self._socket = await self._session.ws_connect(address, protocols=("sip",), headers=headers)
        self._reader = asyncio.create_task(self._read(self._socket), name="page's reader")

    async def cut(self) -> None:
        """Lose the socket, without a word."""
        assert self._socket is not None
        assert self._reader is not None
        transport = self._socket.get_extra_info("transport", None) or self._socket._writer.transport
        transport.abort()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def close(self) -> None:
        if self.answered.is_set() and not self.ended.is_set():
            with suppress(Refused, TimeoutError, ConnectionError, aiohttp.ClientError):
                await self.hang_up()
        if self.ear is not None:
            await self.ear.close()
        for each in self._looking:
            each.cancel()
        async with asyncio.timeout(_CLOSING_S):
            if self.path is not None:
                await self.path.close()
            if self.pc is not None:
                await self.pc.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def hears(self, hz: float, timeout_s: float = 15.0) -> None:
        """Wait until a tone is heard, and little else."""
        assert self.ear is not None, "no media came about"
        await self.ear.hears(hz, timeout_s)

    async def say(self, text: str) -> None:
        """Send what is no SIP."""
        assert self._socket is not None
        with suppress(ConnectionError, aiohttp.ClientError):
            await self._socket.send_str(text)

    async def is_cut(self, timeout_s: float = 10.0) -> bool:
        """Wait until the socket was closed by the other side; whether it was."""
        assert self._reader is not None
        done, _ = await asyncio.wait((self._reader,), timeout=timeout_s)
        return bool(done)

    async def hears_something(self, timeout_s: float = 15.0) -> None:
        """Wait until it is not silent."""
        async with asyncio.timeout(timeout_s):
            while self.ear is None or self.ear.level() < 0.001:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    # --- as a caller -----------------------------------------------------------------------------

    async def dial(self, uri: str | None = None, *, video: bool = False) -> None:
        """Call; returns once it is answered. Raises `Refused`.

        `early` is set once media come before that (RFC 3960); their session is the call's (RFC 6337 §3.1.1).
        """
        target = uri or str(self.credentials["dial"])
        self._call_id, self._tag = secrets.token_hex(8), secrets.token_hex(4)
        self._remote, self._target = f"<{target}>", target
        self.at_s["dial"] = time.monotonic()
        answer = await self._request("INVITE", target, await self._offer(video=video))
        self._remote, self._target = answer.one("to"), _uri(answer.one("contact"))
        await self._ack(answer)
        if not self.early.is_set():
            await self._take_answer(answer.body)
        self.at_s["answered"] = time.monotonic()
        self.answered.set()

    async def renew(self, make_offer: Callable[[str], str] = lambda sdp: sdp) -> SipMessage:
        """Send a re-INVITE with the session as it is; returns the answer, which is not taken over."""
        assert self.pc is not None
        answer = await self._request("INVITE", self._target, make_offer(self.pc.localDescription.sdp))
        await self._ack(answer)
        return answer

    async def restart(self) -> None:
        """Let media take another way, with other ICE credentials, as after a change of network.

        One that is not found is looked for again, as browsers' pages do.
        """
        assert self.path is not None
        for _ in range(_RESTARTS):
            answer = await self._request("INVITE", self._target, await self.path.offer())
            await self._ack(answer)
            if await self.path.take(answer.body):
                return
        raise AssertionError("media found no other way")

    async def hang_up(self) -> None:
        await self._request("BYE", self._target)
        self.ended.set()

    async def fall_silent(self) -> None:
        """Send and take no media any more; the call stays."""
        assert self.pc is not None
        await self.pc.close()

    async def press(self, digit: str) -> None:
        """Press a key, told by INFO: aiortc has no telephone-event."""
        body = f"Signal={digit}\r\nDuration=160\r\n"
        await self._request("INFO", self._target, body, kind="application/dtmf-relay")

    # --- as a phone ------------------------------------------------------------------------------

    async def register(self, expires_s: int = 300) -> None:
        self._call_id, self._tag = secrets.token_hex(8), secrets.token_hex(4)
        self._remote, self._target = f"<{self.credentials['uri']}>", str(self.credentials["uri"])
        registrar = "sip:" + str(self.credentials["uri"]).partition("@")[2]
        await self._request("REGISTER", registrar, expires=str(expires_s))

    async def answer(self) -> None:
        """Answer a call that rings."""
        async with asyncio.timeout(20):
            await self.ringing.wait()
        assert self.invite is not None
        invite = self.invite
        self.pc = self._new_pc()
        await self.pc.setRemoteDescription(RTCSessionDescription(invite.body, "offer"))
        self._speak(self.pc)
        if "m=video" in invite.body:
            self.pc.addTrack(Picture())
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        self._call_id = invite.one("call-id")
        self._remote, self._target = invite.one("from"), _uri(invite.one("contact"))
        await self._send(
            response(
                invite,
                200,
                "OK",
                self._tag,
                contact=self._own,
                content_type="application/sdp",
                body=self.pc.localDescription.sdp,
            )
        )
        self.answered.set()

    # --- the wire --------------------------------------------------------------------------------

    @property
    def _own(self) -> str:
        return f"<sip:{self._contact}@{_HOST};transport=ws;ob>"

    def _new_pc(self) -> RTCPeerConnection:
        pc = peer_connection(self.credentials["ice_servers"] if self._is_relayed else None)

        @pc.on("track")
        def heard(track: Any) -> None:
            if track.kind == "audio":
                self.ear = Ear(track)
            else:
                self._looking.append(asyncio.create_task(self._look(track), name="page's eye"))

        return pc

    async def _look(self, track: Any) -> None:
        with suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                self.frames.append((frame.width, frame.height))

    def _speak(self, pc: RTCPeerConnection) -> None:
        pc.addTrack(self.tone)
        if self.codec:
            wanted = [
                each
                for each in RTCRtpSender.getCapabilities("audio").codecs
                if each.mimeType.lower() == f"audio/{self.codec}".lower()
            ]
            next(each for each in pc.getTransceivers() if each.kind == "audio").setCodecPreferences(wanted)

    async def _offer(self, *, video: bool = False) -> str:
        self.pc = self._new_pc()
        self._speak(self.pc)
        if video:
            self.pc.addTrack(Picture())
        await self.pc.setLocalDescription(await self.pc.createOffer())
        self.path = MediaPath(self.pc)
        return with_events(self.pc.localDescription.sdp)

    async def _take_answer(self, sdp: str) -> None:
        assert self.pc is not None
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        hear_digits(self.pc, self.digits)

    async def _request(
        self, method: str, uri: str, body: str = "", *, kind: str = "application/sdp", expires: str = ""
    ) -> SipMessage:
        """Send a request, answer a challenge to it, return its 2xx; raises `Refused`."""
        more: list[tuple[str, str]] = []
        for _ in range(2):
            self._cseq += 1
            branch = f"z9hG4bK{secrets.token_hex(8)}"
            queue = self._waiting[branch] = asyncio.Queue()
            await self._send(self._made(method, uri, branch, body, kind, expires, more))
            async with asyncio.timeout(20):
                while (answer := await queue.get()).status < 200:
                    self.provisional.append(answer.status)
                    if answer.body and not self.early.is_set():
                        await self._take_answer(answer.body)
                        self.early.set()
            del self._waiting[branch]
            if answer.status not in (401, 407):
                break
            if method == "INVITE":
                await self._ack(answer, uri, branch)
            challenge = answer.one("www-authenticate") or answer.one("proxy-authenticate")
            name = "authorization" if answer.status == 401 else "proxy-authorization"
            more = [(name, authorization(challenge, self.user, self._password, method, uri))]
        if answer.status >= 300:
            if method == "INVITE":
                await self._ack(answer, uri, branch)
            raise Refused(answer.status, answer.first)
        return answer

    def _made(
        self,
        method: str,
        uri: str,
        branch: str,
        body: str,
        kind: str,
        expires: str,
        more: list[tuple[str, str]],
    ) -> SipMessage:
        headers = [
            ("via", f"SIP/2.0/WS {_HOST};branch={branch}"),
            ("max-forwards", "70"),
            ("from", f"<{self.credentials['uri']}>;tag={self._tag}"),
            ("to", self._remote),
            ("call-id", self._call_id),
            ("cseq", f"{self._cseq} {method}"),
            ("contact", self._own),
            ("allow", _ALLOW),
            *([("expires", expires)] if expires else []),
            *([("content-type", kind)] if body else []),
            *more,
        ]
        return SipMessage(f"{method} {uri} SIP/2.0", headers, body)

    async def _ack(self, answer: SipMessage, uri: str = "", branch: str = "") -> None:
        """RFC 3261 §17.1.1.3 for a refusal, §13.2.2.4 for a success."""
        is_success = answer.status < 300
        headers = [
            ("via", f"SIP/2.0/WS {_HOST};branch={branch or 'z9hG4bK' + secrets.token_hex(8)}"),
            ("max-forwards", "70"),
            ("from", answer.one("from")),
            ("to", answer.one("to")),
            ("call-id", answer.one("call-id")),
            ("cseq", f"{answer.one('cseq').split()[0]} ACK"),
        ]
        target = _uri(answer.one("contact")) if is_success else uri
        await self._send(SipMessage(f"ACK {target} SIP/2.0", headers))

    async def _send(self, message: SipMessage) -> None:
        assert self._socket is not None
        await self._socket.send_str(message.text())

    async def _read(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        async for frame in socket:
            data = frame.data if isinstance(frame.data, str) else bytes(frame.data).decode()
            if not data.strip():
                continue  # keep-alive (RFC 5626 §3.5.1)
            message = parse(data)
            if message.status:
                branch = message.one("via").partition("branch=")[2].partition(";")[0]
                if (queue := self._waiting.get(branch)) is not None:
                    queue.put_nowait(message)
            else:
                await self._requested(message)

    async def _requested(self, message: SipMessage) -> None:
        self.requests.append(message)
        match message.method:
            case "ACK":
                pass
            case "INVITE" if self.answered.is_set() and message.one("call-id") == self._call_id:
                await self._reinvited(message)
            case "INVITE":
                self.invite, self._tag = message, secrets.token_hex(4)
                await self._send(response(message, 180, "Ringing", self._tag, contact=self._own))
                self.ringing.set()
            case "BYE" | "CANCEL":
                await self._send(response(message, 200, "OK", self._tag))
                if message.method == "CANCEL" and self.invite is not None:
                    await self._send(response(self.invite, 487, "Request Terminated", self._tag))
                self.ended.set()
            case _:
                await self._send(response(message, 200, "OK", self._tag, allow=_ALLOW))

    async def _reinvited(self, message: SipMessage) -> None:
        """Asterisk asks for a change: the session stays as it is."""
        assert self.pc is not None
        if not message.body:
            await self._send(response(message, 488, "Not Acceptable Here", self._tag))
            return
        await self.pc.setRemoteDescription(RTCSessionDescription(message.body, "offer"))
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        await self._send(
            response(
                message,
                200,
                "OK",
                self._tag,
                contact=self._own,
                content_type="application/sdp",
                body=self.pc.localDescription.sdp,
            )
        )


def _uri(header: str) -> str:
    return header.partition("<")[2].partition(">")[0] if "<" in header else header.partition(";")[0]
