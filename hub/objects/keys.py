"""The keys that recordings and files are encrypted by. A key's id follows from the key itself."""

import base64
import hashlib
from collections.abc import Iterable

from hub.objects.errors import NoKey

KEY_BYTES = 32
ID_LENGTH = 16
NO_KEY = (
    "TORITSUGI_RECORDING_KEY is missing: expected 32 random bytes in base64"
    " (or TORITSUGI_RECORDING_PLAIN=yes to store recordings and files unencrypted)"
)


def read_key(text: str) -> bytes:
    """Read 32 bytes in base64 (RFC 4648 §4 or §5, with `=` at the end or not); raises `ValueError`."""
    plain = text.strip().rstrip("=").replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:  # binascii.Error, or no ASCII
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"expected {KEY_BYTES} bytes in base64")
    return key


def key_id(key: bytes) -> str:
    """Return the id of a key: 16 hexadecimal digits that tell nothing of it."""
    return hashlib.sha256(b"toritsugi recording key\0" + key).hexdigest()[:ID_LENGTH]


class KeyRing:
    """The key of new objects, None if they are not to be encrypted or there is none, and older ones."""

    def __init__(self, current: bytes | None, old: Iterable[bytes] = ()) -> None:
        self._keys: dict[str, bytes] = {
            key_id(each): each for each in (*old, *((current,) if current else ()))
        }
        self.current = None if current is None else key_id(current)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all keys."""
        return tuple(self._keys)

    def key(self, id_: str) -> bytes:
        """Return a key; raises `NoKey`."""
        if id_ not in self._keys:
            raise NoKey(f"no key {id_}: TORITSUGI_RECORDING_OLD_KEYS names keys that are no longer used")
        return self._keys[id_]
