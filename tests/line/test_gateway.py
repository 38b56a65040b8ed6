"""The LINE gateway against the simulated LINE."""

import json
import logging

import pytest
import structlog
from multidict import CIMultiDict

from acd.contact import Channel
from gateways.errors import ReplyRefused, SendFailed, WebhookRefused
from gateways.job import wall_ms
from gateways.line.gateway import BODY_MAX, LineGateway
from gateways.line.tokens import REPLY_WITHIN_MS, ReplyToken
from gateways.protocol import Inbound, Outbound
from tests.fakes.line import line_user_id
from tests.fakes.providers import ProviderSimulator
from tests.gateways.support import webhook
from tests.line.support import USER, outbound, raw_of, read, shown_to
from tests.support.ports import free_port

SOURCE = {"type": "user", "userId": USER}
NO_STICKER = {"kind": "line", "json": '{"type": "sticker", "packageId": "1"}'}


def _message(key: str = "k", reply_token: str | None = None, text: str = "はい") -> Outbound:
    return outbound(key, text, reply_token=reply_token)


def _token(simulator: ProviderSimulator) -> str:
    message = read(simulator.line.text_event(USER, "もしもし"))
    assert isinstance(message, Inbound)
    assert message.reply_token is not None
    return message.reply_token


async def test_a_signed_webhook_is_split(simulator: ProviderSimulator, line: LineGateway) -> None:
    body = json.dumps(simulator.line.callback([simulator.line.text_event(USER, "もしもし")])).encode()
    headers = CIMultiDict({"X-Line-Signature": simulator.line.sign(body)})
    (raw,) = line.verify(webhook(headers, body))
    message = line.decode(raw)
    assert isinstance(message, Inbound)
    assert (message.address, message.text) == (USER, "もしもし")
    empty = json.dumps(simulator.line.callback([])).encode()
    assert list(line.verify(webhook({"x-line-signature": simulator.line.sign(empty)}, empty))) == []


async def test_every_mutation_of_a_signature_is_refused(
    simulator: ProviderSimulator, line: LineGateway
) -> None:
    body = json.dumps(simulator.line.callback([simulator.line.text_event(USER, "x")])).encode()
    right = simulator.line.sign(body)
    flipped = [
        right[:at] + ("A" if right[at] != "A" else "B") + right[at + 1 :] for at in range(len(right) - 1)
    ]
    wrong = [*flipped, "", right[:-1], right + "=", right + "\n", right.lower(), "署名", "\udcff" * 44]
    for signature in wrong:
        with pytest.raises(WebhookRefused) as refused:
            line.verify(webhook({"x-line-signature": signature}, body))
        assert refused.value.status == 401
    for headers, changed in (({}, body), ({"x-line-signature": right}, body + b" ")):
        with pytest.raises(WebhookRefused) as refused:
            line.verify(webhook(headers, changed))
        assert refused.value.status == 401


async def test_what_is_too_big_or_no_callback_is_refused(
    line: LineGateway, simulator: ProviderSimulator
) -> None:
    for body, status in ((b"x" * (BODY_MAX + 1), 413), (b'{"hello": 1}', 400), (b"\xff", 400)):
        with pytest.raises(WebhookRefused) as refused:
            line.verify(webhook({"x-line-signature": simulator.line.sign(body)}, body))
        assert refused.value.status == status


async def test_a_fresh_token_replies_and_an_old_one_pushes(
    simulator: ProviderSimulator, line: LineGateway
) -> None:
    await line.send(_message("1", _token(simulator), "返信"))
    await line.send(_message("2", None, "通知"))
    old = ReplyToken("t", wall_ms() - REPLY_WITHIN_MS)
    await line.send(_message("3", str(old), "遅い返信"))
    await line.send(_message("4", "not ours", "別の返信"))
    assert shown_to(simulator) == [
        ("reply", "返信"),
        ("push", "通知"),
        ("push", "遅い返信"),
        ("push", "別の返信"),
    ]


async def test_a_reply_in_doubt_whose_token_is_old_waits_for_a_person(
    simulator: ProviderSimulator, line: LineGateway
) -> None:
    """Refused, it may be used or old: pushed, the customer might see it twice."""
    old = ReplyToken("t", wall_ms() - REPLY_WITHIN_MS)
    with pytest.raises(SendFailed, match="may have arrived") as failed:
        await line.send(_message("1", str(old)), in_doubt=True)
    assert not failed.value.retryable
    await line.send(_message("1", None), in_doubt=True)  # as a person has it resent
    assert shown_to(simulator) == [("push", "はい")]


async def test_a_used_token_asks_for_another_way(simulator: ProviderSimulator, line: LineGateway) -> None:
    token = _token(simulator)
    await line.send(_message("1", token, "一"))
    with pytest.raises(ReplyRefused):
        await line.send(_message("2", token, "二"))
    assert shown_to(simulator) == [("reply", "一")]


@pytest.mark.parametrize("status", [0, 500])
async def test_a_reply_whose_answer_got_lost_is_not_repeated(
    simulator: ProviderSimulator, line: LineGateway, status: int
) -> None:
    token = _token(simulator)
    simulator.fail_next(status=status, after_taking=True)
    with pytest.raises(SendFailed) as failed:
        await line.send(_message("1", token))
    assert failed.value.in_doubt
    await line.send(_message("1", token), in_doubt=True)
    assert shown_to(simulator) == [("reply", "はい")]


