"""What a page says and hears: a tone, and how loud the tone of the other side is."""

import asyncio
import fractions
import time
from collections import deque
from contextlib import suppress
from typing import Any

import aioice.ice
import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCIceServer, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

from tests.support.tones import _goertzel

RATE_HZ, FRAME = 48_000, 960
_AMPLITUDE = 8000
_KEPT = 100


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
        """Wait until a tone is heard, and little else."""
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


def peer_connection(ice_servers: list[dict[str, Any]] | None = None) -> RTCPeerConnection:
    servers = [
        RTCIceServer(urls=each["urls"], username=each.get("username"), credential=each.get("credential"))
        for each in ice_servers or []
    ]
    return RTCPeerConnection(RTCConfiguration(iceServers=servers))
