"""Who a caller is by the word of his trunk: a header of its own, if `trunks.conf` says so (docs/trunks.md).

Only the headers of trunks that may are asked for: whatever others send is never looked at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from crm_bridge.identifiers import IdentifierKind, normalise
from cti.ari import ChannelKey
from cti.errors import CtiError
from cti.incoming import known_number
from hub.call import Call
from hub.trunks_conf import StatedBy

log = structlog.get_logger()

_BYTES_MAX = 255
_URI = re.compile(
    r'(?:"[^"]*"\s*)?<?(?:sips?:|line:)?([^@;<>"\s]+)(?:[@;][^<>\s]*)?>?(?:;\S*)?', re.IGNORECASE
)
_LINE_USER = re.compile(r"U[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class StatedIdentity:
    """An identifier that a trunk gave, in its one form."""

    kind: IdentifierKind
    value: str


class Headers(Protocol):
    """What is needed of call control."""

    async def headers(self, key: ChannelKey, name: str) -> Sequence[str]: ...


async def stated(call: Call, by: StatedBy | None, control: Headers) -> StatedIdentity | None:
    """Return who a caller is by his trunk's word; None if it gives none, or one that is not to be used."""
    if by is None:
        return None
    try:
        values = await control.headers(call.key, by.header)
    except CtiError as error:
        log.warning("reception.identity_not_read", contact=call.contact.id, reason=str(error))
        return None
    found = read_stated(by.kind, values)
    if isinstance(found, StatedIdentity):
        return found
    if found:
        trunk = call.incoming.trunk
        log.warning("reception.identity_ignored", contact=call.contact.id, trunk=trunk, reason=found)
    return None


def read_stated(kind: IdentifierKind, values: Sequence[str]) -> StatedIdentity | str:
    """Read a header's values, words or SIP addresses; a text says why there is nobody, "": no header."""
    if not values:
        return ""
    if len(values) > 1:
        return "several"
    if len(values[0].encode()) > _BYTES_MAX or (found := _URI.fullmatch(values[0].strip())) is None:
        return "withheld" if known_number(values[0]) is None else "malformed"
    if known_number(found[1]) is None:
        return "withheld"
    raw = values[0] if kind is IdentifierKind.EMAIL else found[1]
    value = normalise(kind, raw)
    if value is None or (kind is IdentifierKind.LINE and not _LINE_USER.fullmatch(value)):
        return "malformed"
    return StatedIdentity(kind, value)
