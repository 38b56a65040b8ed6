"""What LINE does wrong: several requests of which one fails, lies, broken TLS, disorder."""

import json

import pytest

from gateways.errors import SendFailed, WebhookRefused
from gateways.files import StoredFile
from gateways.line.gateway import BODY_MAX, LineGateway
from gateways.protocol import Inbound, Withdrawn
from tests.fakes.providers import ProviderSimulator
from tests.fakes.tls import untrusted
from tests.gateways.support import webhook
from tests.line.support import USER, outbound, raw_of, read, shown_to

LONG = "".join(f"{number:04}\n" for number in range(7_000))  # 35,000 units: seven messages, two requests


@pytest.mark.parametrize("status", [0, 429, 500])
@pytest.mark.parametrize("is_taken", [True, False])
async def test_a_message_of_several_requests_arrives_once_and_in_order(
    simulator: ProviderSimulator, line: LineGateway, status: int, is_taken: bool
) -> None:
    event = read(simulator.line.text_event(USER, "全部ください"))
    message = outbound(text=LONG, reply_token=getattr(event, "reply_token", None))
    simulator.slow_next(1, delay_s=0.0)
    simulator.fail_next(status=status, after_taking=is_taken)
    with pytest.raises(SendFailed) as failed:
        await line.send(message)
    assert failed.value.retryable
    await line.send(message, in_doubt=failed.value.in_doubt)
    texts = [text for _, text in shown_to(simulator)]
    assert "".join(texts) == LONG
    assert {how for how, _ in shown_to(simulator)} == {"push"}


async def test_a_message_is_named_as_line_names_it_first_time_and_later(
    simulator: ProviderSimulator, line: LineGateway
) -> None:
    first = await line.send(outbound(text="x"))
    assert first
    assert await line.send(outbound(text="x"), in_doubt=True) == first
    assert len(shown_to(simulator)) == 1


async def test_a_200_that_did_nothing_is_found_out(simulator: ProviderSimulator, line: LineGateway) -> None:
    event = read(simulator.line.text_event(USER, "もしもし"))
    for token in (None, getattr(event, "reply_token", None)):
        simulator.fail_next(status=200)
        with pytest.raises(SendFailed, match="no message is named") as failed:
            await line.send(outbound(f"{token}", reply_token=token))
        assert (failed.value.retryable, failed.value.in_doubt) == (True, True)
        await line.send(outbound(f"{token}", reply_token=token), in_doubt=True)
    assert [how for how, _ in shown_to(simulator)] == ["push", "reply"]


async def test_too_many_requests_without_a_word_when(simulator: ProviderSimulator, line: LineGateway) -> None:
    for given, expected in (("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("nonsense", None), (None, None)):
        simulator.fail_next(status=429, retry_after=given)
        with pytest.raises(SendFailed, match="429") as failed:
            await line.send(outbound())
        assert (failed.value.retryable, failed.value.retry_after_s) == (True, expected)


async def test_a_certificate_that_nobody_believes_leaves_no_doubt() -> None:
    async with ProviderSimulator(tls=untrusted()) as simulator:
        gateway = LineGateway(secret="s", access_token=simulator.line_token, api_url=simulator.line_api_url)
        with pytest.raises(SendFailed, match="TLS failed: self-signed certificate") as failed:
            await gateway.send(outbound())
        assert (failed.value.retryable, failed.value.in_doubt) == (True, False)
        assert await gateway.display_name(USER) is None
        await gateway.show(USER, is_typing=True)
        assert simulator.requests == []
        await gateway.close()


async def test_a_file_that_is_gone_is_told(simulator: ProviderSimulator, line: LineGateway) -> None:
    gone = StoredFile(id="gone", name="x.png", type="image/png", size=1)
    with pytest.raises(SendFailed, match="kept no longer") as failed:
        await line.send(outbound(files=(gone,)))
    assert not failed.value.retryable
    without = LineGateway(secret="s", access_token="t", api_url=simulator.line_api_url)
    with pytest.raises(SendFailed, match="no files"):
        await without.send(outbound(files=(gone,)))
    await without.close()


async def test_events_in_disorder_name_the_same_message(simulator: ProviderSimulator) -> None:
    said = simulator.line.events.text(USER, "内緒")
    taken_back = simulator.line.events.unsend(USER, said)
    again = said | {"deliveryContext": {"isRedelivery": True}}
    withdrawn, message, repeated = (read(each) for each in (taken_back, said, again))
    assert isinstance(withdrawn, Withdrawn)
    assert isinstance(message, Inbound)
    assert isinstance(repeated, Inbound)
    assert {withdrawn.message, message.event_id, repeated.event_id} == {raw_of(said).event_id}
    assert withdrawn.at_ms >= message.at_ms


async def test_a_webhook_as_large_as_may_be_is_taken_and_one_byte_more_is_not(
    simulator: ProviderSimulator, line: LineGateway
) -> None:
    event = simulator.line.events.text(USER, "x")
    room = BODY_MAX - len(json.dumps(simulator.line.callback([event])).encode())
    event["message"]["text"] += "y" * room
    body = json.dumps(simulator.line.callback([event])).encode()
    (raw,) = line.verify(webhook({"x-line-signature": simulator.line.sign(body)}, body))
    assert isinstance(line.decode(raw), Inbound)
    body += b" "
    with pytest.raises(WebhookRefused) as refused:
        line.verify(webhook({"x-line-signature": simulator.line.sign(body)}, body))
    assert refused.value.status == 413
