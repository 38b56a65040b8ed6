"""Web chat without sockets: frames, stored events, tokens, limits, uploads, the gateway."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from gateways.chat.account import ChatAccount
from gateways.chat.codec import event_of, incoming_of, line_of_event
from gateways.chat.frames import Hello, Lines, Page, Rate, Say, ToWidget, parse, ref_of
from gateways.chat.gateway import ChatGateway, ChatRules, RoomsAway
from gateways.chat.limits import ChatGuard, ChatLimits
from gateways.chat.tokens import Tokens
from gateways.chat.uploads import BLOCK, Upload, Uploads, UploadTooLarge
from gateways.errors import FetchFailed, SendFailed
from gateways.protocol import Choice, Inbound, Outbound, Part, Rating
from hub.errors import SettingsInvalid
from hub.settings import load_settings
from tests.gateways.test_registry import AROUND

SESSION = "s" * 22
SAY = Say(id="message-1", text="こんにちは")


def _gateway() -> ChatGateway:
    return ChatGateway(ChatRules(origins=frozenset(), limits=ChatLimits()), AROUND)


def test_a_message_comes_out_of_the_inbox_as_it_went_in() -> None:
    say = Say(
        id="message-1",
        text="届きません\x00",
        name="鈴木",
        fields={"order": "A-12"},
        page=Page(url="https://shop.example.jp/cart", title="カート"),
        link="K7QM-2X9D",
    )
    files = [Upload(id="upload-1", name="写真.png", type="image/png", size=7)]
    event = event_of(say, SESSION, 1_000, files)
    assert (event.event_id, event.address) == (f"{SESSION}:message-1", SESSION)
    assert incoming_of(event) == Inbound(
        channel=Channel.CHAT,
        event_id=f"{SESSION}:message-1",
        address=SESSION,
        text="届きません",
        at_ms=1_000,
        parts=(Part(name="写真.png", type="image/png", source="upload-1", size=7),),
        link="K7QM-2X9D",
        name="鈴木",
        fields={"order": "A-12"},
        page={"url": "https://shop.example.jp/cart", "title": "カート"},
    )


def test_a_choice_a_file_and_a_rating_are_told_apart() -> None:
    choice = incoming_of(event_of(Say(id="message-2", text="はい", data="yes"), SESSION, 1))
    assert isinstance(choice, Inbound)
    assert (choice.kind, choice.text, choice.fields) == ("choice", "はい", {"data": "yes"})
    files = [Upload(id="upload-1", name="a.pdf", type="application/pdf", size=1)]
    file = incoming_of(event_of(Say(id="message-3", text=""), SESSION, 1, files))
    assert isinstance(file, Inbound)
    assert file.kind == "file"
    rated = event_of(Rate(id="rating-01", stars=4, text="助かりました"), SESSION, 5)
    assert incoming_of(rated) == Rating(
        channel=Channel.CHAT,
        event_id=f"{SESSION}:rating-01",
        address=SESSION,
        stars=4,
        text="助かりました",
        at_ms=5,
    )
    assert line_of_event(rated) is None


def test_an_address_that_is_no_web_page_is_not_shown_to_agents() -> None:
    say = Say(id="message-1", text="x", page=Page(url="javascript:alert(1)", title="t"))
    inbound = incoming_of(event_of(say, SESSION, 1))
    assert isinstance(inbound, Inbound)
    assert inbound.page == {"url": "", "title": "t"}


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "[]",
        '{"type":"say"}',
        '{"type":"say","id":"short","text":"x"}',
        '{"type":"say","id":"message-1","text":"' + "x" * 5_001 + '"}',
        '{"type":"say","id":"../../etc","text":"x"}',
        '{"type":"rate","id":"rating-01","stars":6}',
        '{"type":"welcome"}',
        "[" * 100_000,
    ],
)
def test_a_frame_that_is_none_is_refused_without_being_quoted(frame: str) -> None:
    with pytest.raises(ValueError, match="not a frame of the chat protocol"):
        parse(frame)


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")))
def test_no_text_brings_the_codec_down(text: str) -> None:
    try:
        parse(text)
    except ValueError:
        assert len(ref_of(text)) <= 48


def test_unknown_fields_are_passed_over() -> None:
    assert parse('{"type":"hello","after_ms":5,"colour":"red"}') == Hello(after_ms=5)


def test_a_token_is_its_session_s_and_nobody_else_s() -> None:
    tokens, session = Tokens(b"k" * 32), Tokens(b"k" * 32).new_session()
    token = tokens.issue(session)
    assert tokens.read(token) == session
    assert Tokens(b"x" * 32).read(token) is None
    other = ("-" if token[0] == "_" else "_") + token[1:]
    for wrong in ("", session, token[:-1], other, "ü"):
        assert tokens.read(wrong) is None


def test_an_address_has_so_many_sockets_and_so_many_new_ones() -> None:
    guard = ChatGuard(ChatLimits(sockets=2))
    assert guard.join("192.0.2.1", 0)
    assert guard.join("192.0.2.1", 0)
    assert not guard.join("192.0.2.1", 0)
    assert guard.join("192.0.2.2", 0)
    guard.leave("192.0.2.1")
    assert guard.join("192.0.2.1", 0)
    for _ in range(8):
        guard.leave("192.0.2.1")
        guard.join("192.0.2.1", 0)
    guard.leave("192.0.2.1")
    assert not guard.join("192.0.2.1", 0), "it came too often"
    assert guard.join("192.0.2.1", 60)


def test_a_session_speaks_so_often_and_is_told_when_again() -> None:
    guard = ChatGuard(ChatLimits(messages_per_min=60))
    for _ in range(10):
        assert guard.say(SESSION, "192.0.2.1", 0) == 0
    wait_s = guard.say(SESSION, "192.0.2.1", 0)
    assert wait_s == pytest.approx(1)
    assert guard.say("another", "192.0.2.1", 0) == 0
    assert guard.say(SESSION, "192.0.2.1", wait_s) == 0


async def _blocks(*blocks: bytes) -> AsyncIterator[bytes]:
    for block in blocks:
        yield block


async def test_a_file_is_read_as_it_was_written(engine: AsyncEngine) -> None:
    uploads = Uploads(engine, size_max=3 * BLOCK)
    whole = bytes(range(256)) * (BLOCK // 100)
    kept = await uploads.put(SESSION, "a.bin", "application/x", _blocks(whole[:1000], whole[1000:]))
    assert (kept.name, kept.size) == ("a.bin", len(whole))
    assert await uploads.of(SESSION, [kept.id, "unknown"]) == (kept,)
    assert await uploads.of("another", [kept.id]) == ()
    gateway = _gateway()
    gateway.uploads = uploads
    event = event_of(SAY, SESSION, 1, [kept])
    inbound = incoming_of(event)
    assert isinstance(inbound, Inbound)
    assert b"".join([block async for block in gateway.fetch(event, inbound.parts[0])]) == whole
    with pytest.raises(FetchFailed):
        _ = [block async for block in uploads.read("another", kept.id)]


async def test_a_file_that_is_too_large_or_cut_short_is_none(engine: AsyncEngine) -> None:
    uploads = Uploads(engine, size_max=10)
    with pytest.raises(UploadTooLarge):
        await uploads.put(SESSION, "a.bin", "", _blocks(b"x" * 11))

    async def cut() -> AsyncIterator[bytes]:
        yield b"12345"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await uploads.put(SESSION, "b.bin", "", cut())
    await uploads.purge()
    assert (await uploads.put(SESSION, "c.bin", "", _blocks())).size == 0


class _Rooms:
    def __init__(self, *, is_away: bool = False) -> None:
        self.told: list[tuple[str, ToWidget]] = []
        self._is_away = is_away

    async def tell(self, session: str, frame: ToWidget) -> None:
        self.told.append((session, frame))
        if self._is_away:
            raise RoomsAway("Redis is away")


async def test_a_message_of_ours_goes_to_the_session_s_sockets() -> None:
    gateway, rooms = _gateway(), _Rooms()
    gateway.rooms = rooms
    choices = (Choice(label="はい", data="yes"), Choice(label="地図", url="https://example.jp/map"))
    message = Outbound(channel=Channel.CHAT, key="m1", address=SESSION, text="いかがですか", choices=choices)
    assert await gateway.send(message) == "m1"
    ((session, frame),) = rooms.told
    assert session == SESSION
    assert isinstance(frame, Lines)
    (line,) = frame.lines
    assert (line.id, line.text, line.mine) == ("m1", "いかがですか", False)
    assert [each.label for each in line.choices] == ["はい", "地図"]


async def test_what_may_not_have_reached_another_hub_is_sent_again() -> None:
    gateway = _gateway()
    gateway.rooms = _Rooms(is_away=True)
    with pytest.raises(SendFailed) as failed:
        await gateway.send(Outbound(channel=Channel.CHAT, key="m1", address=SESSION, text="x"))
    assert failed.value.retryable
    assert failed.value.in_doubt
    await gateway.show(SESSION, is_typing=True)  # never raises


def test_the_account_names_the_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not load_settings(ChatAccount).is_set_up
    monkeypatch.setenv("TORITSUGI_CHAT_ORIGINS", "https://www.example.jp/, http://127.0.0.1:8080")
    monkeypatch.setenv("TORITSUGI_CHAT_PROXIES", "127.0.0.1,10.0.0.0/8")
    rules = load_settings(ChatAccount).build(AROUND).rules
    assert rules.origins == {"https://www.example.jp", "http://127.0.0.1:8080"}
    assert rules.proxies == (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))


@pytest.mark.parametrize("wrong", ["example.jp", "*", "https://example.jp/shop", "ftp://example.jp"])
def test_what_is_no_site_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("TORITSUGI_CHAT_ORIGINS", wrong)
    with pytest.raises(SettingsInvalid, match="CHAT_ORIGINS"):
        load_settings(ChatAccount)
