"""Agents' phones and customers' pages that tell when they heard what, for `bench.media`."""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import av
import numpy as np
from numpy.typing import NDArray

from tests.support.sip import Address, SipPhones
from tests.webrtc.media import FRAME, RATE_HZ, Tone

PHONE_HZ, PAGE_HZ = 800.0, 440.0
BURST_S, PAUSE_S = 0.1, 0.3
_PACE_S = 0.02
_SAMPLES = 160
_HEAD = 12
_LOUD = 0.05
_PAYLOAD_ULAW = 0


def _ulaw_levels() -> NDArray[np.float64]:
    """Return the level of each mu-law byte, full scale 1.0 (ITU-T G.711)."""
    code = ~np.arange(256, dtype=np.uint8) & 0xFF
    exponent, mantissa = (code >> 4) & 7, code & 15
    levels: NDArray[np.float64] = ((((mantissa.astype(np.int32) << 3) + 132) << exponent) - 132) / 32124.0
    return levels


_LEVELS = _ulaw_levels()


def _ulaw_tone(hz: float) -> list[bytes]:
    """Return packets of one second of a tone in mu-law, which can be repeated."""
    wanted = np.abs(0.25 * np.sin(2 * np.pi * hz * np.arange(50 * _SAMPLES) / 8000))
    positive = _LEVELS[128:][::-1]  # 0xff down to 0x80 are the positive levels, from silence up
    nearest = np.clip(np.searchsorted(positive, wanted), 0, 127)
    codes = (0xFF - nearest).astype(np.uint8)
    negative = np.sin(2 * np.pi * hz * np.arange(50 * _SAMPLES) / 8000) < 0
    codes[negative] &= 0x7F
    return [bytes(codes[at : at + _SAMPLES]) for at in range(0, len(codes), _SAMPLES)]


class ListeningPhones(SipPhones):
    """Phones that say a tone, and note when something loud came (monotonic time, s), by the sender's port."""

    def __init__(self) -> None:
        super().__init__()
        self.onsets_s: dict[int, list[float]] = {}
        self._was_loud: dict[int, bool] = {}

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if data[:1] == b"\x80" and data[1] & 0x7F == _PAYLOAD_ULAW and len(data) > _HEAD:
            at_s = time.monotonic()
            level = float(np.sqrt(np.mean(_LEVELS[np.frombuffer(data[_HEAD:], dtype=np.uint8)] ** 2)))
            is_loud = level > _LOUD
            if is_loud and not self._was_loud.get(addr[1], False):
                self.onsets_s.setdefault(addr[1], []).append(at_s)
            self._was_loud[addr[1]] = is_loud
        super().datagram_received(data, addr)

    async def speak(self) -> None:
        """Say the tone in every call that is up, until cancelled."""
        packets, number, clock = _ulaw_tone(PHONE_HZ), 0, asyncio.get_running_loop().time
        due_s = clock()
        while True:
            number = (number + 1) % 2**16
            head = b"\x80\x00" + number.to_bytes(2, "big") + (number * _SAMPLES % 2**32).to_bytes(4, "big")
            for call in self.up:
                if call.media_port and call.answered.is_set():
                    source = zlib.crc32(call.id.encode()).to_bytes(4, "big")
                    packet = head + source + packets[number % 50]
                    self._transport.sendto(packet, (call.far[0], call.media_port))
            due_s = max(due_s + _PACE_S, clock())
            await asyncio.sleep(due_s - clock())


@asynccontextmanager
async def listening_phones(host: str) -> AsyncIterator[ListeningPhones]:
    """Open phones at an address of loopback that answer whatever rings."""
    loop = asyncio.get_running_loop()
    transport, phones = await loop.create_datagram_endpoint(ListeningPhones, local_addr=(host, 0))
    works = asyncio.create_task(phones.speak()), asyncio.create_task(_answer_all(phones))
    try:
        yield phones
    finally:
        for call in phones.up:
            await call.hang_up()
        for work in works:
            work.cancel()
        transport.close()


async def _answer_all(phones: SipPhones) -> None:
    while True:
        await (await phones.incoming.get()).answer()


class Bursts(Tone):
    """Short tones with pauses; `mouth_s` is when the first sample of each was spoken (monotonic time)."""

    def __init__(self, hz: float) -> None:
        super().__init__(hz)
        self.mouth_s: list[float] = []
        self._frames, self._was_silent = 0, True

    async def recv(self) -> av.AudioFrame:
        every = round((BURST_S + PAUSE_S) * RATE_HZ / FRAME)
        self.is_silent = self._frames % every >= round(BURST_S * RATE_HZ / FRAME)
        self._frames += 1
        frame = await super().recv()
        if self._was_silent and not self.is_silent:  # a microphone has a frame when it is full
            self.mouth_s.append(time.monotonic() - FRAME / RATE_HZ)
        self._was_silent = self.is_silent
        return frame
