"""Canned replies, ready to be sent: an agent's templates, filled in for a contact."""

from collections.abc import Callable
from dataclasses import dataclass

from acd.ids import ContactId
from hub.board import Board, LiveContact
from hub.crm import Crm
from hub.texting.language import language_in
from hub.texting.templates import LANGUAGES, Templates
from hub.texting.words import values_of


@dataclass(frozen=True, slots=True)
class Reply:
    """A template as it is offered: by its `title`, in one language."""

    name: str
    title: str
    text: str
    language: str


class CannedReplies:
    """`templates` returns those that hold now."""

    def __init__(self, templates: Callable[[], Templates], board: Board, crm: Crm) -> None:
        self._templates, self._board, self._crm = templates, board, crm

    async def of(self, contact: ContactId, agent: str, language: str | None) -> list[Reply] | None:
        """Return what an agent, by name, may answer in a contact; None if there is no such contact.

        Without a `language` it is that in which the customer wrote. Raises `CrmUnavailable`.
        """
        live = self._board.get(contact)
        if live is None:
            record = await self._crm.contacts.get(contact)
            live = LiveContact.of(record) if record is not None else None
        if live is None:
            return None
        spoken = language if language in LANGUAGES else await language_in(self._crm.messages, contact)
        values = values_of(live, agent=agent)
        return [
            Reply(each.name, each.title(spoken), each.filled(spoken, values), spoken)
            for each in self._templates().for_agents(live.queue, live.channel)
        ]
