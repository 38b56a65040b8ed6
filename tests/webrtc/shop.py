"""A site whose pages call."""

from typing import Any

import aiohttp

from tests.failures.floor import Floor

ORIGIN = "https://shop.example.jp"
SHOP_CONF = f"""
[general]
phone = +81312345678
calls_per_minute = 600
sockets = 40
proxy => 127.0.0.1

[shop]
origin => {ORIGIN}
queue = support
video = yes
"""


async def token(floor: Floor) -> str:
    """Get a token as the site's page does."""
    async with floor.http.post(f"{floor.hub.url}/webrtc/sites/shop", headers={"Origin": ORIGIN}) as answer:
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["token"])


async def ask(floor: Floor, given: str, **fields: Any) -> tuple[int, dict[str, Any]]:
    """Ask for a call."""
    body = {"token": given, **fields}
    async with floor.http.post(
        f"{floor.hub.url}/webrtc/calls", json=body, headers={"Origin": ORIGIN}
    ) as answer:
        return answer.status, await answer.json()


async def credentials(floor: Floor, given: str = "", **fields: Any) -> dict[str, Any]:
    """Return what a page calls by."""
    status, made = await ask(floor, given or await token(floor), **fields)
    assert status == 200, made
    return made


async def browser_phone(floor: Floor, agent: str) -> tuple[dict[str, Any], str]:
    """Sign an agent in anew and make a browser phone; returns its credentials and the session's token."""
    body = {"id": agent, "password": floor.hub.passwords[agent][0]}
    async with aiohttp.ClientSession() as http:  # without cookies of others
        async with http.post(f"{floor.hub.url}/api/v1/session", json=body) as answer:
            session = str((await answer.json())["token"])
        headers = {"Authorization": f"Bearer {session}"}
        async with http.post(f"{floor.hub.url}/api/v1/phone", headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json(), session


def bearer(made: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {made['key']}", "Origin": ORIGIN}


async def stage(floor: Floor, made: dict[str, Any]) -> dict[str, Any]:
    """Ask how far a call is."""
    url = f"{floor.hub.url}/webrtc/calls/{made['call']}"
    async with floor.http.get(url, headers=bearer(made)) as answer:
        assert answer.status == 200
        return dict(await answer.json())


async def tell(floor: Floor, made: dict[str, Any], what: str, **fields: Any) -> int:
    """Tell something of a call; returns the status."""
    url = f"{floor.hub.url}/webrtc/calls/{made['call']}/{what}"
    async with floor.http.post(url, json=fields, headers=bearer(made)) as answer:
        return answer.status