@pytest.mark.parametrize("status", [0, 500])
async def test_a_reply_that_did_not_arrive_is_repeated(
    simulator: ProviderSimulator, line: LineGateway, status: int
) -> None:
    token = _token(simulator)
    simulator.fail_next(status=status)
    with pytest.raises(SendFailed):
        await line.send(_message("1", token))
    await line.send(_message("1", token), in_doubt=True)
    assert shown_to(simulator) == [("reply", "はい")]


async def test_a_push_that_line_took_before_counts_as_sent(
    simulator: ProviderSimulator, line: LineGateway
) -> None:
    simulator.fail_next(status=500, after_taking=True)
    with pytest.raises(SendFailed):
        await line.send(_message("1"))
    await line.send(_message("1"), in_doubt=True)
    await line.send(_message("2"))
    assert shown_to(simulator) == [("push", "はい"), ("push", "はい")]


async def test_failures_say_whether_to_try_again(simulator: ProviderSimulator, line: LineGateway) -> None:
    for status, retry_after, expected in (
        (429, "7", (True, 7.0, False)),
        (503, None, (True, None, True)),
        (400, None, (False, None, False)),
        (401, None, (False, None, False)),
        (0, None, (True, None, True)),
    ):
        simulator.fail_next(status=status, retry_after=retry_after)
        with pytest.raises(SendFailed) as failed:
            await line.send(_message())
        failure = failed.value
        assert (failure.retryable, failure.retry_after_s, failure.in_doubt) == expected


async def test_line_refuses_what_it_always_refuses(simulator: ProviderSimulator, line: LineGateway) -> None:
    for fields in ({"kind": "line", "json": '{"type": "text", "text": ""}'}, NO_STICKER):
        with pytest.raises(SendFailed, match="1 error") as failed:
            await line.send(outbound(fields=fields))
        assert not failed.value.retryable
    with pytest.raises(SendFailed, match="'to'"):
        await line.send(Outbound(channel=Channel.LINE, key="k", address="nobody", text="x"))


async def test_slowness_is_a_failure_in_doubt(simulator: ProviderSimulator) -> None:
    gateway = LineGateway(
        secret="s", access_token=simulator.line_token, api_url=simulator.line_api_url, timeout_s=0.05
    )
    simulator.slow_next(1, delay_s=0.5)
    with pytest.raises(SendFailed, match="no answer") as failed:
        await gateway.send(_message())
    assert (failed.value.retryable, failed.value.in_doubt) == (True, True)
    await gateway.close()


async def test_nobody_there_leaves_no_doubt() -> None:
    gateway = LineGateway(secret="s", access_token="t", api_url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SendFailed) as failed:
        await gateway.send(_message())
    assert (failed.value.retryable, failed.value.in_doubt) == (True, False)
    assert await gateway.display_name(USER) is None
    await gateway.close()


async def test_the_months_limit_is_final(simulator: ProviderSimulator, line: LineGateway) -> None:
    simulator.line.quota = 1
    await line.send(_message("1"))
    with pytest.raises(SendFailed, match="monthly limit") as failed:
        await line.send(_message("2"))
    assert not failed.value.retryable
    await line.send(_message("3", _token(simulator)))  # replies are free
    assert [how for how, _ in shown_to(simulator)] == ["push", "reply"]


async def test_names_come_from_the_profile(simulator: ProviderSimulator, line: LineGateway) -> None:
    simulator.line.names[USER] = "田中"
    assert await line.display_name(USER) == "田中"
    assert await line.language(USER) == "ja"
    assert await line.display_name(line_user_id("stranger")) is None


async def test_secrets_and_texts_stay_out_of_errors_and_logs(
    simulator: ProviderSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    gateway = LineGateway(secret="TOP-SECRET", access_token="TOP-TOKEN", api_url=simulator.line_api_url)
    with structlog.testing.capture_logs() as logged:
        with pytest.raises(SendFailed) as failed:
            await gateway.send(_message(text="内緒"))
        with pytest.raises(WebhookRefused) as refused:
            gateway.verify(webhook({"x-line-signature": "x"}, b"{}"))
        assert await gateway.display_name(USER) is None
    await gateway.close()
    everything = (
        f"{failed.value!r} {failed.value.__cause__!r} {refused.value!r} {logged} {caplog.text} {gateway!r}"
    )
    for secret in ("TOP-SECRET", "TOP-TOKEN", "内緒"):
        assert secret not in everything


async def test_an_empty_secret_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="neither may be empty"):
        LineGateway(secret="", access_token="t")


async def test_what_is_not_known_is_noted(line: LineGateway) -> None:
    hologram = raw_of({"type": "message", "timestamp": 1, "source": SOURCE, "message": {"type": "hologram"}})
    wave = raw_of({"type": "wave", "timestamp": 1, "source": SOURCE})
    with structlog.testing.capture_logs() as logged:
        shown, done = line.decode(hologram), line.decode(wave)
    assert isinstance(shown, Inbound)
    assert isinstance(done, Inbound)
    assert (shown.text, done.text) == ("［未対応のメッセージ］", "［未対応の操作 / Unsupported action］")
    assert [(each["event"], each["log_level"], each["kind"]) for each in logged] == [
        ("line.unsupported_message", "warning", "hologram"),
        ("line.unsupported_message", "warning", "wave"),
    ]
