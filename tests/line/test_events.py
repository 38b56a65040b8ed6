"""What users do in LINE, as the hub understands it."""

from typing import Any

import pytest
from linebot.v3.webhooks import Event, MessageContent

from gateways import case_numbers
from gateways.line.codec import KNOWN_EVENTS, LINKED
from gateways.line.tokens import ReplyToken
from gateways.line.words import PLACEHOLDERS
from gateways.protocol import Delivery, Inbound, Part, Receipt, Subscription, Withdrawn
from tests.fakes.line_events import LineEvents
from tests.line.support import USER, raw_of, read

EVENTS = LineEvents(now_ms=lambda: 1_800_000_000_123, reply_token=lambda user: f"token of {user}")


def _inbound(event: dict[str, Any]) -> Inbound:
    found = read(event)
    assert isinstance(found, Inbound)
    return found


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (EVENTS.image(USER, b"x"), "［画像］"),
        (EVENTS.image(USER, b"x", imageSet={"id": "s", "index": 2, "total": 3}), "［画像］2/3"),
        (EVENTS.video(USER, b"x", 12_400), "［動画］12秒"),
        (EVENTS.audio(USER, b"x", 3_000), "［音声］3秒"),
        (EVENTS.file(USER, "見積書.pdf", b"x"), "［ファイル］見積書.pdf"),
        (
            EVENTS.sticker(USER, "うれしい", "ありがとう", "笑顔", "四つ目"),
            "［スタンプ］うれしい、ありがとう、笑顔",
        ),
        (EVENTS.sticker(USER, text="がんばれ", stickerResourceType="MESSAGE"), "［スタンプ］がんばれ"),
        (
            EVENTS.location(USER, 35.681236, 139.767, title="東京駅", address="千代田区丸の内1"),
            "［位置情報］東京駅 千代田区丸の内1 35.681236, 139.767",
        ),
        (EVENTS.location(USER, 0, -0.5), "［位置情報］0, -0.5"),
    ],
)
def test_what_is_not_text_is_told_in_words(event: dict[str, Any], text: str) -> None:
    message = _inbound(event)
    theirs = Event.from_dict(event)
    assert (message.text, message.fields, message.kind) == (text, {}, theirs.message.type)
    assert message.event_id == theirs.message.id
    assert message.reply_token == str(ReplyToken(theirs.reply_token, theirs.timestamp))
    assert text.startswith(PLACEHOLDERS[message.kind])


@pytest.mark.parametrize(
    ("event", "name", "kind", "size"),
    [
        (EVENTS.image(USER, b"x"), "image.jpg", "image/jpeg", None),
        (EVENTS.video(USER, b"x"), "video.mp4", "video/mp4", None),
        (EVENTS.audio(USER, b"x"), "audio.m4a", "audio/mp4", None),
        (EVENTS.file(USER, "a/b.pdf", b"four"), "a/b.pdf", "application/pdf", 4),
        (EVENTS.file(USER, "strange.qqq", b""), "strange.qqq", "application/octet-stream", 0),
    ],
)
def test_files_are_named_by_their_message(
    event: dict[str, Any], name: str, kind: str, size: int | None
) -> None:
    (part,) = _inbound(event).parts
    assert part == Part(name=name, type=kind, source=event["message"]["id"], size=size)


def test_what_lies_elsewhere_is_named_and_not_fetched() -> None:
    elsewhere = {"type": "external", "originalContentUrl": "https://elsewhere.test/1.jpg"}
    message = _inbound(EVENTS.image(USER, b"x", contentProvider=elsewhere))
    assert (message.parts, message.text) == ((), "［画像］ https://elsewhere.test/1.jpg")


def test_a_message_that_is_taken_back_is_named_as_it_came() -> None:
    said = EVENTS.text(USER, "番号は0120です")
    taken_back = EVENTS.unsend(USER, said)
    withdrawn = read(taken_back)
    assert isinstance(withdrawn, Withdrawn)
    assert withdrawn.message == _inbound(said).event_id
    assert (withdrawn.address, withdrawn.event_id) == (USER, taken_back["webhookEventId"])
    assert read(taken_back | {"mode": "standby"}) == withdrawn


def test_an_answer_names_what_it_quotes() -> None:
    assert _inbound(EVENTS.text(USER, "これ", quotedMessageId="460")).refs == ("460",)


def test_a_case_is_found_in_what_is_said() -> None:
    case = case_numbers.make()
    assert _inbound(EVENTS.text(USER, f"{case.lower()}の件です")).case == case
    assert _inbound(EVENTS.file(USER, f"{case}.pdf", b"x")).case == case
    assert _inbound(EVENTS.text(USER, "もしもし")).case is None


