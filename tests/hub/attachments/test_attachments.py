"""Files taken, kept, sent and deleted."""

import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from acd.ids import AgentId, ContactId, QueueName
from acd.policy import QueueSettings, RecordRules
from crm_bridge.contacts import Contacts
from crm_bridge.model import MessageFile
from gateways.errors import FetchFailed, FileGone, FilesUnavailable
from gateways.files import StoredFile
from hub.attachments.attachments import Attachments
from hub.attachments.catalogue import Catalogue
from hub.attachments.clamd import Clamd
from hub.attachments.keeper import Keeper
from hub.attachments.scanning import Scanning
from hub.audit import AuditLog, Deed
from hub.objects.errors import StoreUnavailable
from hub.objects.store import FileStore
from tests.fakes.clamd import FakeClamd
from tests.hub.attachments.made import EICAR, RULES, attachments_in, blocks_of, packed, part, png
from tests.hub.fakes import Clock

SATO = AgentId("sato")
DAY_MS = 86_400_000
TEXT = "本日はお世話になりました。\n".encode() * 20_000  # 780 kB, several blocks and pieces


async def contents(attachments: Attachments, file: MessageFile) -> bytes:
    stored = StoredFile(id=file.id, name=file.name, type=file.type, size=file.size)
    return b"".join([block async for block in attachments.read(stored)])


def objects(folder: Path) -> list[Path]:
    return [path for path in (folder / "files").rglob("*") if path.is_file()]


async def test_a_file_is_kept_encrypted_and_comes_back(engine: AsyncEngine, tmp_path: Path) -> None:
    attachments = attachments_in(engine, tmp_path)
    found = await attachments.take("c1", part("メモ.txt"), blocks_of(TEXT, 70_000), key="m1:0")
    assert (found.name, found.type, found.size, found.refused) == ("メモ.txt", "text/plain", len(TEXT), "")
    assert await contents(attachments, found) == TEXT
    (path,) = objects(tmp_path)
    assert "お世話".encode() not in path.read_bytes()
    assert list((tmp_path / "incoming").iterdir()) == []


