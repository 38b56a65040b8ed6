"""A mail as it is stored in the inbox: its bytes, without what is large.

The bytes of large parts are cut out (holes); they lie beside the database and at the mail server.
`whole` says which bytes there belong to a part.
"""

import hashlib

import msgspec

from gateways.mail.mime import Bytes, Node, scan

INLINE_MAX = 256 * 1024
"""A mail of up to so many bytes is stored whole."""

_TEXT_KEPT = 512 * 1024
_PART_KEPT = 16 * 1024
_KEPT_MAX = 2 * 1024 * 1024


class Hole(msgspec.Struct, frozen=True, array_like=True):
    """So many bytes are left out before this place of what is kept."""

    at: int
    length: int


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One mail of one mailbox. `at_ms`: when the server took it (Unix time); `size` of the whole mail.

    `digest` names it: the same bytes in the same mailbox are the same mail. `is_short`: the mail is
    larger than is fetched, and this is its beginning. `missing`: why nothing of it could be fetched.
    """

    mailbox: str
    validity: int
    uid: int
    at_ms: int
    size: int
    digest: str
    raw: bytes
    holes: tuple[Hole, ...] = ()
    is_short: bool = False
    missing: str = ""

    @property
    def file_name(self) -> str:
        """Where the whole mail lies beside the database, if it has holes."""
        return f"{self.mailbox}-{self.digest}.eml"


def stored(
    raw: Bytes,
    *,
    mailbox: str,
    validity: int,
    uid: int,
    at_ms: int,
    size: int | None = None,
    is_short: bool = False,
) -> Stored:
    """Return a mail as it goes into the inbox; `size` of the whole if `raw` is only its beginning."""
    kept, holes = (raw[:], ()) if len(raw) <= INLINE_MAX else _sketch(raw)
    if len(kept) > _KEPT_MAX:  # beside the parts
        kept, is_short = kept[:_KEPT_MAX], True
        holes = tuple(hole for hole in holes if hole.at <= _KEPT_MAX)
    return Stored(
        mailbox=mailbox,
        validity=validity,
        uid=uid,
        at_ms=at_ms,
        size=size or len(raw),
        digest=_digest(raw),
        raw=kept,
        holes=holes,
        is_short=is_short,
    )


def unfetched(mailbox: str, validity: int, uid: int, size: int, at_ms: int, reason: str) -> Stored:
    """Return what stands for a mail that the server does not give out."""
    digest = f"unfetched-{validity}-{uid}"
    return Stored(
        mailbox=mailbox,
        validity=validity,
        uid=uid,
        at_ms=at_ms,
        size=size,
        digest=digest,
        raw=b"",
        missing=reason,
    )


def pack(mail: Stored) -> bytes:
    return msgspec.msgpack.encode(mail)


def unpack(body: bytes) -> Stored:
    """Read what `pack` wrote; raises `ValueError`."""
    return msgspec.msgpack.decode(body, type=Stored)


def whole(mail: Stored, node: Node) -> tuple[int, int]:
    """Return where a part's body begins and ends in the mail as the server has it."""
    before = sum(hole.length for hole in mail.holes if hole.at < node.start)
    own = sum(hole.length for hole in mail.holes if node.start <= hole.at <= node.end)
    return node.start + before, node.end + before + own


def _sketch(raw: Bytes) -> tuple[bytes, tuple[Hole, ...]]:
    """Cut out of a mail the bodies of its large parts: of texts some is kept."""
    kept: list[bytes] = []
    holes: list[Hole] = []
    at = length = 0
    room = _TEXT_KEPT
    for node in scan(raw).root.leaves():
        size, is_text = node.end - node.start, node.type.startswith(("text/", "message/"))
        keep = min(size, room) if is_text else size if size <= _PART_KEPT else 0
        room -= keep if is_text else 0
        if keep < size:
            kept.append(raw[at : node.start + keep])
            length += len(kept[-1])
            holes.append(Hole(length, size - keep))
            at = node.end
    kept.append(raw[at:])
    return b"".join(kept), tuple(holes)


def _digest(raw: Bytes, block: int = 1 << 20) -> str:
    found = hashlib.sha256()
    for at in range(0, len(raw), block):
        found.update(raw[at : at + block])
    return found.hexdigest()[:40]
