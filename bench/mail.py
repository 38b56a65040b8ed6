"""How fast mail comes in from a full mailbox: `python -m bench.mail`.

A real Dovecot with 50,000 mails of a few KB in Japanese, its Maildir in memory where there is such a folder,
and the real inbox on SQLite on disk, all on the same machine:

- `mail_sync_per_s`: mails fetched, stored durably and marked at the server, a second.
- `mail_memory_growth`: MiB by which this process grew from the first 5,000 mails to the last one.
- `mail_decode_per_s`: such mails read into messages a second.
- `mail_idle_ms_p50`: from delivery into the Maildir to the inbox, by IDLE.
- `mail_lost`, `mail_doubled`: against the count of the mailbox.
"""

import asyncio
import os
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from bench.processes import memory_mib
from bench.report import print_report
from bench.voice_figures import percentile
from gateways.inbox import Inbox
from gateways.mail.gateway import MailGateway
from gateways.mail.spool import Spool
from gateways.protocol import RawEvent
from gateways.tables import Base
from hub.database import create_engine
from tests.fakes.files import NoFiles
from tests.gateways.support import serving
from tests.mail.mails import SECRET, SUPPORT, mail
from tests.support.dovecot import PASSWORD, USER, Dovecot

MAILS, WARM, DECODED, IDLE = 50_000, 5_000, 5_000, 20
_WAIT_S = 900.0
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"


class Counting:
    """The inbox, and what was put into it."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.events = self.new = 0
        self.sample: list[RawEvent] = []

    async def store(self, events: Sequence[RawEvent]) -> int:
        self.new += await self._inbox.store(events)
        self.events += len(events)
        if len(self.sample) < DECODED:
            self.sample += events
        return len(events)


async def main(mails: int) -> None:
    """Measure and report."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tb-")))
        dovecot = Dovecot(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tm-", dir=_MEMORY))))
        dovecot.start()
        stack.callback(dovecot.stop)
        dovecot.fill(mails, _mail())
        engine = create_engine(f"sqlite+aiosqlite:///{folder / 'hub.sqlite'}")
        stack.push_async_callback(engine.dispose)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        counting = Counting(Inbox(engine, owner="bench"))
        box = replace(
            SUPPORT, imap=replace(SUPPORT.imap, port=dovecot.port), smtp=None, user=USER, password=PASSWORD
        )
        gateway = MailGateway([box], secret=SECRET, spool=Spool(folder / "spool"), files=NoFiles())
        (service,) = gateway.services(counting.store)
        await stack.enter_async_context(serving(counting._inbox.run(), service.run()))
        figures = await _sync(counting, mails)
        figures |= await _idle(counting, dovecot, mails)
        figures |= {"mail_lost": mails + IDLE - counting.new, "mail_doubled": counting.events - counting.new}
        figures |= _decode(gateway, counting.sample)
    print_report("mail", figures)


async def _sync(counting: Counting, mails: int) -> dict[str, float]:
    await _until(lambda: counting.events > 0)
    began, before = time.monotonic(), counting.events
    await _until(lambda: counting.events >= min(WARM, mails // 10))
    warm_mib = memory_mib(os.getpid())
    await _until(lambda: counting.events >= mails)
    took_s = time.monotonic() - began
    return {
        "mails": mails,
        "mail_sync_per_s": (counting.events - before) / took_s,
        "mail_memory_growth": memory_mib(os.getpid()) - warm_mib,
        "mail_memory_mib": memory_mib(os.getpid()),
    }


async def _idle(counting: Counting, dovecot: Dovecot, mails: int) -> dict[str, float]:
    times: list[float] = []
    await asyncio.sleep(1.0)
    for number in range(IDLE):
        began = time.monotonic()
        dovecot.deliver(mail(f"Subject: {number}"))
        await _until(lambda number=number: counting.events > mails + number)  # type: ignore[misc]
        times.append((time.monotonic() - began) * 1000)
    return {"mail_idle_ms_p50": percentile(times, 50), "mail_idle_ms_p99": percentile(times, 99)}


def _decode(gateway: MailGateway, events: Sequence[RawEvent]) -> dict[str, float]:
    began = time.process_time()
    for event in events:
        gateway.decode(event)
    return {"mail_decode_per_s": len(events) / (time.process_time() - began)}


def _mail() -> bytes:
    """Return a mail as customers of Japanese providers write, with a number for each copy."""
    text = "お世話になっております。先日注文した商品がまだ届きません。ご確認をお願いいたします。\n" * 12
    subject = b64encode("注文について".encode("iso2022_jp"))
    received = "".join(
        f"Received: from a{hop}.test by b{hop}.test; Thu, 26 Nov 2026 12:00:00 +0900\n" for hop in range(6)
    )
    head = received.encode() + b"X-Number: %d\nSubject: =?ISO-2022-JP?B?" + subject + b"?=\n"
    head += b"Content-Type: text/plain; charset=ISO-2022-JP\n"
    return mail(head, text.encode("iso2022_jp") + b"> quoted\n" * 20)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_WAIT_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else MAILS))
