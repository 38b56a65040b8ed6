"""LINE's webhooks, read: against the models of LINE's SDK, and against nonsense."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linebot.v3.webhook import SignatureValidator
from linebot.v3.webhooks import Event

from acd.contact import Channel
from gateways.line import codec
from gateways.line.tokens import ReplyToken, chosen, delivery_tag_of, postback_of, retry_key_of, sent_as_of
from gateways.line.words import PLACEHOLDERS, UNKNOWN_EVENT, UNKNOWN_PLACEHOLDER
from gateways.protocol import Inbound, RawEvent, Receipt

USER = "U" + "0123456789abcdef" * 2


def _event(**changes: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "mode": "active",
        "timestamp": 1_800_000_000_123,
        "webhookEventId": "01HXYZ",
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user", "userId": USER},
        "replyToken": "0f3779fba3b349968c5d07db31eab56f",
        "message": {"id": "444573844083572737", "type": "text", "quoteToken": "q", "text": "こんにちは😀"},
    } | changes


def _body(*events: object) -> bytes:
    return json.dumps({"destination": "U0", "events": list(events)}, ensure_ascii=False).encode()


def _split_one(event: object) -> RawEvent:
    (raw,) = codec.split(_body(event))
    return raw


def test_a_text_message_says_what_the_sdk_says() -> None:
    raw = _split_one(_event())
    theirs = Event.from_dict(json.loads(raw.body))
    ours = codec.decode(raw)
    assert isinstance(ours, Inbound)
    assert (raw.event_id, raw.address) == (theirs.message.id, theirs.source.user_id)
    assert (ours.text, ours.at_ms, ours.kind) == (theirs.message.text, theirs.timestamp, theirs.message.type)
    assert (ours.channel, ours.event_id, ours.address) == (Channel.LINE, theirs.message.id, USER)
    assert ours.reply_token is not None
    assert ReplyToken.parse(ours.reply_token) == ReplyToken(theirs.reply_token, theirs.timestamp)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_through_as_the_sdk_reads_it(text: str) -> None:
    raw = _split_one(_event(message={"id": "1", "type": "text", "quoteToken": "q", "text": text}))
    ours = codec.decode(raw)
    assert isinstance(ours, Inbound)
    assert ours.text == Event.from_dict(json.loads(raw.body)).message.text


@pytest.mark.parametrize(("kind", "shown"), [*PLACEHOLDERS.items(), ("hologram", UNKNOWN_PLACEHOLDER)])
def test_other_messages_show_a_placeholder(kind: str, shown: str) -> None:
    message = codec.decode(_split_one(_event(message={"id": "1", "type": kind})))
    assert isinstance(message, Inbound)
    assert (message.text, message.kind) == (shown, kind)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "unsend", "message": None},
        {"type": "postback", "message": None},
        {
            "type": "postback",
            "postback": {"data": "x", "params": {"newRichMenuAliasId": "b", "status": "SUCCESS"}},
        },
        {"type": "accountLink", "link": {"result": "failed", "nonce": "0123456789"}},
        {"type": "delivery", "delivery": {"data": "somebody else's tag"}},
        {"type": "beacon", "beacon": {"hwid": "d41d8cd98f", "type": "enter"}},
        {"type": "follow", "source": {"type": "group", "groupId": "C1", "userId": USER}},
        {"mode": "standby", "type": "postback", "postback": {"data": "x"}},
        {"mode": "standby"},
        {"source": {"type": "group", "groupId": "C1", "userId": USER}},
        {"source": {"type": "user"}},
        {"source": None},
        {"message": None},
    ],
)
def test_what_is_no_message_for_us_is_stored_and_passed_over(changes: dict[str, Any]) -> None:
    raw = _split_one(_event(**changes))
    assert raw.event_id in ("01HXYZ", _event()["message"]["id"])
    assert codec.decode(raw) is None


def test_what_a_user_does_that_is_not_known_is_named() -> None:
    known = codec.decode(_split_one(_event(type="somethingNew", message=None)))
    assert isinstance(known, Inbound)
    assert (known.kind, known.text, known.event_id) == ("somethingNew", UNKNOWN_EVENT, "01HXYZ")
    assert known.is_aside, "it need not be for anybody to answer"
    of_nobody = _event(type="somethingNew", message=None, source=None)
    assert codec.decode(_split_one(of_nobody)) is None


def test_the_address_check_has_no_events() -> None:
    assert codec.split(_body()) == []


def test_events_keep_their_order_and_bytes() -> None:
    first, second = _event(unknown={"a": [1, 2.50]}), _event(type="follow", webhookEventId="2")
    raws = codec.split(_body(first, second))
    assert [raw.event_id for raw in raws] == [first["message"]["id"], "2"]
    assert json.loads(raws[0].body) == first


def test_a_redelivered_event_has_the_same_id() -> None:
    again = _split_one(_event(deliveryContext={"isRedelivery": True}))
    assert again.event_id == _split_one(_event()).event_id


@pytest.mark.parametrize("event_id", [None, "", 7, "x" * 129, "a\x00b", "line\nfeed"])
def test_an_event_without_a_usable_id_goes_by_its_bytes(event_id: object) -> None:
    event = _event(type="follow", webhookEventId=event_id)
    one, same, other = _split_one(event), _split_one(event), _split_one(event | {"timestamp": 1})
    assert one.event_id.startswith("sha256:")
    assert one.event_id == same.event_id != other.event_id


@pytest.mark.parametrize(
    "event",
    [
        *(7, "text", None, [], {"type": 1}, _event(timestamp="now"), _event(message=[])),
        _event(type="unsend", unsend={"messageId": 7}),
        _event(message={"id": "1", "type": "location", "latitude": "north"}),
        _event(type="postback", postback={}),
    ],
)
def test_an_event_that_is_broken_is_stored_and_fails_when_read(event: object) -> None:
    raw = _split_one(event)
    with pytest.raises(ValueError, match=r".+"):
        codec.decode(raw)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"events": {}}', b'{"events": [', b"\xff", b"null"])
def test_what_is_no_callback_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        codec.split(body)


def test_half_an_emoji_and_broken_bytes_do_no_harm() -> None:
    for broken in (b"\\ud83d", b"\xff"):
        whole = _body(_event(message={"id": "1", "type": "text", "text": "a@b"}), _event())
        first, second = codec.split(whole.replace(b"a@b", b"a" + broken + b"b"))
        message = codec.decode(first)
        assert isinstance(message, Inbound)
        assert message.text == "a\ufffdb"
        assert codec.decode(second) is not None


@pytest.mark.parametrize("deep", [b"[" * 200_000, b'{"a":' * 200_000])
def test_what_is_too_deep_is_refused(deep: bytes) -> None:
    for body in (deep, b'{"events":' + deep, b'{"events":[{"x":' + deep):
        with pytest.raises(ValueError, match=r".+"):
            codec.split(body)


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_KINDS = ["message", "unsend", "follow", "unfollow", "postback", "accountLink", "delivery", "other"]
_MESSAGES = ["text", "image", "video", "audio", "file", "location", "sticker", "other"]
_MESSAGE_NAMES = [
    *(
        "id",
        "text",
        "quotedMessageId",
        "markAsReadToken",
        "contentProvider",
        "imageSet",
        "duration",
        "fileName",
    ),
    *("fileSize", "title", "address", "latitude", "longitude", "packageId", "stickerId", "keywords"),
]
_NAMES = [
    *("type", "mode", "timestamp", "webhookEventId", "source", "replyToken", "message", "postback", "unsend"),
    *("link", "delivery"),
]


_values = _json | st.sampled_from(
    [
        *({"data": "x"}, {"messageId": "1"}, {"result": "ok", "nonce": "n" * 10}, {"type": "external"}),
        *({"index": 1, "total": 3}, {"data": "x", "params": {"datetime": "2026-01-01T10:00"}}, 10**30, 1e308),
    ]
)


@given(
    st.sampled_from(_KINDS),
    st.sampled_from(_MESSAGES),
    st.dictionaries(st.sampled_from(_NAMES), _values),
    st.dictionaries(st.sampled_from(_MESSAGE_NAMES), _values),
    st.sets(st.sampled_from(_NAMES)),
)
def test_mutilated_events_decode_or_fail_cleanly(
    kind: str, message: str, changes: dict[str, Any], inner: dict[str, Any], removed: set[str]
) -> None:
    whole = _event(type=kind, message={"id": "1", "type": message} | inner) | changes
    event = {name: value for name, value in whole.items() if name not in removed}
    (raw,) = codec.split(json.dumps({"events": [event]}).encode())
    assert 0 < len(raw.event_id) <= 128
    assert 0 < len(raw.address) <= 128
    assert "\x00" not in raw.event_id + raw.address
    try:
        incoming = codec.decode(raw)
        codec.mark_as_read_token_of(raw)
    except ValueError:
        return
    assert incoming is None or incoming.address or isinstance(incoming, Receipt)
    if isinstance(incoming, Inbound):
        assert incoming.event_id
        assert incoming.kind == "text" or incoming.text or kind != "message"


@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_do_worse_than_valueerror(body: bytes) -> None:
    for attempt in (body, b'{"events": [' + body + b"]}"):
        try:
            raws = codec.split(attempt)
        except ValueError:
            continue
        for raw in raws:
            try:
                codec.decode(raw)
            except ValueError:
                continue


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_the_signature_is_the_sdks(secret: str, body: str) -> None:
    assert SignatureValidator(secret).validate(body, codec.signature_of(secret, body.encode()))


@given(st.integers(0, 10**15), st.text(min_size=1))
def test_reply_tokens_survive_the_way(at_ms: int, token: str) -> None:
    reply = ReplyToken(token, at_ms)
    assert ReplyToken.parse(str(reply)) == reply


@pytest.mark.parametrize("opaque", ["", ".", "5.", "x.token", "token", "-1.token", "²3.token"])
def test_what_is_no_reply_token_is_none(opaque: str) -> None:
    assert ReplyToken.parse(opaque) is None


def test_a_reply_token_is_fresh_for_fifty_seconds() -> None:
    token = ReplyToken("t", 1_000_000)
    assert token.is_fresh(1_049_999)
    assert not token.is_fresh(1_050_000)


def test_a_retry_key_is_a_uuid_and_stays() -> None:
    assert retry_key_of("k") == retry_key_of("k") != retry_key_of("l")
    assert len(retry_key_of("k")) == 36
    assert len({retry_key_of("k"), retry_key_of("k", 1), retry_key_of("k", 2), retry_key_of("k1")}) == 4


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128))
def test_a_delivery_tag_leads_back_to_its_message(key: str) -> None:
    tag = delivery_tag_of(key)
    assert 16 <= len(tag) <= 100
    assert tag.isascii()
    assert sent_as_of(tag) in (key, tag)
    assert sent_as_of(tag) == key or len(key.encode()) > 64


@given(st.text(max_size=120))
def test_any_tag_is_ours_or_not(tag: str) -> None:
    assert sent_as_of(tag) is None or tag.startswith("toritsugi-")
    assert sent_as_of("toritsugi-key-" + tag) != ""


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_postback_brings_back_what_was_shown(label: str, data: str) -> None:
    postback = postback_of(label, data, 300)
    assert chosen(postback)[1] == data or postback == data
    assert len(postback.encode("utf-16-le")) <= 600 or postback == data
