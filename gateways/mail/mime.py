"""Where the parts of a mail begin and end in its bytes. Nothing is decoded, and nothing copied but headers.

A mail may be a memory-mapped file. Broken structure is read as far as it goes: a boundary that never ends,
parts without headers, line ends of any kind. RFC 2046 §5.1.
"""

import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gateways.mail.headers import Headers

Bytes = bytes | mmap.mmap

DEPTH_MAX: Final = 20
PARTS_MAX: Final = 200
_HEADER_MAX: Final = 256 * 1024


@dataclass(slots=True)
class Node:
    """A message or part; its body is `raw[start:end]`. `path` names it within the mail: `1.2`."""

    headers: Headers
    type: str
    path: str
    start: int
    end: int
    children: list["Node"] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)

    def leaves(self) -> Iterator["Node"]:
        """Yield the parts that have no parts, in their order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()

    def find(self, path: str) -> "Node | None":
        return next((node for node in self.leaves() if node.path == path), None)


@dataclass(slots=True)
class Structure:
    """A whole mail. `is_cut`: it nests deeper or has more parts than are looked at."""

    root: Node
    is_cut: bool = False


def scan(raw: Bytes) -> Structure:
    """Find the parts of a mail."""
    return _Scan(raw).structure()


class _Scan:
    def __init__(self, raw: Bytes) -> None:
        self._raw, self._parts, self._is_cut = raw, 0, False

    def structure(self) -> Structure:
        root = self._node(0, len(self._raw), "1", 0, "text/plain")
        return Structure(root, self._is_cut)

    def _node(self, at: int, end: int, path: str, depth: int, default: str) -> Node:
        self._parts += 1
        headers_end, start = self._header_end(at, end)
        headers = Headers(self._raw[at:headers_end])
        kind = headers.value("Content-Type") or default
        node = Node(headers, kind if "/" in kind else "text/plain", path, start, end)
        boundary = headers.parameter("Content-Type", "boundary") if kind.startswith("multipart/") else None
        if boundary:
            self._split(node, boundary.encode(errors="replace")[:200], depth)
        return node

    def _split(self, node: Node, boundary: bytes, depth: int) -> None:
        if depth >= DEPTH_MAX:
            self._is_cut = True
            return
        default = "message/rfc822" if node.type == "multipart/digest" else "text/plain"
        previous: int | None = None
        for line_start, after, is_last in self._delimiters(node, boundary):
            if previous is not None:
                self._add(node, previous, max(previous, line_start), depth, default)
            previous = None if is_last else after
            if is_last or self._parts >= PARTS_MAX:
                break
        if self._parts >= PARTS_MAX:
            self._is_cut = True
        elif previous is not None:
            self._add(node, previous, node.end, depth, default)

    def _add(self, node: Node, at: int, end: int, depth: int, default: str) -> None:
        path = f"{node.path}.{len(node.children) + 1}"
        node.children.append(self._node(at, end, path, depth + 1, default))

    def _delimiters(self, node: Node, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
        """Yield where text ends before a boundary, where it begins after it, whether it is the last."""
        wanted = b"\n--" + boundary
        at = max(0, node.start - 1)
        while (found := self._raw.find(wanted, at, node.end)) >= 0:
            after = found + len(wanted)
            newline = self._raw.find(b"\n", after, min(node.end, after + 200))
            line_end = node.end if newline < 0 else newline
            rest = self._raw[after:line_end].strip()
            is_whole = newline >= 0 or line_end - after < 200
            if is_whole and rest in (b"", b"--"):
                before = found - 1 if found > 0 and self._raw[found - 1 : found] == b"\r" else found
                yield before, min(node.end, line_end + 1), rest == b"--"
            at = max(found + 1, line_end if is_whole else after)

    def _header_end(self, at: int, end: int) -> tuple[int, int]:
        """Return where the headers end and the body begins: at `end`, if the blank line is the boundary's."""
        if self._raw[at : at + 1] == b"\n":
            return at, min(at + 1, end)
        if self._raw[at : at + 2] == b"\r\n":
            return at, min(at + 2, end)
        limit = min(end, at + _HEADER_MAX)
        ends = [
            (found, found + len(blank))
            for blank in (b"\n\r\n", b"\n\n")
            if (found := self._raw.find(blank, at, limit)) >= 0
        ]
        return min(ends, default=(limit, limit))
