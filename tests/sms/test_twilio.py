"""SMS through a provider in the shape of Twilio's."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.contact import Channel
from gateways.errors import FetchFailed, SendFailed, WebhookRefused
from gateways.protocol import Delivery, Inbound, Outbound, Part, RawEvent, Receipt, Subscription, Webhook
from gateways.sms.gateway import SmsGateway
from gateways.sms.twilio import TwilioProvider, TwilioSettings, signature_of
from tests.fakes.twilio import ACCOUNT, TOKEN, TwilioSimulator
from tests.gateways.support import AROUND

NUMBER, OURS = "+819012345678", "+815012345678"
URL = "http://hub.test/webhooks/sms"


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioSimulator]:
    async with TwilioSimulator() as running:
        yield running


@pytest.fixture
async def gateway(twilio: TwilioSimulator) -> AsyncIterator[SmsGateway]:
    settings = TwilioSettings(
        account=ACCOUNT, token=TOKEN, sender=OURS, public_url="http://hub.test", api_url=twilio.url
    )
    made = SmsGateway(TwilioProvider(settings, now_ms=lambda: 5), AROUND)
    yield made
    await made.close()
    await made.close()


def _message(text: str = "hello") -> Outbound:
    return Outbound(channel=Channel.SMS, key="k", address=NUMBER, text=text)


def _webhook(form: dict[str, str], path: str = "", signature: str | None = None) -> Webhook:
    url = URL + (f"/{path}" if path else "")
    signed = signature_of(TOKEN, url, list(form.items())) if signature is None else signature
    return Webhook(
        method="POST",
        url=url,
        path=path,
        query={},
        headers={"X-Twilio-Signature": signed},
        body=urlencode(form).encode(),
    )


def test_the_signature_is_that_of_the_documentation() -> None:
    form = {
        "Digits": "1234",
        "To": "+18005551212",
        "From": "+14158675310",
        "Caller": "+14158675310",
        "CallSid": "CA1234567890ABCDE",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature_of("12345", url, list(form.items())) == "GvWf1cFY/Q7PnoempGyD5oXAezc="


async def test_a_message_arrives(twilio: TwilioSimulator, gateway: SmsGateway) -> None:
    sent_as = await gateway.send(_message("予約を承りました"))
    (taken,) = twilio.taken
    assert (taken["sid"], taken["To"], taken["From"], taken["Body"]) == (
        sent_as,
        NUMBER,
        OURS,
        "予約を承りました",
    )
    assert taken["StatusCallback"] == f"{URL}/status"


@pytest.mark.parametrize(
    ("status", "retryable", "in_doubt"),
    [(429, True, False), (500, True, True), (0, True, True), (400, False, False)],
)
async def test_failures(
    twilio: TwilioSimulator, gateway: SmsGateway, status: int, retryable: bool, in_doubt: bool
) -> None:
    twilio.fail_next(status, retry_after="2")
    with pytest.raises(SendFailed) as failed:
        await gateway.send(_message())
    assert (failed.value.retryable, failed.value.in_doubt) == (retryable, in_doubt)
    assert TOKEN not in str(failed.value)


async def test_who_wrote_stop_to_the_provider_gets_nothing(
    twilio: TwilioSimulator, gateway: SmsGateway
) -> None:
    twilio.stopped.add(NUMBER)
    with pytest.raises(SendFailed, match="21610") as failed:
        await gateway.send(_message())
    assert not failed.value.retryable


async def test_an_answer_of_200_that_says_nothing(twilio: TwilioSimulator, gateway: SmsGateway) -> None:
    twilio.fail_next(200)
    with pytest.raises(SendFailed) as failed:
        await gateway.send(_message())
    assert (failed.value.retryable, failed.value.in_doubt) == (False, True)


async def test_what_customers_write_comes_in(twilio: TwilioSimulator, gateway: SmsGateway) -> None:
    twilio.media["cat"] = b"picture"
    form = {
        "MessageSid": "SM1",
        "From": NUMBER,
        "To": OURS,
        "Body": "写真です",
        "NumMedia": "1",
        "MediaUrl0": f"{twilio.url}/media/cat",
        "MediaContentType0": "image/png",
    }
    webhook = _webhook(form)
    (event,) = gateway.verify(webhook)
    answer = gateway.answer(webhook)
    assert answer is not None
    assert (answer.type, b"<Response/>" in answer.body) == ("text/xml", True)
    message = gateway.decode(event)
    assert isinstance(message, Inbound)
    assert (message.address, message.account, message.text) == (NUMBER, OURS, "写真です")
    blocks = [block async for block in gateway.fetch(event, message.parts[0])]
    assert b"".join(blocks) == b"picture"
    elsewhere = Part(name="x", type="image/png", source="http://127.0.0.1:1/secret")
    with pytest.raises(FetchFailed):
        _ = [block async for block in gateway.fetch(event, elsewhere)]


@pytest.mark.parametrize(
    ("told", "delivery"),
    [("delivered", Delivery.DELIVERED), ("undelivered", Delivery.FAILED), ("queued", None)],
)
async def test_status_callbacks(gateway: SmsGateway, told: str, delivery: Delivery | None) -> None:
    form = {"MessageSid": "SM9", "MessageStatus": told, "To": NUMBER, "From": OURS, "ErrorCode": "30003"}
    (event,) = gateway.verify(_webhook(form, "status"))
    receipt = gateway.decode(event)
    if delivery is None:
        assert receipt is None
    else:
        assert isinstance(receipt, Receipt)
        assert (receipt.sent_as, receipt.delivery) == ("SM9", delivery)


@pytest.mark.parametrize(
    ("body", "told", "is_on"),
    [("止めて", "STOP", False), ("STOP", "", False), ("開始", "START", True)],
)
async def test_stop_by_the_provider_or_by_us(gateway: SmsGateway, body: str, told: str, is_on: bool) -> None:
    form = {"MessageSid": "SM2", "From": NUMBER, "To": OURS, "Body": body, "OptOutType": told}
    (event,) = gateway.verify(_webhook(form))
    wish = gateway.decode(event)
    assert isinstance(wish, Subscription)
    assert wish.is_on is is_on


async def test_help_is_answered_by_the_provider(gateway: SmsGateway) -> None:
    form = {"MessageSid": "SM2", "From": NUMBER, "To": OURS, "Body": "HELP", "OptOutType": "HELP"}
    (event,) = gateway.verify(_webhook(form))
    message = gateway.decode(event)
    assert isinstance(message, Inbound)
    assert message.is_automatic


@pytest.mark.parametrize(
    ("form", "signature", "status"),
    [
        ({"MessageSid": "SM1"}, "", 401),
        ({"MessageSid": "SM1"}, "wrong", 401),
        ({"From": NUMBER}, None, 400),
        ({"Body": "x" * 70_000}, None, 413),
    ],
)
async def test_what_is_not_believed(
    gateway: SmsGateway, form: dict[str, str], signature: str | None, status: int
) -> None:
    with pytest.raises(WebhookRefused) as refused:
        gateway.verify(_webhook(form, signature=signature))
    assert refused.value.status == status


@given(st.binary(max_size=200), st.sampled_from(["SM1", "SM1:sent"]))
def test_any_stored_body_is_read_or_refused(body: bytes, event_id: str) -> None:
    provider = TwilioProvider.__new__(TwilioProvider)
    try:
        provider.decode(RawEvent(channel=Channel.SMS, event_id=event_id, address="x", body=body))
    except ValueError:
        return
