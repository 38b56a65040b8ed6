"""Recordings that are made for tests: what Asterisk would have written, and what keeps it."""

import base64
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import AgentId, ContactId, QueueName
from hub.audit import AuditLog
from hub.objects.keys import KeyRing
from hub.objects.store import FileStore, ObjectStore
from hub.recordings.catalogue import Catalogue, StoredRecording
from hub.recordings.draft import Draft, Drafts, Kind, Pause
from hub.recordings.purge import Purge
from hub.recordings.shelf import Shelf
from hub.recordings.vault import Vault
from tests.support.tones import write_tone

CUSTOMER_HZ, AGENT_HZ = 500, 1700
KEY = b"k" * 32
KEY_TEXT = base64.b64encode(KEY).decode()
ID = "0123456789abcdef0123456789abcdef"


def draft_in(
    drafts: Drafts,
    *,
    id_: str = ID,
    kind: Kind = Kind.CALL,
    contact: str = "c1",
    queue: str = "support",
    agents: tuple[str, ...] = ("sato",),
    started_ms: int = 1_764_115_200_000,
    seconds: float = 1.0,
    pauses: tuple[Pause, ...] = (),
    ended: bool = True,
    language: str = "",
    to_hear: str | None = None,
) -> Draft:
    """Write a draft and its files, a tone on each side."""
    drafts.folder.mkdir(parents=True, exist_ok=True)
    draft = Draft(
        id=id_,
        kind=kind,
        contact=ContactId(contact),
        queue=QueueName(queue),
        started_ms=started_ms,
        ended_ms=started_ms + round(seconds * 1000) if ended else None,
        agents=tuple(map(AgentId, agents)),
        pauses=pauses,
        language=language,
        to_hear=QueueName(to_hear) if to_hear is not None else None,
    )
    for path, hz in zip(drafts.paths(draft), (CUSTOMER_HZ, AGENT_HZ), strict=False):
        write_tone(path, hz, seconds)
    drafts.write(draft)
    return draft


def vault_in(
    folder: Path, *, store: ObjectStore | None = None, key: bytes | None = KEY, is_plain: bool = False
) -> Vault:
    return Vault(store or FileStore(folder / "store"), KeyRing(key), is_plain=is_plain)


def shelf(engine: AsyncEngine, folder: Path) -> Shelf:
    """Return all recordings of a database, in a folder; agents hear their own."""
    vault, catalogue, audit = vault_in(folder), Catalogue(engine), AuditLog(engine)
    purge = Purge(vault, catalogue, audit, dict)
    return Shelf(catalogue=catalogue, vault=vault, purge=purge, audit=audit, agents_hear_own=True)


async def stored_in(
    shelf: Shelf, folder: Path, *, id_: str = ID, agents: tuple[str, ...] = ("sato",), **more: object
) -> StoredRecording:
    """Put a recording of one second on the shelf."""
    drafts = Drafts(folder / "spool")
    draft = draft_in(drafts, id_=id_, agents=agents, **more)  # type: ignore[arg-type]
    stored = await shelf.vault.put(draft, drafts)
    await shelf.catalogue.add(stored)
    return stored
