"""Files that come with messages, and go with them, as text contacts see them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import structlog

from acd.contact import Channel
from acd.ids import ContactId
from crm_bridge.model import MessageFile
from gateways.errors import FetchFailed
from gateways.files import StoredFile
from gateways.protocol import Gateway, Inbound, Part, RawEvent
from hub.clock import now_ms

log = structlog.get_logger()

_FETCH_S = 20.0
"""So long one try may take: a message is handled within 30 s."""
_PATIENCE_MS = 10 * 60 * 1000
"""So long a file is tried for that its provider does not give (now); its message waits for it."""


class Shelf(Protocol):
    """Where files are kept: `hub.attachments.Attachments` serves."""

    async def take(
        self, contact: str, part: Part, blocks: AsyncIterator[bytes], *, key: str, message: str | None = None
    ) -> MessageFile:
        """Keep a file that comes, once for each contact and `key`; raises `FilesUnavailable`.

        One that is too large, of a wrong type, or infected is `refused`; all of one `message` are limited
        together.
        """

    async def find(self, contact: str, ids: Sequence[str]) -> Sequence[MessageFile]:
        """Return which of these files were uploaded for a contact; raises `FilesUnavailable`."""

    async def remove(self, contact: str, files: Sequence[MessageFile]) -> None:
        """Keep files no longer; raises `FilesUnavailable`."""


class IncomingFiles:
    """Fetches the files of messages."""

    def __init__(self, shelf: Shelf, gateways: Mapping[Channel, Gateway]) -> None:
        self._shelf, self._gateways = shelf, gateways

    async def take(
        self, contact: ContactId, inbound: Inbound, event: RawEvent | None
    ) -> tuple[MessageFile, ...]:
        """Keep a message's files. Raises `FilesUnavailable`, `FetchFailed`: try the message again.

        Those that take long together are kept one try after the other.
        """
        if event is None:
            return ()
        until_s = asyncio.get_running_loop().time() + _FETCH_S
        return tuple([await self._take(contact, inbound, event, part, until_s) for part in inbound.parts])

    async def _take(
        self, contact: ContactId, inbound: Inbound, event: RawEvent, part: Part, until_s: float
    ) -> MessageFile:
        key = f"{event.channel}:{event.event_id}:{part.source}"
        try:
            blocks = self._gateways[event.channel].fetch(event, part)
            async with asyncio.timeout_at(until_s):
                return await self._shelf.take(
                    contact, part, blocks, key=key, message=f"{inbound.channel}:{inbound.event_id}"
                )
        except NotImplementedError:
            why = "not_served"
        except (FetchFailed, TimeoutError) as error:
            is_passing = isinstance(error, TimeoutError) or error.retryable
            if is_passing and now_ms() - inbound.at_ms < _PATIENCE_MS:
                raise FetchFailed(f"no file yet: {type(error).__name__}", retryable=True) from None
            why = "unavailable"
        log.warning("text.file_not_fetched", channel=event.channel, event_id=event.event_id, reason=why)
        return not_taken(part, why)


def not_taken(part: Part, why: str) -> MessageFile:
    """Return a file of which only is told that it came, and why it is not kept."""
    return MessageFile(id="", name=part.name, type=part.type, size=part.size or 0, refused=why)


def stored(files: Sequence[MessageFile]) -> tuple[StoredFile, ...]:
    """Return files as gateways send them."""
    return tuple(StoredFile(id=each.id, name=each.name, type=each.type, size=each.size) for each in files)
