"""Other ways for callers who wait long: to be called back, or to go on in a text channel."""

from collections.abc import Callable
from dataclasses import replace

import structlog

from acd.contact import Channel
from acd.errors import AcdFull, AcdUnavailable
from acd.events import CallbackRequested, ContactLeft, CustomerIdentified
from acd.ids import ContactId
from acd.policy import CALLBACK
from crm_bridge.model import PathItem
from hub.board import LiveContact
from hub.call import Call
from hub.clock import now_ms
from hub.crm import Crm
from hub.deflected import BY_AGENT, WHILE_WAITING, Deflected
from hub.departures import Departures
from hub.invitations import WAYS
from hub.journal import Journal
from hub.lines import Lines
from hub.reception import Invite
from hub.submit import Report, Submit
from hub.texts import spoken
from hub.triage import TriageRules
from hub.waiting_calls import WaitingCalls

log = structlog.get_logger()

_YES = "1"


class Proposals:
    """Asks callers, and does what they choose and the router agrees to. `rules` returns those that hold."""

    def __init__(
        self,
        lines: Lines,
        waiting: WaitingCalls,
        departures: Departures,
        *,
        crm: Crm,
        journal: Journal,
        submit: Submit,
        report: Report,
        invite: Invite,
        rules: Callable[[], TriageRules],
    ) -> None:
        self._lines, self._waiting, self._departures = lines, waiting, departures
        self._crm, self._journal = crm, journal
        self._submit, self._report, self._invite, self._rules = submit, report, invite, rules
        self._requested: set[ContactId] = set()

    def propose(self, contact: LiveContact, way: str) -> None:
        """Ask a caller whether he would rather go the other way."""
        call = self._lines.calls.get(contact.id)
        if call is None or contact.address is None or way not in (CALLBACK, *WAYS):
            log.info("proposal.not_made", contact=contact.id, way=way)
        elif way == CALLBACK:
            question = spoken("propose_callback", call.language)
            self._waiting.ask(
                call, question, lambda key: self._waiting.meanwhile(call, self._callback(call, key))
            )
        else:
            question, channel = spoken(f"propose_{way}", call.language), Channel(way)
            self._waiting.ask(call, question, lambda key: self._deflect(call, channel, key))

    def is_asked(self, contact: ContactId) -> bool:
        """Whether a caller chose to be called back and the router has not answered yet.

        He may have hung up by then: that is not the end of his contact.
        """
        return contact in self._requested

    def arranged(self, contact: LiveContact) -> None:
        """The contact waits on without its caller, who may hang up."""
        self._requested.discard(contact.id)
        at_ms = now_ms()
        self._journal.put(lambda: self._note(contact, at_ms))
        call = self._lines.calls.get(contact.id)
        if call is not None and not call.incoming.callback:  # else it is told once more, and he is called
            self._departures.part(call, spoken("callback_arranged", call.language))

    async def not_arranged(self, contact: ContactId, reason: str) -> None:
        """The router does not have a caller called back."""
        was_asked, call = contact in self._requested, self._lines.calls.get(contact)
        self._requested.discard(contact)
        if call is not None and reason == "callback_exists":
            await self._departures.leave(call, reason, reason)
        elif call is None and was_asked:
            await self._report(ContactLeft(contact=contact, reason="abandoned"))

    async def _note(self, contact: LiveContact, at_ms: int) -> None:
        """Store a callback. A stranger is a customer by now: by that he is known if he calls again."""
        await self._crm.contacts.callback(contact.id, at_ms)
        until_ms = at_ms + self._rules().held_s * 1000
        await self._crm.deflections.sent(f"{contact.id}:{CALLBACK}", at_ms, until_ms)
        stored = await self._crm.contacts.get(contact.id)
        if contact.customer is None and stored is not None and stored.customer is not None:
            contact.customer = stored.customer
            await self._report(CustomerIdentified(contact=contact.id, customer=stored.customer))

    async def call_back(self, call: Call, reason: str) -> None:
        """Ask the router to let a caller be called back at his turn; `arranged` or `not_arranged` follows."""
        await self._callback(call, _YES, reason)

    async def deflect(self, call: Call, channel: Channel, reason: str) -> None:
        """Let a caller who waits go on in a text channel, or say that this cannot be."""
        await self._deflect(call, channel, _YES, reason)

    async def invite(self, call: Call, channel: Channel) -> bool:
        """Send a caller who talks to an agent the way to go on with him by text; whether that can be."""
        left = self.left_behind(call, channel, BY_AGENT)
        return left is not None and await self._invite(replace(left, agent=call.contact.agent))

    def left_behind(self, call: Call, channel: Channel, reason: str) -> Deflected | None:
        """Return what a caller who waits, or wanted to, leaves behind; None if his number is withheld."""
        path = tuple(PathItem(menu, digits) for menu, digits in call.contact.ivr)
        return Deflected.of_call(call, channel, queue=call.contact.queue, path=path, reason=reason)

    async def _callback(self, call: Call, key: str, reason: str = WHILE_WAITING) -> None:
        if key != _YES:
            return
        contact = call.contact.id
        self._requested.add(contact)
        if (left := self.left_behind(call, Channel.VOICE, reason)) is not None:
            offered = left.deflection(now_ms(), CALLBACK)
            self._journal.put(lambda: self._crm.deflections.offered(offered))
        try:
            await self._submit(CallbackRequested(contact=contact))
        except (AcdUnavailable, AcdFull) as error:
            log.warning("proposal.not_taken", contact=contact, reason=str(error))
            self._requested.discard(contact)

    async def _deflect(
        self, call: Call, channel: Channel, key: str = _YES, reason: str = WHILE_WAITING
    ) -> None:
        deflected = self.left_behind(call, channel, reason)
        if key != _YES or deflected is None:
            return
        if await self._waiting.meanwhile(call, self._invite(deflected)):
            await self._departures.leave(call, "deflected", f"{channel}_sent")
        else:
            await self._waiting.say(call, spoken("line_failed", call.language))
