"""Files that customers and agents send each other."""

from collections.abc import AsyncIterator

from gateways.errors import FileGone
from gateways.files import StoredFile


class Attachments:
    """Keeps files."""

    def read(self, file: StoredFile) -> AsyncIterator[bytes]:
        """Read a file from its beginning, in blocks; raises `FileGone`, `FilesUnavailable`."""
        raise FileGone(file.id)

    def link(self, file: StoredFile) -> str:
        """Return a public address of a file, signed and good for a while."""
        raise FileGone(file.id)
