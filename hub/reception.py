"""Receiving a caller: who calls, and what the menus make of it."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from crm_bridge.deflections import Deflection
from crm_bridge.errors import CrmError
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import Known, PathItem
from cti.ari import ChannelKey
from cti.calls import CallControl
from hub.board import LiveContact
from hub.call import Call, media
from hub.clock import now_ms
from hub.comings_back import ComingsBack
from hub.crm import Crm
from hub.deflected import IN_MENU, Deflected
from hub.journal import Journal
from hub.texts import spoken
from ivr import session
from ivr.flow import Deflect, Prompt, SectionName, ToQueue

log = structlog.get_logger()

_IDENTIFY_S = 0.3
_ANOTHER_S = 2.0
"""How long a caller who comes back has to say that he calls about something else."""


class Invite(Protocol):
    """Sends a caller the way into a text channel; False if that cannot be done."""

    async def __call__(self, deflected: Deflected) -> bool: ...


class Acquaint(Protocol):
    """Begins to gather what an agent will be shown of a contact."""

    def __call__(self, contact: LiveContact) -> None: ...


class Reception:
    """Recognises callers and leads them through the menus."""

    def __init__(
        self,
        *,
        crm: Crm,
        journal: Journal,
        sounds: session.Sounds,
        invite: Invite,
        acquaint: Acquaint,
        comings_back: ComingsBack,
    ) -> None:
        self._crm, self._journal, self._sounds = crm, journal, sounds
        self._invite, self._acquaint, self._comings_back = invite, acquaint, comings_back

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

    async def lead(
        self, call: Call, control: CallControl, start: SectionName | None = None
    ) -> ToQueue | None:
        """Lead a caller through the menus; returns where to wait, None when the call is to end.

        `start` names a section to begin in, for a caller who has been through the menus before. Raises
        what `CallControl` raises: `CallGone` when the caller hangs up.
        """
        port = _CallerPort(control, call.key)
        path: list[PathItem] = []
        try:
            if start is None and (left := await self._left_off(call, port)) is not None:
                path += left.path
                wanted, start = self._comings_back.go_on(call, left)
                if wanted is not None:
                    return wanted
            while True:
                outcome = await session.run(
                    call.flow,
                    port,
                    self._sounds,
                    dialled=call.incoming.dialled,
                    language=call.language if start else None,
                    start=start,
                )
                call.language = outcome.language
                path += [PathItem(item.menu, item.digits) for item in outcome.path]
                if isinstance(outcome.action, ToQueue):
                    return outcome.action
                if not isinstance(outcome.action, Deflect):
                    return None
                start = await self._deflect(call, port, outcome.action, tuple(path))
                if start is None:
                    return None
        finally:
            self._note_path(call.contact, path)

    def _note_path(self, contact: LiveContact, path: list[PathItem]) -> None:
        contact.ivr = tuple((item.menu, item.digits) for item in path)
        at_ms = now_ms()
        if path:
            self._journal.put(lambda: self._crm.contacts.ivr_path(contact.id, path, at_ms))

    async def _left_off(self, call: Call, port: "_CallerPort") -> Deflection | None:
        """Return where who calls again is to go on; he may say that it is about something else."""
        if (left := await self._comings_back.left_off(call)) is None:
            return None
        question = await self._sounds.sound(spoken("came_back", left.language))
        key = await port.play_and_collect(
            [str(question)],
            digits_max=1,
            terminator="",
            first_digit_timeout_s=_ANOTHER_S,
            digit_timeout_s=0,
            barge_in=True,
        )
        return None if key else left

    async def _deflect(
        self, call: Call, port: "_CallerPort", action: Deflect, path: tuple[PathItem, ...]
    ) -> SectionName | None:
        """Offer the way into a text channel; returns where the call goes on."""
        deflected = Deflected.of_call(call, action.channel, queue=action.queue, path=path, reason=IN_MENU)
        if deflected is None or not await self._invite(deflected):
            return action.failed
        if action.sent is None:
            await self._say(port, spoken(f"{action.channel}_sent", call.language))
        return action.sent

    async def _say(self, port: "_CallerPort", words: Prompt) -> None:
        await port.play_and_collect(
            [str(await self._sounds.sound(words))],
            digits_max=0,
            terminator="",
            first_digit_timeout_s=0,
            digit_timeout_s=0,
            barge_in=False,
        )

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


class _CallerPort:
    """A caller as the menus see it (`ivr.session.CallerPort`)."""

    def __init__(self, control: CallControl, key: ChannelKey) -> None:
        self._control, self._key = control, key
        self._is_answered = False

    async def play_and_collect(
        self,
        sounds: Sequence[str],
        *,
        digits_max: int,
        terminator: str,
        first_digit_timeout_s: float,
        digit_timeout_s: float,
        barge_in: bool,
    ) -> str:
        if not self._is_answered:
            await self._control.answer(self._key)
            self._is_answered = True
        return await self._control.play_and_collect(
            self._key,
            [media(sound) for sound in sounds],
            digits_max=digits_max,
            terminator=terminator,
            first_digit_timeout_s=first_digit_timeout_s,
            digit_timeout_s=digit_timeout_s,
            barge_in=barge_in,
        )
