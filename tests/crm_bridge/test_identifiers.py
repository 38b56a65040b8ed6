"""Addresses in the forms in which people and networks write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.contact import Channel
from crm_bridge.identifiers import KIND_OF_CHANNEL, IdentifierKind, LinkedBy, normalise

TOKYO = "+81312345678"
MOBILE = "+819012345678"

PHONES = [
    # national forms
    ("0312345678", TOKYO),
    ("03-1234-5678", TOKYO),
    ("03(1234)5678", TOKYO),
    ("(03)1234-5678", TOKYO),
    ("(03) 1234-5678", TOKYO),
    ("03 1234 5678", TOKYO),
    ("03.1234.5678", TOKYO),
    ("03/1234/5678", TOKYO),
    ("  03-1234-5678\n", TOKYO),
    ("09012345678", MOBILE),
    ("090-1234-5678", MOBILE),
    ("070-1234-5678", "+817012345678"),
    ("060-1234-5678", "+816012345678"),
    ("050-1234-5678", "+815012345678"),
    ("06-6123-4567", "+81661234567"),
    ("0139-52-1234", "+81139521234"),
    ("0120-123-456", "+81120123456"),
    ("0800-123-4567", "+818001234567"),
    ("0570-000-123", "+81570000123"),
    # signs of Japanese keyboards
    ("０３１２３４５６７８", TOKYO),
    ("０３－１２３４－５６７８", TOKYO),
    ("０３ー１２３４ー５６７８", TOKYO),
    ("０３‐１２３４‐５６７８", TOKYO),
    ("０３（１２３４）５６７８", TOKYO),
    ("０３\u3000１２３４\u3000５６７８", TOKYO),
    ("＋８１３１２３４５６７８", TOKYO),
    ("03−1234−5678", TOKYO),
    ("03–1234–5678", TOKYO),
    ("03ｰ1234ｰ5678", TOKYO),
    # with the country code
    ("+81312345678", TOKYO),
    ("+81 3 1234 5678", TOKYO),
    ("+81-3-1234-5678", TOKYO),
    ("+81 (0)3-1234-5678", TOKYO),
    ("+81(0)3 1234 5678", TOKYO),
    ("+810312345678", TOKYO),
    ("81312345678", TOKYO),
    ("819012345678", MOBILE),
    # caller id switched by prefix
    ("1840312345678", TOKYO),
    ("1860312345678", TOKYO),
    ("184-03-1234-5678", TOKYO),
    ("184 03-1234-5678", TOKYO),
    ("186-090-1234-5678", MOBILE),
    ("186(03)1234-5678", TOKYO),
    ("184+81312345678", TOKYO),
    ("18481312345678", TOKYO),
    ("186+819012345678", MOBILE),
    # from abroad, and by a chosen carrier
    ("0081312345678", TOKYO),
    ("00819012345678", MOBILE),
    ("00-81-3-1234-5678", TOKYO),
    ("００８１３１２３４５６７８", TOKYO),
    ("010-81-90-1234-5678", MOBILE),
    ("010819012345678", MOBILE),
    ("0033-010-81-3-1234-5678", TOKYO),
    ("001-010-1-212-555-0123", "+12125550123"),
    ("0061010 1 212 555 0123", "+12125550123"),
    ("８１９０１２３４５６７８", MOBILE),
    ("＋８１（９０）１２３４ー５６７８", MOBILE),
    ("090\u20111234\u20115678", MOBILE),
    # service numbers
    ("+81120444444", "+81120444444"),
    ("0800-919-1234", "+818009191234"),
    ("0990-123-456", "+81990123456"),
    ("０５０－５５５５－１２３４", "+815055551234"),
    # other countries
    ("+12125550123", "+12125550123"),
    ("+1 (212) 555-0123", "+12125550123"),
    ("010-1-212-555-0123", "+12125550123"),
    ("01012125550123", "+12125550123"),
    ("184010-1-212-555-0123", "+12125550123"),
    ("+82 2-312-3456", "+8223123456"),
    ("+44 20 7946 0958", "+442079460958"),
    # as SIP carries them
    ("sip:+81312345678@192.0.2.1", TOKYO),
    ("sip:0312345678@trunk.example;user=phone", TOKYO),
    ("sips:+81312345678@trunk.example:5061", TOKYO),
    ('"Sato" <sip:+81312345678@trunk.example>;tag=1', TOKYO),
    ("sip:09012345678;npdi;rn=+8190@carrier.example;user=phone", MOBILE),
    ("<sip:+819012345678@ims.mnc010.mcc440.3gppnetwork.org;user=phone>", MOBILE),
    ("tel:+81-90-1234-5678;phone-context=+81", MOBILE),
    ("tel:+81-3-1234-5678", TOKYO),
    ("tel:0312345678;phone-context=+81", TOKYO),
]

NOBODY = [
    None,
    "",
    " ",
    "anonymous",
    "Anonymous",
    "sip:anonymous@anonymous.invalid",
    '"Anonymous" <sip:anonymous@anonymous.invalid>',
    "unavailable",
    "Restricted",
    "Unknown",
    "asterisk",
    "非通知",
    "P",
    "O",
    "110",
    "119",
    "117",
    "104",
    "#7",
    "*21",
    "184",
    "186",
    "0",
    "00",
    "1001",
    "201",
    "12345",
    "12345678",
    "312345678",
    "9012345678",
    "0000000000",
    "00000000000",
    "09000000",
    "031234567",
    "0312345678901234",
    "0033-03-1234-5678",
    "0077-010",
    "00",
    "008",
    "12125550123",
    "+",
    "+81",
    "+8110",
    "+0312345678",
    "++81312345678",
    "+999123456789",
    "03-1234-5678 090-1234-5678",
    "03-1234-ABCD",
    "1-800-FLOWERS",
    "03-1234-5678 ext 12",
    "03-1234-5678;drop",
    "sip:@trunk.example",
    "\x00",
    "٠٣١٢٣٤٥٦٧٨x",
]


@pytest.mark.parametrize(("raw", "expected"), PHONES)
def test_phone_becomes_e164(raw: str, expected: str) -> None:
    assert normalise(IdentifierKind.PHONE, raw) == expected


@pytest.mark.parametrize("raw", NOBODY)
def test_what_names_nobody_is_none(raw: str | None) -> None:
    assert normalise(IdentifierKind.PHONE, raw) is None


def test_the_forms_are_many() -> None:
    assert len(PHONES) >= 75
    assert len({raw for raw, _ in PHONES}) == len(PHONES)


def test_other_regions_have_their_own_forms() -> None:
    assert normalise(IdentifierKind.PHONE, "(212) 555-0123", region="US") == "+12125550123"
    assert normalise(IdentifierKind.PHONE, "020 7946 0958", region="GB") == "+442079460958"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Sato@Example.JP", "sato@example.jp"),
        (" sato@example.jp ", "sato@example.jp"),
        ("佐藤 <Sato@Example.jp>", "sato@example.jp"),
        ("mailto:sato@example.jp", "sato@example.jp"),
        ("ｓａｔｏ＠ｅｘａｍｐｌｅ．ｊｐ", "sato@example.jp"),
        ("sato+line@example.jp", "sato+line@example.jp"),
        ("sato@日本語.jp", "sato@xn--wgv71a119e.jp"),
        ("sato..x.@docomo.ne.jp", "sato..x.@docomo.ne.jp"),
        ("", None),
        ("sato", None),
        ("@example.jp", None),
        ("sato@", None),
        ("sato@localhost", None),
        ("sato @example.jp", "sato@example.jp"),
        ("a@b@example.jp", None),
        ("<>", None),
        (f"{'a' * 250}@example.jp", None),
    ],
)
def test_email(raw: str, expected: str | None) -> None:
    assert normalise(IdentifierKind.EMAIL, raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (" U4af4980629f4c1d0a0b0c0d0e0f00102 ", "U4af4980629f4c1d0a0b0c0d0e0f00102"),
        ("", None),
        ("U 1", None),
        ("佐藤", None),
        ("U" * 129, None),
    ],
)
def test_line_id_stays_as_it_is(raw: str, expected: str | None) -> None:
    assert normalise(IdentifierKind.LINE, raw) == expected


@given(st.sampled_from(IdentifierKind), st.text(max_size=40), st.sampled_from(["JP", "US"]))
def test_normalising_twice_changes_nothing(kind: IdentifierKind, raw: str, region: str) -> None:
    once = normalise(kind, raw, region=region)
    assert normalise(kind, once, region=region) == once


@given(st.from_regex(r"(184|186)?(\+81|0|010|\+)[0-9 ()ー\-]{6,14}", fullmatch=True))
def test_normalising_near_numbers_twice_changes_nothing(raw: str) -> None:
    once = normalise(IdentifierKind.PHONE, raw)
    assert once is None or (once.startswith("+") and once[1:].isdecimal())
    assert normalise(IdentifierKind.PHONE, once) == once


@given(st.one_of(st.emails(), st.text(max_size=20).map("{}@example.jp".format)))
def test_normalising_addresses_twice_changes_nothing(raw: str) -> None:
    once = normalise(IdentifierKind.EMAIL, raw)
    assert normalise(IdentifierKind.EMAIL, once) == once


def test_calls_messages_and_faxes_of_a_number_are_one_identifier() -> None:
    channels = (Channel.VOICE, Channel.SMS, Channel.FAX)
    assert {KIND_OF_CHANNEL[channel] for channel in channels} == {IdentifierKind.PHONE}


def test_caller_id_proves_nothing() -> None:
    assert {how for how in LinkedBy if how.is_proof} == {
        LinkedBy.SIGNED_LINK,
        LinkedBy.ACCOUNT_LINK,
        LinkedBy.CALL_CODE,
        LinkedBy.AGENT,
    }
