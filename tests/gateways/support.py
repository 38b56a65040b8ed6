"""Small things that several tests need."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from acd.contact import Channel
from gateways.account import Surroundings
from gateways.inbox import Handler
from gateways.job import RetryPolicy
from gateways.protocol import Gateway, Inbound, Incoming, Outbound, RawEvent, Webhook
from tests.fakes.files import NoFiles

HASTY = RetryPolicy(first_s=0.001, longest_s=0.01, tries_max=3)
STUBBORN = RetryPolicy(first_s=0.001, longest_s=0.01, tries_max=60)


AROUND = Surroundings(
    files=NoFiles(),
    public_url="http://hub.test",
    config_dir=Path(),
    secret=b"0123456789" * 4,
    signed=lambda sign: None,
)


class Clock:
    """Unix time in milliseconds that passes only when told."""

    def __init__(self, now_ms: int = 1_800_000_000_000) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def advance(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)


class PlainGateway(Gateway):
    """A gateway whose event body is the message's text and whose provider is a function."""

    def __init__(
        self,
        provider: Callable[[Outbound, bool], Coroutine[Any, Any, None]] | None = None,
        channel: Channel = Channel.CHAT,
    ) -> None:
        self.channel, self.receives = channel, True
        self._provider = provider

    def decode(self, event: RawEvent) -> Inbound | None:
        text = event.body.decode()
        if text == "broken":
            raise ValueError("expected a text")
        if text == "silent":
            return None
        return Inbound(
            channel=event.channel, event_id=event.event_id, address=event.address, text=text, at_ms=0
        )

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> None:
        assert self._provider is not None
        await self._provider(message, in_doubt)


def webhook(headers: Mapping[str, str], body: bytes, path: str = "") -> Webhook:
    return Webhook(
        method="POST", url=f"http://hub.test/{path}", path=path, query={}, headers=headers, body=body
    )


def of_messages(handler: Callable[[Inbound], Awaitable[None]]) -> Handler:
    """Return a handler of events that all are messages."""

    async def handle(incoming: Incoming, event: RawEvent) -> None:
        assert isinstance(incoming, Inbound)
        await handler(incoming)

    return handle


def event_of(event_id: str, address: str = "somebody", text: str = "hello") -> RawEvent:
    return RawEvent(channel=Channel.CHAT, event_id=event_id, address=address, body=text.encode())


@asynccontextmanager
async def serving(*services: Coroutine[Any, Any, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Run services for the length of a block; one that fails fails the block's test."""
    tasks = [asyncio.create_task(service) for service in services]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def until(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    """Give way until something holds that nobody announces; raises `TimeoutError`."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
