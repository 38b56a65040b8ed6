"""Real mail servers, an inbox, and files that agents sent."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateways.files import StoredFile
from gateways.inbox import Inbox
from gateways.mail.mailboxes import Mailbox, Peer, Tls
from gateways.tables import Base
from hub.database import create_engine
from tests.gateways.support import serving
from tests.mail.mails import SUPPORT
from tests.support.certificates import self_signed
from tests.support.dovecot import PASSWORD, USER, Dovecot
from tests.support.exim import Exim


class KeptFiles:
    """Files by their ids."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.contents = contents

    async def read(self, file: StoredFile) -> AsyncIterator[bytes]:
        yield self.contents[file.id]

    def link(self, file: StoredFile) -> str:
        raise NotImplementedError


@pytest.fixture(scope="session")
def certificate() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tc-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield self_signed(Path(folder))


@pytest.fixture
def dovecot(certificate: Path) -> Iterator[Dovecot]:
    """An IMAP server with an empty mailbox."""
    with tempfile.TemporaryDirectory(prefix="td-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        server = Dovecot(Path(folder), certificate)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def exim(dovecot: Dovecot, certificate: Path) -> Iterator[Exim]:
    """An SMTP server that delivers into that mailbox."""
    server = Exim(dovecot.folder / "exim", dovecot.maildir, certificate)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    """An inbox that stores."""
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'hub.sqlite'}")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    inbox = Inbox(engine, owner="hub")
    async with serving(inbox.run()):
        yield inbox
    await engine.dispose()


def box_of(
    dovecot: Dovecot, exim: Exim | None = None, tls: Tls = Tls.NONE, ca: Path | None = None
) -> Mailbox:
    """Return the mailbox of these servers."""
    ca_file = str(ca) if ca else ""
    port = dovecot.tls_port if tls is Tls.IMPLICIT else dovecot.port
    return Mailbox(
        name="support",
        address=SUPPORT.address,
        also=SUPPORT.also,
        display_name=SUPPORT.display_name,
        imap=Peer("127.0.0.1", port, tls, ca_file),
        smtp=Peer("127.0.0.1", exim.port, Tls.STARTTLS if ca else Tls.NONE, ca_file) if exim else None,
        user=USER,
        password=PASSWORD,
    )
