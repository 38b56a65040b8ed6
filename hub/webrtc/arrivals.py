"""Calls from pages as they come in: whose they are, and where they wait."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from crm_bridge.errors import CrmError
from crm_bridge.model import JourneyItem, JourneyKind, Known
from cti.ari import ChannelKey
from hub.board import Board, LiveContact
from hub.call import Call
from hub.clock import now_ms
from hub.crm import Crm
from hub.errors import DatabaseUnavailable
from hub.journal import Journal
from hub.phone_names import is_caller
from hub.webrtc.calls import WebCalls
from hub.webrtc.store import WebCall
from ivr.flow import Exit, HangUp, ToQueue

log = structlog.get_logger()

_LOOK_S: Final = 2.0


class WebArrivals:
    """Takes calls from pages past the menus. `acquaint` begins to gather what an agent will be shown."""

    def __init__(
        self,
        calls: WebCalls,
        *,
        board: Board,
        crm: Crm,
        journal: Journal,
        acquaint: Callable[[LiveContact], None],
    ) -> None:
        self._calls, self._board, self._crm, self._journal = calls, board, crm, journal
        self._acquaint = acquaint
        self._known: dict[str, WebCall] = {}

    def is_web(self, call: Call) -> bool:
        """Whether a call came from a page."""
        return is_caller(call.incoming.trunk)

    async def recognise(self, call: Call) -> None:
        """Find out whose a call is. One that may not be is sent away by `wanted`."""
        contact = call.contact
        try:
            async with asyncio.timeout(_LOOK_S):
                web = await self._calls.find(call.incoming.trunk)
                if web is None or not await self._calls.came(web, contact.id):
                    log.warning("webrtc.not_expected", contact=contact.id)
                    return
        except (DatabaseUnavailable, TimeoutError):
            log.warning("webrtc.not_known", contact=contact.id)
            return
        self._known[call.key.id] = web
        contact.customer, call.language = web.customer, web.language
        contact.queue = contact.queue or web.queue
        call.known = await self._customer(web)
        if call.known is not None:
            contact.customer = call.known.customer.id
            contact.name = call.known.customer.name or contact.name
        thread = self._board.get(web.about) if web.about is not None else None
        if thread is not None:
            contact.preferred, contact.intent, contact.heard = thread.agent, thread.intent, thread.heard
            contact.name = contact.name or thread.name
        self._journal.put(lambda: self._note(contact, web))
        self._acquaint(contact)

    def wanted(self, call: Call) -> Exit:
        """Return what is to become of a call: its queue, or its end."""
        web = self._known.get(call.key.id)
        return ToQueue(web.queue, 0, {}) if web is not None else HangUp()

    def gone(self, key: ChannelKey) -> None:
        """A call has ended, or went on without us."""
        if (web := self._known.pop(key.id, None)) is not None:
            self._calls.over(web.id)

    async def _customer(self, web: WebCall) -> Known | None:
        if web.customer is None:
            return None
        try:
            async with asyncio.timeout(_LOOK_S):
                return await self._crm.customers.known(web.customer)
        except (CrmError, TimeoutError) as error:
            log.warning("webrtc.customer_not_known", error=type(error).__name__)
            return None

    async def _note(self, contact: LiveContact, web: WebCall) -> None:
        await self._crm.contacts.opened(
            contact.id,
            channel=contact.channel,
            address=contact.address,
            at_ms=contact.arrived_ms,
            customer=contact.customer,
        )
        if web.contact is not None:  # it was taken over from another hub, which noted it
            return
        detail: dict[str, object] = {"via": web.via, "video": web.video}
        if web.about is not None:
            detail["contact"] = web.about
        item = JourneyItem(max(contact.arrived_ms, now_ms()), JourneyKind.WEB_CALL, detail=detail)
        await self._crm.contacts.talked(contact.id, item)
