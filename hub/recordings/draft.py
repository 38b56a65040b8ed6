"""Recordings that are not stored yet: the files that Asterisk writes, and beside them what is known of each.

A draft `ID.json` is there before its recording begins and goes as the last thing, once the recording is
stored. So whoever looks through the folder after a crash knows what is still to be done.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from acd.ids import AgentId, ContactId, QueueName
from acd.words import Word
from cti.recording import sides
from hub.recordings.errors import UnreadableWav
from hub.recordings.wav import is_silent

log = structlog.get_logger()


class Kind(Word):
    """A call has two sides, a voicemail only the customer's."""

    CALL = "call"
    VOICEMAIL = "voicemail"


class Why(Word):
    """Why a recording is silent for a while: the agent asked, keys were pressed, a secret number was said."""

    AGENT = "agent"
    KEYS = "keys"
    NUMBER = "number"


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of silence, in milliseconds from the recording's beginning; `to_ms` None: to its end."""

    from_ms: int
    to_ms: int | None
    why: Why


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A recording that runs (`ended_ms` None) or is to be stored."""

    id: str
    kind: Kind
    contact: ContactId
    queue: QueueName
    started_ms: int
    ended_ms: int | None = None
    agents: tuple[AgentId, ...] = ()
    pauses: tuple[Pause, ...] = ()
    language: str = ""
    """The caller's."""
    to_hear: QueueName | None = None
    """The queue that wants numbers silent in a call, while it is not known that all of it was listened to."""
    preferred: AgentId | None = None
    priority: int = 0
    skills: dict[str, int] = {}
    """What the caller waited with: of a voicemail."""

    @property
    def sides(self) -> tuple[str, ...]:
        """Names of the files that Asterisk writes, without `.wav`: the customer's first."""
        return sides(self.id) if self.kind is Kind.CALL else (self.id,)

    @property
    def paused(self) -> Why | None:
        """Why it is silent now, None if it is not."""
        return self.pauses[-1].why if self.pauses and self.pauses[-1].to_ms is None else None

    def paused_from(self, at_ms: int, why: Why) -> "Draft":
        """Return it with a pause that begins."""
        pause = Pause(from_ms=max(0, at_ms - self.started_ms), to_ms=None, why=why)
        return msgspec.structs.replace(self, pauses=(*self.pauses, pause))

    def resumed(self, at_ms: int) -> "Draft":
        """Return it with its pause ended."""
        *before, last = self.pauses
        ended = msgspec.structs.replace(last, to_ms=max(last.from_ms, at_ms - self.started_ms))
        return msgspec.structs.replace(self, pauses=(*before, ended))

    def silent(self, from_ms: int, to_ms: int, why: Why) -> "Draft":
        """Return it with a stretch (Unix time) that is blanked when it is stored; a pause goes on."""
        first = max(0, from_ms - self.started_ms)
        stretch = Pause(from_ms=first, to_ms=max(first, to_ms - self.started_ms), why=why)
        running = self.pauses[-1:] if self.paused is not None else ()
        ended = self.pauses[: len(self.pauses) - len(running)]
        return msgspec.structs.replace(self, pauses=(*ended, stretch, *running))


class Drafts:
    """The folder of drafts: Asterisk's recording folder. All of it blocks; may raise `OSError`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, draft: Draft) -> None:
        """Keep a draft, in one step."""
        path = self._path(draft.id)
        fresh = path.with_suffix(".json.new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(msgspec.json.encode(draft))
        fresh.replace(path)

    def all(self) -> list[Draft]:
        """Return all drafts, the oldest first; one that cannot be read is passed over and stays."""
        return sorted(self._read(), key=lambda draft: draft.started_ms)

    def get(self, id_: str) -> Draft | None:
        return next((draft for draft in self._read() if draft.id == id_), None)

    def paths(self, draft: Draft) -> list[Path]:
        """Return the files of a draft's sides, the customer's first; one may be missing."""
        return [self.folder / f"{side}.wav" for side in draft.sides]

    def written_ms(self, draft: Draft) -> int:
        """Return when its files were last written to; its beginning if there is none."""
        times = [path.stat().st_mtime for path in self.paths(draft) if path.exists()]
        return max((round(time * 1000) for time in times), default=draft.started_ms)

    def is_silent(self, draft: Draft) -> bool:
        """Whether nothing was said in a voicemail; one that cannot be read may have something."""
        try:
            return is_silent(*self.paths(draft))
        except FileNotFoundError:
            return True
        except UnreadableWav:
            return False

    def sealed(self, draft: Draft) -> Path:
        """Return where a recording is put together before it goes into the store."""
        return self.folder / f"{draft.id}.sealed"

    def clear(self, draft: Draft) -> None:
        """Delete all that there is of a draft, itself last."""
        for path in (*self.paths(draft), self.sealed(draft)):
            path.unlink(missing_ok=True)
        self._path(draft.id).unlink(missing_ok=True)

    def _read(self) -> Iterator[Draft]:
        for path in self.folder.glob("*.json"):
            with suppress(FileNotFoundError):
                try:
                    yield msgspec.json.decode(path.read_bytes(), type=Draft)
                except msgspec.MsgspecError:
                    log.error("recording.draft_unreadable", file=path.name)

    def _path(self, id_: str) -> Path:
        return self.folder / f"{id_}.json"
