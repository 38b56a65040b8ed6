"""Callers to whom the hub says goodbye: why they are refused, where their contact goes on without them."""

from collections.abc import Callable

from acd.actions import RefuseContact
from acd.events import ContactLeft
from acd.ids import ContactId
from hub.board import Board, LiveContact
from hub.call import Call
from hub.clock import now_ms
from hub.crm import Crm
from hub.journal import Journal
from hub.lines import Lines
from hub.submit import Report
from hub.texts import is_spoken, spoken
from hub.waiting_calls import WaitingCalls
from ivr.flow import Prompt


class Departures:
    """Says last words and hangs up. `forget` lets go what was gathered about a contact."""

    def __init__(
        self,
        lines: Lines,
        waiting: WaitingCalls,
        *,
        board: Board,
        crm: Crm,
        journal: Journal,
        report: Report,
        forget: Callable[[ContactId], None],
    ) -> None:
        self._lines, self._waiting, self._board = lines, waiting, board
        self._crm, self._journal, self._report, self._forget = crm, journal, report, forget

    def refuse(self, contact: LiveContact, action: RefuseContact) -> bool:
        """Tell a caller why he cannot wait; False if there are no words for it, and nothing was done."""
        call = self._lines.calls.get(contact.id)
        if call is None:
            self.drop(contact, action.reason)
        elif is_spoken(action.reason):
            self.end(call, action.reason, spoken(action.reason, call.language))
        else:
            return False
        return True

    def end(self, call: Call, reason: str, *words: Prompt) -> None:
        """Part with a caller whose contact is over."""
        self.drop(call.contact, reason)
        self.part(call, *words)

    async def leave(self, call: Call, reason: str, words: str) -> None:
        """Part with a caller who waits, and take his contact out of routing."""
        self.part(call, spoken(words, call.language))
        await self._report(ContactLeft(contact=call.contact.id, reason=reason))

    def part(self, call: Call, *words: Prompt) -> None:
        """Say last words; what becomes of the contact does not follow from the call's end."""
        self._lines.calls.pop(call.contact.id, None)
        self._lines.parting[call.contact.id] = call
        self._waiting.part(call, *words)

    def drop(self, contact: LiveContact, reason: str) -> None:
        """Forget a contact that the router does not have, or is not to keep."""
        self._board.drop(contact.id)
        self._forget(contact.id)
        at_ms, line = contact.ended_ms(now_ms()), contact.line
        self._journal.put(lambda: self._crm.contacts.ended(contact.id, at_ms, reason, line=line))
