"""Where objects lie: named, written once and read in stretches."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

from hub.objects.errors import ObjectMissing, StoreUnavailable
from hub.objects.files import sync_folder, write_durably

T = TypeVar("T")

_BLOCK = 1024 * 1024


class ObjectStore(Protocol):
    """Names are relative paths (`2026/11/26/….sealed`). All raise `StoreUnavailable` for what may pass."""

    async def put(self, name: str, source: Path) -> None:
        """Store a file; it is durable when this returns. An object of this name is replaced."""

    async def read(self, name: str, first: int, length: int) -> bytes:
        """Return a stretch of an object, less if it ends before; raises `ObjectMissing`."""

    async def size(self, name: str) -> int:
        """Return an object's length in bytes; raises `ObjectMissing`."""

    async def delete(self, name: str) -> None:
        """Delete an object, if there is one."""


class FileStore:
    """Objects as files below a folder, which may be on another file system."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, source: Path) -> None:
        await _in_thread(self._put, name, source)

    async def read(self, name: str, first: int, length: int) -> bytes:
        return await _in_thread(self._read, name, first, length)

    async def size(self, name: str) -> int:
        return await _in_thread(self._size, name)

    async def delete(self, name: str) -> None:
        await _in_thread(self._delete, name)

    def _put(self, name: str, source: Path) -> None:
        target = self._path(name)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = target.with_name(f".{target.name}.new")
        write_durably(fresh, _blocks(source))
        fresh.replace(target)
        sync_folder(target.parent)

    def _read(self, name: str, first: int, length: int) -> bytes:
        with self._path(name).open("rb") as file:
            file.seek(first)
            return file.read(length)

    def _size(self, name: str) -> int:
        return self._path(name).stat().st_size

    def _delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        path = self._folder / name
        if ".." in path.parts:
            raise ObjectMissing(f"no object {name}")
        return path


async def _in_thread(work: Callable[..., T], *arguments: object) -> T:
    try:
        return await asyncio.to_thread(work, *arguments)
    except FileNotFoundError as error:
        raise ObjectMissing(f"no file {error.filename}") from error
    except OSError as error:
        raise StoreUnavailable(f"{error.strerror or error}") from error


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
