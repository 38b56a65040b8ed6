"""What agents' commands come to."""

import asyncio
from collections.abc import Mapping

from acd.actions import OfferContact
from acd.contact import ContactState
from acd.events import OfferAccepted, OfferRejected, PresenceChanged, WrapUpEnded
from acd.ids import AgentId, ContactId, OfferId, QueueName
from acd.policy import QueueSettings
from crm_bridge.model import JourneyItem, JourneyKind
from hub.board import Board, LiveContact
from hub.clock import now_ms
from hub.crm import Crm
from hub.desktop.commands import (
    Accept,
    CallMe,
    DomainCommand,
    HandBack,
    HangUp,
    NoteDown,
    Read,
    Record,
    Reject,
    Send,
    SendAccountLink,
    SendCallCode,
    SendCallLink,
    SetPresence,
    StopSupervising,
    Supervise,
    SuperviseCommand,
    TakeOver,
    TalkCommand,
    Typing,
    WrapUp,
)
from hub.desktop.protocol import Note
from hub.desktop.refusals import CommandRefused, Refusal
from hub.journal import Journal
from hub.recordings.commands import RecordCommands
from hub.signs import Signs
from hub.submit import Submit
from hub.talk_commands import TalkCommands
from hub.text import TextDesk
from hub.text_commands import CallLink, TextCommands
from hub.voice import VoiceDesk

_VERDICT_S = 2.0
_NOTES_MAX = 50
"""So many notes of a contact are shown; the journey has all."""


