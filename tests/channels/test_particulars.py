"""What single channels have: receipts, signs, opt-out, and messages of a kind that nobody knows."""

from typing import Any

import pytest

from hub.clock import now_ms
from tests.channels.agents import WAIT_S, Agent
from tests.channels.customers import (
    KINDS,
    PICTURE,
    InstagramCustomer,
    MailCustomer,
    MetaCustomer,
    SmppCustomer,
    TwilioCustomer,
    XCustomer,
    compact,
)
from tests.channels.site import OUR_TWILIO_NUMBER, OUR_X, Site
from tests.fakes.mishaps import Mishap
from tests.gateways.support import until
from tests.story.desktop import CommandRefused

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_SMS = pytest.mark.parametrize("kind", [SmppCustomer, TwilioCustomer])


@pytest.mark.parametrize(
    ("channel", "good", "bad"), [("smpp", "DELIVRD", "UNDELIV"), ("twilio", "delivered", "undelivered")]
)
async def test_receipts_of_sms(site: Site, channel: str, good: str, bad: str) -> None:
    customer: Any = KINDS[channel](site)
    sato, contact = await customer.is_taken()
    for text, status, shown in (("届く", good, "delivered"), ("届かない", bad, "failed")):
        message = await sato.says(contact, text)
        got = await customer.gets(text)
        await sato.sees(message, "sent")
        await customer.receipt(got, status)
        await sato.sees(message, shown)
        assert sato.deliveries(message) == ["sent", shown]
    await sato.closes(contact)


async def test_a_receipt_that_is_faster_than_the_answer(site: Site) -> None:
    customer = TwilioCustomer(site)
    sato, contact = await customer.is_taken()
    site.twilio.mishaps.add(Mishap(delay_s=1.0))
    message = await sato.says(contact, "速い")
    await customer.receipt(await customer.gets("速い"), "delivered")
    assert sato.deliveries(message) == []
    await sato.sees(message, "delivered")
    assert sato.deliveries(message) == ["sent", "delivered"]
    await sato.closes(contact)


async def test_a_picture_that_is_gone(site: Site) -> None:
    """Only the picture is missing, and what is written after it comes."""
    customer, seen = TwilioCustomer(site), site.twilio_floor.sato.seen
    form = {"MessageSid": f"SMg{customer.number}", "From": customer.address, "To": OUR_TWILIO_NUMBER}
    media = f"https://127.0.0.1:{site.fronts['twilio'].port}/media/gone"
    form |= {"Body": "写真です", "NumMedia": "1", "MediaUrl0": media, "MediaContentType0": "image/png"}
    assert await customer.form("sms", form) == 200
    assert await customer.writes("見えましたか") == 200
    sato = site.twilio_floor.sato
    _, contact = await sato.takes(customer.address, seen)
    await until(lambda: "見えましたか" in _texts(sato, contact["id"]), 20)
    first = contact["messages"][0]
    assert (first["text"], [each["refused"] for each in first["files"]]) == ("写真です", ["gone"])
    await sato.closes(contact["id"])


def _texts(agent: Agent, contact: str) -> list[str]:
    """Return what a desktop was shown of a contact."""
    events = [event for _, event in agent.desktop.events]
    shown = [each["messages"] for each in events if each["type"] == "contact" and each["id"] == contact]
    later = [each["message"] for each in events if each["type"] == "message" and each["contact"] == contact]
    return [each["text"] for each in (*(each for group in shown for each in group), *later)]


async def test_what_is_taken_back_edited_and_reacted_to(site: Site) -> None:
    customer = MetaCustomer(site)
    sato, contact = await customer.is_taken()
    seen, mid = sato.seen, f"back-{customer.number}"
    assert await customer.does(message={"mid": mid, "text": "間違えました"}) == 200
    said = await sato.hears(contact, "間違えました", seen)
    assert await customer.does(reaction={"mid": mid, "action": "react", "emoji": "👍"}) == 200
    assert (await sato.hears(contact, "👍", seen))["kind"] == "reaction"
    assert await customer.does(message_edit={"mid": mid, "text": "直しました", "num_edit": 1}) == 200
    edited = await sato.hears(contact, "直しました", seen)
    assert await customer.does(message={"mid": mid, "is_deleted": True}) == 200
    for each in (said, edited):
        await _is_taken_back(sato, each["id"], seen)
    await sato.closes(contact)


async def _is_taken_back(sato: Agent, message: str, after: int) -> None:
    shown = await sato.desktop.wait(
        "message",
        lambda each: each["message"]["id"] == message and each["message"]["withdrawn_ms"] is not None,
        after=after,
        timeout_s=WAIT_S,
    )
    assert shown["message"]["text"] == ""


async def test_messenger_tells_what_came_and_what_was_read(site: Site) -> None:
    customer = MetaCustomer(site)
    sato, contact = await customer.is_taken()
    message = await sato.says(contact, "ご覧ください")
    got = await customer.gets("ご覧ください")
    await sato.sees(message, "sent")
    assert await customer.does(delivery={"mids": [got.sent_as], "watermark": now_ms()}) == 200
    await sato.sees(message, "delivered")
    seen, read_ms = sato.seen, now_ms()
    assert await customer.does(read={"watermark": read_ms}) == 200
    await sato.desktop.wait(
        "sign", lambda each: (each["contact"], each["read_ms"]) == (contact, read_ms), after=seen
    )
    await sato.desktop.command("typing", contact=contact)
    await until(lambda: (customer.user, "typing_on") in site.social.actions, 20)
    await sato.closes(contact)


