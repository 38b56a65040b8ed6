"""`GET /api/v1/stickers`: what agents may send of them, by channel."""

from collections.abc import Awaitable, Callable

from acd.contact import Channel
from gateways.line.stickers import PACKAGES
from tests.hub.conftest import Client
from tests.hub.fakes import Hub

Bearer = Callable[[str], Awaitable[dict[str, str]]]


async def test_stickers_are_listed_where_a_channel_has_them(hub: Hub, client: Client, bearer: Bearer) -> None:
    hub.parts.gateways[Channel.LINE].stickers = PACKAGES
    headers = await bearer("sato")
    answer = await client.get("/api/v1/stickers", params={"channel": "line"}, headers=headers)
    packages = (await answer.json())["packages"]
    assert [each["id"] for each in packages] == [each.id for each in PACKAGES]
    assert packages[0]["title"]["en"] == "LINE Characters: Pretty Phrases"
    assert packages[0]["stickers"][1] == {
        "id": "16581243",
        "words": {"ja": "ありがとうございます", "en": "Thank you"},
    }
    assert packages[2]["stickers"][0] == {"id": "1988", "words": None}
    for channel, status in (("sms", 200), ("carrier pigeon", 400)):
        other = await client.get("/api/v1/stickers", params={"channel": channel}, headers=headers)
        assert other.status == status
        assert (await other.json()).get("packages", []) == []
    assert (await client.get("/api/v1/stickers", params={"channel": "line"})).status == 401
