"""What customers see on their phones."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on a customer's screen; `at_ms` is Unix time.

    `how`: reply, push, notification or sms; `message` is the whole of one that is more than text.
    """

    user: str
    text: str
    how: str
    at_ms: int
    message: dict[str, Any] = field(default_factory=dict)


class Customers:
    """All that was delivered, in order of delivery."""

    def __init__(self) -> None:
        self.shown: list[Shown] = []
        self._news = asyncio.Event()

    def show(self, message: Shown) -> None:
        self.shown.append(message)
        self._news.set()
        self._news = asyncio.Event()

    def messages_to(self, user: str) -> list[Shown]:
        return [message for message in self.shown if message.user == user]

    async def wait_for(
        self, user: str, predicate: Callable[[Shown], bool], *, after: int = 0, timeout_s: float = 10.0
    ) -> Shown:
        """Return the user's first message, from number `after` on, that fits; raises `TimeoutError`."""
        async with asyncio.timeout(timeout_s):
            while True:
                news = self._news
                fitting = (message for message in self.messages_to(user)[after:] if predicate(message))
                if (found := next(fitting, None)) is not None:
                    return found
                await news.wait()

    async def wait_for_count(self, count: int, *, timeout_s: float = 10.0) -> None:
        """Wait until so many messages were shown to anybody; raises `TimeoutError`."""
        async with asyncio.timeout(timeout_s):
            while len(self.shown) < count:
                await self._news.wait()