class Commands:
    """Carries out what agents ask for, from wherever they do. What they do with calls: `talks`."""

    def __init__(
        self,
        *,
        board: Board,
        crm: Crm,
        journal: Journal,
        submit: Submit,
        text: TextDesk,
        voice: VoiceDesk,
        recordings: RecordCommands,
        talks: TalkCommands,
        signs: Signs,
    ) -> None:
        self._board, self._crm, self._journal, self._submit = board, crm, journal, submit
        self._text, self._voice, self._talks = text, voice, talks
        self._recordings, self._signs = recordings, signs
        self._texts = TextCommands(text, talks)
        self._verdicts: dict[tuple[ContactId, AgentId], asyncio.Future[Refusal | None]] = {}
        self._queues: Mapping[QueueName, QueueSettings] = {}

    def go_by(self, queues: Mapping[QueueName, QueueSettings]) -> None:
        """Take over the settings of queues."""
        self._queues = queues

    def link_calls(self, call_link: CallLink) -> None:
        """Let agents send links by which customers call."""
        self._texts.call_link = call_link

    async def carry_out(self, agent: AgentId, command: DomainCommand) -> None:
        """Carry a command out; raises `CommandRefused`, and what passes (`retryable`)."""
        match command:
            case SetPresence():
                await self._submit(
                    PresenceChanged(agent=agent, presence=command.presence, reason=command.reason)
                )
            case Accept():
                await self._accept(agent, command.offer)
            case Reject():
                offer = self._offer(agent, command.offer)
                reason = command.reason or "rejected"
                await self._submit(OfferRejected(offer=offer.offer, agent=agent, reason=reason))
            case Send() | HandBack() | CallMe() | SendCallCode() | SendCallLink() | SendAccountLink():
                contact = self._contact(agent, command.contact, is_call=False)
                await self._texts.carry_out(agent, contact, command)
            case Typing():
                await self._signs.typing(self._contact(agent, command.contact, is_call=False))
            case Read():
                contact = self._contact(agent, command.contact, is_call=False)
                await self._signs.read(contact, command.message)
            case HangUp():
                await self._hang_up(agent, command.contact)
            case NoteDown():
                await self._note_down(agent, command)
            case WrapUp():
                await self._wrap_up(agent, command)
            case _:
                await self._carry_out_at_call(agent, command)

    async def _carry_out_at_call(
        self, agent: AgentId, command: TalkCommand | SuperviseCommand | Record
    ) -> None:
        match command:
            case Record():
                contact = self._contact(agent, command.contact, is_call=True)
                await self._recordings.carry_out(contact, command)
            case Supervise() | StopSupervising() | TakeOver():
                await self._voice.supervisors.carry_out(agent, command)
            case _:
                await self._talks.carry_out(agent, command)

    async def _accept(self, agent: AgentId, offer_id: OfferId) -> None:
        """Take a text offer; returns once the router has given it to this agent."""
        offer = self._offer(agent, offer_id)
        if offer.channel.is_live:
            raise CommandRefused(Refusal.ANSWER_THE_PHONE)
        key = offer.contact, agent
        verdict = self._verdicts.setdefault(key, asyncio.get_running_loop().create_future())
        try:
            await self._submit(OfferAccepted(offer=offer.offer, agent=agent))
            refusal = await asyncio.wait_for(asyncio.shield(verdict), _VERDICT_S)
        except TimeoutError:
            raise CommandRefused(Refusal.UNAVAILABLE) from None
        finally:
            self._verdicts.pop(key, None)
        if refusal is not None:
            raise CommandRefused(refusal)

    def settle(self, contact: ContactId, agent: AgentId, refusal: Refusal | None) -> None:
        """Say what the router made of an agent's accept; None: it was taken."""
        verdict = self._verdicts.get((contact, agent))
        if verdict is not None and not verdict.done():
            verdict.set_result(refusal)

    async def _hang_up(self, agent: AgentId, contact_id: ContactId) -> None:
        contact = self._contact(agent, contact_id)
        if contact.channel.is_live:
            await self._voice.hang_up(contact)
        else:
            await self._text.end(contact, "closed")

    async def _note_down(self, agent: AgentId, command: NoteDown) -> None:
        """Note something at a contact; who is consulted notes it at the one that it is about."""
        own = self._contact(agent, command.contact)
        contact = (self._board.get(own.about) if own.about else None) or own
        note = Note(at_ms=now_ms(), agent=agent, text=command.text)
        item = JourneyItem(note.at_ms, JourneyKind.NOTED, agent=agent, text=note.text)
        self._journal.put(lambda: self._crm.contacts.talked(contact.id, item))
        notes = (*contact.notes, note)[-_NOTES_MAX:]
        for each in self._board.all():
            if contact.id in (each.id, each.about):
                each.notes = notes
                await self._voice.talks.changed(each)

    async def _wrap_up(self, agent: AgentId, command: WrapUp) -> None:
        """Note the outcome, also when the time for wrap-up ran out meanwhile; then wrap-up is over."""
        live = self._board.get(command.contact)
        owner, queue = (live.agent, live.queue) if live else await self._had(command.contact)
        if owner != agent:
            raise CommandRefused(Refusal.NOT_YOURS)
        if live is not None and live.state is not ContactState.WRAP_UP:
            raise CommandRefused(Refusal.WRONG_STATE)
        settings = self._queues.get(queue)
        codes = [each.code for each in settings.dispositions] if settings else []
        if codes and command.disposition not in codes:
            raise CommandRefused(Refusal.BAD_COMMAND, f"disposition: expected one of {', '.join(codes)}")
        contact, code, note, at_ms = command.contact, command.disposition, command.note, now_ms()
        # In the journal, after the contact's beginning and end, which may not be written yet.
        self._journal.put(lambda: self._crm.contacts.disposed(contact, code, note, agent=agent, at_ms=at_ms))
        if live is not None:
            await self._submit(WrapUpEnded(contact=contact, agent=agent))

    async def _had(self, contact: ContactId) -> tuple[AgentId | None, QueueName]:
        """Return who had a contact that has ended, and its queue."""
        stored = await self._crm.contacts.get(contact)
        if stored is None:
            raise CommandRefused(Refusal.UNKNOWN_CONTACT)
        return stored.agent, stored.queue

    def _offer(self, agent: AgentId, offer_id: OfferId) -> OfferContact:
        offer = self._board.offer(offer_id)
        if offer is None:
            raise CommandRefused(Refusal.OFFER_GONE)
        if offer.agent != agent:
            raise CommandRefused(Refusal.NOT_YOURS)
        return offer

    def _contact(self, agent: AgentId, contact_id: ContactId, *, is_call: bool | None = None) -> LiveContact:
        """Return a contact that the agent talks to; `is_call`: what it must be."""
        contact = self._board.get(contact_id)
        if contact is None:
            raise CommandRefused(Refusal.UNKNOWN_CONTACT)
        if contact.agent != agent:
            raise CommandRefused(Refusal.NOT_YOURS)
        if is_call is not None and contact.channel.is_live is not is_call:
            raise CommandRefused(Refusal.NOT_A_CALL if is_call else Refusal.NOT_A_THREAD)
        if contact.state is not ContactState.CONNECTED:
            raise CommandRefused(Refusal.WRONG_STATE)
        return contact
