"""Signing in and out, roles, and what stops guessing and other sites."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientResponse
from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.accounts import Accounts, Role
from hub.database import create_engine
from hub.errors import DatabaseUnavailable, TooBusy
from hub.guard import Guard
from hub.passwords import Passwords
from hub.sessions import Sessions
from hub.sign_in import SignIn
from tests.hub.conftest import SWIFT, Client
from tests.hub.fakes import Clock, Hub

Bearer = Callable[[str], Awaitable[dict[str, str]]]
OURS = "https://hub.example.jp"


async def _sign_in(client: Client, password: str = "sato-password", agent: str = "sato") -> ClientResponse:
    return await client.post("/api/v1/session", json={"id": agent, "password": password})


async def _code(response: ClientResponse) -> str:
    body = await response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert set(body["error"]["message"]) == {"ja", "en"}
    return str(body["error"]["code"])


async def test_token_and_cookie_say_who_one_is(client: Client) -> None:
    response = await _sign_in(client)
    assert response.status == 200
    body = await response.json()
    assert body["agent"] == {"id": "sato", "name": "Sato", "role": "agent"}
    cookie = response.headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/"))
    for headers in (
        {"Authorization": f"Bearer {body['token']}"},
        {"Cookie": f"toritsugi_session={body['token']}"},
    ):
        me = await client.get("/api/v1/me", headers=headers)
        assert await me.json() == body["agent"]


@pytest.mark.parametrize(("agent", "password"), [("sato", "wrong-password"), ("nobody", "sato-password")])
async def test_wrong_sign_in_does_not_say_what_was_wrong(client: Client, agent: str, password: str) -> None:
    response = await _sign_in(client, password, agent)
    assert response.status == 401
    assert await _code(response) == "wrong_sign_in"
    assert "Set-Cookie" not in response.headers


async def test_signed_out_token_is_worth_nothing(client: Client, bearer: Bearer) -> None:
    headers = await bearer("sato")
    assert (await client.delete("/api/v1/session", headers=headers)).status == 204
    response = await client.get("/api/v1/me", headers=headers)
    assert response.status == 401
    assert await _code(response) == "not_signed_in"
    assert (await client.delete("/api/v1/session", headers=headers)).status == 204


async def test_session_ends_after_half_a_day(client: Client, hub: Hub, bearer: Bearer) -> None:
    headers = await bearer("sato")
    await hub.clock.advance(12 * 3600 - 1)
    assert (await client.get("/api/v1/me", headers=headers)).status == 200
    await hub.clock.advance(1)
    assert (await client.get("/api/v1/me", headers=headers)).status == 401


async def test_disabled_account_is_out_at_once(client: Client, hub: Hub, bearer: Bearer) -> None:
    headers = await bearer("sato")
    await hub.parts.accounts.disable("sato")
    assert (await client.get("/api/v1/me", headers=headers)).status == 401
    assert (await _sign_in(client)).status == 401


async def test_guessing_is_slowed_down_for_that_account_only(client: Client, hub: Hub) -> None:
    for _ in range(5):
        assert (await _sign_in(client, "wrong-password")).status == 401
    assert (await _sign_in(client, "wrong-password")).status == 429
    response = await _sign_in(client)
    assert response.status == 429, "not even the right password"
    assert await _code(response) == "too_many_tries"
    wait_s = int(response.headers["Retry-After"])
    assert (await _sign_in(client, "kato-password", "kato")).status == 200
    await hub.clock.advance(wait_s)
    assert (await _sign_in(client)).status == 200
    assert (await _sign_in(client, "wrong-password")).status == 401, "success wiped the slate clean"


@pytest.mark.parametrize(
    ("agent", "path", "status"),
    [
        ("sato", "/api/v1/agents", 403),
        ("kato", "/api/v1/agents", 403),
        ("abe", "/api/v1/agents", 200),
        ("sato", "/api/v1/dead-letters", 403),
        ("kato", "/api/v1/dead-letters", 200),
        ("abe", "/api/v1/dead-letters", 200),
        ("sato", "/api/v1/contacts/k1/routing", 403),
        ("sato", "/api/v1/customers/c1/journey", 200),
    ],
)
async def test_each_role_may_what_the_ones_before_it_may(
    client: Client, bearer: Bearer, agent: str, path: str, status: int
) -> None:
    assert (await client.get(path, headers=await bearer(agent))).status == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (OURS, 204),
        ("https://evil.example", 403),
        ("https://hub.example.jp.evil.example", 403),
        ("http://hub.example.jp", 403),
        ("null", 403),
        (None, 403),
    ],
)
async def test_cookie_changes_nothing_from_another_site(
    client: Client, bearer: Bearer, origin: str | None, status: int
) -> None:
    token = (await bearer("sato"))["Authorization"].removeprefix("Bearer ")
    headers = {"Cookie": f"toritsugi_session={token}"} | ({"Origin": origin} if origin else {})
    response = await client.delete("/api/v1/session", headers=headers)
    assert response.status == status
    if status == 403:
        assert await _code(response) == "foreign_origin"


async def test_origin_may_be_the_host_that_the_request_was_sent_to(client: Client, bearer: Bearer) -> None:
    token = (await bearer("sato"))["Authorization"].removeprefix("Bearer ")
    address = client.make_url("/")
    headers = {"Cookie": f"toritsugi_session={token}", "Origin": f"http://{address.host}:{address.port}"}
    assert (await client.delete("/api/v1/session", headers=headers)).status == 204


async def test_only_a_hash_of_the_token_is_stored(hub: Hub, bearer: Bearer) -> None:
    token = (await bearer("sato"))["Authorization"].removeprefix("Bearer ")
    path = hub.parts.web_dir
    assert path is not None
    stored = b"".join(file.read_bytes() for file in path.parent.glob("hub.db*"))
    assert token.encode() not in stored
    assert b"sato-password" not in stored


async def test_database_away_does_not_count_as_a_failure(engine: AsyncEngine) -> None:
    passwords, guard = Passwords(hasher=SWIFT), Guard(clock=Clock())
    nowhere = create_engine("sqlite+aiosqlite:////nowhere/hub.db")
    away = SignIn(Accounts(nowhere, passwords), Sessions(nowhere), passwords, guard)
    for _ in range(10):
        with pytest.raises(DatabaseUnavailable):
            await away.begin("sato", "sato-password", "::1")
    await nowhere.dispose()
    accounts = Accounts(engine, passwords)
    await accounts.add("sato", "Sato", Role.AGENT, "sato-password")
    back = SignIn(accounts, Sessions(engine), passwords, guard)
    assert (await back.begin("sato", "sato-password", "::1")).account.id == "sato"


async def test_flood_of_sign_ins_is_turned_away_at_once(engine: AsyncEngine) -> None:
    passwords = Passwords(hasher=SWIFT, workers=1, waiting_max=2)
    results = await asyncio.gather(
        *(passwords.verify(None, "some-password") for _ in range(5)), return_exceptions=True
    )
    assert [type(each) for each in results].count(TooBusy) == 2
    assert await passwords.verify(await passwords.hash("some-password"), "some-password")


async def test_password_hashed_at_lower_costs_is_hashed_anew(engine: AsyncEngine) -> None:
    before, after = Passwords(hasher=SWIFT), Passwords(hasher=PasswordHasher(2, 8, 1))
    accounts = Accounts(engine, before)
    await accounts.add("sato", "Sato", Role.AGENT, "sato-password")
    await SignIn(Accounts(engine, after), Sessions(engine), after).begin("sato", "sato-password", "::1")
    credentials = await accounts.credentials("sato")
    assert credentials is not None
    assert not after.is_outdated(credentials.password_hash)
