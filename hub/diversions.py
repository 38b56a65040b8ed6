"""Taking contacts elsewhere that have waited long enough: into the menus, to an end, or onto a recording."""

from collections.abc import Awaitable, Callable
from math import ceil
from time import monotonic
from typing import Protocol

import structlog

from acd.actions import Diversion, DivertContact
from acd.contact import ContactState
from acd.ids import QueueName
from cti.calls import CallControl
from cti.errors import CallGone
from hub.announcer import Recordings
from hub.board import Board, LiveContact
from hub.call import Call, media
from hub.clock import now_ms
from hub.crm import Crm
from hub.departures import Departures
from hub.journal import Journal
from hub.lines import Lines
from hub.recordings.live import LiveRecordings
from hub.texts import spoken, text
from hub.waiting_calls import WaitingCalls
from ivr.flow import Flow, Language, Prompt, SectionName

log = structlog.get_logger()

_DIVERTED = "diverted"
_MESSAGE_S = 120
"""No message is longer."""


class Lead(Protocol):
    """Leads a caller through the menus, from a section on."""

    def __call__(self, call: Call, start: SectionName) -> Awaitable[None]: ...


class Diversions:
    """Carries `DivertContact` out. `flow` returns the menus that hold now."""

    def __init__(
        self,
        lines: Lines,
        waiting: WaitingCalls,
        departures: Departures,
        *,
        board: Board,
        crm: Crm,
        journal: Journal,
        sounds: Recordings,
        recordings: LiveRecordings,
        lead: Lead,
        flow: Callable[[], Flow],
    ) -> None:
        self._lines, self._waiting, self._departures = lines, waiting, departures
        self._board, self._crm, self._journal = board, crm, journal
        self._sounds, self._recordings = sounds, recordings
        self._lead, self._flow = lead, flow
        self.control: CallControl

    def divert(self, contact: LiveContact, action: DivertContact) -> None:
        """Take a caller elsewhere; the router has nothing left of the contact."""
        call, section = self._lines.calls.get(contact.id), SectionName(action.section)
        if call is None:
            self._departures.drop(contact, _DIVERTED)
        elif action.to is Diversion.SECTION and self._has_section(call, section):
            self._into_menus(call, section)
        elif action.to is Diversion.VOICEMAIL:
            self.take_message(call, "voicemail")
        else:
            self._departures.end(call, _DIVERTED, _last_words(call, action))

    def take_message(self, call: Call, words: str = "leave_message") -> None:
        """Let a caller leave a message for the queue of his contact, and end the call; `words` come first."""
        self._lines.calls.pop(call.contact.id)
        self._lines.parting[call.contact.id] = call
        call.is_parting = True
        self._waiting.talk(call, lambda: self._take_message(call, words))

    def words(self, action: DivertContact, language: str) -> str:
        """Return what a customer is written whose text contact is diverted: it ends by that."""
        section = self._flow().sections.get(SectionName(action.section))
        prompt = section.prompt.get(Language(language)) if section is not None else None
        given = action.ja if language == "ja" else action.en
        return given or (prompt.text if prompt is not None else "") or text(_DIVERTED, language)

    def _has_section(self, call: Call, section: SectionName) -> bool:
        """Whether a caller can go on in a section: of the menus he began with, or else of newer ones."""
        if section not in call.flow.sections and section in self._flow().sections:
            call.flow = self._flow()
        return section in call.flow.sections

    def _into_menus(self, call: Call, section: SectionName) -> None:
        """Let a caller go on in the menus: a contact that is in no queue, as at first."""
        contact = call.contact
        contact.queue, contact.state, contact.since_ms = QueueName(""), ContactState.WAITING, now_ms()
        self._board.add(contact)

        async def lead() -> None:
            await self.control.stop_music(call.key)
            await self._lead(call, section)

        self._waiting.talk(call, lead)

    async def _take_message(self, call: Call, words: str) -> None:
        """Record what a caller has to say; it counts though he hangs up in the middle of it.

        Who is silent for a while may go on; who says nothing more is thanked. What Asterisk records when we
        no longer see it is found by `LiveRecordings.settle`.
        """
        contact, heard_s, ends_s = call.contact, 0, monotonic() + _MESSAGE_S
        seconds: int | None = 0
        kept = await self._recordings.message_begins(call)
        recording = kept or f"{contact.id}-voicemail"
        try:
            await self.control.stop_music(call.key)
            await self._waiting.say(call, spoken(words, call.language), media(self._sounds.beep))
            seconds = None  # nobody knows yet
            heard_s = await self.control.take_message(call.key, recording, _MESSAGE_S)
            is_over = False
            while not is_over and (left_s := ceil(ends_s - monotonic())) > 0:
                await self._waiting.say(call, spoken("message_goes_on", call.language))
                goes_on = heard_s > 0
                all_s = await self.control.take_message(call.key, recording, left_s, goes_on=goes_on)
                heard_s, is_over = max(heard_s, all_s), all_s <= heard_s
            seconds = heard_s
            thanks = "message_taken" if seconds else "goodbye"
            await self._waiting.say(call, spoken(thanks, call.language))
            await self.control.hang_up(call.key)
        except CallGone:
            seconds = heard_s
        finally:
            at_ms = now_ms()
            if kept is not None:  # the journey has it once it is stored
                await self._recordings.message_ended(kept, is_empty=None if seconds is None else not seconds)
            elif seconds:
                self._journal.put(lambda: self._crm.contacts.voicemail(contact.id, recording, at_ms))
            self._departures.drop(contact, "abandoned" if seconds == 0 else "voicemail")
            log.info("voicemail.taken", contact=contact.id, seconds=seconds)


def _last_words(call: Call, action: DivertContact) -> Prompt:
    given = action.ja if call.language == "ja" else action.en
    if not given:
        return spoken(_DIVERTED, call.language)
    return Prompt(f"{call.contact.queue}-close", Language(call.language), given)
