"""Voice messages as work: each becomes a contact of the queue for which it was left."""

from collections.abc import Awaitable, Callable

import structlog

from acd.contact import Channel, Contact, ContactState
from acd.events import ContactQueued
from acd.ids import AgentId, ContactId
from crm_bridge.model import ContactRecord, Direction, Message
from hub.board import Board, LiveContact
from hub.crm import Crm
from hub.recordings.catalogue import StoredRecording
from hub.recordings.draft import Draft
from hub.submit import Report

log = structlog.get_logger()


class MessagesLeft:
    """Queues messages once they are stored. `routed` returns a contact as the router sees it.

    The contact follows from the call, and so does the message from its recording: told again, after a crash
    too, there is one of each. What the router was not told in time it hears when all are brought to agree
    (`mend`), since the contact is open.
    """

    def __init__(
        self,
        *,
        crm: Crm,
        board: Board,
        report: Report,
        mend: Callable[[], None],
        routed: Callable[[LiveContact], Awaitable[Contact]],
    ) -> None:
        self._crm, self._board, self._report, self._mend = crm, board, report, mend
        self._routed = routed

    async def queue(self, draft: Draft, stored: StoredRecording, text: str) -> None:
        """Let agents have a message (`hub.recordings.archivist.QueueMessage`)."""
        call = await self._crm.contacts.get(stored.contact)
        contact = await self._contact(stored, call, draft.preferred)
        await self._crm.messages.add(contact, _message(stored, text))
        record = await self._crm.contacts.get(contact)
        if record is None or record.state is ContactState.ENDED or self._board.get(contact) is not None:
            return
        live = LiveContact.of(record)
        live.priority, live.skills = draft.priority, dict(draft.skills)
        self._board.add(live)
        log.info("voicemail.queued", contact=contact, call=stored.contact, queue=stored.queue)
        if self._board.loaded.is_set():
            await self._report(ContactQueued(contact=await self._routed(live)))
        else:  # the router may not know of this channel yet
            self._mend()

    async def is_for(self, agent: AgentId, recording: StoredRecording) -> bool:
        """Whether an agent has, or had last, the contact of a message. Raises `CrmUnavailable`."""
        contact = contact_of(recording.contact)
        live = self._board.get(contact)
        if live is not None and live.agent is not None:
            return live.agent == agent
        record = await self._crm.contacts.get(contact)
        return record is not None and record.agent == agent

    async def _contact(
        self, stored: StoredRecording, call: ContactRecord | None, preferred: AgentId | None
    ) -> ContactId:
        """Store the contact; of a call that was never written nobody knows who called."""
        contacts, at_ms = self._crm.contacts, stored.started_ms
        contact = await contacts.opened(
            contact_of(stored.contact),
            channel=Channel.VOICEMAIL,
            address=call.address if call else None,
            at_ms=at_ms,
            customer=call.customer if call else None,
            queue=stored.queue,
        )
        if call is not None and call.ivr:
            await contacts.ivr_path(contact, call.ivr, at_ms)
        intent, heard = (call.intent, call.heard) if call else ("", ())
        if intent or heard or preferred:
            await contacts.learned(contact, intent=intent, heard=heard, preferred=preferred, at_ms=at_ms)
        return contact


def contact_of(call: ContactId) -> ContactId:
    """Return the contact of the message that was left in a call: there is one at most."""
    return ContactId(f"{Channel.VOICEMAIL}-{call}")


def _message(stored: StoredRecording, text: str) -> Message:
    return Message(
        id=f"{Channel.VOICEMAIL}:{stored.id}",
        direction=Direction.IN,
        author=None,
        text=text,
        at_ms=stored.started_ms,
        kind=Channel.VOICEMAIL,
        recording=stored.id,
        length_ms=stored.length_ms,
    )
