"""A LINE user links his number: page, code by SMS or PIN, LINE's own page, and the event that ends it."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from acd.contact import Channel
from crm_bridge.identifiers import IdentifierKind, LinkedBy
from gateways.line import codec
from gateways.line.gateway import LineGateway
from gateways.outbox import Outbox
from gateways.protocol import Gateway, Inbound, RawEvent
from hub.account_links import PATH, AccountLinks
from hub.clock import now_ms
from hub.desktop.refusals import CommandRefused, Refusal
from hub.http.account_link import AccountLinkPage
from hub.proofs import ProofDesk
from ivr.flow import Proof
from tests.fakes.line import line_user_id
from tests.fakes.providers import ProviderSimulator
from tests.hub.doubles import SATO, Names
from tests.hub.stage import NUMBER, Stage, command

USER = line_user_id("links")
TYPED = "090-1234-5678"
SECRET = b"0123456789" * 4
Page = TestClient[web.Request, web.Application]


@pytest.fixture
async def simulator() -> AsyncIterator[ProviderSimulator]:
    async with ProviderSimulator() as simulator:
        yield simulator


@pytest.fixture
async def line(simulator: ProviderSimulator) -> AsyncIterator[LineGateway]:
    line = LineGateway(
        secret=simulator.line_secret, access_token=simulator.line_token, api_url=simulator.line_api_url
    )
    yield line
    await line.close()


def _links(stage: Stage, line: LineGateway, *, by_sms: bool = True) -> AccountLinks:
    gateways: dict[Channel, Gateway] = {Channel.LINE: line}
    if by_sms:
        gateways[Channel.SMS] = cast(Gateway, Names(Channel.SMS))
    stage.text.links = AccountLinks(
        "https://hub.example.jp",
        SECRET,
        "JP",
        crm=stage.crm,
        gateways=gateways,
        outbox=lambda: cast(Outbox, stage.post),
        joined=stage.text.tell_owner,
    )
    return stage.text.links


@pytest.fixture
async def page(stage: Stage, line: LineGateway) -> AsyncIterator[Page]:
    app = web.Application()
    AccountLinkPage(_links(stage, line)).add_to(app)
    async with TestClient(TestServer(app)) as client:
        yield client


def _said(stage: Stage, pattern: str) -> str:
    found = re.search(pattern, stage.post.sent[-1].text)
    assert found is not None
    return found[0]


async def _asks(stage: Stage, words: str = "連携") -> str:
    """Let a user ask for the page; returns its path."""
    await stage.text.handle(stage.inbound(words, user=USER))
    assert stage.post.sent[-1].address == USER
    (choice,) = stage.post.sent[-1].choices
    return (choice.url or "").removeprefix("https://hub.example.jp")


async def _posts(page: Page, path: str, **fields: str) -> tuple[int, str]:
    answer = await page.post(path, data=fields, headers={"Accept-Language": "en-US,en;q=0.9,ja;q=0.5"})
    return answer.status, await answer.text()


def _state(html: str) -> str:
    found = re.search("name=state value='([^']+)'", html)
    assert found is not None
    return found[1]


def _dialog(html: str) -> str:
    found = re.search("href='(https://access[^']+)'", html)
    assert found is not None
    return found[1].replace("&amp;", "&")


async def _comes_back(stage: Stage, simulator: ProviderSimulator, event: dict[str, Any]) -> bool:
    """Let LINE tell the hub how the link ended; whether there was something to tell."""
    (raw,) = codec.split(json.dumps(simulator.line.callback([event])).encode())
    incoming = codec.decode(RawEvent(channel=raw.channel, event_id=raw.event_id, address=USER, body=raw.body))
    if incoming is not None:
        assert isinstance(incoming, Inbound)
        await stage.text.handle(incoming)
        await stage.text.handle(incoming)
    return incoming is not None


async def test_a_number_is_proved_by_sms_and_linked(
    stage: Stage, page: Page, simulator: ProviderSimulator
) -> None:
    caller = await stage.crm.customers.ensure(
        IdentifierKind.PHONE, NUMBER, LinkedBy.CALLER_ID, at_ms=1, name="田中"
    )
    path = await _asks(stage)
    shown = await page.get(path, headers={"Accept-Language": "ja"})
    assert "お電話番号" in await shown.text()
    assert shown.headers["Referrer-Policy"] == "same-origin"
    status, html = await _posts(page, path, number=TYPED)
    assert (status, stage.post.sent[-1].channel, stage.post.sent[-1].address) == (200, Channel.SMS, NUMBER)
    code = _said(stage, r"\d{6}")
    assert code not in html
    status, html = await _posts(page, path, state=_state(html), code=code)
    assert status == 200
    assert await _comes_back(stage, simulator, simulator.line.agree(USER, _dialog(html)))
    known = await stage.crm.customers.identify(IdentifierKind.LINE, USER)
    assert known is not None
    assert known.customer.id == caller.id
    phones = [
        each for each in await stage.crm.customers.identifiers(caller.id) if each.kind is IdentifierKind.PHONE
    ]
    assert [(each.value, each.how) for each in phones] == [(NUMBER, LinkedBy.ACCOUNT_LINK)]
    assert [each.text for each in stage.post.sent if "is now linked" in each.text] != []
    assert not stage.board.all(), "nobody is called for it"
    status, html = await _posts(page, path, number=TYPED)
    assert (status, "used already" in html) == (404, True)


async def test_who_was_sent_another_s_page_links_nothing(
    stage: Stage, page: Page, simulator: ProviderSimulator
) -> None:
    path = await _asks(stage, "link my account")
    _, html = await _posts(page, path, number=TYPED)
    _, html = await _posts(page, path, state=_state(html), code=_said(stage, r"\d{6}"))
    victim = line_user_id("victim")
    assert not await _comes_back(stage, simulator, simulator.line.agree(victim, _dialog(html)))
    assert await stage.crm.customers.identify(IdentifierKind.PHONE, NUMBER) is None


async def test_a_nonce_that_is_not_ours_links_nothing(
    stage: Stage, page: Page, simulator: ProviderSimulator
) -> None:
    event = simulator.line.events.account_link(USER, "0000-0000-0000")
    assert await _comes_back(stage, simulator, event)
    assert "連携できませんでした" in stage.post.sent[-1].text
    assert await stage.crm.customers.identify(IdentifierKind.LINE, USER) is None


async def test_wrong_codes_and_numbers_end(stage: Stage, page: Page) -> None:
    path = await _asks(stage)
    for number in ("0990-123-456", "12", "+1 212 555 0100"):
        status, html = await _posts(page, path, number=number)
        assert (status, "name=number" in html) == (422, True)
    _, html = await _posts(page, path, number=TYPED)
    code, state = _said(stage, r"\d{6}"), _state(html)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    statuses = [(await _posts(page, path, state=state, code=wrong))[0] for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert (await _posts(page, path, state=state, code=code))[0] == 429
    assert (await _posts(page, path, state=state + "x", code=code))[0] == 404
    other = await _asks(stage)
    assert (await _posts(page, other, state=state, code=code))[0] == 404
    assert (await page.get(PATH + "7K2M-Q4XH-9RTB")).status == 404


async def test_a_number_is_sent_few_codes(stage: Stage, page: Page) -> None:
    path = await _asks(stage)
    statuses = [(await _posts(page, path, number=TYPED))[0] for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert (await _posts(page, await _asks(stage), number=TYPED))[0] == 429


async def test_without_sms_the_pin_is_asked_for(
    stage: Stage, line: LineGateway, simulator: ProviderSimulator
) -> None:
    app = web.Application()
    AccountLinkPage(_links(stage, line, by_sms=False)).add_to(app)
    customer = await stage.crm.customers.ensure(IdentifierKind.PHONE, NUMBER, LinkedBy.AGENT, at_ms=now_ms())
    await ProofDesk(stage.crm.proofs).put(customer.id, Proof.PIN, "471147")
    async with TestClient(TestServer(app)) as page:
        path = await _asks(stage)
        _, html = await _posts(page, path, number=TYPED)
        state = _state(html)
        assert (await _posts(page, path, state=state, code="471148"))[0] == 422
        _, html = await _posts(page, path, state=state, code="４７１１４７")
    assert await _comes_back(stage, simulator, simulator.line.agree(USER, _dialog(html)))
    known = await stage.crm.customers.identify(IdentifierKind.LINE, USER)
    assert known is not None
    assert known.customer.id == customer.id


async def test_line_away_is_said_and_the_page_stays(
    stage: Stage, page: Page, simulator: ProviderSimulator
) -> None:
    path = await _asks(stage)
    _, html = await _posts(page, path, number=TYPED)
    simulator.fail_next(status=500)
    code, state = _said(stage, r"\d{6}"), _state(html)
    assert (await _posts(page, path, state=state, code=code))[0] == 503
    assert (await _posts(page, path, state=state, code=code))[0] == 200


async def test_an_agent_sends_the_page_and_sees_what_came_of_it(stage: Stage, page: Page) -> None:
    await stage.presence(SATO)
    await stage.text.handle(stage.inbound("hello there", user=USER))
    contact = await stage.takes()
    await stage.desk.command(SATO, command("send_account_link", contact=contact.id, message="m-1"))
    assert "link your phone number" in stage.post.sent[-1].text
    await stage.text.handle(stage.inbound("連携したいです", user=USER))
    messages = await stage.crm.messages.of(contact.id)
    assert messages[-1].text == "連携したいです"
    stage.text.links = None
    with pytest.raises(CommandRefused) as refused:
        await stage.desk.command(SATO, command("send_account_link", contact=contact.id, message="m-2"))
    assert refused.value.code is Refusal.NOT_LINE
