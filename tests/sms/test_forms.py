"""Forms of web pages: what is taken, what is kept out, where it goes."""

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.contact import Channel
from gateways.errors import SendFailed, WebhookRefused
from gateways.form import body as bodies
from gateways.form import codec, guard
from gateways.form.account import FormAccount
from gateways.form.conf import examine_forms
from gateways.form.gateway import FormGateway
from gateways.protocol import Inbound, Outbound, RawEvent, Webhook
from tests.gateways.support import Clock, PlainGateway

_FILE = """
[contact]
title = お問い合わせ
field => name,name,required
field => email,email,required
field => topic,choice,required,billing|other
field => body,long,required
field => phone,phone
subject = topic
queue => billing: topic=billing
queue => support
origin => https://www.example.jp
honeypot = website
least = 0
rate = 3
files = 2
file_types = image/*,application/pdf

[slow]
field => email,email,required
least = 3
"""
_RIGHT = {
    "name": "佐藤",
    "email": "Sato@Example.jp",
    "topic": "billing",
    "body": "請求書の件\n教えてください",
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def forms(tmp_path: Path, clock: Clock) -> FormGateway:
    (tmp_path / "forms.conf").write_text(_FILE)
    read, problems = examine_forms(tmp_path, ("billing", "support"))
    assert problems == ()
    return FormGateway(read, b"0123456789" * 4, now_ms=clock)


def _post(body: bytes, *, form: str = "contact", type_: str = "application/json", **headers: str) -> Webhook:
    return Webhook(
        method="POST",
        url="",
        path=form,
        query={},
        headers={"Content-Type": type_} | headers,
        body=body,
        remote="192.0.2.1",
    )


def _json(changed: dict[str, Any] | None = None, **headers: str) -> Webhook:
    return _post(json.dumps(_RIGHT | (changed or {})).encode(), **headers)


async def _multipart(fields: dict[str, str], *files: tuple[str, str, bytes]) -> Webhook:
    form = aiohttp.FormData(quote_fields=False)
    for name, value in fields.items():
        form.add_field(name, value)
    for name, kind, content in files:
        form.add_field("file", content, filename=name, content_type=kind)
    writer = form()
    chunks: list[bytes] = []

    class Sink:
        async def write(self, chunk: bytes) -> None:
            chunks.append(bytes(chunk))

    await writer.write(Sink())  # type: ignore[arg-type]
    return _post(b"".join(chunks), type_=writer.headers["Content-Type"])


def _message(forms: FormGateway, webhook: Webhook) -> Inbound:
    (event,) = forms.verify(webhook)
    return forms.decode(event)


def test_a_request_goes_where_its_rule_says(forms: FormGateway) -> None:
    message = _message(forms, _json())
    assert (message.address, message.name, message.subject) == ("sato@example.jp", "佐藤", "billing")
    assert (message.queue, message.account, message.text) == ("billing", "contact", _RIGHT["body"])
    assert message.fields["topic"] == "billing"
    assert _message(forms, _json({"topic": "other"})).queue == "support"


async def test_files_come_with_it(forms: FormGateway) -> None:
    content = bytes(range(256)) * 700 + b"\r\n--not the end"
    webhook = await _multipart(_RIGHT, ("C:\\写真\\猫.png", "image/png", content))
    (event,) = forms.verify(webhook)
    message = forms.decode(event)
    (part,) = message.parts
    assert (part.name, part.type, part.size) == ("猫.png", "image/png", len(content))
    assert b"".join([block async for block in forms.fetch(event, part)]) == content


async def test_files_that_are_not_taken(forms: FormGateway) -> None:
    for files in ([("a.exe", "application/x-msdownload", b"x")], [("a.png", "image/png", b"x")] * 3):
        with pytest.raises(WebhookRefused) as refused:
            forms.verify(await _multipart(_RIGHT, *files))
        assert (refused.value.status, "files" in refused.value.shown) == (400, True)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@example.jp\nBcc: b@example.jp"}, "email"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"topic": "else"}, "topic"),
        ({"body": "x" * 10_001}, "body"),
        ({"phone": "call me"}, "phone"),
    ],
)
def test_a_field_that_is_wrong_is_named(forms: FormGateway, changed: dict[str, str], wrong: str) -> None:
    with pytest.raises(WebhookRefused) as refused:
        forms.verify(_json(changed))
    assert (refused.value.status, refused.value.shown) == (400, wrong)


def test_who_fills_in_what_nobody_sees_is_thanked_and_forgotten(forms: FormGateway) -> None:
    assert forms.verify(_json({"website": "http://spam.example"})) == ()


def test_a_second_click_is_the_same_request(forms: FormGateway, clock: Clock) -> None:
    first, again = (forms.verify(_json())[0].event_id for _ in range(2))
    assert first == again
    clock.advance(3600)
    assert forms.verify(_json())[0].event_id != first


def test_more_than_a_person_sends_is_refused(forms: FormGateway) -> None:
    for _ in range(3):
        forms.verify(_json())
    with pytest.raises(WebhookRefused) as refused:
        forms.verify(_json())
    assert refused.value.status == 429


