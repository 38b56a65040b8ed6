"""What we write: read back by Python's own parser, and by our codec."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.contact import Channel
from gateways import case_numbers
from gateways.errors import SendFailed
from gateways.files import StoredFile
from gateways.mail import message_ids
from gateways.mail.compose import compose
from gateways.mail.mailboxes import Mailbox
from gateways.protocol import Choice, Outbound
from tests.mail.mails import SECRET, SUPPORT, message

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
CASE = case_numbers.make()
SUBJECT = "ご注文の確認について（長い件名でも折り返して正しく読めること）"
TEXT = "お問い合わせありがとうございます。\n〜ご確認ください〜\n"


def outbound(text: str = TEXT, **more: object) -> Outbound:
    values = {"channel": Channel.EMAIL, "key": "k1", "address": "hanako@customer.test", "text": text}
    return Outbound(**(values | more))  # type: ignore[arg-type]


def written(message: Outbound, box: Mailbox = SUPPORT, **more: object) -> tuple[bytes, EmailMessage]:
    message_id = message_ids.make(message.key, box.address, SECRET)
    raw = compose(message, box, message_id=message_id, at=AT, **more)  # type: ignore[arg-type]
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return raw, parsed


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp"])
def test_japanese_is_read_by_others(charset: str) -> None:
    box = replace(SUPPORT, charset=charset)
    raw, parsed = written(outbound(subject=SUBJECT), box)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert parsed["Subject"] == SUBJECT
    assert parsed["From"].addresses[0].display_name == "サポート窓口"
    assert parsed.get_content().replace("\r\n", "\n").strip() == TEXT.strip()
    assert parsed.get_content_charset() == charset


def test_what_jis_cannot_hold_goes_in_utf_8() -> None:
    box = replace(SUPPORT, charset="iso-2022-jp")
    _, parsed = written(outbound("①😀 髙橋様"), box)
    assert parsed.get_content_charset() == "utf-8"
    assert "①😀 髙橋様" in parsed.get_content()


def test_an_answer_belongs_to_its_thread() -> None:
    refs = tuple(f"<{number}@customer.test>" for number in range(40))
    sent = outbound(subject="RE: Re: 返信：注文の件", refs=(*refs, "line-id"), case=CASE)
    _, parsed = written(sent)
    assert parsed["Subject"] == f"[{CASE}] Re: 注文の件"
    assert parsed["In-Reply-To"] == refs[-1]
    assert parsed["References"].split() == [refs[0], *refs[-20:]]
    assert (
        written(outbound(subject=f"Re: [{CASE}] x", refs=refs, case=CASE))[1]["Subject"] == f"Re: [{CASE}] x"
    )
    given = outbound(subject="Re: お見積り", refs=refs, case=CASE, keeps_subject=True)
    assert written(given)[1]["Subject"] == f"[{CASE}] Re: お見積り"
    assert written(outbound(subject="お見積り", refs=refs, keeps_subject=True))[1]["Subject"] == "お見積り"
    assert written(outbound(case=CASE))[1]["Subject"] == f"[{CASE}] {SUPPORT.subject}"


def test_the_same_message_has_the_same_id_and_nobody_else_can_make_it() -> None:
    one, again = (written(outbound())[1]["Message-ID"] for _ in range(2))
    assert one == again
    assert message_ids.find(f"x {one} y", SECRET) == one
    assert message_ids.find(f"x {one} y", b"other" * 8) is None
    assert written(outbound(key="k2"))[1]["Message-ID"] != one


def test_machines_say_what_they_are() -> None:
    _, parsed = written(outbound(is_automatic=True, refs=("<1@customer.test>",)))
    assert parsed["Auto-Submitted"] == "auto-replied"
    assert written(outbound(is_automatic=True))[1]["Auto-Submitted"] == "auto-generated"
    assert written(outbound())[1]["Auto-Submitted"] is None


def test_nothing_from_outside_begins_a_line() -> None:
    raw, parsed = written(outbound("x", subject="a\r\nBcc: victim@x.test\r\n\r\nbody"))
    assert parsed["Bcc"] is None
    assert b"\r\nBcc" not in raw
    for address in ("a@b.test\r\nBcc: c@d.test", "a b@x.test", "<a@x.test>", "x", "あ@x.test", "a@", ""):
        with pytest.raises(SendFailed) as failed:
            written(outbound(address=address))
        assert not failed.value.retryable


def test_addresses_of_japanese_carriers_and_domains() -> None:
    assert "a..b.@docomo.test" in written(outbound(address="a..b.@docomo.test"))[0].decode()
    assert "x@xn--wgv71a.test" in written(outbound(address="x@日本.test"))[0].decode()


def test_choices_signature_and_html() -> None:
    box = replace(SUPPORT, html=True, signature="{name}\n{address} {case}")
    choices = (Choice(label="はい", data="y"), Choice(label="店", url="https://shop.test/?a=1&b=2"))
    _, parsed = written(outbound("<b>x</b>", choices=choices, case=CASE), box)
    plain, page = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert plain is not None and page is not None  # noqa: PT018
    text = plain.get_content().replace("\r\n", "\n")
    links = "1. はい\n2. 店 https://shop.test/?a=1&b=2"
    assert text == f"<b>x</b>\n\n{links}\n\n-- \nサポート窓口\nsupport@example.jp {CASE}\n"
    assert "&lt;b&gt;x" in page.get_content()
    assert '<a href="https://shop.test/?a=1&amp;b=2">' in page.get_content()


@pytest.mark.parametrize("name", ["請求書2026年11月分（株式会社トリツギ御中）最終版.pdf", 'a"b.pdf', "x.pdf"])
def test_files_are_named_for_all_mailers(name: str) -> None:
    file = StoredFile(id="1", name=name, type="application/pdf", size=8)
    raw, parsed = written(outbound(), files=[(file, b"%PDF-1.7")])
    attachment = next(parsed.iter_attachments())
    assert attachment.get_content() == b"%PDF-1.7"
    said = message(raw.replace(b"X-Toritsugi", b"X-Other"))
    kept = name.replace('"', "_")
    assert attachment.get_filename() == kept
    assert [part.name for part in said.parts] == [kept]
    assert said.text == TEXT.strip()


@given(st.text(max_size=200), st.text(max_size=80), st.sampled_from(["utf-8", "iso-2022-jp"]))
def test_any_text_can_be_sent(text: str, subject: str, charset: str) -> None:
    text, subject = (each.encode("utf-8", "replace").decode() for each in (text, subject))
    raw, parsed = written(outbound(text, subject=subject), replace(SUPPORT, charset=charset))
    assert raw.isascii()
    assert parsed["To"] == "hanako@customer.test"
    assert b"\r\n\r\n" in raw
