"""Mails that are broken, or meant to break something."""

import itertools
import time
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateways.mail.codec import decode
from gateways.mail.envelope import INLINE_MAX, stored, unpack, whole
from gateways.mail.html import clean, to_text
from gateways.mail.mime import PARTS_MAX, scan
from gateways.mail.transfer import Decoder, undo
from gateways.protocol import Inbound
from tests.mail.mails import BOXES, SECRET, event, mail, message, read


def multipart(parts: list[bytes], boundary: str = "b") -> bytes:
    pieces = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    head = f'Content-Type: multipart/mixed; boundary="{boundary}"'
    return mail(head, pieces + f"--{boundary}--\r\n".encode())


def nested(depth: int) -> bytes:
    level = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
    head = b"".join(level % (number, number) for number in range(depth))
    return b"From: hanako@customer.test\r\n" + head + b"\r\nthe bottom\r\n"


def test_parts_without_end_are_cut_and_said_to_be() -> None:
    said = message(nested(5_000))
    assert "cut=parts" in said.notes
    said = message(multipart([b"Content-Type: image/png\r\n\r\nx"] * 5_000))
    assert len(said.parts) <= PARTS_MAX
    assert "cut=parts" in said.notes
    assert "the bottom" in message(nested(15)).text


def test_a_bomb_takes_no_time() -> None:
    """A mail of 5 MB in which every line looks like a boundary of each level."""
    raw = nested(20) + b"--b1x\r\n" * 600_000
    began = time.process_time()
    kept = stored(raw, mailbox="support", validity=1, uid=1, at_ms=0)
    assert time.process_time() - began < 20
    assert len(kept.raw) < 4 * 1024 * 1024


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"\n\n",
        b"no header at all",
        b"From: x\r\nContent-Type: multipart/mixed\r\n\r\nno boundary",
        b"From: x\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--\r\n\r\nx",
        b"From: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nonly a preamble",
        b"From: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: te",
        b"From: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n--b\r\n\r\nafter the end",
        b"From: x\r\nContent-Type: text/plain; charset\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!a",
        b"From: \xff\xfe\r\nSubject: =?utf-8?B?\xff?=\r\n\r\n\x00\x01",
        b"From: x\r\n" + b"X: y\r\n" * 50_000 + b"\r\nbody",
        b"From: x\r\nSubject: " + b"=?utf-8?B?44GT?= " * 20_000 + b"\r\n\r\nbody",
    ],
)
def test_a_broken_mail_is_a_message_all_the_same(raw: bytes) -> None:
    assert isinstance(read(raw), Inbound)


def test_a_boundary_within_a_part_is_no_boundary() -> None:
    raw = multipart([b"Content-Type: text/plain\r\n\r\none\r\n--bb\r\n --b\r\ntwo", b"\r\nthree"])
    assert message(raw).text == "one\n--bb\n --b\ntwo\n\nthree"


@pytest.mark.parametrize(
    "page",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<a href=' javascript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<div style='background:url(https://spy.test/x);color:red'>x</div>",
        "<form action=https://spy.test><input name=password></form>",
        "<base href=https://spy.test/><link rel=stylesheet href=https://spy.test/x>",
        "<meta http-equiv=refresh content='0;url=https://spy.test'>",
        "<img src='https://spy.test/x.gif'><img srcset='https://spy.test/x.gif'>",
        "<blockquote></blockquote></blockquote></details><script>alert(1)</script>",
    ],
)
def test_html_cannot_do_anything(page: str) -> None:
    cleaned = clean(page)
    for bad in ("script", "alert(1)<", "onerror", "onload", "spy.test", "<form", "<input", "<svg", "url("):
        assert bad not in cleaned.lower()


DEEP = (
    "<div>",
    "<b>",
    "<table><tr><td>",
    "<blockquote>",
    "<![if",
    "<!--",
    "&",
    "<p><b>",
    "<b></p>",
    "</b><i>",
    "<",
)


def test_deep_html_takes_no_time() -> None:
    began = time.process_time()
    for piece in DEEP:
        to_text(clean(piece * 40_000))
        to_text(clean(piece * 2_900))
    assert time.process_time() - began < 20


def test_a_large_mail_keeps_its_text_and_lets_its_parts_lie() -> None:
    written = EmailMessage()
    written["From"], written["Subject"] = "hanako@customer.test", "large"
    written.set_content("see file")
    content = bytes(range(256)) * 4096 * 3
    written.add_attachment(content, maintype="application", subtype="zip", filename="a.zip")
    written.add_attachment(b"small", maintype="application", subtype="zip", filename="b.zip")
    raw = written.as_bytes(policy=written.policy.clone(linesep="\r\n"))
    assert len(raw) > INLINE_MAX
    kept = stored(raw, mailbox="support", validity=1, uid=1, at_ms=0)
    assert len(kept.raw) < 2_000
    said = decode(event(raw), BOXES, SECRET)
    assert isinstance(said, Inbound)
    assert said.text == "see file"
    assert [part.name for part in said.parts] == ["a.zip", "b.zip"]
    assert abs((said.parts[0].size or 0) - len(content)) < len(content) * 0.05
    assert "cut=text" not in said.notes
    for part, expected in zip(said.parts, (content, b"small"), strict=True):
        node = scan(kept.raw).root.find(part.source)
        assert node is not None
        start, end = whole(kept, node)
        assert undo(raw[start:end], "base64") == expected


def test_a_large_text_is_cut_and_said_to_be() -> None:
    said = message(mail("Content-Type: text/plain", "0123456789\n" * 400_000))
    assert len(said.text) <= 100_000
    assert "cut=text" in said.notes
    assert len(unpack(event(mail("", b"x" * 5_000_000)).body).raw) < 1_000_000


PIECES = [
    b"\r\n", b"\n", b"--b", b"--b--", b"--c\r\n", b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"boundary=c", b"Content-Type: text/html\r\n\r\n", b"Content-Transfer-Encoding: base64\r\n", b"\x1b$B",
    b"=?iso-2022-jp?B?GyRC?=", b"Content-Type: message/delivery-status\r\n\r\n", b"Action: failed\r\n",
    b"From: a@b.test\r\n", b"filename*0*=''%ff;", b"Content-Disposition: attachment; ", b"<blockquote>",
    b"> x\r\n", b"\xe3\x81", b"\x82\xa0", b"x" * 100,
]  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)), max_size=40))
def test_no_mail_breaks_the_codec(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    said = read(raw)
    if isinstance(said, Inbound):
        for part in said.parts:
            assert not set(part.name) & set('/\\\r\n\x00"<>')
        assert "\x00" not in said.text


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)), max_size=40))
@example([b"--b", b"\r\n", b"\r\n", b"--b"])
def test_every_byte_of_a_part_is_found_again(pieces: list[bytes]) -> None:
    """Parts lie within the mail, in order, and do not overlap."""
    raw = b"From: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"".join(pieces)
    at = 0
    for leaf in scan(raw).root.leaves():
        assert at <= leaf.start <= leaf.end <= len(raw)
        at = leaf.end


@given(
    st.binary(max_size=300),
    st.lists(st.integers(0, 300), max_size=5),
    st.sampled_from(["base64", "quoted-printable", "8bit"]),
)
def test_blocks_decode_as_the_whole_does(raw: bytes, cuts: list[int], encoding: str) -> None:
    decoder = Decoder(encoding)
    edges = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    pieces = [decoder.feed(raw[a:b]) for a, b in itertools.pairwise(edges)]
    assert b"".join([*pieces, decoder.end()]) == undo(raw, encoding)
