"""Who calls fax machines: the hub's Asterisk, over its trunks."""

from collections.abc import Callable, Sequence
from pathlib import Path

from acd.contact import Channel
from acd.ids import ContactId
from crm_bridge.model import JourneyItem, JourneyKind
from cti.calls import CallControl
from cti.errors import CtiError
from cti.fax import is_sending, send_fax
from cti.outside import Way as Outside
from gateways.fax.conf import FaxLine
from gateways.fax.sending import TelephoneAway, Try, Way
from gateways.protocol import Outbound
from hub.clock import now_ms
from hub.crm import Crm
from hub.journal import Journal
from hub.trunks import Trunks


class FaxTelephone:
    """`gateways.fax.sending.Telephone`; `is_node_ours`: whether this hub serves the node."""

    def __init__(
        self,
        control: CallControl,
        trunks: Callable[[], Trunks],
        crm: Crm,
        journal: Journal,
        is_node_ours: Callable[[], bool],
    ) -> None:
        self._control, self._trunks, self._crm, self._journal = control, trunks, crm, journal
        self._is_node_ours = is_node_ours

    @property
    def is_ours(self) -> bool:
        """Whether Asterisk is there and ours to serve."""
        return self._is_node_ours() and self._control.is_up

    async def ways(self, number: str) -> Sequence[Way]:
        """Return the ways to a number (E.164), those first that seem to be up."""
        return [Way(each.endpoint, each.caller_id) for each in await self._trunks().ways(number)]

    async def call(self, name: str, way: Way, pages: Path, line: FaxLine, ring_s: int) -> None:
        """Have Asterisk send a file; raises `TelephoneAway`."""
        outside = Outside(way.endpoint, line.caller_id or way.caller_id)
        try:
            await send_fax(
                self._control.link,
                name,
                outside,
                pages,
                header=line.header,
                station=line.station,
                ring_s=ring_s,
            )
        except CtiError as error:
            raise TelephoneAway(str(error)) from None

    async def is_alive(self, name: str, pages: Path) -> bool:
        """Whether Asterisk is at it; raises `TelephoneAway`."""
        try:
            return await is_sending(self._control.link, name, pages)
        except CtiError as error:
            raise TelephoneAway(str(error)) from None

    def note(self, message: Outbound, tried: Try) -> None:
        """Write a try into the journey of the fax's contact."""
        if message.contact is None:
            return
        item = JourneyItem(
            now_ms(),
            JourneyKind.FAXED,
            channel=Channel.FAX,
            contact=ContactId(message.contact),
            text=tried.result,
            detail={
                "message": message.key,
                "try": tried.number,
                "pages": tried.pages,
                "of": tried.of,
                "rate": tried.rate,
                "mode": tried.mode,
                "station": tried.station,
                "is_last": tried.is_last,
            },
        )
        key = f"fax:{message.key}:{tried.number}"
        self._journal.put(lambda: self._crm.journey.record(key, item))