async def test_instagram_tells_which_message_was_read(site: Site) -> None:
    customer = InstagramCustomer(site)
    sato, contact = await customer.is_taken()
    message = await sato.says(contact, "ご覧ください")
    got = await customer.gets("ご覧ください")
    await sato.sees(message, "sent")
    assert await customer.does(read={"mid": got.sent_as}) == 200
    await sato.sees(message, "read")
    await sato.closes(contact)


@_SMS
async def test_who_writes_stop_is_left_alone_until_he_wants_it_otherwise(site: Site, kind: type[Any]) -> None:
    customer = kind(site)
    sato, contact = await customer.is_taken()
    shown = await sato.shown(contact, "connected")
    assert await customer.writes("STOP") == 200
    await sato.consents(shown["customer"], "off")
    with pytest.raises(CommandRefused, match="opted_out"):
        await sato.says(contact, "それでも送る")
    assert await customer.writes("START") == 200
    await sato.consents(shown["customer"], "on")
    message = await sato.says(contact, "またお送りします")
    await sato.sees(message, "sent")
    assert [each.text for each in customer.got()] == ["またお送りします"]
    await sato.closes(contact)


_ODD: dict[str, tuple[type[Any], dict[str, Any], str]] = {
    "sticker": (
        MetaCustomer,
        {"message": {"mid": "MID", "attachments": [{"type": "sticker", "payload": {"sticker_id": 1}}]}},
        "スタンプ",
    ),
    "unknown": (
        MetaCustomer,
        {"message": {"mid": "MID", "attachments": [{"type": "hologram", "payload": {}}]}},
        "未対応",
    ),
    "empty": (MetaCustomer, {"message": {"mid": "MID", "is_unsupported": True}}, "未対応"),
    "story": (
        InstagramCustomer,
        {"message": {"mid": "MID", "attachments": [{"type": "story_mention", "payload": {}}]}},
        "ストーリーズ",
    ),
}


@pytest.mark.parametrize("odd", _ODD)
async def test_what_no_channel_knows_is_shown_as_that(site: Site, odd: str) -> None:
    kind, what, words = _ODD[odd]
    customer, sato, seen = kind(site), site.floor.sato, site.floor.sato.seen
    what["message"]["mid"] = f"odd-{customer.number}"
    assert await customer.does(**what) == 200
    _, contact = await sato.takes(customer.address, seen)
    assert words in contact["messages"][0]["text"]
    seen = sato.seen
    assert await customer.writes("見えましたか") == 200
    await sato.hears(contact["id"], "見えましたか", seen)
    await sato.closes(contact["id"])


async def test_what_is_no_message_on_x_is_shown_in_an_open_contact(site: Site) -> None:
    customer = XCustomer(site)
    sato, contact = await customer.is_taken()
    event: dict[str, object] = {
        "type": "reaction_create",
        "id": f"{customer.number}",
        "created_timestamp": "1516403560557",
    }
    event |= {"reaction_create": {"sender_id": customer.user}}
    data: dict[str, object] = {"event_type": "dm.reaction", "filter": {"user_id": OUR_X}, "event_uuid": "1"}
    data["payload"] = {"direct_message_events": [event]}
    seen = sato.seen
    assert await customer.signed(compact({"data": data})) == 200
    await sato.hears(contact, "未対応", seen)
    await sato.closes(contact)


@pytest.mark.parametrize("channel", KINDS)
async def test_choices_with_pages_and_without(site: Site, channel: str) -> None:
    customer: Any = KINDS[channel](site)
    sato, contact = await customer.is_taken()
    page, shown = "https://www.example.jp/a", len(site.social.choices)
    choices = [{"label": "見る", "url": page}]
    await sato.says(contact, "こちらです", choices=choices)
    assert page in (await customer.gets("こちらです")).text
    assert site.social.choices[shown:] in ([], [[]])
    await sato.closes(contact)


@pytest.mark.parametrize("kind", [MetaCustomer, InstagramCustomer, XCustomer, TwilioCustomer])
async def test_a_picture_without_a_word(site: Site, kind: type[Any]) -> None:
    customer = kind(site)
    sato, seen = customer.floor.sato, customer.floor.sato.seen
    assert await customer.writes("", PICTURE) == 200
    _, contact = await sato.takes(customer.address, seen)
    (message,) = contact["messages"]
    assert await sato.desktop.fetch(f"/files/{message['files'][0]['id']}") == PICTURE
    await sato.closes(contact["id"])


async def test_a_mail_of_html_alone(site: Site) -> None:
    customer, sato, seen = MailCustomer(site), site.floor.sato, site.floor.sato.seen
    html = "<p>見て<b>ください</b><script>alert(1)</script></p>"
    head = (
        f"From: {customer.address}",
        "To: support@example.jp",
        "Subject: html",
        f"Message-ID: <{customer.number}@customer.test>",
        "MIME-Version: 1.0",
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    )
    raw = "\r\n".join((*head, "", html, ""))
    await customer.submits(raw.encode())
    _, contact = await sato.takes(customer.address, seen)
    (message,) = [each for each in contact["messages"] if each["direction"] == "in"]
    assert "見てください" in message["text"]
    page = await sato.desktop.fetch(f"/contacts/{contact['id']}/messages/{message['id']}/html")
    assert (b"<b>" in page, b"alert" in page) == (True, False)
    await sato.closes(contact["id"])
