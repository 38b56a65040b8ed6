"""Files where there are none."""

from collections.abc import AsyncIterator

from gateways.errors import FileGone
from gateways.files import StoredFile


class NoFiles:
    """`gateways.files.Files` of which each is gone."""

    async def read(self, file: StoredFile) -> AsyncIterator[bytes]:
        raise FileGone(file.id)
        yield b""

    def link(self, file: StoredFile) -> str:
        return f"http://127.0.0.1:1/files/{file.id}"
