"""Messenger, Instagram and X, against simulated ones."""

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.contact import Channel
from crm_bridge.identifiers import KIND_OF_CHANNEL, IdentifierKind, identifier_of, normalise
from gateways.errors import FetchFailed, SendFailed, WebhookRefused
from gateways.protocol import Choice, Delivery, Inbound, Outbound, RawEvent, Receipt, Sign, Webhook, Withdrawn
from gateways.social import meta_codec, x_codec
from gateways.social.gateway import SocialGateway
from gateways.social.meta import Meta
from gateways.social.x import X
from gateways.social.x_codec import Keys
from tests.fakes.mishaps import Mishap
from tests.fakes.social import (
    DAY_S,
    PAGE,
    PAGE_TOKEN,
    SocialSimulator,
    messenger_callback,
    messenger_event,
    x_activity,
)
from tests.fakes.social import x_callback as callback_of_x
from tests.gateways.support import AROUND

SECRET, VERIFY = "app-secret", "verify-me"
KEYS = Keys("key", "consumer-secret", "token", "token-secret")


@pytest.fixture
async def networks() -> AsyncIterator[SocialSimulator]:
    async with SocialSimulator() as running:
        yield running


@pytest.fixture
async def social(networks: SocialSimulator) -> AsyncIterator[SocialGateway]:
    session = aiohttp.ClientSession()
    meta = Meta(session, secret=SECRET, verify_token=VERIFY, pages={PAGE: PAGE_TOKEN}, api_url=networks.url)
    x = X(session, account="4040", keys=KEYS, api_url=networks.url)
    made = SocialGateway(session, AROUND, meta=meta, x=x, media_hosts=(".127.0.0.1",))
    yield made
    await made.close()
    await made.close()


def _post(path: str, body: bytes, headers: dict[str, str]) -> Webhook:
    url = f"http://hub.test/webhooks/social/{path}"
    return Webhook(method="POST", url=url, path=path, query={}, headers=headers, body=body)


def _get(path: str, query: dict[str, str]) -> Webhook:
    return Webhook(method="GET", url="", path=path, query=query, headers={}, body=b"")


def _meta(body: bytes) -> Webhook:
    return _post("meta", body, {"X-Hub-Signature-256": meta_codec.signature_of(SECRET, body)})


def _decoded(social: SocialGateway, *events: dict[str, Any], kind: str = "page") -> list[Any]:
    raw = social.verify(_meta(messenger_callback(*events, kind=kind)))
    return [social.decode(each) for each in raw]


def _out(text: str, address: str = f"messenger:{PAGE}:2020", **more: Any) -> Outbound:
    return Outbound(channel=Channel.SOCIAL, key="k", address=address, text=text, **more)


async def test_messages_of_messenger_and_instagram(social: SocialGateway) -> None:
    (message,) = _decoded(social, messenger_event(message={"mid": "m1", "text": "こんにちは"}))
    assert (message.address, message.text, message.account) == (f"messenger:{PAGE}:2020", "こんにちは", PAGE)
    assert message.event_id == "messenger:m1"
    (message,) = _decoded(social, messenger_event(message={"mid": "m2", "text": "hi"}), kind="instagram")
    assert message.address == f"instagram:{PAGE}:2020"


async def test_what_is_not_text(social: SocialGateway, networks: SocialSimulator) -> None:
    picture = {"type": "image", "payload": {"url": f"{networks.url}/media/1"}}
    raw = social.verify(
        _meta(messenger_callback(messenger_event(message={"mid": "m1", "attachments": [picture]})))
    )
    message = social.decode(raw[0])
    assert isinstance(message, Inbound)
    assert (message.kind, message.text) == ("image", "(画像)")
    assert b"".join([block async for block in social.fetch(raw[0], message.parts[0])]) == b"picture"
    postback = {"mid": "m3", "title": "予約", "payload": "BOOK"}
    tapped, deleted, read, delivered, reaction = _decoded(
        social,
        messenger_event(postback=postback),
        messenger_event(message={"mid": "m1", "is_deleted": True}),
        messenger_event(read={"mid": "m_9"}),
        messenger_event(delivery={"mids": ["m_8"], "watermark": 1}),
        messenger_event(reaction={"mid": "m_9", "action": "react", "emoji": "👍"}),
    )
    assert (tapped.kind, tapped.text, tapped.fields) == ("choice", "予約", {"data": "BOOK"})
    assert isinstance(deleted, Withdrawn)
    assert deleted.message == "messenger:m1"
    assert isinstance(read, Receipt)
    assert (read.sent_as, read.delivery, delivered.delivery) == ("m_9", Delivery.READ, Delivery.DELIVERED)
    assert isinstance(reaction, Inbound)
    assert (reaction.text, reaction.is_aside) == ("(リアクション / Reaction) 👍", True)


