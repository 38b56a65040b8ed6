"""Mails become messages, receipts, or nothing."""

from base64 import b64encode
from email.message import EmailMessage

import pytest

from gateways import case_numbers
from gateways.mail import message_ids
from gateways.protocol import Delivery, Inbound, Receipt
from tests.mail.mails import SECRET, mail, message, read

CASE = case_numbers.make()
OURS = message_ids.make("key", "support@example.jp", SECRET)


def test_a_japanese_mail_is_read_whole() -> None:
    body = "お世話になっております。\n①の件、ご確認ください。\n"
    jis = (
        "お世話になっております。\n".encode("iso2022_jp")
        + b"\x1b$B-!\x1b(B"
        + "の件、ご確認ください。\n".encode("iso2022_jp")
    )
    head = b"Subject: =?ISO-2022-JP?B?" + b64encode("注文の件".encode("iso2022_jp")) + b"?=\n"
    said = message(mail(head + b"Content-Type: text/plain; charset=ISO-2022-JP\n", jis))
    assert said.text == body.strip()
    assert said.subject == "注文の件"
    assert (said.address, said.name, said.account) == ("hanako@customer.test", "Hanako", "support")
    assert said.html is None
    assert not said.is_automatic


def test_a_thread_is_known_by_refs_and_number() -> None:
    said = message(mail(f"Subject: Re: [{CASE}] order\nReferences: <0@x.test> {OURS}\nIn-Reply-To: {OURS}"))
    assert said.refs == ("<0@x.test>", OURS, "<1@customer.test>")
    assert said.case == CASE
    assert message(mail("Subject: order", f"about {CASE.lower()}")).case == CASE
    assert message(mail("Subject: order", "about T-1111-1Z")).case is None


def test_quotes_are_folded_and_nothing_is_lost() -> None:
    said = message(
        mail(
            "",
            "了解しました。\n\n2026年11月26日(木) 12:00 Support <support@example.jp>:\n"
            "> 届きましたか\n> はい\n",
        )
    )
    assert said.text == "了解しました。"
    assert said.html is not None
    assert "<details" in said.html
    assert "届きましたか" in said.html


def test_html_is_cleaned_and_read_as_text() -> None:
    page = (
        "<html><head><title>no</title><style>p{}</style></head>"
        '<body onload="x()"><p>こんにちは<script>alert(1)</script></p>'
        '<img src="https://spy.test/1.gif"><img src="cid:logo"><a href="javascript:x()">bad</a>'
        '<a href="https://shop.test/">店</a><blockquote>前のメール</blockquote></body></html>'
    )
    said = message(mail("Content-Type: text/html; charset=utf-8", page))
    assert said.text.startswith("こんにちは")
    assert "前のメール" not in said.text
    html = said.html or ""
    for bad in ("script", "alert", "onload", "spy.test", "javascript", "<style"):
        assert bad not in html
    assert 'src="cid:logo"' in html
    assert "<details" in html


def test_attachments_are_named_and_not_decoded() -> None:
    written = EmailMessage()
    written["From"], written["Subject"] = "hanako@customer.test", "files"
    written.set_content("see files")
    written.add_alternative("<p>see <b>files</b></p><img src='cid:logo@x'>", subtype="html")
    written.add_attachment(b"%PDF-1.7" * 10, maintype="application", subtype="pdf", filename="請求書.pdf")
    written.add_attachment(b"GIF89a", maintype="image", subtype="gif", filename="../x.gif", cid="<logo@x>")
    said = message(written.as_bytes())
    assert said.text == "see files"
    assert [(part.name, part.type, part.cid) for part in said.parts] == [
        ("請求書.pdf", "application/pdf", None),
        ("x.gif", "image/gif", "logo@x"),
    ]


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; owner=x",
        "Precedence: bulk",
        "Precedence: Auto_Reply",
        "Return-Path: <>",
        "List-Id: <news.test>",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "X-Autoreply: yes",
        "Subject: 【自動返信】お問い合わせ",
        "Subject: Automatic reply: holidays",
    ],
)
def test_machines_are_known(head: str) -> None:
    said = message(mail(head))
    assert said.is_automatic
    assert any(note.startswith("automatic=") for note in said.notes)


def test_people_are_no_machines() -> None:
    assert not message(mail("Auto-Submitted: no\nSubject: automatic doors\nPrecedence: normal")).is_automatic


