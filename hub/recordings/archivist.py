"""Storing recordings that have ended, one after the other, again and again until it is done."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec
import structlog

from crm_bridge.errors import CrmError, CrmUnavailable, StatementFailed
from crm_bridge.model import JourneyItem, JourneyKind
from hub.errors import DatabaseUnavailable
from hub.objects.errors import ObjectError, StoreUnavailable
from hub.recordings.catalogue import Catalogue, StoredRecording
from hub.recordings.draft import Draft, Drafts, Kind, Pause
from hub.recordings.errors import NotHeardYet, NotWrittenYet, UnreadableWav
from hub.recordings.vault import Vault

log = structlog.get_logger()

_LOOK_S = 60.0
_AGAIN_S_MIN, _AGAIN_S_MAX = 1.0, 60.0
_WRITTEN_WITHIN_S = 30.0
"""A contact is written behind its call; one that is nowhere so long after it was missed never will be."""

NoteJourney = Callable[[str, JourneyItem], Awaitable[object]]
"""Writes an item into a customer's journey, once for each key (`crm_bridge.journey.Journey.record`)."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in a voice message, masked, and what of a recording is to be silent in its sound.

    `lines` is how many lines of a call were written down now.
    """

    text: str = ""
    silent: tuple[Pause, ...] = ()
    lines: int = 0


class WordsOf(Protocol):
    """Writes down what is said in a recording, nothing if nobody can (`hub.recorded_words`).

    Raises `NotHeardYet` if it is not to be stored before.
    """

    async def __call__(self, draft: Draft, paths: Sequence[Path]) -> Words: ...


class QueueMessage(Protocol):
    """Gives the queue a voice message to answer, once however often it is told (`hub.messages_left`).

    `text` is what is said in it. Raises `CrmUnavailable`.
    """

    async def __call__(self, draft: Draft, stored: StoredRecording, text: str) -> None: ...


async def _nobody_s(draft: Draft, stored: StoredRecording, text: str) -> None:
    return


async def _no_words(draft: Draft, paths: Sequence[Path]) -> Words:
    return Words()


class Archivist:
    """Works off the drafts: each is stored, read back, catalogued and noted, and only then cleared away.

    Any step may be the last one before a crash: the draft is still there then, and all is done again, for
    what was stored before under another name. `is_ours`: whether this hub has the node whose files these
    are. `words_of` is told of voice messages, and of calls that nobody listened to in which numbers are to
    be silent: these come last, for they take long. `queue_message` is told of voice messages once they can be
    heard. A recording waits a while for its contact, which may be written later. `clock` counts seconds.
    `run` is the service.
    """

    def __init__(
        self,
        drafts: Drafts,
        vault: Vault,
        catalogue: Catalogue,
        note_journey: NoteJourney,
        *,
        is_ours: Callable[[], bool] = lambda: True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._drafts, self._vault, self._catalogue = drafts, vault, catalogue
        self._note_journey, self._is_ours, self._sleep = note_journey, is_ours, sleep
        self._clock = clock
        self._missed: dict[str, float] = {}
        self._stirred = asyncio.Event()
        self.words_of: WordsOf = _no_words
        self.queue_message: QueueMessage = _nobody_s
        self.waiting = 0
        """How many recordings could not be stored when it was last tried."""

    def stir(self) -> None:
        """Look soon: a recording has ended."""
        self._stirred.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        pause_s = _AGAIN_S_MIN
        while True:
            self._stirred.clear()
            self.waiting = await self._work_off_safely()
            pause_s = min(_AGAIN_S_MAX, pause_s * 2) if self.waiting else _AGAIN_S_MIN
            await self._rest(pause_s if self.waiting else _LOOK_S)

    async def work_off(self) -> int:
        """Store all that can be; returns how many could not. Raises `OSError` without a folder."""
        left, was_long = 0, False
        drafts = await asyncio.to_thread(self._drafts.all)
        for draft in sorted(drafts, key=lambda draft: draft.to_hear is not None):
            if was_long and self._stirred.is_set():
                return left  # what ended meanwhile goes first
            if draft.ended_ms is not None and self._is_ours():
                left += not await self._store_safely(draft)
                was_long = draft.to_hear is not None
        return left

    async def _work_off_safely(self) -> int:
        try:
            return await self.work_off()
        except OSError as error:
            log.error("recording.folder_unreadable", reason=str(error))
            return 1

    async def _store_safely(self, draft: Draft) -> bool:
        try:
            await self._store(draft)
        except (StoreUnavailable, DatabaseUnavailable, CrmUnavailable, NotHeardYet, NotWrittenYet) as error:
            log.warning("recording.not_stored", recording=draft.id, reason=str(error))
        except (ObjectError, UnreadableWav) as error:
            log.error("recording.not_stored", recording=draft.id, reason=str(error))
        except Exception:
            log.exception("recording.not_stored", recording=draft.id)
        else:
            self._missed.pop(draft.contact, None)
            log.info("recording.stored", recording=draft.id, contact=draft.contact)
            return True
        return False

    async def _store(self, draft: Draft) -> None:
        stored = await self._catalogue.get(draft.id)
        if stored is None and not any(path.exists() for path in self._drafts.paths(draft)):
            log.error("recording.never_written", recording=draft.id, contact=draft.contact)
            await asyncio.to_thread(self._drafts.clear, draft)
            return
        words = Words()
        is_message = draft.kind is Kind.VOICEMAIL and (stored is None or stored.deleted_ms is None)
        if is_message or (stored is None and draft.to_hear is not None):
            words = await self.words_of(draft, self._drafts.paths(draft))
        if stored is None:
            draft = msgspec.structs.replace(draft, pauses=(*draft.pauses, *words.silent))
            stored = await self._vault.put(draft, self._drafts)
            if not await self._catalogue.add(stored):
                log.warning("recording.stored_by_another", recording=draft.id)
                await self._vault.delete(stored)
        elif stored.deleted_ms is None:
            await self._vault.check(stored)
        await self._note(stored, words.text)
        await self._note_words(draft, words)
        if stored.kind is Kind.VOICEMAIL and stored.deleted_ms is None:
            await self.queue_message(draft, stored, words.text)
        await asyncio.to_thread(self._drafts.clear, draft)

    async def _note_words(self, draft: Draft, words: Words) -> None:
        """Say in the journey that a call was written down from its recording."""
        if words.lines:
            item = JourneyItem(
                draft.ended_ms or draft.started_ms,
                JourneyKind.TRANSCRIBED,
                contact=draft.contact,
                detail={"lines": words.lines},
            )
            await self._record(f"transcribed:{draft.id}", item)

    async def _note(self, stored: StoredRecording, text: str) -> None:
        kind = JourneyKind.RECORDED if stored.kind is Kind.CALL else JourneyKind.VOICEMAIL
        item = JourneyItem(
            stored.started_ms,
            kind,
            contact=stored.contact,
            agent=next(iter(stored.agents), None),
            text=text,
            detail={"recording": stored.id, "length_ms": stored.length_ms},
        )
        await self._record(f"recording:{stored.id}", item)

    async def _record(self, key: str, item: JourneyItem) -> None:
        """Write an item. Raises `NotWrittenYet` for a while where its contact is not in the record."""
        try:
            await self._note_journey(key, item)
        except CrmUnavailable:
            raise
        except CrmError as error:
            missed_for_s = self._clock() - self._missed.setdefault(item.contact or key, self._clock())
            if isinstance(error, StatementFailed) and missed_for_s < _WRITTEN_WITHIN_S:
                raise NotWrittenYet("the contact of the recording is not written yet") from None
            log.warning("recording.not_in_journey", key=key, error=type(error).__name__)

    async def _rest(self, seconds: float) -> None:
        """Wait so long, or until something ended; a failure is not tried again at once by that."""
        works = (
            asyncio.create_task(self._stirred.wait()),
            asyncio.ensure_future(self._sleep(seconds)),
        )
        try:
            await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in works:
                each.cancel()
            await asyncio.gather(*works, return_exceptions=True)
