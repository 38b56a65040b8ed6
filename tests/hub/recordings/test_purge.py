"""Recordings are deleted when their queue's time is over, and that is written down."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import QueueName
from acd.policy import QueueSettings, RecordRules
from hub.audit import AuditLog, Deed
from hub.objects.errors import ObjectMissing, StoreUnavailable
from hub.objects.store import FileStore
from hub.recordings.catalogue import Catalogue, Filter
from hub.recordings.purge import Purge
from tests.hub.recordings.made import shelf, stored_in

DAY_MS = 86_400_000
NOW_MS = 1_764_115_200_000
SUPPORT, SALES = QueueName("support"), QueueName("sales")


def _queues() -> dict[QueueName, QueueSettings]:
    return {
        SUPPORT: QueueSettings(name=SUPPORT, recording=RecordRules(keep_days=30)),
        SALES: QueueSettings(name=SALES),
    }


async def _stored(engine: AsyncEngine, folder: Path) -> None:
    cases = (("a", "support", 31), ("b", "support", 29), ("c", "sales", 4000), ("d", "gone", 4000))
    for name, queue, days in cases:
        here = shelf(engine, folder)
        await stored_in(here, folder, id_=name * 32, queue=queue, started_ms=NOW_MS - days * DAY_MS)


def _purge(engine: AsyncEngine, folder: Path) -> Purge:
    here = shelf(engine, folder)
    return Purge(here.vault, here.catalogue, here.audit, _queues, clock_ms=lambda: NOW_MS)


async def test_only_what_was_kept_long_enough_goes(engine: AsyncEngine, tmp_path: Path) -> None:
    await _stored(engine, tmp_path)
    assert await _purge(engine, tmp_path).purge() == 1
    assert await _purge(engine, tmp_path).purge() == 0
    catalogue, here = Catalogue(engine), shelf(engine, tmp_path)
    assert {each.id[0] for each in await catalogue.find(Filter())} == {"b", "c", "d"}
    gone = await catalogue.get("a" * 32)
    assert gone is not None
    assert gone.deleted_ms == NOW_MS
    with pytest.raises(ObjectMissing):
        await here.vault.check(gone)
    (entry,) = await AuditLog(engine).entries()
    assert (entry.actor, entry.deed, entry.subject) == ("toritsugi", Deed.DELETE_RECORDING, "a" * 32)
    assert entry.detail["keep_days"] == 30


async def test_what_could_not_be_deleted_is_tried_again(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _stored(engine, tmp_path)

    async def away(_: FileStore, name: str) -> None:
        raise StoreUnavailable("stopped by the test")

    with monkeypatch.context() as patch:
        patch.setattr(FileStore, "delete", away)
        with pytest.raises(StoreUnavailable):
            await _purge(engine, tmp_path).purge()
    assert await _purge(engine, tmp_path).purge() == 1