async def test_what_is_done_with_a_message(social: SocialGateway) -> None:
    removed, edited, strange = _decoded(
        social,
        messenger_event(reaction={"mid": "m1", "action": "unreact"}),
        messenger_event(message_edit={"mid": "m1", "text": "二個です", "num_edit": 1}),
        messenger_event(referral={"ref": "x"}),
    )
    assert (removed.text, removed.kind) == ("(リアクションの取り消し / Reaction removed)", "reaction")
    assert (edited.text, edited.kind, edited.is_aside) == ("(編集後 / Edited) 二個です", "edited", False)
    assert edited.refs == removed.refs == ("messenger:m1",)
    assert strange is None


@pytest.mark.parametrize("mid", ["m1", "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE" * 6])
async def test_a_message_is_taken_back_whatever_its_id(social: SocialGateway, mid: str) -> None:
    message, withdrawn = _decoded(
        social,
        messenger_event(message={"mid": mid, "text": "x"}),
        messenger_event(message={"mid": mid, "is_deleted": True}),
        kind="instagram",
    )
    assert isinstance(withdrawn, Withdrawn)
    assert withdrawn.message == message.event_id != withdrawn.event_id


async def test_stickers_reels_and_links(social: SocialGateway) -> None:
    address = {"payload": {"url": "https://scontent.fbcdn.net/s.png", "sticker_id": 1}}
    sticker, reel, link = _decoded(
        social,
        messenger_event(
            message={"mid": "m1", "attachments": [{"type": "image"} | address, {"type": "sticker"} | address]}
        ),
        messenger_event(message={"mid": "m2", "attachments": [{"type": "ig_reel", "payload": {}}]}),
        messenger_event(message={"mid": "m3", "attachments": [{"type": "fallback"}]}),
    )
    assert (sticker.kind, sticker.text, len(sticker.parts)) == ("sticker", "(スタンプ)", 1)
    assert (reel.text, link.text) == ("(リール動画)", "(リンク)")


async def test_receipts_of_several_messages_are_several(social: SocialGateway) -> None:
    callback = messenger_callback(messenger_event(delivery={"mids": ["m_1", "m_2"], "watermark": 1}))
    events = social.verify(_meta(callback))
    receipts = [social.decode(each) for each in events]
    assert [each.sent_as for each in receipts if isinstance(each, Receipt)] == ["m_1", "m_2"]
    assert [each.event_id for each in social.verify(_meta(callback))] == [each.event_id for each in events]
    only_a_time = messenger_callback(messenger_event(delivery={"watermark": 1}))
    assert [social.decode(each) for each in social.verify(_meta(only_a_time))] == [None]


async def test_messenger_says_until_when_was_read(networks: SocialSimulator) -> None:
    signs: list[Sign] = []
    session = aiohttp.ClientSession()
    meta = Meta(session, secret=SECRET, verify_token=VERIFY, pages={PAGE: PAGE_TOKEN}, api_url=networks.url)
    social = SocialGateway(session, replace(AROUND, signed=signs.append), meta=meta, x=None)
    read = messenger_callback(messenger_event(read={"watermark": 1458668856253}))
    assert social.verify(_meta(read)) == []
    address = f"messenger:{PAGE}:2020"
    assert signs == [Sign(channel=Channel.SOCIAL, address=address, read_ms=1458668856253)]
    await social.close()


async def test_long_texts_go_in_pieces(social: SocialGateway, networks: SocialSimulator) -> None:
    to = f"instagram:{PAGE}:3020"
    text = "\n".join(f"{number}番のご案内です。" * 4 for number in range(20))
    assert await social.send(_out(text, to, choices=(Choice(label="はい", data="y"),))) == "m_3"
    pieces = [said for _, said, _ in networks.shown]
    assert "".join(each.replace("\n", "") for each in pieces) == text.replace("\n", "")
    assert all(len(each.encode()) <= 1000 for each in pieces)
    assert networks.choices == [[], [], ["はい"]]
    await social.send(_out("あ" * 2500))
    assert [len(said) for _, said, _ in networks.shown[3:]] == [2000, 500]
    networks.mishaps.add(Mishap(None))  # the first piece arrives
    networks.fail_next(429)
    with pytest.raises(SendFailed, match="only in part: HTTP 429") as failed:
        await social.send(_out("い" * 2500))
    assert (failed.value.retryable, failed.value.in_doubt) == (False, True)


