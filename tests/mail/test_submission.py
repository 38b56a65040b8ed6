"""Answers go out by a real SMTP server, once, or are known to have failed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from acd.contact import Channel
from gateways.errors import SendFailed
from gateways.files import StoredFile
from gateways.mail import message_ids
from gateways.mail.codec import decode, event_of
from gateways.mail.envelope import stored
from gateways.mail.gateway import MailGateway
from gateways.mail.imap import Imap
from gateways.mail.mailboxes import Mailbox, Peer, Tls
from gateways.mail.spool import Spool
from gateways.outbox import Outbox
from gateways.protocol import Delivery, Gateway, Inbound, Outbound, Receipt
from gateways.tables import Base
from hub.database import create_engine
from tests.gateways.support import HASTY, serving, until
from tests.mail.conftest import KeptFiles, box_of
from tests.mail.mails import SECRET
from tests.support.dovecot import Dovecot
from tests.support.exim import Exim
from tests.support.ports import free_port

pytestmark = pytest.mark.real

PDF = StoredFile(id="1", name="見積書.pdf", type="application/pdf", size=8)


def gateway_of(box: Mailbox, tmp_path: Path) -> MailGateway:
    files = KeptFiles({"1": b"%PDF-1.7"})
    return MailGateway([box], secret=SECRET, spool=Spool(tmp_path / "mail"), files=files)


def outbound(
    text: str = "お世話になっております。",
    address: str = "hanako@customer.test",
    key: str = "k1",
    **more: object,
) -> Outbound:
    return Outbound(channel=Channel.EMAIL, key=key, address=address, text=text, **more)  # type: ignore[arg-type]


def mails_in(box: Mailbox, folder: str = "INBOX") -> list[bytes]:
    imap = Imap(box)
    try:
        imap.select(folder)
        return list(imap.mails(imap.untaken(0)).values())
    finally:
        imap.close()


async def arrived(dovecot: Dovecot, count: int) -> None:
    await until(
        lambda: len([*(dovecot.maildir / "new").iterdir(), *(dovecot.maildir / "cur").iterdir()]) >= count
    )


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp"])
async def test_an_answer_arrives_as_it_was_written(
    dovecot: Dovecot, exim: Exim, tmp_path: Path, certificate: Path, charset: str
) -> None:
    box = replace(box_of(dovecot, exim, ca=certificate), charset=charset, smtp_user="")
    gateway = gateway_of(box, tmp_path)
    text = "髙橋様\n.\n..行頭の点\nFrom の行" if charset == "utf-8" else "高橋様\n.\n..行頭の点\nFrom の行"
    sent_as = await gateway.send(outbound(text, files=(PDF,), subject="ご質問", refs=("<1@customer.test>",)))
    await arrived(dovecot, 1)
    (raw,) = mails_in(box)
    assert sent_as.encode() in raw
    said = decode(
        event_of(stored(raw.replace(b"X-Toritsugi", b"X-Other"), mailbox="x", validity=1, uid=1, at_ms=0)),
        {"x": replace(box, address="other@example.jp", also=frozenset())},
        SECRET,
    )
    assert isinstance(said, Inbound)
    assert said.text == text
    assert said.subject == "Re: ご質問"
    assert said.name == "サポート窓口"
    assert [part.name for part in said.parts] == ["見積書.pdf"]
    assert said.refs[-2:] == ("<1@customer.test>", sent_as)


async def test_our_own_mail_in_our_mailbox_means_nothing(
    dovecot: Dovecot, exim: Exim, tmp_path: Path
) -> None:
    """No loop: what we write to ourselves is answered by nobody."""
    box = replace(box_of(dovecot, exim), smtp_user="")
    gateway = gateway_of(box, tmp_path)
    await gateway.send(outbound(address=box.address))
    await arrived(dovecot, 1)
    (raw,) = mails_in(box)
    assert gateway.decode(event_of(stored(raw, mailbox="support", validity=1, uid=1, at_ms=0))) is None


async def test_a_mail_in_doubt_is_looked_for_before_it_is_sent_again(
    dovecot: Dovecot, exim: Exim, tmp_path: Path
) -> None:
    box = replace(box_of(dovecot, exim), smtp_user="", sent="Sent")
    gateway = gateway_of(box, tmp_path)
    first = await gateway.send(outbound())
    assert await gateway.send(outbound(), in_doubt=True) == first
    await arrived(dovecot, 1)
    assert len(mails_in(box)) == 1
    assert len(mails_in(box, "Sent")) == 1
    other = await gateway.send(outbound(key="k2"), in_doubt=True)
    assert other != first
    await arrived(dovecot, 2)
    dovecot.stop()
    with pytest.raises(SendFailed) as failed:
        await gateway.send(outbound(), in_doubt=True)
    assert failed.value.retryable
    assert failed.value.in_doubt


@pytest.mark.parametrize(("address", "is_final"), [("nobody-here@x.test", True), ("later@x.test", False)])
async def test_a_refusal_says_whether_to_try_again(
    dovecot: Dovecot, exim: Exim, tmp_path: Path, address: str, is_final: bool
) -> None:
    gateway = gateway_of(replace(box_of(dovecot, exim), smtp_user=""), tmp_path)
    with pytest.raises(SendFailed) as failed:
        await gateway.send(outbound(address=address))
    assert failed.value.retryable is not is_final
    assert not failed.value.in_doubt
    assert failed.value.reason.startswith("SMTP 550" if is_final else "SMTP 4")


async def test_tls_that_fails_sends_nothing(
    dovecot: Dovecot, exim: Exim, tmp_path: Path, certificate: Path
) -> None:
    box = replace(box_of(dovecot, exim, ca=certificate), smtp_user="")
    assert box.smtp is not None
    stranger = replace(box, smtp=replace(box.smtp, ca_file=""))
    with pytest.raises(SendFailed, match="TLS failed") as failed:
        await gateway_of(stranger, tmp_path).send(outbound())
    assert failed.value.retryable
    assert not failed.value.in_doubt


async def test_a_server_that_is_away_leaves_no_doubt(dovecot: Dovecot, tmp_path: Path) -> None:
    box = replace(box_of(dovecot), smtp=Peer("127.0.0.1", free_port(), Tls.NONE), smtp_user="")
    with pytest.raises(SendFailed) as failed:
        await gateway_of(box, tmp_path).send(outbound())
    assert failed.value.retryable
    assert not failed.value.in_doubt


async def test_automatic_answers_do_not_go_to_machines(dovecot: Dovecot, exim: Exim, tmp_path: Path) -> None:
    gateway = gateway_of(replace(box_of(dovecot, exim), smtp_user=""), tmp_path)
    with pytest.raises(SendFailed) as failed:
        await gateway.send(outbound(address="MAILER-DAEMON@mx.test", is_automatic=True))
    assert not failed.value.retryable


@asynccontextmanager
async def falls_silent(taken: list[bytes]) -> AsyncIterator[int]:
    """An SMTP server that takes a mail and breaks the connection instead of saying so."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x ESMTP\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                raw = await reader.readuntil(b"\r\n.\r\n")
                taken.append(raw.removesuffix(b".\r\n"))
                break
            writer.write(b"250 ok\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_the_outbox_sends_what_is_in_doubt_under_the_same_id(dovecot: Dovecot, tmp_path: Path) -> None:
    """The server of the provider keeps sent mail itself: the second try finds it."""
    copies: list[bytes] = []
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'hub.sqlite'}")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    delivered: list[Delivery] = []

    async def on_delivery(_: Outbound, delivery: Delivery) -> None:
        delivered.append(delivery)

    async with falls_silent(copies) as port:
        plain = replace(box_of(dovecot), smtp=Peer("127.0.0.1", port, Tls.NONE), smtp_user="")
        gateways: dict[Channel, Gateway] = {Channel.EMAIL: gateway_of(plain, tmp_path)}
        outbox = Outbox(engine, gateways, on_delivery, owner="hub", policy=HASTY, poll_s=0.05)
        await outbox.put(outbound(is_automatic=True))
        async with serving(outbox.run()):
            await until(lambda: delivered == [Delivery.FAILED])
        ids = {line for raw in copies for line in raw.split(b"\r\n") if line.startswith(b"Message-ID")}
        assert len(copies) == HASTY.tries_max
        assert len(ids) == 1
        assert all(b"Auto-Submitted: auto-generated" in raw for raw in copies)
        (dovecot.maildir / ".Sent").mkdir()
        for name in ("cur", "new", "tmp"):
            (dovecot.maildir / ".Sent" / name).mkdir()
        dovecot.own()
        dovecot.deliver(copies[0], "Sent")
        gateways[Channel.EMAIL] = gateway_of(replace(plain, sent="Sent", copies=False), tmp_path)
        assert await outbox.resend("k1")
        async with serving(outbox.run()):
            await until(lambda: delivered == [Delivery.FAILED, Delivery.SENT])
    assert len(copies) == HASTY.tries_max
    await engine.dispose()


async def test_a_bounce_of_a_real_server_is_a_receipt(dovecot: Dovecot, exim: Exim, tmp_path: Path) -> None:
    box = replace(box_of(dovecot, exim), smtp_user="")
    gateway = gateway_of(box, tmp_path)
    sent_as = await gateway.send(outbound(address="bounces-later@x.test"))
    await arrived(dovecot, 1)
    (raw,) = mails_in(box)
    told = gateway.decode(event_of(stored(raw, mailbox="support", validity=1, uid=1, at_ms=0)))
    assert isinstance(told, Receipt)
    assert (told.sent_as, told.delivery, told.address) == (sent_as, Delivery.FAILED, "bounces-later@x.test")
    assert message_ids.find(sent_as, SECRET) == sent_as
