"""Mail comes in from a real IMAP server: at once, each once, none lost."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
import structlog

from gateways.errors import FetchFailed, InboxUnavailable
from gateways.inbox import Inbox, InboxWorker
from gateways.job import wall_ms
from gateways.mail import intake
from gateways.mail.gateway import MailGateway
from gateways.mail.mailboxes import Mailbox, Tls
from gateways.mail.spool import Spool
from gateways.protocol import Inbound, Incoming, RawEvent
from tests.gateways.support import serving, until
from tests.mail.conftest import KeptFiles, box_of
from tests.mail.mails import SECRET, mail
from tests.support.dovecot import PASSWORD, Dovecot

pytestmark = pytest.mark.real


class Hub:
    """A gateway with the real inbox, and what came of it."""

    def __init__(self, box: Mailbox, inbox: Inbox, folder: Path) -> None:
        self.said: list[Inbound] = []
        self.events: list[RawEvent] = []
        self.spool = folder / "mail"
        self.inbox = inbox
        self.gateway = MailGateway([box], secret=SECRET, spool=Spool(self.spool), files=KeptFiles({}))
        worker = InboxWorker(inbox, {self.gateway.channel: self.gateway}, self._handle)
        self.services = [service.run for service in self.gateway.services(self._store)]
        self.worker = worker.run

    async def _store(self, events: Sequence[RawEvent]) -> int:
        self.events += events
        return await self.inbox.store(events)

    async def _handle(self, incoming: Incoming, *_: object) -> None:
        assert isinstance(incoming, Inbound)
        self.said.append(incoming)


async def test_mail_comes_at_once_and_each_once(dovecot: Dovecot, inbox: Inbox, tmp_path: Path) -> None:
    for number in range(3):
        dovecot.deliver(mail(f"Subject: before {number}"))
    hub = Hub(box_of(dovecot), inbox, tmp_path)
    async with serving(*(run() for run in hub.services), hub.worker()):
        await until(lambda: len(hub.said) == 3)
        for number in range(20):
            dovecot.deliver(mail(f"Subject: after {number}", "本文".encode("cp932")))
            await until(lambda number=number: len(hub.said) == 4 + number)  # type: ignore[misc]
    assert [said.subject for said in hub.said[3:]] == [f"after {number}" for number in range(20)]
    assert hub.said[-1].text == "本文"
    assert len(hub.events) == 23
    again = Hub(box_of(dovecot), inbox, tmp_path)
    dovecot.deliver(mail("Subject: last"))
    async with serving(*(run() for run in again.services), again.worker()):
        await until(lambda: bool(again.said))
    assert [said.subject for said in again.said] == ["last"]
    assert len(again.events) == 1


async def test_a_mail_comes_after_what_was_there_in_the_same_second(
    dovecot: Dovecot, inbox: Inbox, tmp_path: Path
) -> None:
    hub = Hub(box_of(dovecot), inbox, tmp_path)
    async with serving(*(run() for run in hub.services), hub.worker()):
        began_ms = wall_ms()
        dovecot.deliver(mail("Subject: now"))
        await until(lambda: bool(hub.said))
        assert began_ms <= hub.said[0].at_ms <= wall_ms()


async def test_a_hub_that_dies_before_it_marks_stores_nothing_twice(
    dovecot: Dovecot, inbox: Inbox, tmp_path: Path
) -> None:
    for number in range(5):
        dovecot.deliver(mail(f"Subject: {number}"))
    hub = Hub(box_of(dovecot), inbox, tmp_path)
    stored = asyncio.Event()

    async def dies(events: Sequence[RawEvent]) -> int:
        await inbox.store(events)
        stored.set()
        return await asyncio.Event().wait() or 0

    async with serving(*(service.run() for service in hub.gateway.services(dies))):
        await asyncio.wait_for(stored.wait(), 60)
    assert await inbox.waiting() == 5
    async with serving(*(run() for run in hub.services)):
        await until(lambda: len(hub.events) == 5)
    assert await inbox.waiting() == 5


async def test_an_inbox_that_is_away_is_waited_for(dovecot: Dovecot, inbox: Inbox, tmp_path: Path) -> None:
    dovecot.deliver(mail("Subject: patient"))
    hub = Hub(box_of(dovecot), inbox, tmp_path)
    tries = 0

    async def away(events: Sequence[RawEvent]) -> int:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise InboxUnavailable("no database")
        return await inbox.store(events)

    async with serving(*(service.run() for service in hub.gateway.services(away)), hub.worker()):
        await until(lambda: bool(hub.said))
    assert hub.said[0].subject == "patient"


async def test_a_server_that_counts_anew_brings_nothing_twice(
    dovecot: Dovecot, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_FIRST_S", 0.05)
    for number in range(4):
        dovecot.deliver(mail(f"Subject: {number}"))
    hub = Hub(box_of(dovecot), inbox, tmp_path)
    async with serving(*(run() for run in hub.services), hub.worker()):
        await until(lambda: len(hub.said) == 4)
        dovecot.stop()
        dovecot.forget_uids()
        dovecot.deliver(mail("Subject: new"))
        dovecot.start()
        await until(lambda: len(hub.said) == 5, 30)
    assert hub.said[-1].subject == "new"
    assert len(hub.events) == 9


def _large(size: int) -> tuple[bytes, bytes]:
    written = EmailMessage()
    written["From"], written["Subject"] = "hanako@customer.test", "large"
    written.set_content("見てください")
    content = hashlib.sha256(b"seed").digest() * (size // 32)
    written.add_attachment(content, maintype="application", subtype="zip", filename="写真.zip")
    return written.as_bytes(policy=written.policy.clone(linesep="\r\n")), content


async def test_a_mail_of_40_mb_is_taken_in_pieces(dovecot: Dovecot, inbox: Inbox, tmp_path: Path) -> None:
    raw, content = _large(30_000_000)
    assert len(raw) > 40_000_000
    dovecot.deliver(raw)
    hub = Hub(box_of(dovecot), inbox, tmp_path)
    async with serving(*(run() for run in hub.services)):
        await until(lambda: bool(hub.events), 60)
        event = hub.events[0]
        assert len(event.body) < 2_000
        (kept,) = hub.spool.iterdir()
        assert kept.stat().st_size == len(raw)
        assert kept.stat().st_mode & 0o077 == 0
        said = hub.gateway.decode(event)
        assert isinstance(said, Inbound)
        assert said.text == "見てください"
        assert said.parts[0].name == "写真.zip"
        for _ in ("beside the database", "at the server"):
            found, blocks = hashlib.sha256(), 0
            async for block in hub.gateway.fetch(event, said.parts[0]):
                found.update(block)
                blocks += 1
            assert found.digest() == hashlib.sha256(content).digest()
            assert blocks > 100
            await hub.gateway.taken(event)
            assert list(hub.spool.iterdir()) == []
    dovecot.stop()
    with pytest.raises(FetchFailed) as failed:
        [block async for block in hub.gateway.fetch(event, said.parts[0])]
    assert failed.value.retryable


async def test_what_was_taken_in_lies_nowhere_beside(dovecot: Dovecot, inbox: Inbox, tmp_path: Path) -> None:
    dovecot.deliver(_large(400_000)[0])
    hub = Hub(box_of(dovecot), inbox, tmp_path)
    async with serving(*(run() for run in hub.services), hub.worker()):
        await until(lambda: bool(hub.said))
        await until(lambda: list(hub.spool.iterdir()) == [])


async def test_of_a_mail_that_is_too_large_the_beginning_is_taken(
    dovecot: Dovecot, inbox: Inbox, tmp_path: Path
) -> None:
    dovecot.deliver(_large(2_000_000)[0])
    hub = Hub(replace(box_of(dovecot), size_max=1024 * 1024), inbox, tmp_path)
    async with serving(*(run() for run in hub.services), hub.worker()):
        await until(lambda: bool(hub.said))
    assert hub.said[0].text == "見てください"
    assert any(note.startswith("cut=size 27") for note in hub.said[0].notes)


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS])
async def test_tls_is_demanded(
    dovecot: Dovecot, inbox: Inbox, tmp_path: Path, certificate: Path, tls: Tls
) -> None:
    dovecot.deliver(mail("Subject: secured"))
    stranger = Hub(box_of(dovecot, tls=tls), inbox, tmp_path)
    with structlog.testing.capture_logs() as logs:
        async with serving(*(run() for run in stranger.services)):
            await until(lambda: bool(logs))
    assert "TLS failed" in logs[0]["reason"]
    assert stranger.events == []
    hub = Hub(box_of(dovecot, tls=tls, ca=certificate), inbox, tmp_path)
    async with serving(*(run() for run in hub.services), hub.worker()):
        await until(lambda: bool(hub.said))
    assert hub.said[0].subject == "secured"


async def test_a_wrong_password_is_logged_and_not_shown(
    dovecot: Dovecot, inbox: Inbox, tmp_path: Path
) -> None:
    hub = Hub(replace(box_of(dovecot), password=f"{PASSWORD}!"), inbox, tmp_path)
    with structlog.testing.capture_logs() as logs:
        async with serving(*(run() for run in hub.services)):
            await until(lambda: bool(logs), 20)
    assert logs[0]["reason"] == "the server does not let us in"
    assert PASSWORD not in str(logs)
