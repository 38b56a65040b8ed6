"""A mail that breaks the connection each time it is fetched holds up no other."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateways.mail.errors import MailboxAway
from gateways.mail.imap import Imap
from gateways.mail.intake import Intake
from gateways.mail.mailboxes import Mailbox
from gateways.mail.spool import Spool
from gateways.protocol import RawEvent
from tests.gateways.support import serving, until
from tests.mail.mails import SUPPORT, mail

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
        await until(lambda: server.marked == {1, 2, 4, 5})
    assert len({event.event_id for event in events}) == 4
    assert 4 <= server.connections <= 6
