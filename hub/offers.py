"""Callers who begin to wait, or cannot, are offered other ways as triage.conf says."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

import structlog

from acd.actions import RefuseContact
from acd.contact import Channel
from acd.core.explain import explain
from acd.core.forecast import wait_at_ms
from acd.errors import AcdUnavailable
from acd.ids import ContactId, QueueName
from acd.router import Snapshot
from crm_bridge.errors import CrmError
from crm_bridge.knowledge import Answer, Knowledge
from cti.calls import CallControl
from cti.errors import CallGone
from hub.board import LiveContact
from hub.call import Call
from hub.clock import now_ms
from hub.crm import Crm
from hub.deflected import Deflected
from hub.departures import Departures
from hub.journal import Journal
from hub.lines import Lines
from hub.proposals import Proposals
from hub.reception import Invite
from hub.texts import is_spoken, spoken
from hub.triage import Situation, Triage, TriageRules, Way, offers
from hub.waiting_calls import WaitingCalls
from ivr.flow import Language, Prompt

log = structlog.get_logger()

_CLOSED = "closed"
_TAGS_S = 0.3
_YES, _TEXT_ME = "1", "2"
_TEXT = {Way.LINE: Channel.LINE, Way.SMS: Channel.SMS, Way.CHAT: Channel.CHAT, Way.EMAIL: Channel.EMAIL}


class Ways(Protocol):
    """What can be sent (`hub.invitations.Invitations` serves)."""

    def why_not(self, channel: Channel) -> str:
        """Return why nobody can be invited to a channel, a short code; empty if that can be."""

    @property
    def can_send(self) -> bool:
        """Whether anything can be sent by SMS."""

    async def send(self, contact: ContactId, number: str, name: str, words: str) -> bool:
        """Send an SMS, once for each contact and name; False if that cannot be done."""


class Offers:
    """Looks whether a rule fits, asks once, and does what the caller chooses.

    `rules` and `knowledge` return what holds now, `snapshot` how routing stands.
    """

    def __init__(
        self,
        lines: Lines,
        waiting: WaitingCalls,
        departures: Departures,
        proposals: Proposals,
        *,
        crm: Crm,
        journal: Journal,
        rules: Callable[[], TriageRules],
        knowledge: Callable[[], Knowledge],
        snapshot: Callable[[], Awaitable[Snapshot]],
        invite: Invite,
        ways: Ways,
    ) -> None:
        self._lines, self._waiting, self._departures = lines, waiting, departures
        self._proposals, self._invite, self._ways = proposals, invite, ways
        self._crm, self._journal = crm, journal
        self._rules, self._knowledge, self._snapshot = rules, knowledge, snapshot
        self.control: CallControl

    def consider(self, call: Call) -> None:
        """A caller begins to wait; he keeps his place while he is asked, and an agent ends the question."""
        if self._rules().rules:
            self._waiting.talk(call, lambda: self._consider(call))

    async def refused(self, contact: LiveContact, action: RefuseContact) -> bool:
        """Offer a caller who cannot wait another way; False if there is none, and nothing was done."""
        call = self._lines.calls.get(contact.id)
        if call is None or not self._rules().rules or not is_spoken(f"{action.reason}_but"):
            return False
        tags = await self._tags(contact)
        triage = self._triage(call, None, tags, is_open=action.reason != _CLOSED, callback="refused")
        if not triage.offers or contact.id not in self._lines.calls:
            return False
        self._departures.drop(contact, action.reason)
        self._lines.calls.pop(contact.id, None)
        self._lines.parting[contact.id] = call
        call.is_parting = True
        self._waiting.talk(call, lambda: self._ask_last(call, triage, action.reason))
        return True

    # --- what is offered -------------------------------------------------------------------------

    async def _tags(self, contact: LiveContact) -> Collection[str] | None:
        """Return a customer's tags, None for a stranger; they are asked for only where a rule has need."""
        if contact.customer is None:
            return None
        if not self._rules().asks_tags:
            return ()
        try:
            async with asyncio.timeout(_TAGS_S):
                return await self._crm.tags.of(contact.customer)
        except (CrmError, TimeoutError) as error:
            log.warning("triage.no_tags", contact=contact.id, error=type(error).__name__)
            return ()

    def _triage(
        self,
        call: Call,
        wait_s: float | None,
        tags: Collection[str] | None,
        *,
        is_open: bool,
        callback: str = "",
    ) -> Triage:
        contact = call.contact
        situation = Situation(
            intent=contact.intent,
            queue=contact.queue,
            wait_s=wait_s,
            is_open=is_open,
            customer_tags=tags,
        )
        withheld = "withheld" if contact.address is None else ""
        available = {way: withheld or self._ways.why_not(channel) for way, channel in _TEXT.items()}
        available[Way.CALLBACK] = withheld or callback
        available[Way.FAQ] = "" if self._answer(call) is not None else "no_answer"
        triage = offers(self._rules(), situation, available)
        log.info("triage.considered", contact=contact.id, rule=triage.rule, why=triage.explanation)
        return triage

    def _answer(self, call: Call) -> Answer | None:
        return self._knowledge().for_intent(call.contact.intent, call.language)

    async def _wait_s(self, call: Call) -> float | None:
        """Return the wait ahead of a caller; None while it cannot be told."""
        try:
            state = (await self._snapshot()).state
        except AcdUnavailable:
            return None
        record = state.contacts.get(call.contact.id)
        if record is not None and record.is_in_line:
            wait_ms = explain(state, record).wait_ms
        else:  # the router has not come to it yet
            queue = QueueName(call.contact.queue)
            wait_ms = wait_at_ms(state, queue, len(state.lines.of(queue)) + 1)
        return wait_ms / 1000 if wait_ms is not None else None

    # --- who waits -------------------------------------------------------------------------------

    async def _consider(self, call: Call) -> None:
        wait_s, tags = await self._wait_s(call), await self._tags(call.contact)
        triage = self._triage(call, wait_s, tags, is_open=True)
        if triage.offers:
            await self._waiting.interrupt(call, lambda: self._ask(call, triage))

    async def _ask(self, call: Call, triage: Triage) -> None:
        way = await self._chosen(call, triage, "offer_stay")
        if way is Way.CALLBACK:
            await self._waiting.meanwhile(call, self._proposals.call_back(call, triage.rule))
        elif way is Way.FAQ:
            await self._read_aloud(call, triage)
        elif way is not None:
            await self._proposals.deflect(call, _TEXT[way], triage.rule)

    async def _chosen(self, call: Call, triage: Triage, last: str) -> Way | None:
        """Say what is offered, a key each; returns what is chosen."""
        question = [
            spoken(f"offer_{way}", call.language, key=key) for key, way in enumerate(triage.offers, start=1)
        ]
        pressed = await self._waiting.answer(call, *question, spoken(last, call.language))
        number = int(pressed) if pressed.isdecimal() and pressed.isascii() else 0
        return triage.offers[number - 1] if 1 <= number <= len(triage.offers) else None

    async def _read_aloud(self, call: Call, triage: Triage) -> None:
        """Read an answer aloud; who says that it helped is parted with, all others wait on."""
        if await self._has_helped(call, triage):
            await self._departures.leave(call, "deflected", "faq_done")

    async def _has_helped(self, call: Call, triage: Triage) -> bool:
        answer = self._answer(call)
        if answer is None:
            return False
        words = answer.spoken(call.language)
        read = Prompt(f"faq-{answer.name}", Language(call.language), words)
        number = call.contact.address if self._ways.can_send else None
        asked = [spoken("faq_helped", call.language)]
        if number is not None:
            asked.append(spoken("faq_text", call.language))
        key = await self._waiting.answer(call, read, *asked)
        if key == _TEXT_ME and number is not None:
            written = answer.written(call.language)
            sending = self._ways.send(call.contact.id, number, answer.name, written)
            if not await self._waiting.meanwhile(call, sending):
                return False
        elif key != _YES:
            return False
        left = Deflected.of_call(call, Channel.VOICE, queue=call.contact.queue, path=(), reason=triage.rule)
        if left is not None:
            at_ms, stored = now_ms(), left.deflection(now_ms(), Way.FAQ)
            until_ms = at_ms + self._rules().held_s * 1000
            self._journal.put(lambda: self._crm.deflections.offered(stored))
            self._journal.put(lambda: self._crm.deflections.sent(stored.id, at_ms, until_ms))
        return True

    # --- who cannot wait -------------------------------------------------------------------------

    async def _ask_last(self, call: Call, triage: Triage, reason: str) -> None:
        """Say why he cannot wait, and what he can do instead; then the call ends."""
        try:
            await self.control.answer(call.key)
            await self.control.stop_music(call.key)
            await self._waiting.say(call, spoken(f"{reason}_but", call.language))
            way = await self._chosen(call, triage, "offer_end")
            words = "goodbye"
            if way is Way.FAQ:
                words = "faq_done" if await self._has_helped(call, triage) else words
            elif way is not None and way in _TEXT:
                words = await self._invited(call, _TEXT[way], triage.rule)
            await self._waiting.say(call, spoken(words, call.language))
            await self.control.hang_up(call.key)
        except CallGone:
            pass

    async def _invited(self, call: Call, channel: Channel, rule: str) -> str:
        left = self._proposals.left_behind(call, channel, rule)
        if left is not None and await self._waiting.meanwhile(call, self._invite(left)):
            return f"{channel}_sent"
        return "not_invited"