def test_rates_end_with_their_window() -> None:
    rates = guard.Rates()
    assert [rates.takes("f", "a", 1, now_s) for now_s in (0.0, 1.0, 600.0, 601.0)] == [
        True,
        False,
        True,
        False,
    ]
    assert rates.takes("f", "b", 1, 2.0)


def test_stamps() -> None:
    stamps, others = guard.Stamps(b"secret"), guard.Stamps(b"other")
    stamp = stamps.issue("f", 1000.0)
    assert stamps.age_s("f", stamp, 1005.0) == 5.0
    assert stamps.age_s("g", stamp, 1005.0) is None
    assert others.age_s("f", stamp, 1005.0) is None
    assert stamps.age_s("f", stamp, 1005.0 + 25 * 3600) is None
    assert stamps.age_s("f", "é.é", 0.0) is None


def test_a_form_that_was_filled_in_at_once(forms: FormGateway) -> None:
    asked = Webhook(
        method="GET", url="", path="slow", query={}, headers={"Origin": "https://www.example.jp"}, body=b""
    )
    answer = forms.answer(asked)
    assert answer is not None
    described = json.loads(answer.body)
    assert described["fields"][0]["name"] == "email"
    for began in ("", described["began"]):
        with pytest.raises(WebhookRefused):
            forms.verify(_post(json.dumps({"email": "a@example.jp", "began": began}).encode(), form="slow"))


def test_whose_pages_may(forms: FormGateway) -> None:
    assert forms.verify(_json(Origin="https://www.example.jp"))
    with pytest.raises(WebhookRefused) as refused:
        forms.verify(_json(Origin="https://evil.example"))
    assert refused.value.status == 403
    answer = forms.answer(_json(Origin="https://www.example.jp", Accept="text/html"))
    assert answer is not None
    allowed = forms.for_page(_json(Origin="https://www.example.jp"))
    assert (answer.type, allowed["Access-Control-Allow-Origin"]) == (
        "text/html",
        "https://www.example.jp",
    )


async def test_answers_go_by_mail(forms: FormGateway) -> None:
    message = Outbound(
        channel=Channel.TICKET, key="k", address="sato@example.jp", text="hello", account="contact"
    )
    with pytest.raises(SendFailed):
        await forms.send(message)
    sent: list[Outbound] = []

    async def carry(outbound: Outbound, in_doubt: bool) -> None:
        sent.append(outbound)

    forms.meet({Channel.EMAIL: PlainGateway(carry, Channel.EMAIL)})
    await forms.send(message)
    assert (sent[0].channel, sent[0].address, sent[0].text) == (Channel.EMAIL, "sato@example.jp", "hello")


def test_what_is_wrong_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "forms.conf").write_text(
        "[Bad Name]\nfield => email,mail\ncolour = red\nqueue => nowhere: x=1\nleast = soon\norigin => x.jp\n"
    )
    _, problems = examine_forms(tmp_path, ("support",))
    told = "\n".join(map(str, problems))
    for word in (
        "'Bad Name'",
        "a type of",
        "'colour'",
        "'nowhere'",
        "'x'",
        "'soon'",
        "an origin",
        "NAME,email",
    ):
        assert word in told
    assert examine_forms(tmp_path / "elsewhere") == ({}, ())


@given(
    st.binary(max_size=300),
    st.sampled_from(["application/json", "multipart/form-data; boundary=b", "x/y", ""]),
)
def test_any_body_is_read_or_refused(body: bytes, type_: str) -> None:
    for each in (body, b"--b\r\n" + body + b"\r\n--b--", body.replace(b"a", b"\r\n--b")):
        try:
            bodies.read(type_, each)
        except ValueError:
            continue


@given(st.binary(max_size=100))
def test_any_stored_body_is_read_or_refused(body: bytes) -> None:
    try:
        codec.decode(RawEvent(channel=Channel.TICKET, event_id="e", address="a", body=body))
    except ValueError:
        return


def test_behind_our_proxy_each_sender_has_a_rate_of_his_own(forms: FormGateway) -> None:
    def send(sender: str) -> None:
        forwarded = {"X-Forwarded-For": f"203.0.113.9, {sender}"}
        forms.verify(_json({"body": sender}, **forwarded))

    for number in range(3):
        send(f"198.51.100.{number}")
    with pytest.raises(WebhookRefused) as refused:
        send("198.51.100.4")
    assert refused.value.status == 429, "what a stranger says of himself is not believed"
    forms._proxies = (ip_network("192.0.2.0/24"),)
    for number in range(5):
        send(f"198.51.100.{number}")
    send("198.51.100.1")
    send("198.51.100.1")
    with pytest.raises(WebhookRefused):
        send("198.51.100.1")


def test_the_proxies_are_those_of_the_chat() -> None:
    account = FormAccount(forms=True, chat_proxies="127.0.0.1, 10.0.0.0/8")
    assert account.proxies == (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))