def test_our_own_mail_means_nothing_and_a_form_on_our_address_means_its_writer() -> None:
    own = mail("").replace(b"hanako@customer.test", b"info@example.jp")
    assert read(own.replace(b"To:", b"X-Toritsugi: x\r\nTo:")) is None
    said = message(own.replace(b"To:", b"Reply-To: Taro <taro@customer.test>\r\nTo:"))
    assert (said.address, said.name, said.is_automatic) == ("taro@customer.test", "Taro", True)


def _dsn(action: str, returned: str) -> bytes:
    body = (
        "--b\nContent-Type: text/plain\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; Hanako@customer.test\n"
        f"Action: {action}\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {returned}\nSubject: [{CASE}] x\n--b--\n"
    )
    head = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\nSubject: Undelivered'
    return mail(head, body).replace(b"hanako@customer.test>", b"mailer-daemon@mx.test>", 1)


def test_a_bounce_of_our_mail_is_a_receipt() -> None:
    told = read(_dsn("failed", OURS))
    assert isinstance(told, Receipt)
    assert (told.sent_as, told.delivery, told.address) == (OURS, Delivery.FAILED, "hanako@customer.test")
    assert told.reason == "5.1.1 550 no such user"
    delivered = read(_dsn("delivered", OURS))
    assert isinstance(delivered, Receipt)
    assert delivered.delivery is Delivery.DELIVERED
    assert read(_dsn("delayed", OURS)) is None


def test_a_bounce_of_what_we_did_not_send_is_shown_and_answered_by_no_machine() -> None:
    said = read(_dsn("failed", "<t2222222222222222222222222222222222.2222222222222222@example.jp>"))
    assert isinstance(said, Inbound)
    assert (said.kind, said.is_automatic, said.case) == ("bounce", True, None)


def test_a_bounce_in_free_words_is_known_by_our_mail_in_it() -> None:
    raw = mail("Subject: failure notice", f"Hi. This is the qmail-send program.\n\nMessage-ID: {OURS}\n")
    told = read(raw.replace(b"hanako@customer.test", b"MAILER-DAEMON@mx.test", 1))
    assert isinstance(told, Receipt)
    assert told.sent_as == OURS
    assert isinstance(read(mail("Return-Path: <>", f"I am on holiday. {OURS}")), Inbound)


def test_only_our_servers_verdict_counts_and_of_several_the_topmost() -> None:
    head = (
        "Authentication-Results: mx.example.jp; dkim=pass (ok) header.d=customer.test;\n"
        " spf=fail smtp.mailfrom=x@customer.test\n"
        "Authentication-Results: mx.example.jp; dmarc=pass\nAuthentication-Results: evil.test; spf=pass"
    )
    notes = message(mail(head)).notes
    assert notes == ("sender=proven", "spf=fail x@customer.test", "dkim=pass customer.test")
    assert message(mail("Authentication-Results: evil.test; spf=pass")).notes == ("sender=unchecked",)


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        ("dmarc=pass header.from=customer.test", "proven"),
        ("spf=pass smtp.mailfrom=bounces@mail.customer.test", "proven"),
        ("dkim=pass header.d=bulk.test; spf=pass smtp.mailfrom=x@bulk.test", "unproven"),
        ("dkim=pass header.d=notcustomer.test", "unproven"),
        ("dkim=pass header.d=customer.test; dmarc=fail header.from=customer.test", "unproven"),
        ("dkim=none; spf=softfail smtp.mailfrom=customer.test; dmarc=none", "unproven"),
    ],
)
def test_a_sender_is_proven_by_what_stands_for_his_own_domain(told: str, standing: str) -> None:
    said = message(mail(f"Authentication-Results: mx.example.jp; {told}"))
    assert said.notes[0] == f"sender={standing}"


def test_it_is_told_where_answers_go_if_not_to_the_sender() -> None:
    asked = "Reply-To: Taro <taro@elsewhere.test>"
    said = message(mail(asked))
    assert (said.address, said.notes[-1]) == ("hanako@customer.test", "reply_to=taro@elsewhere.test")
    machine = mail(asked).replace(b"hanako@customer.test", b"no-reply@customer.test")
    told = message(machine)
    assert (told.address, told.notes[-1]) == ("taro@elsewhere.test", "answers_to=taro@elsewhere.test")


def test_flowed_text_is_joined() -> None:
    said = message(
        mail(
            "Content-Type: text/plain; format=flowed; delsp=yes; charset=utf-8",
            "これは \n続きます。\n次の行\n",
        )
    )
    assert said.text == "これは続きます。\n次の行"
