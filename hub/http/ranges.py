"""Which bytes a request asks for (RFC 9110 §14)."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"^\s*bytes\s*=\s*([0-9]*)\s*-\s*([0-9]*)\s*$", re.IGNORECASE)
_DIGITS_MAX = 18


class Unsatisfiable(Exception):
    """No byte of it is there: 416."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes `first` to `last`, both included, of `size`."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        return f"bytes {self.first}-{self.last}/{self.size}"


def wanted(range_: str | None, if_range: str | None, etag: str, size: int) -> Stretch | None:
    """Return the part that is asked for, None for the whole; raises `Unsatisfiable`.

    The whole is the answer to other units, several parts, a malformed header, and to a part of something
    that is no longer the same (`If-Range`; there are no dates to compare).
    """
    if range_ is None or (if_range is not None and if_range.strip() != etag):
        return None
    if (found := _RANGE.match(range_)) is None:
        return None
    first, last = found[1], found[2]
    if max(len(first), len(last)) > _DIGITS_MAX or not (first or last):
        return None
    if not first:
        return _suffix(int(last), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    return Stretch(int(first), min(int(last), size - 1) if last else size - 1, size)


def _suffix(length: int, size: int) -> Stretch:
    """Return the last bytes."""
    if not length or not size:
        raise Unsatisfiable
    return Stretch(max(0, size - length), size - 1, size)
