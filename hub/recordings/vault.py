"""Recordings at rest: put together, encrypted and stored."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.clock import now_ms
from hub.objects.errors import StoreUnavailable
from hub.objects.safe import Safe
from hub.recordings.catalogue import StoredRecording
from hub.recordings.draft import Draft, Drafts, Why
from hub.recordings.wav import Joined, Span

_KEYS_LEAD_MS = 1000
"""A key is told of when it is let go: its tone, if the phone sends one, began before."""


@dataclass(frozen=True, slots=True)
class Vault(Safe):
    """Where recordings lie."""

    async def put(self, draft: Draft, drafts: Drafts) -> StoredRecording:
        """Store what was recorded and read it back; the files that it came from stay.

        Raises `NoKey`, `UnreadableWav`, `StoreUnavailable`; `ObjectDamaged` if it cannot be read back.
        """
        try:
            stored = await asyncio.to_thread(self._seal, draft, drafts)
        except OSError as error:
            raise StoreUnavailable(f"not put together: {error.strerror or error}") from error
        await self.keep(stored, drafts.sealed(draft))
        return stored

    def _seal(self, draft: Draft, drafts: Drafts) -> StoredRecording:
        joined = Joined.of(drafts.paths(draft), _blanks(draft)).without_keys()
        day = datetime.fromtimestamp(draft.started_ms / 1000, UTC)
        kind = "sealed" if self.keys.current else "wav"
        name = f"{day:%Y/%m/%d}/{draft.id}-{secrets.token_hex(4)}.{kind}"
        sealed = self.seal(draft.id, name, joined.size, joined.blocks(), drafts.sealed(draft))
        return StoredRecording(
            id=draft.id,
            kind=draft.kind,
            contact=draft.contact,
            queue=draft.queue,
            agents=draft.agents,
            started_ms=draft.started_ms,
            length_ms=round(joined.seconds * 1000),
            sides=len(joined.sides),
            pauses=draft.pauses,
            object=sealed.object,
            size=sealed.size,
            sha256=sealed.sha256,
            stored_size=sealed.stored_size,
            stored_sha256=sealed.stored_sha256,
            key=sealed.key,
            stored_ms=now_ms(),
        )


def _blanks(draft: Draft) -> list[Span]:
    """Return what is to be silent: each pause, and a moment before one that a key began."""
    return [
        (
            max(0, pause.from_ms - (_KEYS_LEAD_MS if pause.why is Why.KEYS else 0)) / 1000,
            float("inf") if pause.to_ms is None else pause.to_ms / 1000,
        )
        for pause in draft.pauses
    ]
