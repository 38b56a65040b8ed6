"""SMS out through a provider, against the simulated one."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from acd.contact import Channel
from gateways.errors import SendFailed, WebhookRefused
from gateways.protocol import Outbound, RawEvent
from gateways.sms.gateway import SmsGateway
from gateways.sms.http_provider import HttpSmsProvider
from gateways.sms.provider import is_e164
from tests.fakes.providers import ProviderSimulator
from tests.gateways.support import AROUND, webhook
from tests.support.ports import free_port

NUMBER = "+819012345678"


@pytest.fixture
async def sms(simulator: ProviderSimulator) -> AsyncIterator[SmsGateway]:
    gateway = SmsGateway(HttpSmsProvider(simulator.sms_url, simulator.sms_token, sender="Toritsugi"), AROUND)
    yield gateway
    await gateway.close()
    await gateway.close()


def _message(key: str = "k", address: str = NUMBER, text: str = "https://example.jp/t/1") -> Outbound:
    return Outbound(channel=Channel.SMS, key=key, address=address, text=text)


async def test_a_message_arrives(simulator: ProviderSimulator, sms: SmsGateway) -> None:
    await sms.send(_message(text="続きはLINEで"))
    (shown,) = simulator.messages_to(NUMBER)
    assert (shown.text, shown.how) == ("続きはLINEで", "sms")


async def test_a_key_is_delivered_once(simulator: ProviderSimulator, sms: SmsGateway) -> None:
    simulator.fail_next(status=0, after_taking=True)
    with pytest.raises(SendFailed) as failed:
        await sms.send(_message())
    assert (failed.value.retryable, failed.value.in_doubt) == (True, True)
    await sms.send(_message(), in_doubt=True)
    assert len(simulator.messages_to(NUMBER)) == 1
    with pytest.raises(SendFailed, match="422") as reused:
        await sms.send(_message(text="another"))
    assert not reused.value.retryable


@pytest.mark.parametrize(
    "number",
    ["09012345678", "", "+0123456789", "+81 90 1234 5678", "+8190123456789012", "+８１９０１２３４５６７８"],
)
async def test_only_e164_is_sent(simulator: ProviderSimulator, sms: SmsGateway, number: str) -> None:
    with pytest.raises(SendFailed, match=r"E\.164") as failed:
        await sms.send(_message(address=number))
    assert not failed.value.retryable
    assert simulator.requests == []


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_e164_is_recognised(number: str) -> None:
    assert is_e164(number)
    assert not is_e164(number + "\n")


@pytest.mark.parametrize(
    ("status", "retryable", "in_doubt"),
    [(429, True, False), (500, True, True), (409, True, True), (403, False, False)],
)
async def test_failures(
    simulator: ProviderSimulator, sms: SmsGateway, status: int, retryable: bool, in_doubt: bool
) -> None:
    simulator.fail_next(status=status, retry_after="3")
    with pytest.raises(SendFailed) as failed:
        await sms.send(_message())
    assert (failed.value.retryable, failed.value.in_doubt) == (retryable, in_doubt)
    assert simulator.sms_token not in str(failed.value)


async def test_a_wrong_token_and_nobody_there(simulator: ProviderSimulator) -> None:
    for url, token, retryable in (
        (simulator.sms_url, "wrong", False),
        (f"http://127.0.0.1:{free_port()}/", "t", True),
    ):
        gateway = SmsGateway(HttpSmsProvider(url, token), AROUND)
        with pytest.raises(SendFailed) as failed:
            await gateway.send(_message())
        assert failed.value.retryable == retryable
        await gateway.close()


async def test_incoming_messages_are_not_there_yet(sms: SmsGateway) -> None:
    with pytest.raises(WebhookRefused) as refused:
        sms.verify(webhook({}, b"{}"))
    assert refused.value.status == 404
    with pytest.raises(ValueError, match="not set up"):
        sms.decode(RawEvent(channel=Channel.SMS, event_id="1", address="x", body=b""))
    assert await sms.display_name(NUMBER) is None


@pytest.mark.parametrize(
    ("answer", "taken", "is_sent"),
    [
        ("", "", True),
        ('{"status" : "queued"}', '"status":"queued"', True),
        ('{"status":"queued"}', '"status": "queued"', True),
        ('{"status":"ignored"}', '"status":"queued"', False),
        ("", '"status":"queued"', False),
        ("x" * 200_000 + "queued", "queued", False),
    ],
)
async def test_an_answer_has_to_say_what_it_is_said_to(answer: str, taken: str, is_sent: bool) -> None:
    async def serve(_: web.Request) -> web.Response:
        return web.Response(text=answer)

    app = web.Application()
    app.router.add_post("/", serve)
    async with TestServer(app) as server:
        gateway = SmsGateway(HttpSmsProvider(str(server.make_url("/")), "token", taken=taken), AROUND)
        if is_sent:
            await gateway.send(_message())
        else:
            with pytest.raises(SendFailed, match="does not say") as failed:
                await gateway.send(_message())
            assert (failed.value.retryable, failed.value.in_doubt) == (True, True)
        await gateway.close()
