"""What is broken, too large or not to be believed, in the middle of a talk: the talk goes on."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.channels.customers import (
    KINDS,
    FormCustomer,
    MailCustomer,
    MetaCustomer,
    SmppCustomer,
    TwilioCustomer,
    XCustomer,
)
from tests.channels.site import Floor, Site
from tests.failures.floor import until
from tests.fakes.social import messenger_callback, messenger_event, x_activity

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_LARGE = 2 * 1024 * 1024


async def _twilio(customer: TwilioCustomer) -> list[int]:
    form = {"MessageSid": f"SMx{customer.number}", "From": customer.address, "To": "+1", "Body": "偽物"}
    signed = customer.site.twilio.signature(f"{customer.floor.hub.url}/webhooks/sms", {})
    large = form | {"Body": "x" * 70_000}
    return [
        await customer.form("sms", form, signature="d3Jvbmc="),
        await customer.form("sms", large),
        await customer.post("sms", b"x" * _LARGE, {"X-Twilio-Signature": signed}),
        await customer.form("sms", {"From": customer.address, "Body": "偽物"}),
    ]


async def _meta(customer: MetaCustomer) -> list[int]:
    fake = messenger_callback(messenger_event(customer.user, message={"mid": "fake", "text": "偽物"}))
    return [
        await customer.signed(fake, signature="sha256=00"),
        await customer.signed(b"x" * _LARGE),
        await customer.post("social/meta", b"x" * _LARGE, {}),
        await customer.signed(b"{"),
    ]


async def _x(customer: XCustomer) -> list[int]:
    fake = x_activity("偽物", sender=customer.user, ours="4040", number="1")
    return [
        await customer.signed(fake, signature="sha256=00"),
        await customer.signed(b"x" * _LARGE),
        await customer.post("social/x", b"x" * _LARGE, {}),
        await customer.signed(b"{"),
    ]


_WEBHOOKS: dict[str, Callable[[Any], Awaitable[list[int]]]] = {
    "twilio": _twilio,
    "messenger": _meta,
    "instagram": _meta,
    "x": _x,
}


@pytest.mark.parametrize("channel", _WEBHOOKS)
async def test_webhooks_that_are_refused(site: Site, channel: str) -> None:
    customer: Any = KINDS[channel](site)
    sato, seen = customer.floor.sato, customer.floor.sato.seen
    assert await customer.writes("一通目") == 200
    assert await _WEBHOOKS[channel](customer) == [401, 413, 413, 400]
    _, contact = await sato.takes(customer.address, seen)
    assert await customer.writes("二通目") == 200
    await customer.again()
    await sato.hears(contact["id"], "二通目", seen)
    assert await _said(customer.floor, contact["id"]) == ["一通目", "二通目"]
    await sato.closes(contact["id"])


async def _said(floor: Floor, contact: str) -> list[str]:
    """Return what a customer said, as a page of Sato's that is opened now shows it."""
    async with floor.desktop("sato") as page:
        shown = next(each for each in (await page.wait("welcome"))["contacts"] if each["id"] == contact)
    return [each["text"].strip() for each in shown["messages"] if each["direction"] == "in"]


@pytest.mark.parametrize("channel", ["smpp", "twilio"])
async def test_who_has_no_number_is_a_dead_letter(site: Site, channel: str) -> None:
    """A company's name as the sender: nobody can answer it, and nobody else waits for it."""
    customer: Any = KINDS[channel](site)
    number, seen = customer.address, customer.floor.sato.seen
    customer.address = f"+SHOP{customer.number % 1000}"
    before = len(await customer.floor.supervisor.letters())
    if channel == "smpp":
        await customer.deliver(message="広告です", data_coding=8, source_addr_ton=5)
    else:
        await customer.writes("広告です")
    customer.address = number
    assert await customer.writes("人間です") == 200
    _, contact = await customer.floor.sato.takes(number, seen)

    async def are_dead() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await customer.floor.supervisor.letters()
        return found[before:]

    letters = await until(are_dead)
    assert [(each["kind"], each["channel"]) for each in letters] == [("in", "sms")]
    assert "no number" in letters[0]["reason"]
    await customer.floor.sato.closes(contact["id"])


