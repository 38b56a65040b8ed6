"""Faxes that Asterisk sends: calls of its dialplan (`[fax-out]`), not of our application."""

from pathlib import Path

from cti.ari import AriLink
from cti.errors import NodeUnavailable, failing_as
from cti.outside import Way

_CONTEXT = "fax-out"
_MORE_S = 20


async def send_fax(
    link: AriLink, name: str, way: Way, pages: Path, *, header: str, station: str, ring_s: int
) -> None:
    """Have Asterisk call a fax machine and send `pages`.tif; what becomes of it stands in `pages`.fax.

    Asterisk itself refuses a second call of the same name as long as the first dials. Raises
    `NodeUnavailable`.
    """
    variables = {
        "__FAX": str(pages),
        "__FAX_TO": way.endpoint,
        "__FAX_FROM": way.caller_id,
        "__FAX_RING": str(ring_s),
        "__FAX_HEADER": header,
        "__FAX_STATION": station,
    }
    with failing_as(NodeUnavailable):
        await link.ari.channels.originate_with_id(
            _channel(name),
            endpoint=f"Local/s@{_CONTEXT}/n",
            context=_CONTEXT,
            extension="wait",
            priority=1,
            timeout=ring_s + _MORE_S,
            variables=variables,
        )


async def is_sending(link: AriLink, name: str, pages: Path) -> bool:
    """Whether a channel of a fax's call is there; raises `NodeUnavailable`."""
    with failing_as(NodeUnavailable):
        channels = await link.ari.channels.list_all()
    ours, file = _channel(name), f"{pages}.tif"
    return any(each.id.startswith(ours) or file in each.dialplan.app_data for each in channels)


def _channel(name: str) -> str:
    return f"fax.{name}"
