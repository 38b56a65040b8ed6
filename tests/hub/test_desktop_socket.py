"""The desktop socket over a real server: who may open it, what it answers, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from acd.agent import Presence
from acd.errors import AcdUnavailable
from acd.ids import AgentId, ContactId, OfferId
from hub.desktop.commands import Accept, Send, SetPresence
from hub.desktop.protocol import OfferWithdrawn
from hub.desktop.refusals import MESSAGES, CommandRefused, Refusal
from hub.desktop.socket import DesktopSocket, SocketTimes
from hub.http.app import create_http
from tests.hub.conftest import Client
from tests.hub.fakes import Hub, until

Bearer = Callable[[str], Awaitable[dict[str, str]]]
Socket = ClientWebSocketResponse[Any]

PATH = "/api/v1/desktop"
SATO = AgentId("sato")


def _event(reason: str) -> OfferWithdrawn:
    return OfferWithdrawn(offer=OfferId("o1"), contact=ContactId("k1"), reason=reason)


@asynccontextmanager
async def _opened(client: Client, headers: dict[str, str]) -> AsyncIterator[Socket]:
    async with client.ws_connect(PATH, headers=headers, protocols=("toritsugi.desktop.v1",)) as socket:
        assert socket.protocol == "toritsugi.desktop.v1"
        assert (await _next(socket))["type"] == "welcome"
        yield socket


async def _next(socket: Socket) -> dict[str, Any]:
    async with asyncio.timeout(5):
        message: dict[str, Any] = await socket.receive_json()
    return message


async def _ask(socket: Socket, **command: object) -> dict[str, Any]:
    await socket.send_json(command)
    return await _next(socket)


async def _close_code(socket: Socket) -> int | None:
    async with asyncio.timeout(10):
        while (await socket.receive()).type in (WSMsgType.TEXT, WSMsgType.PING):
            pass
    return socket.close_code


@asynccontextmanager
async def _client_with(hub: Hub, times: SocketTimes) -> AsyncIterator[Client]:
    socket = DesktopSocket(hub.parts.desktop.desktops, hub.handler, times=times, clock=hub.clock)
    parts = replace(hub.parts, desktop=socket, registry=CollectorRegistry())
    async with TestClient(TestServer(create_http(parts))) as client:
        yield client


# --- who may open it -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Cookie": "toritsugi_session=x"}]
)
async def test_without_a_session_it_stays_shut(client: Client, hub: Hub, headers: dict[str, str]) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect(PATH, headers=headers | {"Origin": "https://hub.example.jp"})
    assert refused.value.status == 401
    assert hub.handler.joined == []


async def test_from_a_foreign_site_it_stays_shut(client: Client, hub: Hub, bearer: Bearer) -> None:
    token = (await bearer("sato"))["Authorization"].removeprefix("Bearer ")
    cookie = {"Cookie": f"toritsugi_session={token}"}
    for headers in (cookie, cookie | {"Origin": "https://evil.example"}):
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect(PATH, headers=headers)
        assert refused.value.status == 403
    assert hub.handler.joined == []
    async with _opened(client, cookie | {"Origin": "https://hub.example.jp"}):
        assert hub.handler.joined == ["sato"]


async def test_plain_request_is_told_to_upgrade(client: Client, bearer: Bearer) -> None:
    response = await client.get(PATH, headers=await bearer("sato"))
    assert response.status == 400
    assert (await response.json())["error"]["code"] == "bad_request"


# --- commands ------------------------------------------------------------------------------------


async def test_each_command_is_answered_once(client: Client, hub: Hub, bearer: Bearer) -> None:
    async with _opened(client, await bearer("sato")) as socket:
        assert await _ask(socket, type="ping", ref="1") == {"type": "ack", "ref": "1"}
        acked = await _ask(socket, type="set_presence", ref="2", presence="available", unknown=1)
        assert acked == {"type": "ack", "ref": "2"}
        await _ask(socket, type="send", ref="3", contact="k1", message="m1", text="こんにちは")
    assert hub.handler.commands == [
        (SATO, SetPresence(type="set_presence", ref="2", presence=Presence.AVAILABLE)),
        (SATO, Send(type="send", ref="3", contact=ContactId("k1"), message="m1", text="こんにちは")),
    ]


@pytest.mark.parametrize("code", [code for code in Refusal if code is not Refusal.TOO_MANY])
async def test_refusals_come_in_both_languages(
    client: Client, hub: Hub, bearer: Bearer, code: Refusal
) -> None:
    hub.handler.answer = CommandRefused(code)
    async with _opened(client, await bearer("sato")) as socket:
        answer = await _ask(socket, type="accept", ref="r", offer="o1")
    text = MESSAGES[code]
    assert answer == {"type": "error", "ref": "r", "code": code, "message": {"ja": text.ja, "en": text.en}}


@pytest.mark.parametrize(
    ("frame", "ref", "told"),
    [
        ('{"type": "accept", "ref": "r"}', "r", "offer: Field required"),
        ('{"type": "dance", "ref": "r"}', "r", "'set_presence'"),
        ('{"type": "set_presence", "ref": "r", "presence": "busy"}', "r", "'available'"),
        ('{"type": "send", "ref": "r", "contact": "k", "message": "m", "text": ""}', "r", "text"),
        ('{"type": "ping"}', "", "ref"),
        ('{"type": "ping", "ref": 5}', "", "ref"),
        ("[]", "", "object"),
        ("hello", "", "JSON"),
    ],
)
async def test_malformed_command_is_told_what_was_expected(
    client: Client, hub: Hub, bearer: Bearer, frame: str, ref: str, told: str
) -> None:
    async with _opened(client, await bearer("sato")) as socket:
        await socket.send_str(frame)
        answer = await _next(socket)
        assert (answer["type"], answer["code"], answer["ref"]) == ("error", "bad_command", ref)
        assert told in answer["message"]["en"]
        assert (await _ask(socket, type="ping", ref="1"))["type"] == "ack", "the link goes on"
    assert hub.handler.commands == []


@pytest.mark.parametrize("error", [AcdUnavailable("away"), ZeroDivisionError("bug")])
async def test_command_that_fails_is_unavailable(
    client: Client, hub: Hub, bearer: Bearer, error: Exception
) -> None:
    hub.handler.answer = error
    async with _opened(client, await bearer("sato")) as socket:
        answer = await _ask(socket, type="hang_up", ref="r", contact="k1")
        assert (answer["type"], answer["code"]) == ("error", "unavailable")
        hub.handler.answer = None
        assert (await _ask(socket, type="hang_up", ref="s", contact="k1"))["type"] == "ack"


async def test_more_than_20_commands_a_second_are_refused(client: Client, hub: Hub, bearer: Bearer) -> None:
    async with _opened(client, await bearer("sato")) as socket:
        answers = [await _ask(socket, type="accept", ref=str(n), offer="o1") for n in range(25)]
        assert [each["type"] for each in answers] == ["ack"] * 20 + ["error"] * 5
        assert {each.get("code") for each in answers[20:]} == {"too_many"}
        assert [each["ref"] for each in answers] == [str(n) for n in range(25)]
        await hub.clock.advance(1)
        assert (await _ask(socket, type="accept", ref="later", offer="o1"))["type"] == "ack"
    assert len(hub.handler.commands) == 21
    assert all(isinstance(command, Accept) for _, command in hub.handler.commands)


# --- events --------------------------------------------------------------------------------------


async def test_every_desktop_of_an_agent_sees_the_events_and_nobody_elses(
    client: Client, hub: Hub, bearer: Bearer
) -> None:
    desktops = hub.parts.desktop.desktops
    async with (
        _opened(client, await bearer("sato")) as one,
        _opened(client, await bearer("sato")) as two,
        _opened(client, await bearer("kato")) as other,
    ):
        assert desktops.send(SATO, _event("taken"))
        desktops.broadcast(_event("left"))
        assert [(await _next(each))["reason"] for each in (one, one, two, two)] == ["taken", "left"] * 2
        assert (await _next(other))["reason"] == "left"
        assert desktops.sockets == 3
        assert desktops.agents() == {"sato", "kato"}
        assert not desktops.send(AgentId("abe"), _event("taken"))


async def test_events_during_the_join_come_after_the_welcome(
    client: Client, hub: Hub, bearer: Bearer
) -> None:
    hub.handler.joining = asyncio.Event()
    socket = await client.ws_connect(PATH, headers=await bearer("sato"))
    await until(lambda: hub.parts.desktop.desktops.send(SATO, _event("left")))
    hub.handler.joining.set()
    assert [(await _next(socket))["type"] for _ in range(2)] == ["welcome", "offer_withdrawn"]
    await socket.close()


async def test_desktop_that_cannot_be_welcomed_is_to_come_again(
    client: Client, hub: Hub, bearer: Bearer
) -> None:
    hub.handler.join_error = AcdUnavailable("away")
    async with client.ws_connect(PATH, headers=await bearer("sato")) as socket:
        assert await _close_code(socket) == 1013
    hub.handler.join_error = None
    async with _opened(client, await bearer("sato")):
        pass


# --- how it ends ---------------------------------------------------------------------------------


async def test_desktop_that_does_not_read_is_closed_with_1013(
    client: Client, hub: Hub, bearer: Bearer
) -> None:
    desktops = hub.parts.desktop.desktops
    async with _opened(client, await bearer("sato")) as slow, _opened(client, await bearer("kato")) as swift:
        sent = 0
        async with asyncio.timeout(30):
            while desktops.sockets == 2:
                desktops.send(SATO, _event("x" * 100_000))
                sent += 1
                await asyncio.sleep(0)
        assert sent > 256
        desktops.broadcast(_event("left"))
        assert (await _next(swift))["reason"] == "left", "others do not wait for it"
        assert await _close_code(slow) == 1013


async def test_silent_desktop_is_pinged_and_then_closed(hub: Hub, bearer: Bearer) -> None:
    times = SocketTimes(ping_s=0.05, pong_s=0.05)
    async with (
        _client_with(hub, times) as client,
        client.ws_connect(PATH, headers=await bearer("sato"), autoping=False) as socket,
    ):
        assert (await _next(socket))["type"] == "welcome"
        assert (await socket.receive(timeout=5)).type is WSMsgType.PING
        assert await _close_code(socket) == 1001


async def test_desktop_that_answers_pings_stays(hub: Hub, bearer: Bearer) -> None:
    times = SocketTimes(ping_s=0.01, pong_s=5)
    async with (
        _client_with(hub, times) as client,
        client.ws_connect(PATH, headers=await bearer("sato"), autoping=False) as socket,
    ):
        assert (await _next(socket))["type"] == "welcome"
        for _ in range(5):
            ping = await socket.receive(timeout=5)
            assert ping.type is WSMsgType.PING
            await socket.pong(ping.data)
        await socket.ping(b"mine")
        async with asyncio.timeout(5):
            while (frame := await socket.receive()).type is WSMsgType.PING:
                await socket.pong(frame.data)
        assert (frame.type, frame.data) == (WSMsgType.PONG, b"mine")


async def test_desktop_ends_with_its_session(hub: Hub, bearer: Bearer) -> None:
    times = SocketTimes(check_s=0.01)
    async with _client_with(hub, times) as client, _opened(client, await bearer("sato")) as socket:
        await hub.parts.accounts.disable("sato")
        assert await _close_code(socket) == 1008


async def test_binary_frames_and_giant_ones_end_it(client: Client, bearer: Bearer) -> None:
    async with _opened(client, await bearer("sato")) as socket:
        await socket.send_bytes(b"{}")
        assert await _close_code(socket) == 1003
    async with _opened(client, await bearer("sato")) as socket:
        await socket.send_str("x" * 70_000)
        assert await _close_code(socket) == 1009


async def test_desktop_cut_off_leaves_nothing_behind(client: Client, hub: Hub, bearer: Bearer) -> None:
    desktops = hub.parts.desktop.desktops
    async with _opened(client, await bearer("sato")) as socket:
        assert desktops.sockets == 1
        connection = socket._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()
        await until(lambda: desktops.sockets == 0)


async def test_desktops_are_told_when_the_hub_stops(client: Client, hub: Hub, bearer: Bearer) -> None:
    async with _opened(client, await bearer("sato")) as socket:
        await hub.parts.desktop.desktops.close()
        assert await _close_code(socket) == 1001
    assert hub.handler.gone == [], "agents stay signed in over a restart"