async def test_forms_that_are_refused(site: Site) -> None:
    customer, sato, seen = FormCustomer(site), site.floor.sato, site.floor.sato.seen
    assert await customer.fills_in(body="x", email="nowhere") == 400
    assert await customer.fills_in(body="x", topic="else") == 400
    assert await customer.fills_in(body="機械です", website="http://spam.test") == 200
    assert await customer.fills_in(body="大きすぎ", file=b"x" * 9 * 1024 * 1024) == 413
    assert await customer.fills_in(body="本物です") == 200
    assert await customer.fills_in(body="本物です") == 200, "a second click"
    _, contact = await sato.takes(customer.address, seen)
    assert await _said(site.floor, contact["id"]) == ["本物です"]
    assert [each["channel"] for each in sato.offers(seen)] == ["ticket"]
    await sato.closes(contact["id"])


async def test_mails_that_are_broken(site: Site) -> None:
    customer, sato, seen = MailCustomer(site), site.floor.sato, site.floor.sato.seen
    head = f"From: {customer.address}\r\nTo: support@example.jp\r\n".encode()
    await customer.writes("一通目")
    _, contact = await sato.takes(customer.address, seen)
    case, id_ = contact["case"].encode(), contact["id"]
    await customer.gets(contact["case"])
    seen = sato.seen
    await customer.submits(
        head + b"Subject: [" + case + b"] cut\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed;"
        b' boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=x-none\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n44GT44KT44Gr44Gh44Gv!!!"
    )
    await customer.submits(head + b"Subject: [" + case + b"] \xff\xfe\x00\r\n\r\n\x82\xb1\x82\xf1\x00\x80")
    large = b"".join(b"%070d\r\n" % number for number in range(25_000))
    await customer.submits(head + b"Subject: [" + case + b"] large\r\n\r\n" + large)
    await customer.writes("最後の一通")
    await sato.hears(id_, "最後の一通", seen)
    shown = [
        event["message"]
        for _, event in sato.desktop.events[seen:]
        if event["type"] == "message" and event["message"]["direction"] == "in"
    ]
    assert len(shown) == 4
    assert "こんにちは" in shown[0]["text"]
    assert any(note.startswith("cut=size") for note in shown[2]["notes"])
    await sato.closes(id_)


async def test_a_mail_without_a_sender_is_shown_and_cannot_be_answered(site: Site) -> None:
    customer, sato, seen = MailCustomer(site), site.floor.sato, site.floor.sato.seen
    await customer.submits(f"Subject: {customer.number}\r\n\r\nhello\r\n".encode(), sender="")
    offer = await sato.desktop.wait("offer", after=seen, timeout_s=20)
    await sato.desktop.command("accept", offer=offer["offer"])
    contact = await sato.shown(offer["contact"], "connected", seen)
    assert contact["subject"] == str(customer.number)
    message = await sato.says(contact["id"], "どなたですか")
    await sato.sees(message, "failed")
    await sato.closes(contact["id"])


async def test_what_a_centre_delivers_that_is_broken(site: Site) -> None:
    customer, sato, seen = SmppCustomer(site), site.floor.sato, site.floor.sato.seen
    assert await customer.writes("一通目") == 200
    _, contact = await sato.takes(customer.address, seen)
    for fields in (
        {"udh": "0500032a0000", "message": "no parts", "esm_class": 0x40},
        {"udh": "05", "message": "x", "esm_class": 0x40},
        {"message": "x", "data_coding": 0xF5},
        {"message": "stat:??? id:", "esm_class": 4},
        {"message": "", "data_coding": 8},
    ):
        assert await customer.deliver(**fields) in (200, 0x64, 0x08), fields
    assert await customer.writes("最後の一通") == 200
    await sato.hears(contact["id"], "最後の一通", seen)
    await sato.closes(contact["id"])
