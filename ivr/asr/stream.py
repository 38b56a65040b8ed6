"""The hub's end of one caller's stream."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from ivr.hearing import Deaf, Heard

_HEARD_MAX: Final = 200
"""What nobody fetches beyond this is lost, the oldest first."""
_SILENCE_S: Final = 4
"""At the end: longer than any wait for the end of an utterance."""


class Stream:
    """A `RecognitionStream`. `send` takes audio on, `let_go` frees its place in the process, which is `idle`
    once all that it was sent is recognised.

    `fed_s` is how much audio came; while the stream `is_live` it came as it sounded.
    """

    def __init__(
        self,
        language: str,
        send: Callable[[bytes], None],
        let_go: Callable[[], None],
        rate: int = 8_000,
        idle: Callable[[], Awaitable[None]] = lambda: asyncio.sleep(0),
    ) -> None:
        self.language, self.is_live = language, True
        self.fed_s, self._second = 0.0, 2 * rate
        self._send, self._let_go, self._idle = send, let_go, idle
        self._heard: deque[Heard] = deque(maxlen=_HEARD_MAX)
        self._stirred = asyncio.Event()
        self._is_over = False

    def feed(self, audio: bytes) -> None:
        if not self._is_over:
            self.fed_s += len(audio) / self._second
            self._send(audio)

    def put(self, heard: Heard) -> None:
        """Hand over what was heard; after `Deaf` nothing more is."""
        if self._is_over:
            return
        self._heard.append(heard)
        self._is_over = isinstance(heard, Deaf)
        self._stirred.set()

    async def heard(self) -> AsyncIterator[Heard]:
        while True:
            while self._heard:
                yield self._heard.popleft()
            if self._is_over:
                return
            self._stirred.clear()
            await self._stirred.wait()

    async def finish(self) -> None:
        self.is_live = False
        self.feed(bytes(self._second * _SILENCE_S))
        await self._idle()
        await self.close()

    async def close(self) -> None:
        self._is_over = True
        self._stirred.set()
        self._let_go()
