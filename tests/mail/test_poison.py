"""A mail that breaks the connection each time it is fetched holds up no other."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from acd.contact import Channel
from gateways.inbox import Inbox, InboxWorker
from gateways.mail.codec import decode
from gateways.mail.errors import MailboxAway
from gateways.mail.gateway import MailGateway
from gateways.mail.imap import Imap
from gateways.mail.intake import Intake
from gateways.mail.mailboxes import Mailbox
from gateways.mail.spool import Spool
from gateways.protocol import Incoming, RawEvent
from tests.fakes.files import NoFiles
from tests.gateways.support import serving, until
from tests.mail.mails import SECRET, SUPPORT, mail

POISON = 3


@dataclass
class Server(Imap):
    """Mails of uids 1 to 5, one of which nobody gets."""

    marked: set[int] = field(default_factory=set)
    connections: int = 0
    validity: int = 1

    def connect(self, box: Mailbox) -> Imap:
        self.connections += 1
        return self

    def select(self, folder: str) -> None: ...

    def untaken(self, after: int) -> list[int]:
        return [uid for uid in range(after + 1, 6) if uid not in self.marked]

    def sizes(self, uids: Sequence[int]) -> dict[int, tuple[int, int]]:
        return dict.fromkeys(uids, (100, 0))

    def mails(self, uids: Sequence[int]) -> dict[int, bytes]:
        if POISON in uids:
            raise MailboxAway("the connection ended")
        return {uid: mail(f"Subject: {uid}") for uid in uids}

    def mark(self, uids: Sequence[int]) -> bool:
        self.marked |= set(uids)
        return True

    def wait(self, timeout_s: float) -> None:
        if len(self.marked) < 4:
            raise MailboxAway("nothing more comes")

    def abort(self) -> None: ...

    def close(self) -> None: ...


async def test_others_are_fetched_and_the_poison_is_left(tmp_path: Path) -> None:
    events: list[RawEvent] = []

    async def store(new: Sequence[RawEvent]) -> int:
        events.extend(new)
        return len(new)

    async def no_wait(_: float) -> None:
        await asyncio.sleep(0)

    server = Server()
    intake = Intake(SUPPORT, store, Spool(tmp_path), connect=server.connect, sleep=no_wait)
    async with serving(intake.run()):
        await until(lambda: server.marked == {1, 2, 4, 5} and len({each.event_id for each in events}) == 5)
    assert 4 <= server.connections <= 6
    assert len(events) == 5
    (poison,) = (event for event in events if event.event_id == "support:unfetched-1-3")
    with pytest.raises(ValueError, match=r"number 3 in mailbox support, 1 KB\): the connection ended"):
        decode(poison, {SUPPORT.name: SUPPORT}, SECRET)


async def test_a_mail_that_is_not_fetched_is_a_dead_letter_once(inbox: Inbox, tmp_path: Path) -> None:
    spool, server = Spool(tmp_path), Server()
    gateway = MailGateway([SUPPORT], secret=SECRET, spool=spool, files=NoFiles())
    stored: list[str] = []

    async def store(events: Sequence[RawEvent]) -> int:
        new = await inbox.store(events)
        stored.extend(each.event_id for each in events)
        return new

    async def handler(incoming: Incoming, event: RawEvent) -> None:
        assert not event.event_id.endswith("-3")

    async def no_wait(_: float) -> None:
        await asyncio.sleep(0)

    worker = InboxWorker(inbox, {Channel.EMAIL: gateway}, handler, poll_s=0.02)
    async with serving(worker.run()):
        for times in (1, 2):  # the hub starts again
            server.marked.clear()
            intake = Intake(SUPPORT, store, spool, connect=server.connect, sleep=no_wait)
            async with serving(intake.run()):
                await until(lambda times=times: stored.count("support:unfetched-1-3") == times)  # type: ignore[misc]
        async with asyncio.timeout(10):
            while not (letters := await inbox.dead_letters()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    (letter,) = letters
    assert letter.channel is Channel.EMAIL
    assert "could not be fetched and is left at the server (number 3" in letter.reason
