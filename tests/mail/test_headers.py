"""Headers of mailers that know the standards, and of those that do not."""

from base64 import b64encode
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.mail.headers import Headers, file_name, words

NAME = "見積書（表）2026年.pdf"


def test_encoded_words_are_read() -> None:
    assert words(b"=?utf-8?B?44GT44KT?= =?UTF-8?Q?_=E3=81=AB?=") == "こん に"
    jis = b64encode("注文について".encode("iso2022_jp"))
    assert words(b"Re: =?ISO-2022-JP?B?" + jis + b"?=") == "Re: 注文について"


def test_a_character_cut_in_two_by_the_mailer_is_whole_again() -> None:
    raw = "注文の件".encode()
    one, two = b64encode(raw[:4]), b64encode(raw[4:])
    assert words(b"=?utf-8?B?" + one + b"?=\r\n =?utf-8?B?" + two + b"?=") == "注文の件"


@pytest.mark.parametrize("codec", ["iso2022_jp", "cp932", "utf-8", "euc_jp"])
def test_headers_that_are_not_encoded_are_guessed(codec: str) -> None:
    headers = Headers(b"Subject: " + "ご注文の確認をお願いします".encode(codec) + b"\r\n")
    assert headers.text("Subject") == "ご注文の確認をお願いします"


def test_broken_words_do_no_harm() -> None:
    assert words(b"=?utf-8?B?44GT44K?=") == "こ\ufffd"
    assert words(b"=?utf-8?X?abc?=") == "=?utf-8?X?abc?="
    assert words(b'"=?utf-8?Q?=E8=A1=A8?="') == '"表"'


@pytest.mark.parametrize(
    "parameter",
    [
        b"filename*=UTF-8''" + quote_from_bytes(NAME.encode()).encode(),
        b"filename*=iso-2022-jp''" + quote_from_bytes(NAME.encode("iso2022_jp")).encode(),
        b"filename*0*=UTF-8''" + quote_from_bytes(NAME.encode()[:9]).encode()
        + b";\r\n filename*1*=" + quote_from_bytes(NAME.encode()[9:]).encode(),
        b"filename*1=2026\xe5\xb9\xb4.pdf; filename*0=\"" + "見積書（表）".encode() + b'"',
        b'filename="=?UTF-8?B?' + b64encode(NAME.encode()) + b'?="',
        b'filename="=?ISO-2022-JP?B?' + b64encode(NAME.encode("iso2022_jp")) + b'?="',
        b"filename==?UTF-8?B?" + b64encode(NAME.encode()) + b"?=",
        b'filename="' + NAME.encode("cp932") + b'"',
        b'filename="' + NAME.encode("iso2022_jp") + b'"',
        b'filename="' + NAME.encode() + b'"',
    ],
)  # fmt: skip
def test_file_names_in_all_ways(parameter: bytes) -> None:
    headers = Headers(b"Content-Disposition: attachment;\r\n " + parameter + b"\r\n")
    assert headers.parameter("Content-Disposition", "filename") == NAME


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\報告.xlsx", "報告.xlsx"),
        ("evil\u202efdp.exe", "evil_fdp.exe"),
        ("<script>alert(1)</script>.png", "script_.png"),
        ("a\r\nX-Injected: 1.txt", "a_X-Injected_ 1.txt"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        ("あ" * 300 + ".pdf", "あ" * 115 + ".pdf"),
        ("", "file"),
    ],
)
def test_a_file_name_is_only_a_name(given_name: str, kept: str) -> None:
    cleaned = file_name(given_name, "file")
    assert len(cleaned) <= 120
    assert cleaned.endswith(kept[-8:])
    assert not set(cleaned) & set('/\\:*?"<>|\r\n\u202e')


def test_addresses_are_taken_apart() -> None:
    jis = b64encode("山田, 花子".encode("iso2022_jp"))
    headers = Headers(
        b"From: =?ISO-2022-JP?B?" + jis + b"?= <Hanako@Customer.TEST>\r\nTo: a..b.@docomo.test, x@y.test\r\n"
    )
    assert headers.address("From") == ("山田, 花子", "hanako@customer.test")
    assert [address for _, address in headers.addresses("To")] == ["a..b.@docomo.test", "x@y.test"]
    assert Headers(b"From: nonsense <<hanako@customer.test\r\n").address("From")[1] == "hanako@customer.test"
    assert Headers(b"Subject: x\r\n").address("From") == ("", "")


@given(st.binary(max_size=400))
def test_no_header_breaks_it(raw: bytes) -> None:
    headers = Headers(raw)
    for name in headers.names() | {"from", "content-type"}:
        headers.text(name)
        headers.addresses(name)
        headers.parameter(name, "charset")
        headers.ids(name)