async def test_instagram_after_a_day(social: SocialGateway, networks: SocialSimulator) -> None:
    networks.silence_s["3020"] = 2 * DAY_S
    await social.send(_out("later", f"instagram:{PAGE}:3020"))
    assert networks.shown == [("3020", "later", "HUMAN_AGENT")]


async def test_what_is_not_ours_is_left(social: SocialGateway) -> None:
    echo = messenger_event(message={"mid": "m1", "text": "hi", "is_echo": True})
    assert social.verify(_meta(messenger_callback(echo))) == []
    other = messenger_callback(messenger_event(message={"mid": "m1", "text": "hi"}), page="999")
    assert social.verify(_meta(other)) == []
    (nobody,) = social.verify(_meta(messenger_callback({"timestamp": 1, "optin": {"user_ref": "x"}})))
    assert social.decode(nobody) is None


async def test_answers_within_a_day_and_after(social: SocialGateway, networks: SocialSimulator) -> None:
    assert await social.send(_out("hello")) == "m_1"
    networks.silence_s["2020"] = 2 * DAY_S
    assert await social.send(_out("later")) == "m_2"
    networks.silence_s["2020"] = 8 * DAY_S
    with pytest.raises(SendFailed, match="2018065") as failed:
        await social.send(_out("too late"))
    assert not failed.value.retryable
    assert networks.shown == [("2020", "hello", "RESPONSE"), ("2020", "later", "HUMAN_AGENT")]


def test_each_page_and_account_is_asked_for_patience_by_itself(social: SocialGateway) -> None:
    addresses = ("x:4040:1", "x:4040:2", "messenger:1010:1", "instagram:1010:1", "messenger:2020:1")
    assert len({social.provider(_out("?", each)) for each in addresses}) == 4


async def test_a_choice_that_opens_a_page_is_a_line(social: SocialGateway, networks: SocialSimulator) -> None:
    """What is tapped as a quick reply is sent back, and opens nothing."""
    page = Choice(label="地図", url="https://www.example.jp/map")
    await social.send(_out("?", choices=(Choice(label="はい", data="y"), page)))
    assert networks.shown[-1][1] == "?\n1. 地図 https://www.example.jp/map"
    assert networks.choices == [["はい"]]


async def test_choices_are_buttons_or_lines(social: SocialGateway, networks: SocialSimulator) -> None:
    choices = (Choice(label="はい", data="y"), Choice(label="いいえ", data="n"))
    await social.send(_out("?", choices=choices))
    await social.send(_out("?", "x:4040:3030", choices=choices))
    assert networks.choices == [["はい", "いいえ"]]
    assert networks.shown[1] == ("3030", "?\n1. はい\n2. いいえ", "dm")


@pytest.mark.parametrize("address", [f"messenger:{PAGE}:2020", "x:4040:3030"])
@pytest.mark.parametrize(
    ("status", "retryable", "in_doubt"),
    [(429, True, False), (503, True, True), (0, True, True), (200, False, True)],
)
async def test_failures(
    social: SocialGateway,
    networks: SocialSimulator,
    address: str,
    status: int,
    retryable: bool,
    in_doubt: bool,
) -> None:
    networks.fail_next(status)
    with pytest.raises(SendFailed) as failed:
        await social.send(_out("hello", address))
    assert (failed.value.retryable, failed.value.in_doubt) == (retryable, in_doubt)
    assert PAGE_TOKEN not in str(failed.value)


@pytest.mark.parametrize(
    "address", ["messenger:777:2020", "x:1:2", "nobody", "messenger:1:../..", "line:1:2"]
)
async def test_addresses_that_cannot_be(social: SocialGateway, address: str) -> None:
    with pytest.raises(SendFailed) as failed:
        await social.send(_out("hello", address))
    assert not failed.value.retryable


async def test_signs_and_names(social: SocialGateway, networks: SocialSimulator) -> None:
    address = f"instagram:{PAGE}:2020"
    await social.show(address, is_typing=True)
    await social.show(address, read="m1")
    assert networks.actions == [("2020", "typing_on"), ("2020", "mark_seen")]
    assert await social.display_name(address) == "佐藤 花子"
    networks.fail_next(500)
    await social.show(address, is_typing=True)
    networks.fail_next(500)
    assert await social.display_name(address) is None


async def test_the_questions_whether_it_is_us(social: SocialGateway) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
    answer = social.answer(_get("meta", asked))
    assert answer is not None
    assert answer.body == b"1158201444"
    with pytest.raises(WebhookRefused) as refused:
        social.answer(_get("meta", asked | {"hub.verify_token": "guess"}))
    assert refused.value.status == 403
    challenged = social.answer(_get("x", {"crc_token": "abc"}))
    assert challenged is not None
    assert x_codec.signature_of(KEYS.consumer_secret, b"abc").encode() in challenged.body
    with pytest.raises(WebhookRefused):
        social.answer(_get("elsewhere", {}))