def test_who_follows_may_be_written_to_and_who_blocks_us_not() -> None:
    on, off = read(EVENTS.follow(USER)), read(EVENTS.unfollow(USER))
    assert isinstance(on, Subscription)
    assert isinstance(off, Subscription)
    assert [(each.is_on, each.reply_token is None) for each in (on, off)] == [(True, False), (False, True)]
    elsewhere = read(EVENTS.follow(USER) | {"mode": "standby"})
    assert isinstance(elsewhere, Subscription)
    assert elsewhere.reply_token is None


@pytest.mark.parametrize(
    ("data", "params", "text", "fields"),
    [
        ('["電話する","call"]', None, "電話する", {"data": "call"}),
        ("action=buy&item=1", None, "action=buy&item=1", {"data": "action=buy&item=1"}),
        ('["日時","when"]', {"datetime": "2026-12-25T01:00"}, "日時 2026-12-25 01:00", {"data": "when"}),
        ("when", {"time": "10:30"}, "when 10:30", {"data": "when"}),
        ("[1]", None, "[1]", {"data": "[1]"}),
    ],
)
def test_what_is_tapped_is_a_choice(
    data: str, params: dict[str, str] | None, text: str, fields: dict[str, str]
) -> None:
    event = EVENTS.postback(USER, data, params)
    choice = _inbound(event)
    assert (choice.kind, choice.text, choice.event_id) == ("choice", text, event["webhookEventId"])
    assert choice.fields == fields | (params or {})
    assert choice.reply_token is not None


def test_a_linked_account_brings_its_proof() -> None:
    linked = _inbound(EVENTS.account_link(USER, "7K2M-Q4XH-9RTB"))
    assert (linked.kind, linked.text, linked.link) == ("accountLink", LINKED, "7K2M-Q4XH-9RTB")
    assert read(EVENTS.account_link(USER, "7K2M-Q4XH-9RTB", result="failed")) is None


def test_a_notification_that_came_is_a_receipt_with_who_got_it() -> None:
    tag = "toritsugi-key-Yw=="
    for user, address in ((USER, USER), (None, "")):
        receipt = read(EVENTS.delivery(user, tag))
        assert isinstance(receipt, Receipt)
        assert (receipt.address, receipt.sent_as, receipt.delivery) == (address, "c", Delivery.DELIVERED)


@pytest.mark.parametrize("kind", ["text", "image", "postback"])
def test_in_standby_somebody_else_answers(kind: str) -> None:
    made = {
        "text": EVENTS.text(USER, "x"),
        "image": EVENTS.image(USER, b"x"),
        "postback": EVENTS.postback(USER, "x"),
    }
    assert read(made[kind] | {"mode": "standby"}) is None


def test_every_event_of_lines_openapi_is_taken_without_harm() -> None:
    """What the hub has no use for is stored and passed over."""
    useless: dict[str, dict[str, Any]] = {
        "join": {"replyToken": "t"},
        "leave": {},
        "memberJoined": {"replyToken": "t", "joined": {"members": [{"type": "user", "userId": USER}]}},
        "memberLeft": {"left": {"members": [{"type": "user", "userId": USER}]}},
        "videoPlayComplete": {"replyToken": "t", "videoPlayComplete": {"trackingId": "v"}},
        "beacon": {"replyToken": "t", "beacon": {"hwid": "d41d", "type": "enter"}},
        "membership": {"replyToken": "t", "membership": {"type": "joined", "membershipId": 1}},
        "module": {"module": {"type": "attached", "botId": "b", "scopes": []}},
        "activated": {"chatControl": {"expireAt": 1}},
        "deactivated": {},
        "botSuspended": {},
        "botResumed": {},
    }
    known = {
        "messageEdited",
        "message",
        "unsend",
        "follow",
        "unfollow",
        "postback",
        "accountLink",
        "delivery",
    }
    mapped = Event._Event__discriminator_value_class_map  # what the SDK of today knows
    assert set(useless) | known == KNOWN_EVENTS >= set(mapped)
    for kind, fields in useless.items():
        raw = raw_of(EVENTS.of(USER, kind, **fields))
        assert (raw.address, read(EVENTS.of(USER, kind, **fields))) == (USER, None)


def test_an_edited_message_says_so_and_which_it_was() -> None:
    message = {"type": "text", "id": "1", "text": "二個です", "quoteToken": "q"}
    edited = _inbound(EVENTS.of(USER, "messageEdited", replyToken="t", message=message))
    assert (edited.kind, edited.text, edited.refs) == ("edited", "［編集後 / Edited］二個です", ("1",))
    assert edited.event_id != "1"


def test_every_message_of_lines_openapi_has_words() -> None:
    mapped = set(MessageContent._MessageContent__discriminator_value_class_map)
    assert mapped == set(PLACEHOLDERS) | {"text"}


def test_the_simulator_makes_only_events_that_line_has() -> None:
    with pytest.raises(ValueError, match="quoteToken"):
        EVENTS.message(USER, {"type": "text", "text": "x"})
