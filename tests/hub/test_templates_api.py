"""`GET /api/v1/templates`: canned replies, filled in for a contact."""

from collections.abc import Awaitable, Callable

from acd.contact import Channel
from acd.ids import ContactId
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from crm_bridge.model import Direction, Message
from hub.crm import Crm
from tests.hub.conftest import Client
from tests.hub.fakes import Hub

Bearer = Callable[[str], Awaitable[dict[str, str]]]


async def _texts(client: Client, headers: dict[str, str], **query: str) -> list[dict[str, str]]:
    answer = await client.get("/api/v1/templates", params=query, headers=headers)
    assert answer.status == 200
    found: list[dict[str, str]] = (await answer.json())["templates"]
    return found


async def test_replies_are_filled_in_in_the_customer_s_language(
    hub: Hub, client: Client, bearer: Bearer
) -> None:
    crm: Crm = hub.parts.templates._crm
    customer = await crm.customers.ensure(
        IdentifierKind.LINE, "U1", LinkedBy.FIRST_CONTACT, at_ms=1, name="山田"
    )
    contact = ContactId("c1")
    await crm.contacts.opened(
        contact, channel=Channel.LINE, address="U1", at_ms=1, customer=customer.id, number=lambda _: "T-1"
    )
    await crm.messages.add(contact, Message("m1", Direction.IN, None, "Where is my order?", 2))
    headers = await bearer("sato")
    english = await _texts(client, headers, contact=contact)
    assert [(each["name"], each["text"]) for each in english] == [
        ("greeting", "山田様、Satoです。(T-1)"),
        ("bye", "Bye."),
    ]
    japanese = await _texts(client, headers, contact=contact, language="ja")
    assert [(each["title"], each["text"]) for each in japanese] == [
        ("挨拶", "山田様、Satoです。(T-1)"),
        ("bye", "では。"),
    ]
    missing = await client.get("/api/v1/templates", params={"contact": "c2"}, headers=headers)
    assert missing.status == 404
    assert (await client.get("/api/v1/templates", params={"contact": "c1"})).status == 401
