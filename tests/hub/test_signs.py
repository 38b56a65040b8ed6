"""Typing and read marks between customers and agents, and mails as pages of their own."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.contacts import Contacts
from crm_bridge.messages import Messages
from crm_bridge.model import Direction, Message, MessageFile
from gateways.protocol import Gateway as AnyGateway
from gateways.protocol import Outbound, RawEvent, Sign
from hub.board import Board, LiveContact
from hub.signs import Signs
from tests.hub.attachments.made import blocks_of, part, png
from tests.hub.conftest import Client
from tests.hub.fakes import Hub

Bearer = Callable[[str], Awaitable[dict[str, str]]]


class Gateway(AnyGateway):
    channel = Channel.LINE

    def __init__(self) -> None:
        self.shown: list[tuple[str, bool, str | None]] = []

    def decode(self, event: RawEvent) -> None:
        return None

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> str | None:
        return None

    async def show(self, address: str, *, is_typing: bool = False, read: str | None = None) -> None:
        self.shown.append((address, is_typing, read))


class View:
    def __init__(self) -> None:
        self.signs: list[tuple[ContactId, bool, int | None]] = []

    def sign(self, contact: LiveContact, *, is_typing: bool, read_ms: int | None) -> None:
        self.signs.append((contact.id, is_typing, read_ms))


def _thread(channel: Channel = Channel.LINE) -> LiveContact:
    live = LiveContact(ContactId("c1"), channel, QueueName("support"), 0, address="U1")
    live.connect(AgentId("sato"), 1)
    return live


def test_a_customers_signs_reach_whoever_has_the_thread() -> None:
    board, view = Board(), View()
    signs = Signs(board, {})
    signs.heard(Sign(channel=Channel.LINE, address="U1", is_typing=True))
    signs.view = view
    signs.heard(Sign(channel=Channel.LINE, address="U1", is_typing=True))
    assert view.signs == []
    board.add(_thread())
    signs.heard(Sign(channel=Channel.LINE, address="U1", is_typing=True))
    signs.heard(Sign(channel=Channel.LINE, address="U1", read_ms=9))
    signs.heard(Sign(channel=Channel.LINE, address="U2", is_typing=True))
    assert view.signs == [("c1", True, None), ("c1", False, 9)]


async def test_an_agents_signs_reach_the_channel() -> None:
    gateway = Gateway()
    signs = Signs(Board(), {Channel.LINE: gateway})
    await signs.typing(_thread())
    await signs.read(_thread(), "line:event:7")
    await signs.read(_thread(), "sms:event")
    await signs.typing(_thread(Channel.SMS))
    assert gateway.shown == [("U1", True, None), ("U1", False, "event:7")]


@pytest.fixture
async def mail(engine: AsyncEngine, hub: Hub) -> MessageFile:
    """A mail with an image that it shows."""
    contact = ContactId("c1")
    await Contacts(engine).opened(
        contact, channel=Channel.EMAIL, address="a@example.jp", at_ms=1, customer=None, queue=QueueName("s")
    )
    file = await hub.parts.files.attachments.take("c1", part(), blocks_of(png()), key="m1:0")
    html = f"<p>壊れて<script>alert(1)</script><img src='/api/v1/files/{file.id}'></p>"
    await Messages(engine).add(
        contact, Message("email:<1@x>", Direction.IN, None, "", 1, html=html, files=(file,))
    )
    return file


@pytest.mark.usefixtures("mail")
async def test_a_mail_is_a_page_that_can_do_nothing(client: Client, bearer: Bearer, hub: Hub) -> None:
    url = "/api/v1/contacts/c1/messages/email%3A%3C1%40x%3E/html"
    assert (await client.get(url, headers=await bearer("sato"))).status == 404, "another's contact"
    kato = await bearer("kato")
    answer = await client.get(url, headers=kato)
    page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
    assert answer.status == 200
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; ")
    assert "script" not in policy.replace("allow-scripts", "script")
    assert policy.endswith("img-src data: https://hub.example.jp")
    (link,) = [each for each in page.split("'") if "/files/" in each]
    shown = await client.get(link.removeprefix("https://hub.example.jp"))
    assert await shown.read() == png()
    more = await client.get(f"{url}?images=true", headers=kato)
    assert more.headers["Content-Security-Policy"].endswith("https: http:")
    assert (await client.get(url.replace("1%40", "2%40"), headers=kato)).status == 404
    hub.board.add(_thread())
    assert (await client.get(url, headers=await bearer("sato"))).status == 200
