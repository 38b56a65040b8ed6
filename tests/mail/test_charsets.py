"""What Japanese mailers write is read, and read by them in turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.mail.charsets import decode, encode_jis, guess

TEXT = "ご注文の商品が届きません。確認をお願いします。〒100-0001 東京都千代田区"


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("iso2022_jp", "ISO-2022-JP"),
        ("iso2022_jp", "iso-2022-jp-ms"),
        ("iso2022_jp", "us-ascii"),
        ("iso2022_jp", None),
        ("cp932", "Shift_JIS"),
        ("cp932", "x-sjis"),
        ("cp932", "iso-2022-jp"),
        ("cp932", None),
        ("cp932", "utf-8"),
        ("euc_jp", "EUC-JP"),
        ("euc_jp", None),
        ("utf-8", "utf-8"),
        ("utf-8", None),
        ("utf-8", "iso-2022-jp"),
        ("utf-8", "x-unknown"),
        ("utf-8", "hex"),
        ("utf-16", "utf-16"),
        ("utf-7", "utf-7"),
    ],
)
def test_text_is_read_whatever_its_label_says(codec: str, label: str | None) -> None:
    assert decode(TEXT.encode(codec), label) == TEXT


def test_signs_of_vendors_are_read() -> None:
    circled = b"\x1b$B-!\x2d\x6a\x2d\x62\x1b(B"  # NEC row 13: ①㈱№
    assert decode(circled, "iso-2022-jp") == "①㈱№"
    ibm = "髙橋、濵田、﨑".encode("cp932")
    assert decode(ibm, "shift_jis") == "髙橋、濵田、﨑"
    nec_selected = b"\x1b$B\x7a\x21\x1b(B"  # row 90 of NEC's selection of IBM's kanji
    assert len(decode(nec_selected, "iso-2022-jp")) == 1
    assert "\ufffd" not in decode(nec_selected, "iso-2022-jp")
    assert decode(b"\xad\xa1\xad\xea", "euc-jp") == "①㈱"


def test_half_width_kana_in_three_ways() -> None:
    kana = "ﾃｽﾄ"
    assert (
        decode(b"\x1b(I" + bytes(each & 0x7F for each in kana.encode("cp932")) + b"\x1b(B", "iso-2022-jp")
        == kana
    )
    assert (
        decode(b"\x0e" + bytes(each & 0x7F for each in kana.encode("cp932")) + b"\x0f", "iso-2022-jp") == kana
    )
    assert decode(b"abc " + kana.encode("cp932"), "iso-2022-jp") == f"abc {kana}"


def test_jis_that_a_line_end_interrupts_goes_on() -> None:
    raw = "一行目".encode("iso2022_jp").removesuffix(b"\x1b(B") + b"\r\n" + "二行目".encode("iso2022_jp")
    assert decode(raw, "iso-2022-jp") == "一行目\r\n二行目"


def test_supplementary_kanji_are_read() -> None:
    assert decode("丂".encode("iso2022_jp_1"), "iso-2022-jp-1") == "丂"
    assert decode("丂".encode("euc_jp"), "euc-jp") == "丂"


def test_what_is_broken_is_shown_as_far_as_it_goes() -> None:
    assert decode(TEXT.encode()[:-1], "utf-8").startswith(TEXT[:-1])
    assert decode(b"\x1b$B$3", "iso-2022-jp") == "こ"
    assert decode(b"\x1b$B$", "iso-2022-jp") == "\ufffd"
    assert decode("café".encode("latin-1"), "iso-8859-1") == "café"
    assert guess("café".encode("latin-1")) == "café"


@pytest.mark.parametrize("text", [TEXT, "〜－～￠￡￢", "ﾃｽﾄ ﾊﾟﾋﾟﾌﾟ", "abc", ""])
def test_jis_that_we_write_is_read_by_others(text: str) -> None:
    written = encode_jis(text)
    assert written is not None
    assert all(byte < 0x80 for byte in written)
    assert len(written.decode("iso2022_jp").replace(" ", "")) > 0 or not text


@pytest.mark.parametrize("text", ["①", "髙橋", "😀", "한국어"])
def test_what_jis_cannot_hold_is_not_written_in_it(text: str) -> None:
    assert encode_jis(text) is None


@given(
    st.binary(max_size=300),
    st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["iso-2022-jp", "euc-jp"])),
)
def test_no_bytes_break_it(raw: bytes, charset: str | None) -> None:
    assert isinstance(decode(raw, charset), str)
    assert isinstance(guess(raw), str)


@given(st.text(st.characters(codec="iso2022_jp", exclude_characters="\x1b\x0e\x0f\\~¥‾"), max_size=80))
def test_what_we_write_in_jis_comes_back(text: str) -> None:
    written = encode_jis(text)
    assert written is not None
    assert encode_jis(decode(written, "iso-2022-jp")) == written
