"""Files that customers and agents send each other."""

from collections.abc import AsyncIterator, Sequence

from crm_bridge.model import MessageFile
from gateways.errors import FileGone
from gateways.files import StoredFile
from gateways.protocol import Part


class Attachments:
    """Keeps files."""

    async def take(self, contact: str, part: Part, blocks: AsyncIterator[bytes], *, key: str) -> MessageFile:
        """Keep a file that comes, once for each contact and `key`; raises `FilesUnavailable`."""
        return MessageFile(id="", name=part.name, type=part.type, size=part.size or 0, refused="not_kept")

    async def find(self, contact: str, ids: Sequence[str]) -> Sequence[MessageFile]:
        """Return which of these files were uploaded for a contact; raises `FilesUnavailable`."""
        return ()

    async def remove(self, contact: str, files: Sequence[MessageFile]) -> None:
        """Keep files no longer; raises `FilesUnavailable`."""

    def read(self, file: StoredFile) -> AsyncIterator[bytes]:
        """Read a file from its beginning, in blocks; raises `FileGone`, `FilesUnavailable`."""
        raise FileGone(file.id)

    def link(self, file: StoredFile) -> str:
        """Return a public address of a file, signed and good for a while."""
        raise FileGone(file.id)
