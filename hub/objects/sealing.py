"""The form of an encrypted object: a header, then pieces that can each be read without the others.

    magic "TRSEAL01" | key id, 16 hex digits | object id, 16 bytes | salt, 16 bytes
    | bytes in a piece, uint32 | bytes in all, uint64                       numbers are big-endian
    piece 0: AES-256-GCM ciphertext and 16 bytes of tag, piece 1...         the last may be shorter

Each object has a key of its own: HKDF-SHA256 (RFC 5869) of the operator's key, with the salt, for this
object id. A piece's nonce is its number; the header and the number are authenticated with it. So a piece
that was changed, moved, or is of another object is found out, and so is an end that was cut off.
"""

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.objects.errors import ObjectDamaged
from hub.objects.keys import KEY_BYTES

PIECE = 64 * 1024
_TAG = 16
_MAGIC = b"TRSEAL01"
_HEADER = struct.Struct(">8s16s16s16sIQ")
HEADER_BYTES = _HEADER.size


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the pieces. `piece` and `size` count bytes of what is encrypted."""

    key_id: str
    id: str
    salt: bytes
    size: int
    piece: int = PIECE

    @classmethod
    def new(cls, key_id: str, id_: str, size: int, piece: int = PIECE) -> "Header":
        return cls(key_id, id_, os.urandom(16), size, piece)

    def encode(self) -> bytes:
        return _HEADER.pack(
            _MAGIC, self.key_id.encode(), UUID(self.id).bytes, self.salt, self.piece, self.size
        )

    @classmethod
    def decode(cls, data: bytes, id_: str) -> "Header":
        """Read a header that must be of this object; raises `ObjectDamaged`."""
        if len(data) != HEADER_BYTES or not data.startswith(_MAGIC):
            raise ObjectDamaged("not an encrypted object")
        _, key_id, found, salt, piece, size = _HEADER.unpack(data)
        if UUID(bytes=found).hex != id_:
            raise ObjectDamaged("another object's file")
        if not piece or not key_id.isalnum():
            raise ObjectDamaged("its header was changed")
        return cls(key_id.decode(), id_, salt, size, piece)

    @property
    def pieces(self) -> int:
        """How many pieces there are; one, an empty one, of nothing."""
        return max(1, -(-self.size // self.piece))

    def place(self, number: int) -> tuple[int, int]:
        """Return where a piece stands in the file, and how long it is there."""
        length = min(self.piece, self.size - number * self.piece)
        return HEADER_BYTES + number * (self.piece + _TAG), length + _TAG

    @property
    def stored_size(self) -> int:
        """Return how long the whole file is."""
        return HEADER_BYTES + self.size + self.pieces * _TAG


class Cipher:
    """Encrypts and decrypts the pieces of one object by the operator's key."""

    def __init__(self, header: Header, key: bytes) -> None:
        info = b"toritsugi recording\0" + UUID(header.id).bytes
        derived = HKDF(SHA256(), KEY_BYTES, salt=header.salt, info=info).derive(key)
        self._aead, self._header = AESGCM(derived), header.encode()

    def seal(self, number: int, data: bytes) -> bytes:
        return self._aead.encrypt(number.to_bytes(12, "big"), data, self._about(number))

    def open(self, number: int, data: bytes) -> bytes:
        """Return what was encrypted; raises `ObjectDamaged`."""
        try:
            return self._aead.decrypt(number.to_bytes(12, "big"), data, self._about(number))
        except InvalidTag:
            raise ObjectDamaged(f"piece {number} was changed") from None

    def _about(self, number: int) -> bytes:
        return self._header + number.to_bytes(8, "big")


def sealed(header: Header, key: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Encrypt what comes in blocks of any size, `header.size` bytes together."""
    cipher = Cipher(header, key)
    yield header.encode()
    for number, piece in enumerate(_pieces(blocks, header.piece)):
        yield cipher.seal(number, piece)


def _pieces(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Cut anew; at least one piece comes."""
    rest, count = bytearray(), 0
    for block in blocks:
        rest += block
        while len(rest) > size:
            yield bytes(rest[:size])
            del rest[:size]
            count += 1
    if rest or not count:
        yield bytes(rest)


class Checksum:
    """SHA-256 and length of what passes by."""

    def __init__(self) -> None:
        self._sum, self.size = hashlib.sha256(), 0

    def over(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Hand blocks on, counting them in."""
        for block in blocks:
            self.add(block)
            yield block

    def add(self, block: bytes) -> None:
        self._sum.update(block)
        self.size += len(block)

    @property
    def hex(self) -> str:
        return self._sum.hexdigest()
