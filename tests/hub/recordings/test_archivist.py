"""Recordings that ended are stored once, whatever comes between."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_bridge.errors import CrmUnavailable, StatementFailed
from crm_bridge.model import JourneyItem, JourneyKind
from hub.errors import DatabaseUnavailable
from hub.objects.errors import StoreUnavailable
from hub.objects.store import FileStore
from hub.recordings.archivist import Archivist, Words
from hub.recordings.catalogue import Catalogue, Filter, StoredRecording
from hub.recordings.draft import Draft, Drafts, Kind, Pause, Why
from hub.recordings.errors import NotHeardYet
from hub.recordings.vault import Vault
from tests.hub.recordings.made import ID, draft_in, vault_in


class Crash(BaseException):
    """The process ends here."""


class Fragile:
    """Everything around the archivist; what is named in `failing` fails by that, once."""

    def __init__(self, engine: AsyncEngine, folder: Path) -> None:
        self.failing: dict[str, BaseException] = {}
        self.drafts, self.folder = Drafts(folder / "spool"), folder
        self.journey: dict[str, JourneyItem] = {}
        self.catalogue = Catalogue(engine)
        self.vault = vault_in(folder, store=_Store(folder / "store", self))

    def at(self, step: str) -> None:
        if (error := self.failing.pop(step, None)) is not None:
            raise error

    def archivist(self) -> Archivist:
        return Archivist(_Drafts(self), self.vault, _Catalogue(self), self.note)

    async def note(self, key: str, item: JourneyItem) -> None:
        self.at("before note")
        self.journey[key] = item
        self.at("after note")

    @property
    def objects(self) -> list[Path]:
        return [path for path in (self.folder / "store").rglob("*") if path.is_file()]

    @property
    def files(self) -> list[Path]:
        return list(self.drafts.folder.iterdir())


class _Store(FileStore):
    def __init__(self, folder: Path, around: Fragile) -> None:
        super().__init__(folder)
        self._around = around

    async def put(self, name: str, source: Path) -> None:
        self._around.at("before put")
        await super().put(name, source)
        self._around.at("after put")

    async def read(self, name: str, first: int, length: int) -> bytes:
        self._around.at("read back")
        return await super().read(name, first, length)


class _Catalogue(Catalogue):
    def __init__(self, around: Fragile) -> None:
        super().__init__(around.catalogue._engine)
        self._around = around

    async def add(self, recording: StoredRecording) -> bool:
        self._around.at("before add")
        is_new = await super().add(recording)
        self._around.at("after add")
        return is_new


class _Drafts(Drafts):
    def __init__(self, around: Fragile) -> None:
        super().__init__(around.drafts.folder)
        self._around = around

    def clear(self, draft: object) -> None:
        self._around.at("before clear")
        super().clear(draft)  # type: ignore[arg-type]


STEPS = [
    "before put",
    "after put",
    "read back",
    "before add",
    "after add",
    "before note",
    "after note",
    "before clear",
]


@pytest.fixture
async def around(engine: AsyncEngine, tmp_path: Path) -> Fragile:
    return Fragile(engine, tmp_path)


async def _is_stored_once(around: Fragile) -> StoredRecording:
    (stored,) = await around.catalogue.find(Filter())
    await around.vault.check(stored)
    assert around.files == [], "nothing unencrypted is left"
    assert list(around.journey) == [f"recording:{ID}"]
    return stored


async def test_a_recording_is_stored_and_noted(around: Fragile) -> None:
    draft_in(around.drafts)
    assert await around.archivist().work_off() == 0
    stored = await _is_stored_once(around)
    assert stored.agents == ("sato",)
    item = around.journey[f"recording:{ID}"]
    assert (item.kind, item.detail) == (JourneyKind.RECORDED, {"recording": ID, "length_ms": 1000})


async def test_one_that_runs_is_left_alone(around: Fragile) -> None:
    draft_in(around.drafts, ended=False)
    assert await around.archivist().work_off() == 0
    assert len(around.files) == 3


async def test_a_message_is_noted_as_such(around: Fragile) -> None:
    draft_in(around.drafts, kind=Kind.VOICEMAIL, agents=())
    await around.archivist().work_off()
    assert around.journey[f"recording:{ID}"].kind is JourneyKind.VOICEMAIL


async def test_what_is_said_in_a_message_stands_with_it_and_not_with_a_call(around: Fragile) -> None:
    async def words_of(draft: Draft, paths: Sequence[Path]) -> Words:
        assert [path.name for path in paths] == [f"{ID}.wav"]
        return Words(f"{draft.language}: 折り返してください")

    archivist = around.archivist()
    archivist.words_of = words_of
    draft_in(around.drafts, kind=Kind.VOICEMAIL, agents=(), language="ja")
    draft_in(around.drafts, id_="f" * 32)
    assert await archivist.work_off() == 0
    assert around.journey[f"recording:{ID}"].text == "ja: 折り返してください"
    assert around.journey[f"recording:{'f' * 32}"].text == ""


async def test_what_is_to_be_silent_in_a_message_is_not_stored(around: Fragile) -> None:
    async def words_of(draft: Draft, paths: Sequence[Path]) -> Words:
        return Words("＊＊＊", (Pause(from_ms=400, to_ms=600, why=Why.NUMBER),))

    archivist = around.archivist()
    archivist.words_of = words_of
    draft_in(around.drafts, kind=Kind.VOICEMAIL, agents=())
    assert await archivist.work_off() == 0
    stored = await _is_stored_once(around)
    assert [(each.from_ms, each.to_ms, each.why) for each in stored.pauses] == [(400, 600, Why.NUMBER)]
    wav = b"".join([part async for part in around.vault.read(stored, 0, stored.size - 1)])
    samples = np.frombuffer(wav[44:], dtype="<i2")
    assert not samples[3200:4800].any()
    assert samples[:3200].any()
    assert samples[4800:].any()


@pytest.mark.parametrize("error", [None, CrmUnavailable("away")])
async def test_a_message_becomes_work_before_its_draft_goes(
    around: Fragile, error: CrmUnavailable | None
) -> None:
    queued: list[tuple[Draft, StoredRecording, str]] = []

    async def words_of(draft: Draft, paths: Sequence[Path]) -> Words:
        return Words("折り返してください")

    async def queue(draft: Draft, stored: StoredRecording, text: str) -> None:
        around.at("queue")
        assert around.files
        queued.append((draft, stored, text))

    archivist = around.archivist()
    archivist.words_of, archivist.queue_message = words_of, queue
    draft_in(around.drafts, kind=Kind.VOICEMAIL, agents=(), language="ja")
    draft_in(around.drafts, id_="f" * 32)
    if error is not None:
        around.failing["queue"] = error
        assert await archivist.work_off() == 1
    assert await archivist.work_off() == 0
    ((draft, stored, text),) = queued
    assert (draft.id, stored.id, text) == (ID, ID, "折り返してください")


async def test_a_message_that_nobody_can_hear_yet_waits(around: Fragile) -> None:
    async def words_of(draft: Draft, paths: Sequence[Path]) -> Words:
        raise NotHeardYet("all are busy")

    archivist = around.archivist()
    archivist.words_of = words_of
    draft_in(around.drafts, kind=Kind.VOICEMAIL, agents=())
    assert await archivist.work_off() == 1
    assert await around.archivist().work_off() == 0
    await _is_stored_once(around)


async def test_a_call_in_which_numbers_are_to_be_silent_is_heard_first_after_all_others(
    around: Fragile,
) -> None:
    asked: list[str] = []
    may_hear = False

    async def words_of(draft: Draft, paths: Sequence[Path]) -> Words:
        asked.append(draft.id)
        if not may_hear:
            raise NotHeardYet("all are busy")
        return Words(silent=(Pause(from_ms=400, to_ms=600, why=Why.NUMBER),), lines=3)

    archivist = around.archivist()
    archivist.words_of = words_of
    draft_in(around.drafts, to_hear="support")
    draft_in(around.drafts, id_="f" * 32, started_ms=1_764_115_300_000)
    assert await archivist.work_off() == 1
    assert [each.id for each in await around.catalogue.find(Filter())] == ["f" * 32]
    may_hear = True
    draft_in(around.drafts, id_="e" * 32, started_ms=1_764_115_300_000, to_hear="support")
    archivist.stir()
    assert await archivist.work_off() == 0, "one takes long, and what ended meanwhile goes before the next"
    assert asked == [ID, ID]
    stored = await around.catalogue.get(ID)
    assert stored is not None
    assert [(each.from_ms, each.to_ms) for each in stored.pauses] == [(400, 600)]
    assert around.journey[f"recording:{ID}"].text == ""
    written = around.journey[f"transcribed:{ID}"]
    assert (written.kind, written.detail) == (JourneyKind.TRANSCRIBED, {"lines": 3})


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_at_any_step_loses_nothing(around: Fragile, step: str) -> None:
    draft_in(around.drafts)
    around.failing[step] = Crash()
    with pytest.raises(Crash):
        await around.archivist().work_off()
    assert await around.archivist().work_off() == 0
    await _is_stored_once(around)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailable("503"),
        DatabaseUnavailable("away"),
        CrmUnavailable("away"),
        OSError(28, "full"),
        RuntimeError(),
    ],
)
async def test_whatever_fails_is_tried_again(around: Fragile, step: str, error: Exception) -> None:
    draft_in(around.drafts)
    around.failing[step] = error
    archivist = around.archivist()
    assert await archivist.work_off() == 1
    assert around.files
    assert await archivist.work_off() == 0
    await _is_stored_once(around)


async def test_one_that_cannot_be_stored_keeps_no_other_back(around: Fragile) -> None:
    bad = draft_in(around.drafts, id_="f" * 32, started_ms=1)
    for path in around.drafts.paths(bad):
        path.write_bytes(b"no sound at all")
    draft_in(around.drafts)
    assert await around.archivist().work_off() == 1
    assert [each.id for each in await around.catalogue.find(Filter())] == [ID]
    assert around.drafts.all() == [bad]


async def test_what_asterisk_never_wrote_is_not_waited_for(around: Fragile) -> None:
    for path in around.drafts.paths(draft_in(around.drafts)):
        path.unlink()
    assert await around.archivist().work_off() == 0
    assert around.files == []
    assert await around.catalogue.find(Filter()) == []


async def test_a_contact_that_is_written_later_is_waited_for(around: Fragile) -> None:
    draft_in(around.drafts, kind=Kind.VOICEMAIL, agents=())
    around.failing["before note"] = StatementFailed("IntegrityError")
    archivist, queued = around.archivist(), []

    async def queue(draft: Draft, stored: StoredRecording, text: str) -> None:
        queued.append(stored.id)

    archivist.queue_message = queue
    assert await archivist.work_off() == 1
    assert queued == [], "nobody would know yet whose message it is"
    assert await archivist.work_off() == 0
    assert queued == [ID]
    await _is_stored_once(around)


async def test_a_contact_that_is_nowhere_keeps_nothing_back_for_long(around: Fragile) -> None:
    draft_in(around.drafts)
    clock = Mock(return_value=0.0)
    archivist = Archivist(around.drafts, around.vault, around.catalogue, around.note, clock=clock)
    for clock.return_value, left in ((0.0, 1), (29.0, 1), (30.0, 0)):
        around.failing["before note"] = StatementFailed("IntegrityError")
        assert await archivist.work_off() == left
    assert around.files == []


async def test_two_hubs_at_once_leave_one_recording(around: Fragile) -> None:
    draft_in(around.drafts)
    other = Vault(around.vault.store, around.vault.keys)
    draft = around.drafts.all()[0]
    mine = await around.vault.put(draft, around.drafts)
    theirs = await other.put(draft, around.drafts)
    assert mine.object != theirs.object
    assert await around.catalogue.add(theirs)
    assert not await around.catalogue.add(mine)


async def test_it_is_tried_again_by_itself(around: Fragile) -> None:
    pauses: asyncio.Queue[float] = asyncio.Queue()

    async def sleep(seconds: float) -> None:
        pauses.put_nowait(seconds)
        await asyncio.sleep(0)

    draft_in(around.drafts)
    around.failing["before put"] = StoreUnavailable("503")
    archivist = Archivist(around.drafts, around.vault, around.catalogue, around.note, sleep=sleep)
    running = asyncio.create_task(archivist.run())
    async with asyncio.timeout(10):
        assert await pauses.get() == 2
        assert await pauses.get() == 60
    assert archivist.waiting == 0
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await _is_stored_once(around)
