"""Moves faxes: received ones out of Asterisk's spool, agents' own into the queue of those to be sent."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Protocol

import structlog

from acd.contact import Channel
from gateways.errors import FetchFailed, FilesUnavailable, SendFailed
from gateways.fax import codec
from gateways.fax.conf import FaxLine
from gateways.fax.spool import Spool
from gateways.files import Files
from gateways.protocol import Gateway, Inbound, Outbound, Part, RawEvent, Receipt

log = structlog.get_logger()

_BLOCK = 256 * 1024


class Queue(Protocol):
    """Where faxes wait to be sent: `gateways.fax.sending.Sending` serves."""

    async def put(self, message: Outbound) -> None:
        """Store a fax, once for each key; raises `SendFailed`."""


class FaxGateway(Gateway):
    """All lines. `node` is our Asterisk's name; `queue` is told later than the gateway is made."""

    channel = Channel.FAX
    sends = frozenset()

    def __init__(
        self, lines: Sequence[FaxLine], spool: Spool, files: Files, work: Path, *, node: str, region: str
    ) -> None:
        self.lines = {line.name: line for line in lines}
        self.spool, self.files, self.work = spool, files, work
        self.node, self.region = node, region
        self.queue: Queue
        self.counts: Counter[tuple[str, str, str]] = Counter()
        """Faxes by direction, result and mode, for metrics; pages under the result `pages`."""

    def decode(self, event: RawEvent) -> Inbound | Receipt:
        return codec.decode(event, self.lines, self.region)

    async def fetch(self, event: RawEvent, part: Part) -> AsyncIterator[bytes]:
        """Read a fax. Raises `FilesUnavailable` where the spool is another hub's: that one will do it."""
        told = codec.read(event.body)
        if not isinstance(told, codec.Received):
            raise FetchFailed("it is no fax", retryable=False)
        if told.node != self.node:
            raise FilesUnavailable("the fax lies at another node")
        is_document = told.type == codec.PDF
        path = self.spool.document(told.id) if is_document else self.spool.pages(told.id)
        try:
            with await asyncio.to_thread(path.open, "rb") as file:
                while block := await asyncio.to_thread(file.read, _BLOCK):
                    yield block
        except FileNotFoundError:
            raise FetchFailed("the fax is not in the spool any more", retryable=False) from None
        except OSError as error:
            raise FetchFailed(f"the spool: {type(error).__name__}", retryable=True) from None

    async def taken(self, event: RawEvent) -> None:
        try:
            told = codec.read(event.body)
            if isinstance(told, codec.Received) and told.node == self.node:
                await asyncio.to_thread(self.spool.forget, told.id)
        except (ValueError, OSError) as error:
            log.warning("fax.spool_not_emptied", error=type(error).__name__)

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> str:
        """Have a fax sent; what becomes of it is told by a receipt."""
        if codec.e164(message.address, self.region) is None:
            raise SendFailed("the sender's number is not known", retryable=False)
        await self.queue.put(message)
        return message.key
