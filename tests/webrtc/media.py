"""What a page says and hears: a tone, and how loud the tone of the other side is."""

import asyncio
import fractions
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar
from unittest.mock import patch

import aioice.ice
import av
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    VideoStreamTrack,
)
from aiortc.codecs.opus import OpusEncoder
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcconfiguration import RTCIceTransportPolicy
from aiortc.rtcicetransport import RTCIceGatherer, candidate_to_aioice
from aiortc.sdp import SessionDescription, candidate_to_sdp
from numpy.typing import NDArray

from tests.support.tones import _goertzel

RATE_HZ, FRAME = 48_000, 960
_AMPLITUDE = 8000
WIDTH, HEIGHT = 160, 120
_KEPT = 100
_CONNECT_S = 5.0


def _loopback(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    return ["127.0.0.1"]


aioice.ice.get_host_addresses = _loopback  # it would leave loopback out


class Tone(MediaStreamTrack):
    """A steady tone, in real time. It is silent while `is_silent`."""

    kind = "audio"

    def __init__(self, hz: float) -> None:
        super().__init__()
        self.hz, self.is_silent, self._at, self._began_s = hz, False, 0, 0.0
        self.sent_s: dict[int, float] = {}

    async def recv(self) -> av.AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        self._began_s = self._began_s or time.monotonic()
        wait_s = self._began_s + self._at / RATE_HZ - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        times = (np.arange(FRAME) + self._at) / RATE_HZ
        level = 0 if self.is_silent else _AMPLITUDE
        samples = (level * np.sin(2 * np.pi * self.hz * times)).astype("<i2")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, self._at, fractions.Fraction(1, RATE_HZ)
        self._at += FRAME
        return frame


class Picture(VideoStreamTrack):
    """A small picture that changes, five times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._number = 0

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(0.2)
        self._number += 1
        pixels = np.full((HEIGHT, WIDTH, 3), (self._number * 8) % 256, dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = self._number * 18_000, fractions.Fraction(1, 90_000)
        return frame


class Ear:
    """Hears a track: the last two seconds, in mono, with the times at which they came."""

    def __init__(self, track: MediaStreamTrack) -> None:
        self.blocks: deque[tuple[float, int, NDArray[np.float64]]] = deque(maxlen=_KEPT)
        self.frames = 0
        self.first_s = 0.0
        self._task = asyncio.create_task(self._hear(track), name="ear")

    def share(self, hz: float, blocks: int = 25) -> float:
        """Return what share of what was heard last is a tone: 1.0 for nothing else, 0.0 for silence."""
        heard = [samples for _, _, samples in list(self.blocks)[-blocks:]]
        if not heard:
            return 0.0
        rate = self.blocks[-1][1]
        samples = np.concatenate(heard)
        block = rate // 20
        rows = samples[: len(samples) // block * block].reshape(-1, block)
        total = float((rows**2).sum()) * block / 2
        return float(_goertzel(rows, hz / rate).sum()) / total if total > 1e-9 else 0.0

    def level(self, blocks: int = 10) -> float:
        """Return the root mean square of what was heard last, full scale 1.0."""
        heard = [samples for _, _, samples in list(self.blocks)[-blocks:]]
        return float(np.sqrt(np.mean(np.concatenate(heard) ** 2))) if heard else 0.0

    async def hears(self, hz: float, timeout_s: float = 15.0) -> None:
        """Wait until a tone is heard from now on, and little else."""
        self.blocks.clear()
        try:
            async with asyncio.timeout(timeout_s):
                while len(self.blocks) < 15 or self.share(hz, 15) < 0.7:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        except TimeoutError:
            shown = f"{self.frames} frames, level {self.level():.4f}, share {self.share(hz):.2f}"
            raise AssertionError(f"{hz} Hz was not heard: {shown}") from None

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _hear(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, av.AudioFrame)
                samples = frame.to_ndarray().astype(np.float64).reshape(-1) / 32768
                channels = len(frame.layout.channels)
                samples = samples.reshape(-1, channels)[:, 0] if channels > 1 else samples
                self.blocks.append((time.monotonic(), frame.sample_rate, samples))
                self.frames += 1
                self.first_s = self.first_s or time.monotonic()


def peer_connection(relay: list[dict[str, Any]] | None = None) -> RTCPeerConnection:
    """Return one that uses loopback, or goes only by the TURN servers that are given."""
    servers = [
        RTCIceServer(urls=each["urls"], username=each.get("username"), credential=each.get("credential"))
        for each in relay or []
    ]
    policy = RTCIceTransportPolicy.RELAY if servers else RTCIceTransportPolicy.ALL
    return RTCPeerConnection(RTCConfiguration(iceServers=servers, iceTransportPolicy=policy))


class MediaPath:
    """The way that a peer connection's packets take, which can be changed while they flow (RFC 8445 §9).

    aiortc has no ICE restart of its own. The DTLS association stays, as a browser's does.
    """

    def __init__(self, pc: RTCPeerConnection) -> None:
        self._pc, self._old = pc, list[Any]()
        self._ice = pc.getTransceivers()[0].sender.transport.transport
        self._next: Any = None
        self._ice._recv = self._receive

    async def offer(self) -> str:
        """Gather anew, with other credentials; returns the offer that says so."""
        gatherer = RTCIceGatherer()
        await gatherer.gather()
        self._next = gatherer._connection
        own, lines = self._next, list[str]()
        for line in self._pc.localDescription.sdp.splitlines():
            if line.startswith("a=ice-ufrag:"):
                lines.append(f"a=ice-ufrag:{own.local_username}")
            elif line.startswith("a=ice-pwd:"):
                lines.append(f"a=ice-pwd:{own.local_password}")
            elif line.startswith("a=candidate:"):
                lines += [f"a=candidate:{candidate_to_sdp(each)}" for each in gatherer.getLocalCandidates()]
            else:
                lines.append(line)
        return "\r\n".join(lines) + "\r\n"

    async def take(self, answer: str) -> bool:
        """Go over to what was gathered anew; whether that could be.

        Where both ends take themselves for the controlling one (§7.3.1.1) it may be that neither nominates.
        """
        fresh, old = self._next, self._ice._connection
        remote: Any = SessionDescription.parse(answer).media[0]
        fresh.ice_controlling = old.ice_controlling
        fresh.remote_username = remote.ice.usernameFragment
        fresh.remote_password = remote.ice.password
        for each in remote.ice_candidates:
            await fresh.add_remote_candidate(candidate_to_aioice(each))
        await fresh.add_remote_candidate(None)
        try:
            async with asyncio.timeout(_CONNECT_S):
                await fresh.connect()
        except (TimeoutError, ConnectionError):
            await fresh.close()
            return False
        self._ice._connection, self._ice._send = fresh, fresh.send
        old._queue.put_nowait(None)  # whoever waits there is to wait at the new one
        self._old.append(old)
        return True

    async def close(self) -> None:
        """Close the ways that were left; before the peer connection, which waits for the first one's end."""
        for old in self._old:
            await old.close()

    async def _receive(self) -> bytes:
        while True:
            current = self._ice._connection
            try:
                return bytes(await current.recv())
            except ConnectionError:
                if current is self._ice._connection:
                    raise


class _Still:
    """Stands for encoder and decoder where one process cannot code all: packets are those of one tone."""

    _packets: ClassVar[list[bytes]] = []

    def __init__(self) -> None:
        self._number = 0

    def encode(self, frame: av.AudioFrame, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        if not self._packets:
            self._packets.extend(_coded())
        self._number += 1
        return [self._packets[self._number % len(self._packets)]], frame.pts or 0

    def decode(self, frame: object) -> list[av.AudioFrame]:
        return []


def _coded() -> list[bytes]:
    """Return a second of a tone in Opus."""
    encoder, packets = OpusEncoder(), list[bytes]()
    for number in range(50):
        times = (np.arange(FRAME) + number * FRAME) / RATE_HZ
        samples = (_AMPLITUDE * np.sin(2 * np.pi * 440 * times)).astype("<i2")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE_HZ, number * FRAME
        frame.time_base = fractions.Fraction(1, RATE_HZ)
        packets += encoder.encode(frame)[0]
    return packets


@contextmanager
def only_packets() -> Iterator[None]:
    """Let pages that are made within the block send and take packets, and code nothing."""
    with (
        patch("aiortc.rtcrtpsender.get_encoder", lambda _: _Still()),
        patch("aiortc.rtcrtpreceiver.get_decoder", lambda _: _Still()),
    ):
        yield


_EVENTS = 101


def with_events(sdp: str) -> str:
    """Return an offer that has telephone events, too (RFC 4733), which aiortc knows nothing of."""
    lines = []
    for line in sdp.splitlines():
        is_audio = line.startswith("m=audio")
        lines.append(f"{line} {_EVENTS}" if is_audio else line)
        if line.startswith("a=rtcp-mux") and not any("telephone-event" in each for each in lines):
            lines.append(f"a=rtpmap:{_EVENTS} telephone-event/8000")
    return "\r\n".join(lines) + "\r\n"


def hear_digits(pc: RTCPeerConnection, digits: list[str]) -> None:
    """Note the telephone events that come, one for each key."""
    receiver: Any = pc.getReceivers()[0]
    before, last = receiver._handle_rtp_packet, [-1]

    async def handle(packet: Any, arrival_time_ms: int) -> None:
        if packet.payload_type != _EVENTS:
            await before(packet, arrival_time_ms)
        elif packet.timestamp != last[0]:
            last[0] = packet.timestamp
            digits.append("0123456789*#ABCD"[packet.payload[0]])

    receiver._handle_rtp_packet = handle
    receiver.transport._rtp_router.payload_type_table.setdefault(_EVENTS, set()).add(receiver)
