"""A bucket as the store, simulated by moto: what is put there, and what happens when it is away."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from botocore.session import Session
from moto.server import ThreadedMotoServer
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.objects.errors import ObjectMissing, StoreUnavailable
from hub.objects.s3_store import S3Settings, S3Store
from hub.recordings.archivist import Archivist
from hub.recordings.catalogue import Catalogue, Filter
from hub.recordings.draft import Drafts
from tests.hub.recordings.made import ID, draft_in, vault_in

BUCKET = "recordings"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = Session().create_client(
        "s3", region_name="us-east-1", endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b"
    )
    client.create_bucket(Bucket=BUCKET)
    yield url
    server.stop()


def store_at(endpoint: str, prefix: str = "hub/1/", timeout_s: float = 5.0) -> S3Store:
    settings = S3Settings(
        bucket=BUCKET,
        prefix=prefix,
        endpoint=endpoint,
        access_key="a",
        secret_key="b",
        timeout_s=timeout_s,
        tries=1,
    )
    return S3Store(settings)


async def test_an_object_is_put_read_in_stretches_and_deleted(endpoint: str, tmp_path: Path) -> None:
    store, source = store_at(endpoint), tmp_path / "source"
    data = bytes(range(256)) * 4096
    source.write_bytes(data)
    await store.put("2026/11/26/a.sealed", source)
    assert await store.size("2026/11/26/a.sealed") == len(data)
    assert await store.read("2026/11/26/a.sealed", 0, len(data)) == data
    assert await store.read("2026/11/26/a.sealed", 1000, 77) == data[1000:1077]
    assert await store.read("2026/11/26/a.sealed", len(data) - 3, 100) == data[-3:]
    await store.delete("2026/11/26/a.sealed")
    await store.delete("2026/11/26/a.sealed")
    with pytest.raises(ObjectMissing):
        await store.size("2026/11/26/a.sealed")
    with pytest.raises(ObjectMissing):
        await store.read("2026/11/26/a.sealed", 0, 1)


async def test_a_recording_is_stored_there_and_read_again(
    endpoint: str, engine: AsyncEngine, tmp_path: Path
) -> None:
    vault, drafts, catalogue = (
        vault_in(tmp_path, store=store_at(endpoint)),
        Drafts(tmp_path),
        Catalogue(engine),
    )
    draft_in(drafts, seconds=20.0)
    assert await Archivist(drafts, vault, catalogue, _no_journey).work_off() == 0
    (stored,) = await catalogue.find(Filter())
    await vault.check(stored)
    assert drafts.all() == []


async def test_while_it_is_away_recordings_wait(engine: AsyncEngine, endpoint: str, tmp_path: Path) -> None:
    drafts, catalogue = Drafts(tmp_path), Catalogue(engine)
    draft_in(drafts)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}"
    away = vault_in(tmp_path, store=store_at(nobody))
    assert await Archivist(drafts, away, catalogue, _no_journey).work_off() == 1
    there = vault_in(tmp_path, store=store_at(endpoint))
    assert await Archivist(drafts, there, catalogue, _no_journey).work_off() == 0
    (stored,) = await catalogue.find(Filter())
    await there.check(stored)


_SLOW_DOWN = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n"
_BROKEN_OFF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"
_HALF_A_HEAD = b"HTTP/1.1 200 OK\r\nContent-Le"


@pytest.mark.parametrize("answer", [_SLOW_DOWN, _BROKEN_OFF, _HALF_A_HEAD, None])
async def test_whatever_it_answers_is_tried_again(
    engine: AsyncEngine, tmp_path: Path, answer: bytes | None
) -> None:
    """Too busy, an answer that breaks off, none at all within the time."""
    async for url in _answering(answer):
        drafts = Drafts(tmp_path)
        draft = draft_in(drafts)
        vault = vault_in(tmp_path, store=store_at(url, timeout_s=0.3))
        assert await Archivist(drafts, vault, Catalogue(engine), _no_journey).work_off() == 1
        assert all(path.exists() for path in drafts.paths(draft))
        assert await Catalogue(engine).find(Filter()) == []


@pytest.mark.parametrize("answer", [_SLOW_DOWN, None])
async def test_each_request_says_that_it_may_be_tried_again(answer: bytes | None) -> None:
    async for url in _answering(answer):
        store = store_at(url, timeout_s=0.3)
        asked = await asyncio.gather(
            store.size(ID), store.read(ID, 0, 1), store.delete(ID), return_exceptions=True
        )
        assert [type(each) for each in asked] == [StoreUnavailable] * 3


async def _answering(answer: bytes | None) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer is not None:
            writer.write(answer)
            writer.close()
        else:
            await reader.read()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _no_journey(key: str, item: object) -> None:
    pass
