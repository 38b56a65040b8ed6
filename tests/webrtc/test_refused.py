"""What pages may not: sockets without proof or from elsewhere, other's names, other numbers, floods."""

import asyncio

import aiohttp
import pytest

from acd.ids import QueueName
from hub.clock import now_ms
from hub.webrtc.tokens import CallTokens, Via
from tests.failures.floor import Floor, until
from tests.webrtc.page import Page, Refused
from tests.webrtc.shop import ORIGIN, ask, browser_phone, credentials, token

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_SECRET = b"k" * 32


async def _status(floor: Floor, path: str, origin: str | None) -> int:
    """Try to open a socket; returns the status of what was answered."""
    headers = {} if origin is None else {"Origin": origin}
    address = floor.hub.url.replace("http", "ws", 1) + path
    async with aiohttp.ClientSession() as http:
        try:
            async with http.ws_connect(address, protocols=("sip",), headers=headers):
                return 101
        except aiohttp.WSServerHandshakeError as refusal:
            return refusal.status


async def test_tokens_that_are_not_ours_are_worth_nothing(floor: Floor) -> None:
    right = await token(floor)
    assert (await ask(floor, right[:-4] + "AAAA"))[0] == 401
    forged = CallTokens(b"x" * 32).issue(Via.SITE, QueueName("support"), now_ms() + 60_000)
    assert (await ask(floor, forged))[0] == 401
    expired = CallTokens(_SECRET).issue(Via.SITE, QueueName("support"), now_ms() - 1)
    assert (await ask(floor, expired))[0] == 401
    first, second = await credentials(floor, right), await credentials(floor, right)
    assert first["user"] != second["user"], "who comes again before he called begins anew"
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with Page(floor.hub.url, first):
            pass
    both = await asyncio.gather(*(ask(floor, right) for _ in range(5)))
    assert {status for status, _ in both} <= {200, 409}
    assert any(status == 200 for status, _ in both)


async def test_a_site_gets_tokens_for_itself_only(floor: Floor) -> None:
    url = f"{floor.hub.url}/webrtc/sites/shop"
    for headers in ({}, {"Origin": "https://other.example.jp"}, {"Origin": "null"}):
        async with floor.http.post(url, headers=headers) as answer:
            assert answer.status == 403, headers
    async with floor.http.post(f"{floor.hub.url}/webrtc/sites/none", headers={"Origin": ORIGIN}) as answer:
        assert answer.status == 404
    async with floor.http.options(url, headers={"Origin": ORIGIN}) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


async def test_a_socket_needs_origin_and_proof(floor: Floor) -> None:
    made = await credentials(floor)
    path = str(made["websocket"])
    assert await _status(floor, path, None) == 403
    assert await _status(floor, path, "https://evil.example") == 403
    assert await _status(floor, path[:-3] + "AAA", ORIGIN) == 403
    assert await _status(floor, "/sip", ORIGIN) == 403
    assert await _status(floor, f"/sip?call=sato&key={made['key']}", ORIGIN) == 403
    assert await _status(floor, path, ORIGIN) == 101
    assert await _status(floor, path, floor.hub.url) == 101


@pytest.mark.parametrize(
    "target", ["sip:sato@toritsugi", "sip:0312345678@toritsugi", "sip:*43@toritsugi", "sip:~abc@toritsugi"]
)
async def test_an_endpoint_dials_its_own_name_only(floor: Floor, target: str) -> None:
    async with Page(floor.hub.url, await credentials(floor)) as page:
        with pytest.raises(Refused) as refusal:
            await page.dial(target)
        assert refusal.value.status in (403, 404, 603)
    assert not [each for each in await floor.contacts() if each.is_queued]


async def test_an_endpoint_has_one_call_and_no_registration(floor: Floor) -> None:
    made = await credentials(floor)
    async with Page(floor.hub.url, made) as page, Page(floor.hub.url, made) as other:
        with pytest.raises(Refused):
            await page.register()
        await page.dial()
        await floor.waiting()
        try:
            await other.dial()
        except Refused:
            pass
        else:
            async with asyncio.timeout(10):
                await other.ended.wait()
        assert len([each for each in await floor.contacts() if each.is_queued]) == 1
        await page.hang_up()


async def test_nobody_speaks_in_another_s_name(floor: Floor) -> None:
    made, _ = await browser_phone(floor, "tanaka")
    for uri in ("sip:sato@toritsugi", f"sip:{made['user']}@toritsugi"):
        given = await credentials(floor)
        async with Page(floor.hub.url, {**given, "uri": uri}) as page:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(3):
                    await page.dial(given["dial"])
            assert await page.is_cut()


async def test_a_flood_ends_the_socket(floor: Floor) -> None:
    async with Page(floor.hub.url, await credentials(floor)) as page:
        for _ in range(300):
            await page.say("OPTIONS")
        assert await page.is_cut()
    async with Page(floor.hub.url, await credentials(floor)) as page:
        await page.say("x" * 70_000)
        assert await page.is_cut()


async def test_an_address_has_so_many_sockets_and_calls(floor: Floor) -> None:
    made = await credentials(floor)
    async with aiohttp.ClientSession() as http:
        address = floor.hub.url.replace("http", "ws", 1) + str(made["websocket"])
        headers = {"Origin": ORIGIN, "X-Forwarded-For": "198.51.100.7"}
        opened = [await http.ws_connect(address, protocols=("sip",), headers=headers) for _ in range(40)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await http.ws_connect(address, protocols=("sip",), headers=headers)
        assert refusal.value.status == 429
        await asyncio.gather(*(each.close() for each in opened))
    statuses = set()
    for _ in range(15):
        asked = (_forged(floor) for _ in range(60))
        statuses |= set(await asyncio.gather(*asked))
    assert statuses == {401, 429}


async def _forged(floor: Floor) -> int:
    headers = {"Origin": ORIGIN, "X-Forwarded-For": "198.51.100.8"}
    url = f"{floor.hub.url}/webrtc/calls"
    async with floor.http.post(url, json={"token": "forged"}, headers=headers) as answer:
        return answer.status


async def test_a_phone_goes_with_its_session(floor: Floor) -> None:
    made, session = await browser_phone(floor, "tanaka")
    async with Page(floor.hub.url, made) as phone:
        await phone.register()
        await floor.tanaka.desktop.wait("phone", lambda each: each["phone"] == "browser")
        seen = len(floor.tanaka.desktop.events)
        headers = {"Authorization": f"Bearer {session}"}
        async with aiohttp.request("DELETE", f"{floor.hub.url}/api/v1/session", headers=headers) as answer:
            assert answer.status == 204
        await floor.tanaka.desktop.wait("phone", lambda each: each["phone"] == "sip", after=seen)
        assert await phone.is_cut()

    async def is_gone() -> bool:
        return "Unable to find" in await floor.node.cli(f"pjsip show endpoint {made['user']}")

    await until(is_gone)
