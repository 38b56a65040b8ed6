"""Receiving a caller: who calls, and what the menus make of it."""

import asyncio
from typing import Protocol

import structlog

from acd.contact import Channel
from crm_bridge.errors import CrmError
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import Known, PathItem
from cti.calls import CallControl
from hub.board import LiveContact
from hub.call import Call
from hub.clock import now_ms
from hub.crm import Crm
from hub.ivr_world import Worlds
from hub.journal import Journal
from hub.listening import FaxCalls, Listening, caller_port
from hub.text import Deflected
from ivr import session, walk
from ivr.flow import Deflect, Exit, HangUp, SectionName, ToCallback, Transfer
from ivr.hearing import Understanding
from ivr.load import FAX
from ivr.position import Outcome

log = structlog.get_logger()

_IDENTIFY_S = 0.3


class Invite(Protocol):
    """Sends a caller the way into a text channel; False if that cannot be done."""

    async def __call__(self, deflected: Deflected) -> bool: ...


class Acquaint(Protocol):
    """Begins to gather what an agent will be shown of a contact."""

    def __call__(self, contact: LiveContact) -> None: ...


class SendOut(Protocol):
    """Lets a caller go on to a number outside; False if no way leads there."""

    async def __call__(self, call: Call, number: str) -> bool: ...


class Reception:
    """Recognises callers and leads them through the menus.

    `understanding` finds out what callers mean who speak; without it there are only keys.
    """

    def __init__(
        self,
        *,
        crm: Crm,
        journal: Journal,
        sounds: session.Sounds,
        invite: Invite,
        acquaint: Acquaint,
        worlds: Worlds,
        send_out: SendOut,
        listening: Listening | None = None,
    ) -> None:
        self._crm, self._journal, self._sounds = crm, journal, sounds
        self._invite, self._acquaint, self._listening = invite, acquaint, listening
        self._worlds, self._send_out = worlds, send_out
        self.understanding: Understanding | None = None

    async def recognise(self, call: Call) -> None:
        """Find out who calls; a database that is away or slow makes the caller a stranger."""
        call.known = await self.identify(call.contact)

    async def identify(self, contact: LiveContact) -> Known | None:
        """Find out whose number a contact's is; a database that is away or slow makes him a stranger."""
        known = None
        try:
            async with asyncio.timeout(_IDENTIFY_S):
                known = await self._crm.customers.identify(IdentifierKind.PHONE, contact.address)
        except (CrmError, TimeoutError) as error:
            log.warning("reception.not_recognised", contact=contact.id, error=type(error).__name__)
        if known is not None:
            contact.customer, contact.name = known.customer.id, known.customer.name or contact.name
        self._journal.put(lambda: self._note_arrival(contact))
        self._acquaint(contact)
        return known

    async def lead(self, call: Call, control: CallControl, start: SectionName | None = None) -> Exit:
        """Lead a caller through the menus; returns what is to become of the call.

        A `Transfer` has been done by then. `start` names a section to begin in, for a caller who has been
        through the menus before. Raises what `CallControl` raises: `CallGone` when the caller hangs up.
        """
        port = caller_port(self._listening, control, call.key)
        outcome: Outcome | None = None
        way = _Way()
        try:
            while True:
                try:
                    outcome = await self._walk(call, port, way, start, outcome)
                except FaxCalls:
                    log.info("reception.fax_calls", contact=call.contact.id)
                    if start == FAX or FAX not in call.flow.sections:
                        return HangUp()
                    start = FAX
                    continue
                call.language = outcome.language
                start = await self._left(call, outcome.action)
                if start is None:
                    return outcome.action
        finally:
            await port.close()
            self._note_path(call.contact, [PathItem(item.menu, item.digits) for item in way.path], way.at_ms)

    async def _walk(
        self,
        call: Call,
        port: session.CallerPort,
        way: "_Way",
        start: SectionName | None,
        before: Outcome | None,
    ) -> Outcome:
        return await session.run(
            call.flow,
            port,
            self._sounds,
            dialled=call.incoming.dialled,
            number=self._worlds.number(call),
            trunk=call.incoming.trunk,
            language=call.language if start else None,
            start=start,
            before=before,
            world=self._worlds.of(call),
            understanding=self.understanding,
            stands=way.stands,
        )

    async def _left(self, call: Call, action: Exit) -> SectionName | None:
        """Do what may fail; returns where the call then goes on in the menus, None if it does not."""
        match action:
            case Deflect():
                return await self._deflect(call, action)
            case ToCallback(failed=failed):
                return failed if call.contact.address is None else None
            case Transfer(number, failed):
                return None if await self._send_out(call, number) else failed
            case _:
                return None

    def _note_path(self, contact: LiveContact, path: list[PathItem], at_ms: int) -> None:
        contact.ivr = tuple((item.menu, item.digits) for item in path)
        if path:
            self._journal.put(lambda: self._crm.contacts.ivr_path(contact.id, path, at_ms))

    async def _deflect(self, call: Call, action: Deflect) -> SectionName | None:
        """Offer the way into a text channel; returns where the call goes on."""
        contact = call.contact
        if contact.address is None or action.channel is not Channel.LINE:
            return action.failed
        deflected = Deflected(
            number=contact.address,
            queue=action.queue,
            arrived_ms=contact.arrived_ms,
            language=call.language,
            call=contact.id,
        )
        return action.sent if await self._invite(deflected) else action.failed

    async def _note_arrival(self, contact: LiveContact) -> None:
        customer = contact.customer
        if customer is None and contact.address is not None and contact.address.startswith("+"):
            made = await self._crm.customers.ensure(
                IdentifierKind.PHONE, contact.address, LinkedBy.CALLER_ID, at_ms=contact.arrived_ms
            )
            customer = made.id
        await self._crm.contacts.opened(
            contact.id,
            channel=contact.channel,
            address=contact.address,
            at_ms=contact.arrived_ms,
            customer=customer,
        )


class _Way:
    """How far a caller has come, and when he came there."""

    def __init__(self) -> None:
        self.path: tuple[walk.PathItem, ...] = ()
        self.at_ms = 0

    def stands(self, position: walk.Position) -> None:
        self.path, self.at_ms = position.path, now_ms()
