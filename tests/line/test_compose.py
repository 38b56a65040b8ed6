"""Messages of the hub in LINE's form, held against the models of LINE's SDK and its limits."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from linebot.v3.messaging import PushMessageRequest

from gateways.errors import SendFailed
from gateways.files import StoredFile
from gateways.line.compose import REQUEST_MAX, TEXT_MAX, compose
from gateways.line.stickers import PACKAGES
from gateways.line.utf16 import clean, fitting, split, units
from gateways.protocol import Choice, Outbound
from gateways.stickers import Sticker, sticker_of
from tests.fakes.line_checks import refuse
from tests.line.support import USER, LinkedFiles, outbound

LINK = LinkedFiles().link
PICTURE = StoredFile(id="p", name="写真.png", type="image/png", size=1024 * 1024)
PAPER = StoredFile(id="d", name="見積書.pdf", type="application/pdf", size=2_500_000)


def _made(message: Outbound) -> list[dict[str, Any]]:
    """Return the message objects, which LINE would take."""
    requests = compose(message, LINK)
    for each in requests:
        assert 1 <= len(each) <= REQUEST_MAX
        assert refuse(PushMessageRequest, {"to": USER, "messages": each}) is None
    return [each for request in requests for each in request]


def test_a_text_is_a_text() -> None:
    assert _made(outbound(text="はい\n😀")) == [{"type": "text", "text": "はい\n😀"}]


def test_long_texts_are_split_where_a_line_ends() -> None:
    line = "あ" * 99 + "\n"
    texts = [each["text"] for each in _made(outbound(text=line * 120))]
    assert [len(each) for each in texts] == [5000, 5000, 2000]
    assert all(each.endswith("\n") for each in texts)
    many = compose(outbound(text="x" * (TEXT_MAX * 6 + 1)), LINK)
    assert [len(each) for each in many] == [5, 2]


@pytest.mark.parametrize("text", ["", "  \n ", "\u3000"])
def test_nothing_is_not_sent(text: str) -> None:
    with pytest.raises(SendFailed, match="nothing to send") as failed:
        compose(outbound(text=text), LINK)
    assert not failed.value.retryable


def test_pictures_are_shown_and_other_files_are_cards() -> None:
    big = StoredFile(id="b", name="big.jpg", type="image/jpeg", size=PICTURE.size + 1)
    text, picture, paper, large = _made(outbound(text="ご覧ください", files=(PICTURE, PAPER, big)))
    url = "https://files.test/files/p"
    assert text == {"type": "text", "text": "ご覧ください"}
    assert picture == {"type": "image", "originalContentUrl": url, "previewImageUrl": url}
    assert (paper["type"], paper["altText"], large["type"]) == ("flex", "見積書.pdf", "flex")
    assert paper["contents"]["body"]["contents"][0]["text"] == "見積書.pdf\n2.4 MB"
    (button,) = paper["contents"]["footer"]["contents"]
    assert button["action"]["uri"] == "https://files.test/files/d"
    (insecure,) = compose(outbound(text="", files=(PICTURE,)), lambda _: "http://127.0.0.1/files/p")[0]
    assert insecure["type"] == "flex"


def test_choices_are_quick_replies() -> None:
    choices = (Choice(label="はい", data="yes"), Choice(label="いいえ"))
    (message,) = _made(outbound(text="よろしいですか", choices=choices))
    first, second = (item["action"] for item in message["quickReply"]["items"])
    assert first == {"type": "postback", "label": "はい", "data": '["はい","yes"]', "displayText": "はい"}
    assert second == {"type": "message", "label": "いいえ", "text": "いいえ"}
    many = _made(outbound(text="x" * TEXT_MAX + "y", files=(PICTURE,), choices=choices))
    assert ["quickReply" in each for each in many] == [False, False, True]


def test_a_menu_of_channels_stays_in_the_talk() -> None:
    choices = (
        Choice(label="電話する", url="tel:0312345678"),
        Choice(label="ブラウザーで話す", url="https://hub.test/go/1"),
        Choice(label="担当者とこのまま話す", data="agent"),
        Choice(label="メール", url="mailto:a@example.jp"),
    )
    (menu,) = _made(outbound(text="どの方法になさいますか", choices=choices))
    assert menu["altText"].startswith("どの方法になさいますか")
    body = menu["contents"]["body"]["contents"][0]["text"]
    assert body == "どの方法になさいますか\nメール: mailto:a@example.jp"
    actions = [each["action"]["type"] for each in menu["contents"]["footer"]["contents"]]
    assert actions == ["uri", "uri", "postback"]


def test_many_choices_or_long_ones_are_a_menu() -> None:
    long = tuple(
        Choice(label=f"{number}番目の少し長い選択肢です。お選びください", data=str(number))
        for number in range(2)
    )
    many = tuple(Choice(label=str(number), data=str(number)) for number in range(45))
    assert [each["type"] for each in _made(outbound(text="どれ", choices=long))] == ["flex"]
    assert [each["type"] for each in _made(outbound(text="", choices=many))] == ["flex"] * 3
    after_text = _made(outbound(text="長" * 501, choices=long))
    assert [each["type"] for each in after_text] == ["text", "flex"]


def test_too_much_behind_a_choice_is_refused() -> None:
    (message,) = _made(outbound(choices=(Choice(label="x", data="d" * 300),)))
    assert message["quickReply"]["items"][0]["action"]["data"] == "d" * 300
    with pytest.raises(SendFailed, match="300"):
        compose(outbound(choices=(Choice(label="x", data="d" * 301),)), LINK)


NATIVE = [
    '{"type": "sticker", "packageId": "446", "stickerId": "1988"}',
    '{"type": "video", "originalContentUrl": "https://a.test/v.mp4", "previewImageUrl": "https://a.test/p.jpg"}',
    '{"type": "audio", "originalContentUrl": "https://a.test/a.m4a", "duration": 60000}',
    '{"type": "textV2", "text": "Hello"}',
    '{"type": "coupon", "couponId": "c"}',
    """{"type": "imagemap", "baseUrl": "https://a.test/m", "altText": "map",
        "baseSize": {"width": 1040, "height": 1040},
        "actions": [{"type": "uri", "linkUri": "https://a.test",
            "area": {"x": 0, "y": 0, "width": 9, "height": 9}}]
    }""",
    """{"type": "template", "altText": "a", "template": {"type": "confirm", "text": "?", "actions": [
        {"type": "message", "label": "yes", "text": "yes"},
        {"type": "datetimepicker", "label": "when", "data": "w", "mode": "date"}]}}""",
    '[{"type": "text", "text": "1"}, {"type": "text", "text": "2"}]',
]


@pytest.mark.parametrize("json", NATIVE)
def test_any_message_of_lines_own_form_goes_as_it_is(json: str) -> None:
    made = _made(outbound(fields={"kind": "line", "json": json}, choices=(Choice(label="はい", data="y"),)))
    assert "quickReply" in made[-1]
    assert made[0]["type"] in json


def test_every_sticker_of_the_list_goes_out_and_stands_in_it_once() -> None:
    every = [(package.id, each.id) for package in PACKAGES for each in package.stickers]
    assert len(every) == len({sticker for _, sticker in every}) == 6 * 40 + 9 * 24
    for package, sticker in every:
        fields = {"kind": "sticker", "package": package, "sticker": sticker}
        assert _made(outbound(fields=fields))[0]["stickerId"] == sticker
    assert sticker_of(PACKAGES, "8515", "16581242") == Sticker("16581242", "了解です", "All right")
    assert sticker_of(PACKAGES, "446", "16581242") is None


def test_stickers_and_places_take_the_place_of_the_text() -> None:
    sticker = {"kind": "sticker", "package": "446", "sticker": "1988"}
    assert _made(outbound(fields=sticker)) == [{"type": "sticker", "packageId": "446", "stickerId": "1988"}]
    place = {"kind": "place", "title": "東京駅", "latitude": "35.68", "longitude": "139.76"}
    (location,) = _made(outbound(fields=place))
    assert (location["title"], location["address"], location["latitude"]) == ("東京駅", "東京駅", 35.68)
    assert _made(outbound(text="はい", fields={"kind": "of another channel"})) == [
        {"type": "text", "text": "はい"}
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "sticker", "package": "1"},
        {"kind": "place", "latitude": "north", "longitude": "1"},
        {"kind": "line", "json": "[1]"},
        {"kind": "line", "json": '{"text": "no type"}'},
        {"kind": "line"},
    ],
)
def test_half_a_message_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(SendFailed, match="expected a whole") as failed:
        compose(outbound(fields=fields), LINK)
    assert not failed.value.retryable


_text = st.text(st.characters(), max_size=60)
_choices = st.builds(
    Choice,
    label=_text,
    data=st.none() | _text,
    url=st.none() | st.sampled_from(["tel:1", "ftp://x", "http://["]),
)
_files = st.builds(
    StoredFile,
    id=st.just("f"),
    name=_text,
    type=st.sampled_from(["image/png", "x/y"]),
    size=st.integers(0, 2**40),
)


@given(_text, st.lists(_choices, max_size=20), st.lists(_files, max_size=7))
@example("", [Choice(label="", data="\ud800")], [])
def test_whatever_is_to_be_said_line_takes_it(
    text: str, choices: list[Choice], files: list[StoredFile]
) -> None:
    message = outbound(text=text, choices=tuple(choices), files=tuple(files))
    with suppress(SendFailed):  # there was nothing to send
        _made(message)
        return
    assert (clean(text).strip(), choices, files) == ("", [], [])


@given(st.text(st.sampled_from("a あ😀\n。\u200d\u0301👨"), max_size=200), st.integers(4, 30))
def test_pieces_are_the_text(text: str, most: int) -> None:
    pieces = split(text, most)
    assert all(0 < units(each) <= most for each in pieces)
    rest = text
    for each in pieces:
        blank, found, rest = rest.partition(each)
        assert found
        assert not blank.strip()
    assert not rest.strip()


@given(st.text(st.characters()), st.integers(2, 30))
def test_lengths_are_lines(text: str, most: int) -> None:
    whole = clean(text)
    assert units(whole) == len(whole.encode("utf-16-le")) // 2
    assert units(fitting(whole, most)) <= most
    assert fitting(whole, max(units(whole), 2)) == whole
