"""Files that customers and agents send each other, as gateways see them. Kept by `hub.attachments`."""

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was looked at and is kept.

    `type` is the media type found in its content, `size` in bytes.
    """

    id: str
    name: str
    type: str
    size: int


class Files(Protocol):
    """Where kept files are read."""

    def read(self, file: StoredFile) -> AsyncIterator[bytes]:
        """Read a file from its beginning, in blocks; raises `FileGone`, `FilesUnavailable`."""

    def link(self, file: StoredFile) -> str:
        """Return a public address of a file, signed and good for a while: for providers that fetch."""
