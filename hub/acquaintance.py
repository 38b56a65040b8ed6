"""What is known of a contact's customer, gathered while the contact waits."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import structlog

from acd.ids import ContactId, QueueName
from crm_bridge.background import NOTHING_KNOWN, Background
from crm_bridge.errors import CrmError
from crm_bridge.model import Candidate, PathItem
from hub.board import LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.desktop.protocol import ScreenPopped

log = structlog.get_logger()

_PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a contact's customer, or of who it may be."""

    known: Background = NOTHING_KNOWN
    candidates: tuple[Candidate, ...] = ()


_NOTHING = _Read()


class Acquaintance:
    """Screen pops that are ready when the offer comes: the customer's part is read on arrival.

    `pop_url` returns a queue's address in another program (`QueueSettings.pop_url`).
    """

    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self._reading: dict[ContactId, asyncio.Task[_Read]] = {}
        self.pop_url: Callable[[QueueName], str] = lambda _: ""

    def begin(self, contact: LiveContact) -> None:
        """Begin to read what is known of the customer."""
        if contact.id not in self._reading and (contact.customer or _may_be_known(contact)):
            self._reading[contact.id] = asyncio.create_task(self._read(contact))

    def forget(self, contact: ContactId) -> None:
        """Let go what was read."""
        if (reading := self._reading.pop(contact, None)) is not None:
            reading.cancel()

    async def pop(self, contact: LiveContact) -> ScreenPopped:
        """Return the screen pop; with a database that is away or slow, what the hub itself knows."""
        read = _NOTHING
        self.begin(contact)
        if (reading := self._reading.get(contact.id)) is not None:
            await asyncio.wait({reading}, timeout=_PATIENCE_S)
            if reading.done() and not reading.cancelled():
                read = reading.result()
            if self._reading.get(contact.id) is reading:
                del self._reading[contact.id]  # the next pop shows what has happened since
        known = read.known
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
            candidates=read.candidates if known.customer is None else (),
            url=_filled(self.pop_url(contact.queue), contact),
            by=contact.by or None,
            intent=contact.intent,
            heard=contact.heard,
            notes=contact.notes,
        )

    async def _read(self, contact: LiveContact) -> _Read:
        try:
            if contact.customer is not None:
                return _Read(await self._crm.backgrounds.of(contact.customer, apart_from=contact.id))
            if contact.address is not None:
                return _Read(candidates=await self._crm.customers.similar(contact.address))
        except CrmError as error:
            log.warning("acquaintance.not_read", contact=contact.id, error=type(error).__name__)
        except Exception:  # no phone stays silent for want of a screen pop
            log.exception("acquaintance.failed", contact=contact.id)
        return _NOTHING


def _may_be_known(contact: LiveContact) -> bool:
    """Whether customers with a similar number are worth looking for."""
    return contact.channel.is_live and contact.address is not None and contact.address.startswith("+")


def _filled(template: str, contact: LiveContact) -> str:
    """Fill in an address, each value escaped; what is not known is left empty."""
    values = {"number": contact.address, "contact": contact.id, "customer": contact.customer}
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", quote(value or "", safe=""))
    return template
