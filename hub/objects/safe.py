"""Objects at rest: encrypted, stored, checked, and read again in any stretch."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hub.objects.errors import NoKey, ObjectDamaged
from hub.objects.files import write_durably
from hub.objects.keys import KeyRing
from hub.objects.sealing import HEADER_BYTES, Checksum, Cipher, Header, sealed
from hub.objects.store import ObjectStore

_BATCH = 256 * 1024


class Sealed(Protocol):
    """What is known of an object in the store.

    `id` is 32 hexadecimal digits, `object` its name there. `size` and `sha256` are of what was sealed,
    `stored_size` and `stored_sha256` of the object. `key` is the id of the key, None: not encrypted.
    """

    @property
    def id(self) -> str: ...
    @property
    def object(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def stored_size(self) -> int: ...
    @property
    def stored_sha256(self) -> str: ...
    @property
    def key(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedObject:
    """A `Sealed` and nothing more."""

    id: str
    object: str
    size: int
    sha256: str
    stored_size: int
    stored_sha256: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Safe:
    """`is_plain`: objects are stored as they are. Without that and without a key none can be."""

    store: ObjectStore
    keys: KeyRing
    is_plain: bool = False

    @property
    def is_open(self) -> bool:
        """Whether anything can be stored."""
        return self.is_plain or self.keys.current is not None

    def seal(self, id_: str, name: str, size: int, blocks: Iterable[bytes], path: Path) -> SealedObject:
        """Write `size` bytes to a file as they are stored under a name. Blocks; raises `NoKey`, `OSError`."""
        whole, plain, key = Checksum(), Checksum(), self.keys.current
        blocks = plain.over(blocks)
        if key is not None:
            blocks = sealed(Header.new(key, id_, size), self.keys.key(key), blocks)
        elif not self.is_plain:
            raise NoKey("TORITSUGI_RECORDING_KEY is missing")
        write_durably(path, whole.over(blocks))
        return SealedObject(
            id=id_,
            object=name,
            size=plain.size,
            sha256=plain.hex,
            stored_size=whole.size,
            stored_sha256=whole.hex,
            key=key,
        )

    async def keep(self, found: Sealed, path: Path) -> None:
        """Store what was sealed and read it back; raises `StoreUnavailable`, `ObjectDamaged`."""
        await self.store.put(found.object, path)
        await self.check(found)

    async def check(self, found: Sealed) -> None:
        """Read all of an object; raises `ObjectDamaged` if it is not what was stored, `NoKey`."""
        size = await self.store.size(found.object)
        if size != found.stored_size:
            raise ObjectDamaged(f"expected {found.stored_size} bytes, found {size}")
        whole, plain = Checksum(), Checksum()
        header = await self._header(found) if found.key else None
        async for block in self._object(found):
            await asyncio.to_thread(whole.add, block)
        if whole.hex != found.stored_sha256:
            raise ObjectDamaged("its checksum differs")
        if header is not None:
            async for block in self._pieces(found, header, 0, header.pieces - 1):
                plain.add(block)
            if (plain.hex, plain.size) != (found.sha256, found.size):
                raise ObjectDamaged("the checksum of what it decrypts to differs")

    async def read(self, found: Sealed, first: int, last: int) -> AsyncIterator[bytes]:
        """Yield bytes `first` to `last` of what was sealed; each was verified before it is yielded.

        Raises `ObjectDamaged`, `NoKey`, `StoreUnavailable`. One that is not encrypted is read as a
        whole first, to verify it.
        """
        if found.key is None:
            await self.check(found)
            async for block in self._object(found, first, last):
                yield block
            return
        header = await self._header(found)
        one, other = first // header.piece, last // header.piece
        skip, left = first - one * header.piece, last - first + 1
        async for block in self._pieces(found, header, one, other):
            wanted = block[skip : skip + left]
            skip, left = max(0, skip - len(block)), left - len(wanted)
            yield wanted

    async def delete(self, found: Sealed) -> None:
        await self.store.delete(found.object)

    async def _object(self, found: Sealed, first: int = 0, last: int | None = None) -> AsyncIterator[bytes]:
        place, end = first, found.stored_size if last is None else last + 1
        while place < end:
            block = await self.store.read(found.object, place, min(_BATCH, end - place))
            if not block:
                raise ObjectDamaged("it ends too early")
            yield block
            place += len(block)

    async def _header(self, found: Sealed) -> Header:
        data = await self.store.read(found.object, 0, HEADER_BYTES)
        header = Header.decode(data, found.id)
        if (header.key_id, header.size, header.stored_size) != (found.key, found.size, found.stored_size):
            raise ObjectDamaged("its header was changed")
        return header

    async def _pieces(self, found: Sealed, header: Header, first: int, last: int) -> AsyncIterator[bytes]:
        """Yield decrypted pieces, some at a time."""
        cipher = Cipher(header, self.keys.key(header.key_id))
        at_once = max(1, _BATCH // header.piece)
        for begin in range(first, last + 1, at_once):
            numbers = range(begin, min(begin + at_once, last + 1))
            places = [header.place(number) for number in numbers]
            start, end = places[0][0], sum(places[-1])
            data = await self.store.read(found.object, start, end - start)
            for number, (place, length) in zip(numbers, places, strict=True):
                piece = data[place - start : place - start + length]
                yield await asyncio.to_thread(cipher.open, number, piece)
