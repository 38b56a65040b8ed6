"""Public addresses of files, for providers that fetch and customers who tap: signed, and good for a while.

/files/{token}, base64url of: file id, 16 bytes | end, Unix time in s, uint40 | HMAC-SHA256, 16 bytes
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from uuid import UUID

from hub.clock import now_ms

PATH = "/files/"
_ID, _END, _MAC = 16, 5, 16
_LENGTH = _ID + _END + _MAC


class FileLinks:
    """`secret` is the hub's; what signs here is derived from it and signs nothing else."""

    def __init__(
        self, public_url: str, secret: bytes, *, hours: int, clock_ms: Callable[[], int] = now_ms
    ) -> None:
        self._base = public_url.rstrip("/") + PATH
        self._key = hmac.digest(secret, b"toritsugi file link", hashlib.sha256)
        self._life_s, self._clock_ms = hours * 3600, clock_ms

    def make(self, file: str) -> str:
        """Return an address of a file, by its id."""
        end_s = self._clock_ms() // 1000 + self._life_s
        told = UUID(file).bytes + end_s.to_bytes(_END, "big")
        return self._base + base64.urlsafe_b64encode(told + self._sign(told)).rstrip(b"=").decode()

    def read(self, token: str) -> str | None:
        """Return the id of the file that a token is for; None if it is not ours, or its time is over."""
        try:
            data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        told, mac = data[: _ID + _END], data[_ID + _END :]
        if len(data) != _LENGTH or not hmac.compare_digest(mac, self._sign(told)):
            return None
        is_over = int.from_bytes(told[_ID:], "big") * 1000 < self._clock_ms()
        return None if is_over else UUID(bytes=told[:_ID]).hex

    def _sign(self, told: bytes) -> bytes:
        return hmac.digest(self._key, told, hashlib.sha256)[:_MAC]
