"""Files as agents and supervisors fetch them: who may, and what of it is noted."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from acd.contact import ContactState
from acd.ids import AgentId, ContactId
from crm_bridge.contacts import Contacts
from hub.accounts import Account, Role
from hub.attachments.attachments import Attachments
from hub.attachments.catalogue import Attachment
from hub.audit import AuditLog, Deed
from hub.board import Board


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShelf:
    """Raises what is `retryable`: without the audit log nobody is given a file."""

    attachments: Attachments
    board: Board
    contacts: Contacts
    audit: AuditLog
    size_max: int

    def may_bring(self, caller: Account, contact: ContactId) -> bool:
        """Whether somebody may send files in a contact: its agent, while it goes on."""
        live = self.board.get(contact)
        return (
            live is not None
            and not live.channel.is_live
            and live.agent == caller.id
            and live.state is ContactState.CONNECTED
        )

    async def get(self, caller: Account, id_: str) -> Attachment | None:
        """Return a file that somebody may read and that is there.

        Agents may read those of contacts that they have or had last, and those of customers whom they
        serve now.
        """
        found = await self.attachments.get(id_)
        if found is None or not found.is_readable:
            return None
        if caller.role.covers(Role.SUPERVISOR) or found.author == caller.id:
            return found
        return found if await self.serves(caller.id, found.contact) else None

    async def fetch(self, caller: Account, file: Attachment, first: int, last: int) -> AsyncIterator[bytes]:
        """Yield bytes of a file, noted in the audit log before; see `Safe.read` for what it raises."""
        await self.audit.note(
            caller.id, Deed.DOWNLOAD_FILE, file.id, contact=file.contact, first=first, last=last
        )
        async for block in self.attachments.stretch(file, first, last):
            yield block

    async def serves(self, agent: AgentId, contact: ContactId) -> bool:
        """Whether an agent has or had a contact last, or serves its customer now."""
        live = self.board.get(contact)
        if live is not None and live.agent == agent:
            return True
        stored = await self.contacts.get(contact)
        if stored is None:
            return False
        offered = (self.board.get(each.contact) for each in self.board.offers_to(agent))
        now = [*self.board.of_agent(agent), *(each for each in offered if each is not None)]
        is_known = stored.customer is not None and any(each.customer == stored.customer for each in now)
        return is_known or (stored.agent == agent and live is None)
