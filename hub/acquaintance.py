"""What is known of a contact's customer, gathered while the contact waits."""

import asyncio

import structlog

from acd.ids import ContactId
from crm_bridge.background import NOTHING_KNOWN, Background
from crm_bridge.errors import CrmError
from crm_bridge.model import PathItem
from hub.board import LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.desktop.protocol import ScreenPopped

log = structlog.get_logger()

_PATIENCE_S = 1.0


class Acquaintance:
    """Screen pops that are ready when the offer comes: the customer's part is read on arrival."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self._reading: dict[ContactId, asyncio.Task[Background]] = {}

    def begin(self, contact: LiveContact) -> None:
        """Begin to read what is known of the customer."""
        if contact.customer is not None and contact.id not in self._reading:
            self._reading[contact.id] = asyncio.create_task(self._read(contact))

    def forget(self, contact: ContactId) -> None:
        """Let go what was read."""
        if (reading := self._reading.pop(contact, None)) is not None:
            reading.cancel()

    async def pop(self, contact: LiveContact) -> ScreenPopped:
        """Return the screen pop; with a database that is away or slow, what the hub itself knows."""
        known = NOTHING_KNOWN
        self.begin(contact)
        if (reading := self._reading.get(contact.id)) is not None:
            await asyncio.wait({reading}, timeout=_PATIENCE_S)
            if reading.done() and not reading.cancelled():
                known = reading.result()
            if self._reading.get(contact.id) is reading:
                del self._reading[contact.id]  # the next pop shows what has happened since
        return ScreenPopped(
            contact=contact.id,
            channel=contact.channel,
            queue=contact.queue,
            waited_ms=max(0, now_ms() - contact.arrived_ms),
            address=contact.address,
            customer=known.customer,
            identifiers=known.identifiers,
            journey=known.journey,
            open_threads=known.open_threads,
            ivr=tuple(PathItem(menu, digits) for menu, digits in contact.ivr),
            by=contact.by or None,
        )

    async def _read(self, contact: LiveContact) -> Background:
        if contact.customer is None:
            return NOTHING_KNOWN
        try:
            return await self._crm.backgrounds.of(contact.customer, apart_from=contact.id)
        except CrmError as error:
            log.warning("acquaintance.not_read", contact=contact.id, error=type(error).__name__)
        except Exception:  # no phone stays silent for want of a screen pop
            log.exception("acquaintance.failed", contact=contact.id)
        return NOTHING_KNOWN
