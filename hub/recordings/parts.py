"""The parts that record, made and wired."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import AgentId, QueueName
from acd.policy import QueueSettings, RecordPolicy
from hub.audit import AuditLog
from hub.lines import Lines
from hub.objects.keys import NO_KEY
from hub.objects.parts import key_ring, store_of
from hub.recordings.announcements import RecordAnnouncements
from hub.recordings.archivist import Archivist, NoteJourney
from hub.recordings.catalogue import Catalogue, StoredRecording
from hub.recordings.draft import Drafts
from hub.recordings.live import LiveRecordings
from hub.recordings.purge import Purge
from hub.recordings.shelf import Shelf
from hub.recordings.vault import Vault
from hub.settings import RecordingSettings
from hub.voice_settings import VoiceSettings
from hub.waiting_calls import WaitingCalls

log = structlog.get_logger()


class MakeRecordings(Protocol):
    """Makes what records calls, out of what serves callers."""

    def __call__(
        self, lines: Lines, waiting: WaitingCalls, settings: Callable[[], VoiceSettings]
    ) -> LiveRecordings: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingParts:
    """What keeps recordings. `run` is the service; `why_not` says why none can be (empty: they can)."""

    drafts: Drafts
    vault: Vault
    catalogue: Catalogue
    archivist: Archivist
    purge: Purge
    audit: AuditLog
    queues: Callable[[], Mapping[QueueName, QueueSettings]]
    why_not: str

    def live(
        self, lines: Lines, waiting: WaitingCalls, settings: Callable[[], VoiceSettings]
    ) -> LiveRecordings:
        return LiveRecordings(
            settings,
            lines,
            self.drafts,
            RecordAnnouncements(waiting, settings),
            stored=self.archivist.stir,
            why_not=self.why_not,
        )

    def shelf(
        self,
        *,
        agents_hear_own: bool,
        has_message: Callable[[AgentId, StoredRecording], Awaitable[bool]],
    ) -> Shelf:
        return Shelf(
            catalogue=self.catalogue,
            vault=self.vault,
            purge=self.purge,
            audit=self.audit,
            agents_hear_own=agents_hear_own,
            has_message=has_message,
        )

    async def run(self) -> None:
        recorded = [
            name for name, each in self.queues().items() if each.recording.policy is not RecordPolicy.NEVER
        ]
        if self.why_not and recorded:
            log.error("recording.impossible", queues=recorded, reason=self.why_not)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.archivist.run())
            tasks.create_task(self.purge.run())


def vault_of(settings: RecordingSettings) -> Vault:
    """Return where recordings lie, and the keys to it."""
    return Vault(store_of(settings, "recordings"), key_ring(settings), is_plain=settings.recording_plain)


def recording_parts(
    settings: RecordingSettings,
    engine: AsyncEngine,
    note_journey: NoteJourney,
    queues: Callable[[], Mapping[QueueName, QueueSettings]],
    *,
    is_ours: Callable[[], bool],
) -> RecordingParts:
    """Make the parts."""
    drafts, vault = Drafts(settings.recording_dir), vault_of(settings)
    catalogue, audit = Catalogue(engine), AuditLog(engine)
    return RecordingParts(
        drafts=drafts,
        vault=vault,
        catalogue=catalogue,
        archivist=Archivist(drafts, vault, catalogue, note_journey, is_ours=is_ours),
        purge=Purge(vault, catalogue, audit, queues, is_ours=is_ours),
        audit=audit,
        queues=queues,
        why_not="" if vault.is_open else NO_KEY,
    )
