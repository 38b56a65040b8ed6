"""Recordings over HTTP: who may, in which parts, and what is written down of it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientPayloadError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.ids import AgentId
from hub.audit import AuditLog, Deed
from hub.recordings.catalogue import StoredRecording
from hub.recordings.draft import Kind
from hub.recordings.shelf import Shelf
from tests.hub.conftest import Client
from tests.hub.fakes import Hub
from tests.hub.recordings.made import ID, stored_in

Bearer = Callable[[str], Awaitable[dict[str, str]]]
URL = f"/api/v1/recordings/{ID}"


@pytest.fixture
def shelf(hub: Hub) -> Shelf:
    return hub.parts.recordings


@pytest.fixture
async def stored(shelf: Shelf, tmp_path: Path) -> StoredRecording:
    return await stored_in(shelf, tmp_path, seconds=12.0)


async def test_supervisors_find_all_and_agents_their_own(
    client: Client, bearer: Bearer, shelf: Shelf, tmp_path: Path, engine: AsyncEngine
) -> None:
    for name, agents, queue in (
        ("a", ("sato",), "support"),
        ("b", ("tanaka", "sato"), "sales"),
        ("c", ("tanaka",), "sales"),
    ):
        await stored_in(
            shelf, tmp_path, id_=name * 32, agents=agents, queue=queue, started_ms=1000 * ord(name)
        )

    async def found(who: str, **query: str) -> str:
        answer = await client.get("/api/v1/recordings", params=query, headers=await bearer(who))
        assert answer.status == 200
        return "".join(each["id"][0] for each in (await answer.json())["recordings"])

    assert await found("kato") == "cba"
    assert await found("sato") == "ba"
    assert await found("sato", agent="tanaka") == ""
    assert await found("kato", agent="tanaka") == "cb"
    assert await found("kato", queue="sales", to_ms=str(1000 * ord("c"))) == "b"
    assert await found("kato", from_ms=str(1000 * ord("b"))) == "cb"
    assert await found("kato", contact="c1") == "cba"
    assert (await AuditLog(engine).entries())[0].deed is Deed.LIST_RECORDINGS
    first = await (await client.get("/api/v1/recordings?limit=2", headers=await bearer("kato"))).json()
    rest = await (
        await client.get(f"/api/v1/recordings?limit=2&before={first['next']}", headers=await bearer("kato"))
    ).json()
    assert [each["id"][0] for each in first["recordings"] + rest["recordings"]] == ["c", "b", "a"]
    assert rest["next"] is None


async def test_another_s_recording_is_not_there_for_an_agent(
    client: Client, bearer: Bearer, shelf: Shelf, tmp_path: Path
) -> None:
    await stored_in(shelf, tmp_path, agents=("tanaka",))
    for path in (URL, f"{URL}/audio"):
        assert (await client.get(path, headers=await bearer("sato"))).status == 404
        assert (await client.get(path, headers=await bearer("kato"))).status == 200
        assert (await client.get(path)).status == 401


async def test_an_agent_hears_a_message_that_is_his_whatever_agents_may(
    client: Client, bearer: Bearer, hub: Hub, tmp_path: Path, engine: AsyncEngine
) -> None:
    async def has_message(agent: AgentId, recording: StoredRecording) -> bool:
        return (agent, recording.id) == ("sato", ID)

    shelf = replace(hub.parts.recordings, agents_hear_own=False, has_message=has_message)
    object.__setattr__(hub.parts, "recordings", shelf)
    await stored_in(shelf, tmp_path, agents=(), kind=Kind.VOICEMAIL)
    await stored_in(shelf, tmp_path, id_="f" * 32, agents=("sato",))
    assert (await client.get(f"{URL}/audio", headers=await bearer("sato"))).status == 200
    entry = (await AuditLog(engine).entries())[0]
    assert (entry.actor, entry.deed, entry.subject) == ("sato", Deed.PLAY_RECORDING, ID)
    other = URL.replace(ID, "f" * 32)
    assert (await client.get(f"{other}/audio", headers=await bearer("sato"))).status == 403
    assert (await client.get("/api/v1/recordings", headers=await bearer("sato"))).status == 403


async def test_a_recording_is_described(client: Client, bearer: Bearer, stored: StoredRecording) -> None:
    shown = await (await client.get(URL, headers=await bearer("kato"))).json()
    assert shown["sides"] == ["customer", "agent"]
    assert (shown["length_ms"], shown["encrypted"], shown["checksum"]) == (12_000, True, "unchecked")
    shown = await (await client.get(f"{URL}?verify=true", headers=await bearer("kato"))).json()
    assert shown["checksum"] == "ok"


async def test_the_sound_is_sent_whole_and_noted_first(
    client: Client, bearer: Bearer, stored: StoredRecording, engine: AsyncEngine
) -> None:
    answer = await client.get(f"{URL}/audio", headers=await bearer("sato"))
    body = await answer.read()
    assert (answer.status, len(body), answer.content_type) == (200, stored.size, "audio/wav")
    assert body[:4] == b"RIFF"
    assert answer.headers["Accept-Ranges"] == "bytes"
    entry = (await AuditLog(engine).entries())[0]
    assert (entry.actor, entry.deed, entry.subject) == ("sato", Deed.PLAY_RECORDING, ID)
    head = await client.head(f"{URL}/audio", headers=await bearer("sato"))
    assert (head.status, head.headers["Content-Length"]) == (200, str(stored.size))
    assert head.headers["ETag"] == answer.headers["ETag"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.data())
async def test_parts_are_those_of_the_whole(
    client: Client, bearer: Bearer, stored: StoredRecording, draw: st.DataObject
) -> None:
    headers = await bearer("kato")
    whole = await (await client.get(f"{URL}/audio", headers=headers)).read()
    first = draw.draw(st.integers(0, stored.size - 1))
    last = draw.draw(st.integers(first, stored.size + 100))
    answer = await client.get(f"{URL}/audio", headers={**headers, "Range": f"bytes={first}-{last}"})
    end = min(last, stored.size - 1)
    assert answer.status == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{end}/{stored.size}"
    assert await answer.read() == whole[first : end + 1]


async def test_a_part_that_is_not_there(client: Client, bearer: Bearer, stored: StoredRecording) -> None:
    headers = {**await bearer("kato"), "Range": f"bytes={stored.size}-"}
    answer = await client.get(f"{URL}/audio", headers=headers)
    assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{stored.size}")


async def test_a_part_of_an_older_one_is_the_whole(
    client: Client, bearer: Bearer, stored: StoredRecording
) -> None:
    headers = {**await bearer("kato"), "Range": "bytes=0-9"}
    old = await client.get(f"{URL}/audio", headers={**headers, "If-Range": '"old"'})
    same = await client.get(f"{URL}/audio", headers={**headers, "If-Range": f'"{stored.sha256}"'})
    assert (old.status, same.status) == (200, 206)


async def test_what_was_changed_is_not_played(
    client: Client, bearer: Bearer, stored: StoredRecording, tmp_path: Path
) -> None:
    (path,) = (tmp_path / "recordings" / "store").rglob("*.sealed")
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    answer = await client.get(f"{URL}/audio", headers=await bearer("kato"))
    assert answer.status == 500
    assert (await answer.json())["error"]["code"] == "damaged"
    shown = await (await client.get(f"{URL}?verify=true", headers=await bearer("kato"))).json()
    assert shown["checksum"] == "damaged"
    path.unlink()
    shown = await (await client.get(f"{URL}?verify=true", headers=await bearer("kato"))).json()
    assert shown["checksum"] == "missing"


async def test_what_was_changed_in_its_midst_ends_the_connection(
    client: Client, bearer: Bearer, stored: StoredRecording, tmp_path: Path
) -> None:
    (path,) = (tmp_path / "recordings" / "store").rglob("*.sealed")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    answer = await client.get(f"{URL}/audio", headers=await bearer("kato"))
    with pytest.raises(ClientPayloadError):
        await answer.read()


async def test_only_admins_delete(
    client: Client, bearer: Bearer, stored: StoredRecording, engine: AsyncEngine, tmp_path: Path
) -> None:
    assert (await client.delete(URL, headers=await bearer("kato"))).status == 403
    assert (await client.delete(URL, headers=await bearer("abe"))).status == 204
    assert (await client.get(URL, headers=await bearer("kato"))).status == 404
    assert not list((tmp_path / "recordings" / "store").rglob("*.sealed"))
    entry = (await AuditLog(engine).entries())[0]
    assert (entry.actor, entry.deed, entry.subject) == ("abe", Deed.DELETE_RECORDING, ID)
