"""Recordings as people find, hear and delete them: who may, and what of it is noted."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from acd.ids import AgentId
from hub.accounts import Account, Role
from hub.audit import AuditLog, Deed
from hub.recordings.catalogue import Catalogue, Filter, StoredRecording
from hub.recordings.purge import Purge
from hub.recordings.vault import Vault


async def _nobody(caller: AgentId, recording: StoredRecording) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """`agents_hear_own`: agents may find and hear the recordings on which they talk.

    `has_message`: whether a recording is a message that an agent has to answer: he may hear it.
    Raises what is `retryable`: without the audit log nobody hears anything.
    """

    catalogue: Catalogue
    vault: Vault
    purge: Purge
    audit: AuditLog
    agents_hear_own: bool = False
    has_message: Callable[[AgentId, StoredRecording], Awaitable[bool]] = _nobody

    def may_look(self, caller: Account) -> bool:
        """Whether somebody may ask for recordings at all."""
        return self.agents_hear_own or caller.role.covers(Role.SUPERVISOR)

    async def find(
        self, caller: Account, which: Filter, *, limit: int, before: tuple[int, str] | None
    ) -> list[StoredRecording]:
        """Return those that somebody may hear, newest first."""
        if not caller.role.covers(Role.SUPERVISOR):
            if which.agent not in (None, caller.id):
                return []
            which = Filter(
                contact=which.contact,
                agent=caller.id,
                queue=which.queue,
                from_ms=which.from_ms,
                to_ms=which.to_ms,
            )
        subject = which.contact or which.agent or which.queue or ""
        await self.audit.note(
            caller.id, Deed.LIST_RECORDINGS, subject, from_ms=which.from_ms, to_ms=which.to_ms
        )
        return await self.catalogue.find(which, limit=limit, before=before)

    async def get(self, caller: Account, id_: str) -> StoredRecording | None:
        """Return a recording that somebody may hear and that is there."""
        found = await self.catalogue.get(id_)
        if found is None or found.deleted_ms is not None:
            return None
        if caller.role.covers(Role.SUPERVISOR) or (self.agents_hear_own and caller.id in found.agents):
            return found
        return found if await self.has_message(caller.id, found) else None

    async def play(
        self, caller: Account, recording: StoredRecording, first: int, last: int
    ) -> AsyncIterator[bytes]:
        """Yield bytes of the WAV file, noted in the audit log before; see `Vault.read` for what it raises."""
        await self.audit.note(
            caller.id,
            Deed.PLAY_RECORDING,
            recording.id,
            contact=recording.contact,
            first=first,
            last=last,
        )
        async for block in self.vault.read(recording, first, last):
            yield block

    async def delete(self, caller: Account, recording: StoredRecording) -> None:
        await self.purge.delete(recording, caller.id)
