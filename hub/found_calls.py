"""Calls that are not new: served before by another hub, or by Asterisk's own queue."""

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from acd.contact import Channel
from acd.events import ContactConnected
from acd.ids import AgentId, ContactId, OfferId, QueueName
from cti.errors import CtiError
from cti.incoming import IncomingCall
from cti.listener import FoundCall
from hub.board import LiveContact
from hub.call import IN_QUEUE, Call
from hub.clock import now_ms
from hub.crm import Crm
from hub.fallback import Fallback
from hub.found_talks import FoundTalks
from hub.journal import Journal
from hub.lines import Lines
from hub.parties import is_outside
from hub.phone_names import agent_of
from hub.recordings.live import LiveRecordings
from hub.submit import Report
from hub.voice_settings import VoiceSettings
from ivr.flow import Flow


class Desk(Protocol):
    """`hub.voice.VoiceDesk` serves."""

    flow: Flow
    fallback: Fallback

    def take(self, incoming: IncomingCall) -> Call: ...

    async def recognise(self, call: Call) -> None: ...

    async def let_wait(self, call: Call) -> None: ...


class FoundCalls:
    """Takes them over: who talks goes on, who waits keeps his age. `talks` has what is between several."""

    def __init__(
        self,
        desk: Desk,
        talks: FoundTalks,
        settings: Callable[[], VoiceSettings],
        lines: Lines,
        *,
        recordings: LiveRecordings,
        crm: Crm,
        journal: Journal,
        report: Report,
    ) -> None:
        self._desk, self.talks, self._settings, self._lines = desk, talks, settings, lines
        self._recordings, self._crm, self._journal, self._report = recordings, crm, journal, report

    async def adopt(self, found: FoundCall) -> None:
        """Take over a call that is not ours yet."""
        if found.leg is not None and is_outside(found.leg.ref):
            self._talks_outside(found.call, OfferId(found.leg.ref))
            return
        call = self._take(found.call)
        contact = call.contact
        if found.leg is not None:  # before anything is waited for: from here on its end is that of the call
            call.leg = OfferId(found.leg.ref)
            contact.connect(agent_of(found.leg.endpoint), contact.since_ms)
            self._recordings.found_talking(call)
        await self._desk.recognise(call)
        if call.gone.is_set():
            return
        await self.talks.adopt(call, found)
        if call.leg is not None:
            return
        self._desk.fallback.arrived(contact.id)
        with suppress(CtiError):
            await self._desk.let_wait(call)

    async def talks_in_queue(self, incoming: IncomingCall, agent: AgentId) -> bool:
        """A caller talks to an agent whom app_queue rang; whether that is news."""
        known = self._lines.calls.get(ContactId(incoming.again or incoming.key.id))
        if known is not None and (known.leg, known.contact.agent) == (IN_QUEUE, agent):
            return False
        call = self._take(incoming)
        await self._desk.recognise(call)
        contact, at_ms, call.leg = call.contact, now_ms(), IN_QUEUE
        contact.connect(agent, at_ms)
        self._journal.put(lambda: self._crm.contacts.connected(contact.id, agent, at_ms))
        await self._report(ContactConnected(contact=call.routed(), agent=agent))
        return True

    def _talks_outside(self, incoming: IncomingCall, leg: OfferId) -> None:
        """A caller talks on to a number outside; there is no contact of it."""
        id_ = ContactId(incoming.callback or incoming.again or incoming.key.id)
        if id_ != incoming.key.id:
            self._lines.named[incoming.key] = id_
        contact = LiveContact(id=id_, channel=Channel.VOICE, queue=QueueName(""), arrived_ms=incoming.at_ms)
        self._lines.parting[id_] = Call(incoming, contact, self._desk.flow, leg=leg)

    def _take(self, incoming: IncomingCall) -> Call:
        """Take on a call that was served before."""
        call = self._desk.take(incoming)
        contact = call.contact
        contact.queue = contact.queue or QueueName(incoming.queue or self._settings().default_queue)
        if incoming.queue is not None:
            self._journal.put(lambda: self._crm.contacts.resumed(contact.id))
        return call
