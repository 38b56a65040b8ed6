"""Files over HTTP: who brings and fetches them, and how they come."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from gateways.files import StoredFile
from hub.audit import AuditLog, Deed
from hub.board import LiveContact
from hub.http.files import disposition
from tests.hub.attachments.made import RULES, blocks_of, part, png
from tests.hub.conftest import Client
from tests.hub.fakes import Hub

Bearer = Callable[[str], Awaitable[dict[str, str]]]
URL = "/api/v1/contacts/c1/files"
TEXT = "あいうえお\n".encode() * 30_000


@pytest.fixture
def contact(hub: Hub) -> LiveContact:
    """Sato chats with a customer."""
    live = LiveContact(
        ContactId("c1"), Channel.LINE, QueueName("support"), 0, address="U1", customer=CustomerId("k1")
    )
    hub.board.add(live)
    live.connect(AgentId("sato"), 1)
    return live


async def take(hub: Hub, data: bytes = TEXT, name: str = "メモ.txt") -> str:
    file = await hub.parts.files.attachments.take("c1", part(name), blocks_of(data), key="m1:0")
    assert file.refused == ""
    return file.id


async def bring(client: Client, headers: dict[str, str], data: object, **query: str) -> tuple[int, Any]:
    answer = await client.post(URL, params=query, data=data, headers=headers)
    return answer.status, await answer.json()


@pytest.mark.usefixtures("contact")
async def test_an_agent_brings_a_file(hub: Hub, client: Client, bearer: Bearer) -> None:
    sato = await bearer("sato")
    status, raw = await bring(client, sato, png(), name="../図.png")
    assert (status, raw["name"], raw["type"], raw["size"]) == (201, "図.png", "image/png", len(png()))
    form = FormData(quote_fields=False)  # as browsers do
    form.add_field("file", png(), filename="図2.png", content_type="image/png")
    status, formed = await bring(client, sato, form)
    assert (status, formed["name"], formed["refused"]) == (201, "図2.png", "")
    sent = await hub.parts.files.attachments.find("c1", [raw["id"], formed["id"]])
    assert [each.name for each in sent] == ["図.png", "図2.png"]


@pytest.mark.usefixtures("contact")
async def test_what_is_brought_is_looked_at(client: Client, bearer: Bearer) -> None:
    sato = await bearer("sato")

    for data, name, expected in (
        (b"MZ", "a.txt", (422, "file_refused")),
        (b"<html>", "a.txt", (422, "file_refused")),
        (b"", "a.txt", (422, "file_refused")),
        (b"a" * (RULES.size_max + 1), "a.txt", (413, "too_large")),
        (b"a" * (RULES.size_max + 100_000), "a.txt", (413, "too_large")),
    ):
        status, body = await bring(client, sato, data, name=name)
        assert (status, body["error"]["code"]) == expected
    form = FormData({"no": "file"})
    form.add_field("x", "y", content_type="text/plain")
    assert (await bring(client, sato, form))[0] == 400


@pytest.mark.usefixtures("contact")
async def test_nobody_else_brings_one(client: Client, bearer: Bearer) -> None:
    assert (await bring(client, await bearer("kato"), png()))[0] == 404
    assert (await bring(client, {}, png()))[0] == 401
    foreign = {**await bearer("sato"), "Origin": "https://elsewhere.example"}
    assert (await bring(client, foreign, png()))[0] == 403


@pytest.mark.usefixtures("contact")
async def test_a_file_is_fetched_whole_and_in_parts(
    hub: Hub, client: Client, bearer: Bearer, engine: AsyncEngine
) -> None:
    url, sato = f"/api/v1/files/{await take(hub)}", await bearer("sato")
    answer = await client.get(url, headers=sato)
    assert (answer.status, await answer.read()) == (200, TEXT)
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; ")
    answer = await client.get(url, headers={**sato, "Range": "bytes=70000-70009"})
    assert (answer.status, await answer.read()) == (206, TEXT[70_000:70_010])
    assert (await client.get(url, headers={**sato, "Range": "bytes=9999999-"})).status == 416
    assert int((await client.head(url, headers=sato)).headers["Content-Length"]) == len(TEXT)
    noted = await AuditLog(engine).entries(deed=Deed.DOWNLOAD_FILE)
    assert [(each.actor, each.detail["contact"]) for each in noted] == [("sato", "c1")] * 2


@pytest.mark.usefixtures("contact")
async def test_images_are_shown_and_saved_if_asked(hub: Hub, client: Client, bearer: Bearer) -> None:
    url, sato = f"/api/v1/files/{await take(hub, png(), 'a.png')}", await bearer("sato")
    shown = await client.get(url, headers=sato)
    assert shown.headers["Content-Disposition"].startswith("inline; ")
    saved = await client.get(f"{url}?save=true", headers=sato)
    assert saved.headers["Content-Disposition"].startswith("attachment; ")


async def test_who_may_fetch_one(hub: Hub, client: Client, bearer: Bearer, contact: LiveContact) -> None:
    url = f"/api/v1/files/{await take(hub)}"

    async def status(who: str) -> int:
        return (await client.get(url, headers=await bearer(who))).status

    assert (await client.get(url)).status == 401
    assert await status("kato") == 200, "a supervisor"
    assert await status("sato") == 200
    contact.agent = AgentId("tanaka")
    assert await status("sato") == 404
    assert (await client.get("/api/v1/files/nothing", headers=await bearer("kato"))).status == 404


@pytest.mark.usefixtures("contact")
async def test_a_signed_address_needs_no_account(hub: Hub, client: Client) -> None:
    attachments = hub.parts.files.attachments
    file = StoredFile(id=await take(hub, png(), "a.png"), name="a.png", type="image/png", size=len(png()))
    path = attachments.link(file).removeprefix("https://hub.example.jp")
    answer = await client.get(path)
    assert (answer.status, await answer.read()) == (200, png())
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await client.head(path)).headers["Content-Length"] == str(len(png()))
    assert (await client.get(path[:-1])).status == 404
    await attachments.delete(file.id)
    assert (await client.get(path)).status == 404


async def test_the_document_says_how_a_file_is_brought(client: Client) -> None:
    document = await (await client.get("/api/openapi.json")).json()
    content = document["paths"]["/api/v1/contacts/{contact}/files"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/octet-stream", "multipart/form-data"}
    assert document["paths"]["/files/{token}"]["get"]["security"] == []


def test_a_name_cannot_leave_its_header() -> None:
    assert disposition('請"求\\書%.pdf', is_shown=False) == (
        "attachment; filename=\"___\\\\__.pdf\"; filename*=UTF-8''%E8%AB%8B%22%E6%B1%82%5C%E6%9B%B8%25.pdf"
    ).replace("\\\\", "_")
