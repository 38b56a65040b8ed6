"""Recordings for programs beside the hub: the same store, keys and database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.audit import AuditLog, Deed
from hub.database import create_engine
from hub.recordings.catalogue import Catalogue, Filter, StoredRecording
from hub.recordings.parts import vault_of
from hub.recordings.vault import Vault
from hub.settings import RecordingSettings

PROGRAM = "command line"
"""The actor of such entries of the audit log."""

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Archive:
    """All recordings of an installation."""

    catalogue: Catalogue
    vault: Vault
    audit: AuditLog

    async def all(self, which: Filter) -> AsyncIterator[StoredRecording]:
        """Yield recordings, newest first."""
        before: tuple[int, str] | None = None
        while found := await self.catalogue.find(which, limit=_PAGE, before=before):
            for each in found:
                yield each
            before = found[-1].started_ms, found[-1].id

    async def export(self, recording: StoredRecording, target: Path) -> None:
        """Write the WAV file, as a new file; the audit log has it first. May raise `ObjectDamaged`."""
        await self.audit.note(
            PROGRAM, Deed.PLAY_RECORDING, recording.id, contact=recording.contact, target=str(target)
        )
        with target.open("xb") as file:
            async for block in self.vault.read(recording, 0, recording.size - 1):
                file.write(block)


@asynccontextmanager
async def archive(settings: RecordingSettings) -> AsyncIterator[Archive]:
    """Open an installation's recordings for the time of the block."""
    engine = create_engine(settings.database_url)
    try:
        yield Archive(Catalogue(engine), vault_of(settings), AuditLog(engine))
    finally:
        await engine.dispose()
