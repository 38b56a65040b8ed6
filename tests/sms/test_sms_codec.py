"""Alphabets, parts and deliveries: known bytes, and any bytes."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.contact import Channel
from gateways.protocol import Delivery, Inbound, RawEvent, Receipt
from gateways.sms import alphabet, codec, deliver
from gateways.sms.deliver import Place
from gateways.sms.provider import e164
from gateways.sms.repeats import Repeats
from gateways.sms.words import subscription

_GSM_TEXT = st.text(st.sampled_from("aZ 09@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!#¤%&*+?¡ÄÖÑÜ§¿äöñüà\n\r[]{}^~|\\€"))


def pdu(
    octets: bytes, *, source: bytes = b"819012345678", esm_class: int = 0, coding: int = 0, tlvs: bytes = b""
) -> bytes:
    """Make a deliver_sm as SMPP 3.4 §4.6.1 lays it out."""
    body = b"\0" + bytes((1, 1)) + source + b"\0" + bytes((1, 1)) + b"81312345678\0"
    body += bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, coding, 0, len(octets))) + octets + tlvs
    return pack("!IIII", 16 + len(body), 5, 0, 1) + body


def decoded(*pdus: bytes) -> object:
    event = codec.store("e", "+819012345678", codec.Stored(at_ms=5, pdus=pdus))
    return codec.decode(event, region="JP", default="gsm")


@given(st.one_of(st.text(), _GSM_TEXT))
def test_what_is_written_is_read(text: str) -> None:
    try:
        short = alphabet.write(text, 7)
    except ValueError:
        assert alphabet.count(text) > alphabet.PARTS_MAX
        return
    octets = [part[6:] if short.has_headers else part for part in short.parts]
    assert all(len(part) <= (160 if short.coding == 0 else 140) for part in short.parts)
    wholes = [alphabet.read(short.coding, each) for each in octets]
    assert "".join(each or "" for each in wholes) == text.encode("utf-16", "replace").decode("utf-16")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("[" * 80, 1),
        ("[" * 81, 2),
        ("あ" * 70, 1),
        ("あ" * 71, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("🙇" * 35, 1),
        ("🙇" * 36, 2),
        ("あ" * 134, 2),
        ("あ" * 135, 3),
    ],
)
def test_parts_are_counted(text: str, parts: int) -> None:
    assert alphabet.count(text) == parts
    assert len(alphabet.write(text, 0).parts) == parts


@pytest.mark.parametrize(
    ("coding", "octets", "text"),
    [
        (0x00, b"\x00\x1b\x65", "@€"),
        (0x03, b"caf\xe9", "café"),
        (0x08, "予約".encode("utf-16-be") + b"!", "予約"),
        (0x18, "予約".encode("utf-16-be"), "予約"),  # GSM general coding: UCS-2
        (0xF0, b"hi", "hi"),  # a flash message
        (0xF5, b"\x01\x02", None),
        (0x04, b"\x01\x02", None),
    ],
)
def test_codings(coding: int, octets: bytes, text: str | None) -> None:
    assert alphabet.read(coding, octets) == text


def test_a_message_in_its_optional_parameters_and_parts_by_sar() -> None:
    payload = pack("!HH", 0x0424, 2) + b"hi"
    sar = pack("!HHH", 0x020C, 2, 300) + pack("!HHB", 0x020E, 1, 2) + pack("!HHB", 0x020F, 1, 2)
    assert deliver.read(pdu(b"", tlvs=payload)).octets == b"hi"
    assert deliver.read(pdu(b"x", tlvs=sar)).place == Place(300, 2, 2)
    assert deliver.read(pdu(bytes.fromhex("060804012c0201") + b"x", esm_class=0x40)).place == Place(300, 2, 1)


def test_parts_that_are_missing_are_shown() -> None:
    second, third = (pdu(bytes((5, 0, 3, 9, 4, number)) + b"x", esm_class=0x40) for number in (2, 3))
    message = decoded(second, third)
    assert isinstance(message, Inbound)
    assert (message.text, message.notes) == ("[…]xx[…]", ("sms_incomplete",))


def test_a_receipt_by_its_parameters_or_its_text() -> None:
    tlvs = pack("!HH", 0x001E, 4) + b"id7\0" + pack("!HHB", 0x0427, 1, 5)
    told = [
        decoded(pdu(b"", esm_class=4, tlvs=tlvs)),
        decoded(pdu(b"ID:id7 stat:UNDELIV err:21", esm_class=4)),
    ]
    for receipt in told:
        assert isinstance(receipt, Receipt)
        assert (receipt.sent_as, receipt.delivery) == ("id7", Delivery.FAILED)
    assert decoded(pdu(b"id:id7 stat:ENROUTE", esm_class=4)) is None
    assert isinstance(decoded(pdu(b"hi", tlvs=tlvs[:8])), Inbound), "an id alone makes no receipt"


@given(st.binary(max_size=300), st.integers(0, 255), st.integers(0, 255))
def test_any_octets_are_read_or_refused(octets: bytes, esm_class: int, coding: int) -> None:
    for body in (octets, pdu(octets[:255], esm_class=esm_class, coding=coding)):
        try:
            decoded(body)
        except ValueError:
            continue


@given(st.binary(max_size=200))
def test_any_stored_body_is_read_or_refused(body: bytes) -> None:
    event = RawEvent(channel=Channel.SMS, event_id="e", address="x", body=body)
    try:
        codec.decode(event, region="JP", default="gsm")
    except ValueError:
        return


@pytest.mark.parametrize(
    ("number", "is_international", "found"),
    [
        ("819012345678", True, "+819012345678"),
        ("09012345678", False, "+819012345678"),
        ("+819012345678", False, "+819012345678"),
        ("12345", False, None),
        ("AMAZON", False, None),
        ("", True, None),
    ],
)
def test_senders(number: str, is_international: bool, found: str | None) -> None:
    assert e164(number, "JP", is_international=is_international) == found


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("STOP", False),
        (" stop.", False),
        ("ＳＴＯＰ", False),
        ("配信停止。", False),
        ("Start", True),
        ("再開", True),
        ("stop it please", None),
        ("キャンセル", None),
        ("", None),
    ],
)
def test_stop_words(text: str, wish: bool | None) -> None:
    assert subscription(text) is wish


def test_repetitions() -> None:
    repeats, told = Repeats(), pdu(b"yes")
    first = repeats.id_of(told, 1, 0.0, "a")
    assert repeats.id_of(told, 1, 1.0, "b") == first  # the same sequence number: sent again
    second = repeats.id_of(told, 2, 2.0, "c")
    assert second != first
    repeats.session_lost(40.0)  # long after the answer: no doubt
    assert repeats.id_of(told, 1, 41.0, "d") not in (first, second)
    third = repeats.id_of(told, 5, 50.0, "e")
    repeats.session_lost(55.0)
    assert repeats.id_of(told, 1, 60.0, "f") == third
    assert repeats.id_of(told, 2, 61.0, "g") != third
