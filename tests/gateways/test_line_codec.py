"""LINE's webhooks, read: against the models of LINE's SDK, and against nonsense."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linebot.v3.webhook import SignatureValidator
from linebot.v3.webhooks import Event

from acd.contact import Channel
from gateways.line import codec
from gateways.protocol import RawEvent

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
    assert ours is not None
    assert (raw.event_id, raw.address) == (theirs.webhook_event_id, theirs.source.user_id)
    assert (ours.text, ours.at_ms, ours.kind) == (theirs.message.text, theirs.timestamp, theirs.message.type)
    assert (ours.channel, ours.event_id, ours.address) == (Channel.LINE, "01HXYZ", USER)
    assert ours.reply_token is not None
    assert codec.ReplyToken.parse(ours.reply_token) == codec.ReplyToken(theirs.reply_token, theirs.timestamp)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_through_as_the_sdk_reads_it(text: str) -> None:
    raw = _split_one(_event(message={"id": "1", "type": "text", "quoteToken": "q", "text": text}))
    ours = codec.decode(raw)
    assert ours is not None
    assert ours.text == Event.from_dict(json.loads(raw.body)).message.text


@pytest.mark.parametrize(
    ("kind", "shown"), [*codec.PLACEHOLDERS.items(), ("hologram", codec.UNKNOWN_PLACEHOLDER)]
)
def test_other_messages_show_a_placeholder(kind: str, shown: str) -> None:
    message = codec.decode(_split_one(_event(message={"id": "1", "type": kind})))
    assert message is not None
    assert (message.text, message.kind) == (shown, kind)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "follow", "message": None},
        {"type": "unfollow", "replyToken": None, "message": None},
        {"type": "somethingNew", "message": None},
        {"mode": "standby"},
        {"source": {"type": "group", "groupId": "C1", "userId": USER}},
        {"source": {"type": "user"}},
        {"source": None},
        {"message": None},
    ],
)
def test_what_is_no_message_for_us_is_stored_and_passed_over(changes: dict[str, Any]) -> None:
    raw = _split_one(_event(**changes))
    assert raw.event_id == "01HXYZ"
    assert codec.decode(raw) is None


def test_the_address_check_has_no_events() -> None:
    assert codec.split(_body()) == []


def test_events_keep_their_order_and_bytes() -> None:
    first, second = _event(webhookEventId="1", unknown={"a": [1, 2.50]}), _event(webhookEventId="2")
    raws = codec.split(_body(first, second))
    assert [raw.event_id for raw in raws] == ["1", "2"]
    assert json.loads(raws[0].body) == first


def test_a_redelivered_event_has_the_same_id() -> None:
    again = _split_one(_event(deliveryContext={"isRedelivery": True}))
    assert again.event_id == _split_one(_event()).event_id


@pytest.mark.parametrize("event_id", [None, "", 7, "x" * 129, "a\x00b", "line\nfeed"])
def test_an_event_without_a_usable_id_goes_by_its_bytes(event_id: object) -> None:
    one, same = _split_one(_event(webhookEventId=event_id)), _split_one(_event(webhookEventId=event_id))
    other = _split_one(_event(webhookEventId=event_id, timestamp=1))
    assert one.event_id.startswith("sha256:")
    assert one.event_id == same.event_id != other.event_id


@pytest.mark.parametrize(
    "event", [7, "text", None, [], {"type": 1}, _event(timestamp="now"), _event(message=[])]
)
def test_an_event_that_is_broken_is_stored_and_fails_when_read(event: object) -> None:
    raw = _split_one(event)
    with pytest.raises(ValueError, match=r".+"):
        codec.decode(raw)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"events": {}}', b'{"events": [', b"\xff", b"null"])
def test_what_is_no_callback_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        codec.split(body)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_NAMES = ["type", "mode", "timestamp", "webhookEventId", "source", "replyToken", "message"]


@given(st.dictionaries(st.sampled_from(_NAMES), _json), st.sets(st.sampled_from(_NAMES)))
def test_mutilated_events_decode_or_fail_cleanly(changes: dict[str, Any], removed: set[str]) -> None:
    event = {name: value for name, value in (_event() | changes).items() if name not in removed}
    (raw,) = codec.split(msgspec.json.encode({"events": [event]}))
    assert 0 < len(raw.event_id) <= 128
    assert 0 < len(raw.address) <= 128
    assert "\x00" not in raw.event_id + raw.address
    try:
        message = codec.decode(raw)
    except ValueError:
        return
    assert message is None or message.address


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
    reply = codec.ReplyToken(token, at_ms)
    assert codec.ReplyToken.parse(str(reply)) == reply


@pytest.mark.parametrize("opaque", ["", ".", "5.", "x.token", "token", "-1.token", "²3.token"])
def test_what_is_no_reply_token_is_none(opaque: str) -> None:
    assert codec.ReplyToken.parse(opaque) is None


def test_a_reply_token_is_fresh_for_fifty_seconds() -> None:
    token = codec.ReplyToken("t", 1_000_000)
    assert token.is_fresh(1_049_999)
    assert not token.is_fresh(1_050_000)


def test_a_retry_key_is_a_uuid_and_stays() -> None:
    assert codec.retry_key_of("k") == codec.retry_key_of("k") != codec.retry_key_of("l")
    assert len(codec.retry_key_of("k")) == 36