async def test_a_large_file_is_never_in_memory_as_a_whole(engine: AsyncEngine, tmp_path: Path) -> None:
    size = 24 * 1024 * 1024

    async def blocks() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7\n"
        for _ in range(size // 65_536):
            yield bytes(65_536)

    attachments = attachments_in(
        engine, tmp_path, rules=replace(RULES, size_max=2 * size, total_max=2 * size)
    )
    tracemalloc.start()
    try:
        assert (await attachments.take("c1", part(), blocks(), key="m1:0")).refused == ""
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size / 4


async def test_an_event_that_comes_twice_stores_once(engine: AsyncEngine, tmp_path: Path) -> None:
    attachments = attachments_in(engine, tmp_path)

    async def never() -> AsyncIterator[bytes]:
        pytest.fail("fetched again")
        yield b""

    one = await attachments.take("c1", part(), blocks_of(png()), key="m1:0")
    assert await attachments.take("c1", part(), never(), key="m1:0") == one
    other = await attachments.take("c1", part(), blocks_of(png()), key="m1:1")
    assert other.id != one.id
    bad = await attachments.take("c1", part("a.exe"), blocks_of(b"MZ"), key="m1:2")
    assert bad.refused == "executable"
    assert await attachments.take("c1", part("a.exe"), never(), key="m1:2") == bad
    assert len(objects(tmp_path)) == 2


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b"a" * (RULES.size_max + 1), "too_large"),
        ("a.html", b"<html><script>alert(1)</script>", "type"),
        ("a.txt.bat", b"del *", "executable"),
        ("a.zip", packed({"zeros": bytes(50_000_000)}), "bomb"),
    ],
)
async def test_what_is_refused_leaves_nothing(
    engine: AsyncEngine, tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    attachments = attachments_in(engine, tmp_path)
    found = await attachments.take("c1", part(name), blocks_of(data, 100_000), key="m1:0")
    assert found.refused == reason
    assert objects(tmp_path) == []
    with pytest.raises(FileGone):
        await contents(attachments, found)


async def test_only_types_that_are_allowed_are_kept(engine: AsyncEngine, tmp_path: Path) -> None:
    attachments = attachments_in(engine, tmp_path, rules=replace(RULES, types=("image/*", "application/pdf")))
    for number, (data, refused) in enumerate([(png(), ""), (b"%PDF-1.7\n", ""), (b"text", "type")]):
        assert (await attachments.take("c1", part(), blocks_of(data), key=str(number))).refused == refused


async def test_the_files_of_a_message_are_limited_together(engine: AsyncEngine, tmp_path: Path) -> None:
    attachments = attachments_in(engine, tmp_path)

    async def take(key: str, data: bytes) -> str:
        return (
            await attachments.take("c1", part("a.txt"), blocks_of(data, 9999), key=key, message="m1")
        ).refused

    assert await take("0", b"a" * 900_000) == ""
    assert await take("1", b"a" * 700_000) == "too_large"
    assert await take("2", b"a") == ""
    assert await take("3", b"a") == ""
    assert await take("4", b"a") == "too_large", "more than three files"


async def test_one_that_claims_too_much_is_not_fetched(engine: AsyncEngine, tmp_path: Path) -> None:
    async def never() -> AsyncIterator[bytes]:
        pytest.fail("fetched")
        yield b""

    attachments = attachments_in(engine, tmp_path)
    found = await attachments.take("c1", part(size=10**9), never(), key="m1:0")
    assert found.refused == "too_large"


async def test_what_the_provider_no_longer_has(engine: AsyncEngine, tmp_path: Path) -> None:
    async def failing(*, retryable: bool) -> AsyncIterator[bytes]:
        yield b"begun"
        raise FetchFailed("404", retryable=retryable)

    attachments = attachments_in(engine, tmp_path)
    with pytest.raises(FetchFailed):
        await attachments.take("c1", part(), failing(retryable=True), key="m1:0")
    assert (await attachments.take("c1", part(), failing(retryable=False), key="m1:0")).refused == "gone"


async def test_a_store_that_is_away_is_tried_again(engine: AsyncEngine, tmp_path: Path) -> None:
    class Away(FileStore):
        is_away = True

        async def put(self, name: str, source: Path) -> None:
            if self.is_away:
                raise StoreUnavailable("away")
            await super().put(name, source)

    store = Away(tmp_path / "files")
    attachments = attachments_in(engine, tmp_path, store=store)
    with pytest.raises(FilesUnavailable):
        await attachments.take("c1", part(), blocks_of(png()), key="m1:0")
    store.is_away = False
    found = await attachments.take("c1", part(), blocks_of(png()), key="m1:0")
    assert await contents(attachments, found) == png()


async def test_without_a_key_nothing_is_kept(engine: AsyncEngine, tmp_path: Path) -> None:
    attachments = attachments_in(engine, tmp_path, key=None)
    assert (await attachments.take("c1", part(), blocks_of(png()), key="m1:0")).refused == "not_kept"


async def test_an_agents_file_is_sent_only_there(engine: AsyncEngine, tmp_path: Path) -> None:
    attachments = attachments_in(engine, tmp_path)
    file = await attachments.put("c1", SATO, "図.png", "image/png", blocks_of(png()))
    theirs = await attachments.take("c1", part(), blocks_of(png()), key="m9:0")
    assert await attachments.find("c2", [file.id]) == ()
    for _ in range(2):  # the same message, sent again
        assert await attachments.find("c1", [file.id, theirs.id, "0" * 32]) == (file,)
    more = [await attachments.put("c1", SATO, "a.txt", "", blocks_of(b"a")) for _ in range(3)]
    assert len(await attachments.find("c1", [each.id for each in more])) == 3
    assert await attachments.find("c1", [file.id, *(each.id for each in more)]) == (), "more than three"


async def test_a_virus_is_refused(engine: AsyncEngine, tmp_path: Path) -> None:
    async with FakeClamd().serving() as daemon:
        attachments = attachments_in(engine, tmp_path, scanning=Scanning(Clamd(daemon.address)))
        bad = await attachments.take("c1", part("a.txt"), blocks_of(EICAR), key="m1:0")
        good = await attachments.take("c1", part(), blocks_of(png()), key="m1:1")
    assert (bad.refused, good.refused) == ("virus", "")
    assert len(objects(tmp_path)) == 1


async def test_without_the_scanner_files_are_held_until_it_is_back(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    daemon = FakeClamd()
    async with daemon.serving():
        pass
    port = int(daemon.address.rpartition(":")[2])
    scanning = Scanning(Clamd(daemon.address))
    attachments = attachments_in(engine, tmp_path, scanning=scanning)
    keeper = Keeper(attachments, Catalogue(engine), scanning, AuditLog(engine), 30)
    good = await attachments.take("c1", part(), blocks_of(png()), key="m1:0")
    bad = await attachments.take("c1", part("a.txt"), blocks_of(EICAR), key="m1:1")
    assert (good.refused, bad.refused) == ("not_scanned", "not_scanned")
    with pytest.raises(FileGone):
        await contents(attachments, good)
    assert await keeper.scan_held() == 0
    async with daemon.serving(port):
        assert await keeper.scan_held() == 2
    assert await contents(attachments, good) == png()
    with pytest.raises(FileGone):
        await contents(attachments, bad)
    assert len(objects(tmp_path)) == 1


async def test_without_the_scanner_files_may_be_let_through(engine: AsyncEngine, tmp_path: Path) -> None:
    attachments = attachments_in(engine, tmp_path, scanning=Scanning(Clamd("127.0.0.1:1"), holds=False))
    assert (await attachments.take("c1", part(), blocks_of(png()), key="m1:0")).refused == ""


async def test_a_link_is_good_for_a_while(engine: AsyncEngine, tmp_path: Path) -> None:
    clock = Clock()
    attachments = attachments_in(engine, tmp_path, clock_ms=clock.ms)
    file = await attachments.put("c1", SATO, "図.png", "image/png", blocks_of(png()))
    link = attachments.link(StoredFile(id=file.id, name=file.name, type=file.type, size=file.size))
    assert link.startswith("https://hub.example.jp/files/")
    token = link.rpartition("/")[2]
    found = await attachments.linked(token)
    assert found is not None
    assert found.id == file.id
    first, last = ("B" if token[0] == "A" else "A"), ("BA" if token[-2:] == "AA" else "AA")
    for wrong in (token[:-2] + last, first + token[1:], "", "ü", token[:20], token + "AAAA"):
        assert await attachments.linked(wrong) is None, wrong
    clock.now_s += 3601
    assert await attachments.linked(token) is None


async def test_files_are_deleted_when_their_time_is_over(engine: AsyncEngine, tmp_path: Path) -> None:
    clock, audit = Clock(), AuditLog(engine)
    attachments = attachments_in(engine, tmp_path, clock_ms=clock.ms)
    keeper = Keeper(attachments, Catalogue(engine), Scanning(), audit, 30, clock_ms=clock.ms)
    theirs = await attachments.take("c1", part(), blocks_of(png()), key="m1:0")
    sent = await attachments.put("c1", SATO, "a.png", "image/png", blocks_of(png()))
    await attachments.find("c1", [sent.id])
    never_sent = await attachments.put("c1", SATO, "b.png", "image/png", blocks_of(png()))
    clock.now_s += 2 * DAY_MS / 1000
    assert await keeper.purge() == 1
    with pytest.raises(FileGone):
        await contents(attachments, never_sent)
    assert await contents(attachments, theirs) == png()
    clock.now_s += 30 * DAY_MS / 1000
    assert await keeper.purge() == 2
    assert await keeper.purge() == 0
    assert objects(tmp_path) == []
    assert {each.subject for each in await audit.entries(deed=Deed.DELETE_FILE)} == {
        theirs.id,
        sent.id,
        never_sent.id,
    }


async def test_a_withdrawn_file_is_gone_at_once(engine: AsyncEngine, tmp_path: Path) -> None:
    attachments = attachments_in(engine, tmp_path)
    file = await attachments.take("c1", part(), blocks_of(png()), key="m1:0")
    await attachments.remove("c2", [file])
    assert await contents(attachments, file) == png()
    await attachments.remove("c1", [file])
    await attachments.remove("c1", [file])
    assert objects(tmp_path) == []
    with pytest.raises(FileGone):
        await contents(attachments, file)


async def test_a_fax_goes_with_the_recordings_of_its_queue(engine: AsyncEngine, tmp_path: Path) -> None:
    clock, contacts = Clock(), Contacts(engine)
    attachments = attachments_in(engine, tmp_path, clock_ms=clock.ms)
    queues = {
        name: QueueSettings(name=name, recording=RecordRules(keep_days=days))
        for name, days in ((QueueName("sales"), 7), (QueueName("support"), 0))
    }
    keeper = Keeper(
        attachments,
        Catalogue(engine),
        Scanning(),
        AuditLog(engine),
        365,
        queues=lambda: queues,
        clock_ms=clock.ms,
    )
    kept = {}
    for id_, channel, queue in (
        ("fax", Channel.FAX, "sales"),
        ("line", Channel.LINE, "sales"),
        ("other", Channel.FAX, "support"),
    ):
        await contacts.opened(
            ContactId(id_), channel=channel, address=id_, at_ms=1, customer=None, queue=QueueName(queue)
        )
        kept[id_] = await attachments.take(id_, part(), blocks_of(png()), key="m1:0")
    clock.now_s += 8 * DAY_MS / 1000
    assert await keeper.purge() == 1
    with pytest.raises(FileGone):
        await contents(attachments, kept["fax"])
    assert await contents(attachments, kept["line"]) == await contents(attachments, kept["other"]) == png()