async def test_what_is_no_message_of_x_is_stored_and_named(social: SocialGateway) -> None:
    body = json.loads(callback_of_x("hi"))
    joined = {"type": "participants_join", "id": "7", "created_timestamp": "5"}
    waved = joined | {"type": "wave", "id": "8", "wave": {"sender_id": "3030"}}
    ours = joined | {"type": "wave", "id": "9", "wave": {"sender_id": "4040"}}
    body["direct_message_events"] += [joined, waved, ours]
    signed = json.dumps(body).encode()
    headers = {"x-twitter-webhooks-signature": x_codec.signature_of(KEYS.consumer_secret, signed)}
    said, nobody, done = social.verify(_post("x", signed, headers))
    assert (nobody.event_id, nobody.address) == ("x:7", "x:7")
    assert (said.address, social.decode(nobody)) == (done.address, None)
    shown = social.decode(done)
    assert isinstance(shown, Inbound)
    assert (shown.kind, shown.text, shown.is_aside) == ("wave", "(未対応の操作 / Unsupported action)", True)


@pytest.mark.parametrize("shape", [callback_of_x, x_activity])
async def test_a_direct_message_of_x(social: SocialGateway, shape: Callable[..., bytes]) -> None:
    body = shape("こんにちは")
    signed = {"x-twitter-webhooks-signature": x_codec.signature_of(KEYS.consumer_secret, body)}
    (raw,) = social.verify(_post("x", body, signed))
    message = social.decode(raw)
    assert isinstance(message, Inbound)
    assert (message.address, message.text, message.name) == ("x:4040:3030", "こんにちは", "佐藤")
    ours = shape("sent by us", sender="4040")
    assert not list(x_codec.split(ours, "4040"))


def test_the_signature_of_oauth_is_that_of_a_known_request() -> None:
    keys = Keys("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")
    header = x_codec.authorization(keys, "POST", "https://api.x.com/2/x", nonce="kllo9940pd9333jh", at_s=1)
    assert 'oauth_consumer_key="dpf43f3p2l4k3l03"' in header
    assert header.count("oauth_signature=") == 1


@pytest.mark.parametrize("path", ["meta", "x"])
@pytest.mark.parametrize(
    "headers", [{}, {"X-Hub-Signature-256": "sha256=00", "x-twitter-webhooks-signature": "é"}]
)
async def test_what_is_not_believed(social: SocialGateway, path: str, headers: dict[str, str]) -> None:
    with pytest.raises(WebhookRefused) as refused:
        social.verify(_post(path, messenger_callback(), headers))
    assert refused.value.status == 401


async def test_files_come_from_the_networks_only(social: SocialGateway) -> None:
    event = RawEvent(channel=Channel.SOCIAL, event_id="e", address="messenger:1:2", body=b"")
    elsewhere = {"type": "image", "payload": {"url": "http://169.254.169.254/secret"}}
    (message,) = _decoded(social, messenger_event(message={"mid": "m1", "attachments": [elsewhere]}))
    with pytest.raises(FetchFailed):
        _ = [block async for block in social.fetch(event, message.parts[0])]


_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["messaging", "message", "sender", "id", "mid", "timestamp"]), inner
        )
    ),
    max_leaves=8,
)


@given(_JSON, st.binary(max_size=50))
def test_any_callback_is_read_or_refused(event: Any, junk: bytes) -> None:
    of_x = (shape("hi").replace(b'"sender_id"', junk) for shape in (callback_of_x, x_activity))
    for body in (messenger_callback(event), junk, *of_x):
        with contextlib.suppress(ValueError):
            for raw in meta_codec.split(body, {PAGE}):
                meta_codec.decode(raw)
        with contextlib.suppress(ValueError):
            list(meta_codec.signs(body, {PAGE}))
        with contextlib.suppress(ValueError):
            for raw in x_codec.split(body, "4040"):
                x_codec.decode(raw)


def test_a_social_address_is_an_identifier() -> None:
    kind = KIND_OF_CHANNEL[Channel.SOCIAL]
    assert (kind, normalise(kind, " messenger:1:2 ")) == (IdentifierKind.SOCIAL, "messenger:1:2")
    found = identifier_of(Channel.TICKET, "Hanako@example.jp")
    assert found == (IdentifierKind.EMAIL, "hanako@example.jp")
