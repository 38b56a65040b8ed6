"""Receiving a caller: who calls, and what the menus make of it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Protocol, TypeVar

import structlog

from crm_bridge.deflections import Deflection
from crm_bridge.errors import CrmError
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import HeardItem, Known, PathItem
from cti.calls import CallControl
from cti.errors import CallGone, CallRefused
from hub.board import LiveContact
from hub.call import Call
from hub.call_codes import CallCodes
from hub.clock import now_ms
from hub.comings_back import ComingsBack
from hub.crm import Crm
from hub.deflected import IN_MENU, Deflected
from hub.ivr_world import Worlds
from hub.journal import Journal
from hub.learning import Learning
from hub.listening import FaxCalls, Listening, caller_port
from hub.stated_identity import StatedIdentity
from hub.texts import spoken
from ivr import session, walk
from ivr.caller import QUIET_S, CallerPort, Question, Sounds
from ivr.conditions import ANSWER, CALLER, DIALLED, PROVEN
from ivr.flow import (
    CODE_LENGTH,
    Deflect,
    Exit,
    HangUp,
    Language,
    SectionName,
    ToCallback,
    ToThread,
    Transfer,
)
from ivr.hearing import Understanding, not_noted
from ivr.leg import Leg
from ivr.load import FAX
from ivr.position import Outcome
from ivr.world import Verdict

log = structlog.get_logger()

_FAX_RECEPTION = ("from-trunk", "fax")
"""Context and extension where Asterisk receives faxes, or ends the call if it receives none."""
_IDENTIFY_S = 0.3
_ANOTHER_S = 2.0
"""How long a caller who comes back has to say that he calls about something else."""
_CODES_MAX = 3
_CODE = Question(CODE_LENGTH, "#", 2.5, QUIET_S)
_PROVE_S = 3.0

T = TypeVar("T")


class Invite(Protocol):
    """Sends a caller the way into a text channel; False if that cannot be done."""

    async def __call__(self, deflected: Deflected) -> bool: ...


class Acquaint(Protocol):
    """Begins to gather what an agent will be shown of a contact."""

    def __call__(self, contact: LiveContact) -> None: ...


class Stated(Protocol):
    """Who a caller is by the word of his trunk (`hub.stated_identity`)."""

    async def __call__(self, call: Call) -> StatedIdentity | None: ...


class SendOut(Protocol):
    """Lets a caller go on to a number outside; False if no way leads there."""

    async def __call__(self, call: Call, number: str) -> bool: ...


class Reception:
    """Recognises callers and leads them through the menus.

    `understanding` returns what finds out what callers mean who speak; without it there are only keys.
    """

    def __init__(
        self,
        *,
        crm: Crm,
        journal: Journal,
        sounds: Sounds,
        invite: Invite,
        acquaint: Acquaint,
        worlds: Worlds,
        send_out: SendOut,
        listening: Listening | None,
        understanding: Callable[[], Understanding | None],
        comings_back: ComingsBack,
        learning: Learning,
        codes: CallCodes,
        stated: Stated,
    ) -> None:
        self._crm, self._journal, self._sounds = crm, journal, sounds
        self._invite, self._acquaint, self._listening = invite, acquaint, listening
        self._worlds, self._send_out, self._understanding = worlds, send_out, understanding
        self._comings_back, self._learning, self._codes = comings_back, learning, codes
        self._stated = stated

    async def recognise(self, call: Call) -> None:
        """Find out who calls; a database that is away or slow makes the caller a stranger."""
        call.known = await self.identify(call.contact, await self._stated(call))

    async def identify(self, contact: LiveContact, stated: StatedIdentity | None = None) -> Known | None:
        """Find out who is `stated` to call, or whose number a contact's is.

        A database that is away or slow makes him a stranger.
        """
        known = None
        try:
            async with asyncio.timeout(_IDENTIFY_S):
                if stated is not None:
                    known = await self._crm.customers.identify(stated.kind, stated.value)
                if known is None:
                    known = await self._crm.customers.identify(IdentifierKind.PHONE, contact.address)
        except (CrmError, TimeoutError) as error:
            log.warning("reception.not_recognised", contact=contact.id, error=type(error).__name__)
        if known is not None:
            contact.customer, contact.name = known.customer.id, known.customer.name or contact.name
        self._journal.put(lambda: self._note_arrival(contact, stated))
        self._acquaint(contact)
        return known

    async def lead(self, call: Call, control: CallControl, start: SectionName | None = None) -> Exit:
        """Lead a caller through the menus; returns what is to become of the call.

        A `Transfer` has been done by then. `start` names a section to begin in, for a caller who has been
        through the menus before. Raises what `CallControl` raises: `CallGone` when the caller hangs up, or is
        a fax machine that goes on in the dialplan.
        """
        port = caller_port(self._listening, control, call.key)
        leg = Leg(port, self._sounds, call.flow.languages)
        outcome: Outcome | None = None
        way = _Way()
        try:
            if start is None and await self._brings_code(call, leg):
                return ToThread()
            if start is None and (left := await self._left_off(call, leg)) is not None:
                wanted, start = self._comings_back.go_on(call, left)
                outcome = _as_left(left)
                way.came(outcome.path)
                if wanted is not None:
                    return wanted
            while True:
                try:
                    outcome = await self._walk(call, port, leg, way, start, outcome)
                except FaxCalls:
                    log.info("reception.fax_calls", contact=call.contact.id)
                    if start == FAX or FAX not in call.flow.sections:
                        return await _left_to_fax(call, control)
                    start = FAX
                    continue
                call.language = outcome.language
                self._learn(call, outcome)
                start = await self._left(call, leg, outcome)
                if start is None:
                    return outcome.action
        finally:
            await port.close()
            self._note_path(call.contact, _stored(way.path), way.at_ms)

    async def _walk(
        self,
        call: Call,
        port: CallerPort,
        leg: Leg,
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
            language=call.language if start or before else None,
            start=start,
            before=before,
            leg=leg,
            world=self._worlds.of(call),
            understanding=self._understanding(),
            stands=way.stands,
            today=self._worlds.today,
            noted=self._listening.noted if self._listening is not None else not_noted,
        )

    async def _left(self, call: Call, leg: Leg, outcome: Outcome) -> SectionName | None:
        """Do what may fail; returns where the call then goes on in the menus, None if it does not."""
        match outcome.action:
            case Deflect() as deflect:
                return await self._deflect(call, leg, deflect, _stored(outcome.path))
            case ToCallback(failed=failed):
                return failed if call.contact.address is None else None
            case Transfer(number, failed):
                return None if await self._send_out(call, number) else failed
            case _:
                return None

    def _learn(self, call: Call, outcome: Outcome) -> None:
        """Note at the contact what the caller wants, and what he gave."""
        heard = [
            HeardItem(name, value, outcome.said.get(name, ""))
            for name, value in outcome.variables.items()
            if value and name not in (ANSWER, CALLER, DIALLED, PROVEN)
        ]
        if (intent := walk.intent_said(call.flow, outcome.path)) or heard:
            self._learning.learned(call.contact, intent=intent, heard=heard)

    def _note_path(self, contact: LiveContact, path: tuple[PathItem, ...], at_ms: int) -> None:
        contact.ivr = tuple((item.menu, item.digits) for item in path)
        if path:
            self._journal.put(lambda: self._crm.contacts.ivr_path(contact.id, path, at_ms))

    async def _left_off(self, call: Call, leg: Leg) -> Deflection | None:
        """Return where who calls again is to go on; he may say that it is about something else."""
        if (left := await self._comings_back.left_off(call)) is None:
            return None
        language = Language(left.language)
        await leg.add(language, [spoken("came_back", language)])
        key = await leg.collect(language, Question(1, "", _ANOTHER_S, 0))
        return None if key else left

    async def _brings_code(self, call: Call, leg: Leg) -> bool:
        """Ask a stranger for the code that he may have been sent, while any are out; whether he had one."""
        if not call.flow.offers_code or (call.known is not None and call.known.thread is not None):
            return False
        try:
            async with asyncio.timeout(_IDENTIFY_S):
                are_out = await self._codes.are_out()
        except (CrmError, TimeoutError) as error:
            log.warning("reception.no_codes", contact=call.contact.id, error=type(error).__name__)
            return False
        return are_out and await self._ask_code(call, leg)

    async def _ask_code(self, call: Call, leg: Leg) -> bool:
        language = call.flow.number(call.incoming.dialled, call.incoming.trunk).language
        call.language = language = language or call.flow.languages[0]
        words = spoken("code_offer", call.language)
        for number in range(_CODES_MAX):
            await leg.add(language, [words])
            digits = await leg.collect(language, _CODE)
            if number and not digits:  # a hash after the sixth digit, as like as not
                continue
            if len(digits) != CODE_LENGTH or not digits.isdecimal():
                return False
            verdict = await self._meanwhile(call, leg, self._prove_code(call, digits))
            if verdict is Verdict.ACCEPTED:
                return True
            if verdict is not Verdict.REFUSED:
                return False
            words = spoken("code_wrong", call.language)
        return False

    async def _prove_code(self, call: Call, digits: str) -> Verdict:
        try:
            async with asyncio.timeout(_PROVE_S):
                return await self._codes.prove(call, digits, call.flow.limits)
        except (CrmError, TimeoutError) as error:
            log.warning("reception.no_codes", contact=call.contact.id, error=type(error).__name__)
            return Verdict.UNAVAILABLE

    async def _deflect(
        self, call: Call, leg: Leg, action: Deflect, path: tuple[PathItem, ...]
    ) -> SectionName | None:
        """Offer the way into a text channel; returns where the call goes on."""
        deflected = Deflected.of_call(call, action.channel, queue=action.queue, path=path, reason=IN_MENU)
        if deflected is None or not await self._meanwhile(call, leg, self._invite(deflected)):
            return action.failed
        if action.sent is None:
            await leg.add(Language(call.language), [spoken(f"{action.channel}_sent", call.language)])
            await leg.say()
        return action.sent

    async def _meanwhile(self, call: Call, leg: Leg, work: Coroutine[None, None, T]) -> T:
        """Do something; a caller who waits for it for long is told so."""
        return (await leg.meanwhile(Language(call.language), asyncio.gather(work, leg.prepare())))[0]

    async def _note_arrival(self, contact: LiveContact, stated: StatedIdentity | None) -> None:
        customer = contact.customer
        if customer is None and stated is not None:
            made = await self._crm.customers.ensure(
                stated.kind, stated.value, LinkedBy.FIRST_CONTACT, at_ms=contact.arrived_ms
            )
            customer = made.id
        elif customer is None and contact.address is not None and contact.address.startswith("+"):
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


async def _left_to_fax(call: Call, control: CallControl) -> HangUp:
    """Let a fax machine go on in the dialplan: raises `CallGone` then."""
    try:
        await control.leave_to_dialplan(call.key, *_FAX_RECEPTION)
    except CallRefused:
        return HangUp()
    raise CallGone("a fax machine goes on in the dialplan")


class _Way:
    """How far a caller has come, and when he came there."""

    def __init__(self) -> None:
        self.path: tuple[walk.PathItem, ...] = ()
        self.at_ms = 0

    def came(self, path: tuple[walk.PathItem, ...]) -> None:
        self.path, self.at_ms = path, now_ms()

    def stands(self, position: walk.Position) -> None:
        self.came(position.path)


def _as_left(left: Deflection) -> Outcome:
    """Return how a caller left the menus who goes on now."""
    path = tuple(walk.PathItem(SectionName(item.menu), item.digits) for item in left.path)
    values = {item.name: item.value for item in left.heard}
    said = {item.name: item.said for item in left.heard if item.said}
    return Outcome(HangUp(), Language(left.language), path, values, said)


def _stored(path: tuple[walk.PathItem, ...]) -> tuple[PathItem, ...]:
    return tuple(PathItem(item.menu, item.digits) for item in path)
