"""What a mailbox receives, into the inbox: stored first, then marked at the server.

A hub that dies between the two stores the mail again, which the inbox recognises by the mail's bytes. So it
does when the server counts its mails anew (UIDVALIDITY), or when another hub takes over.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import structlog

from gateways.errors import InboxUnavailable
from gateways.mail.codec import event_of
from gateways.mail.envelope import INLINE_MAX, Stored, stored, unfetched
from gateways.mail.errors import MailboxAway, MailRefused
from gateways.mail.imap import Imap
from gateways.mail.mailboxes import Mailbox
from gateways.mail.spool import Spool, mapped
from gateways.protocol import Store

R = TypeVar("R")

log = structlog.get_logger()

IDLE_S = 240.0
"""Below the 29 minutes of RFC 2177: what lies between forgets quiet connections sooner."""

_LOOK = 500
_BATCH_MAILS, _BATCH_BYTES = 100, 2 * 1024 * 1024
_PIECE = 1024 * 1024
_FIRST_S, _LONGEST_S, _HELD_S = 1.0, 60.0, 60.0
_TRIES_MAX = 3


class Intake:
    """Fetches one mailbox. `run` is the service; `connect` opens a connection, in a thread of its own."""

    def __init__(
        self,
        box: Mailbox,
        store: Store,
        spool: Spool,
        *,
        connect: Callable[[Mailbox], Imap] = Imap,
        idle_s: float = IDLE_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._box, self._store, self._spool = box, store, spool
        self._connect, self._idle_s, self._sleep = connect, idle_s, sleep
        self._imap: Imap | None = None
        self._broke: Counter[int] = Counter()
        self._is_careful = False

    async def run(self) -> None:
        """Serve until cancelled; a server that is away is tried again, later each time up to a minute."""
        self._thread = ThreadPoolExecutor(1, f"mail-{self._box.name}")
        clock = asyncio.get_running_loop().time
        failures = 0
        try:
            while True:
                began = clock()
                try:
                    await self._serve()
                except MailboxAway as error:
                    log.warning("mail.away", mailbox=self._box.name, reason=str(error))
                finally:
                    self._leave()
                failures = 0 if clock() - began > _HELD_S else failures
                await self._sleep(min(_LONGEST_S, _FIRST_S * 2.0**failures))
                failures = min(failures + 1, 6)
        finally:
            self._thread.shutdown(wait=False)

    async def _serve(self) -> None:
        """Use one connection until it breaks."""
        imap = await self._open()
        await self._do(partial(imap.select, self._box.folder))
        await self._do(self._spool.sweep)
        log.info("mail.connected", mailbox=self._box.name)
        last = 0
        while True:
            uids = await self._do(partial(imap.untaken, last))
            for at in range(0, len(uids), _LOOK):
                await self._take(imap, uids[at : at + _LOOK])
            last = max([last, *uids[-1:]])
            if not uids:
                self._is_careful = False
                await self._do(partial(imap.wait, self._idle_s))

    async def _open(self) -> Imap:
        opening = asyncio.ensure_future(self._do(partial(self._connect, self._box)))
        try:
            self._imap = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_late)
            raise
        return self._imap

    async def _take(self, imap: Imap, uids: Sequence[int]) -> None:
        sizes = await self._do(partial(imap.sizes, uids))
        wanted = {uid: size for uid, (size, _) in sizes.items() if self._broke[uid] < _TRIES_MAX}
        for batch in _batches(wanted, 1 if self._is_careful else _BATCH_MAILS):
            mails = await self._fetch(imap, batch, {uid: sizes[uid] for uid in batch})
            if not mails:
                continue
            await self._stored(mails)
            if not await self._do(partial(imap.mark, [mail.uid for mail in mails])):
                log.error("mail.mark_not_kept", mailbox=self._box.name)

    async def _fetch(
        self, imap: Imap, uids: Sequence[int], sizes: dict[int, tuple[int, int]]
    ) -> list[Stored]:
        """Fetch mails. One that breaks the connection several times is left where it is."""
        size, at_ms = sizes[uids[0]]
        try:
            if len(uids) == 1 and size > INLINE_MAX:
                return [await self._do(partial(self._large, imap, uids[0], size, at_ms))]
            return await self._do(partial(self._small, imap, uids, sizes))
        except MailRefused as error:
            await self._give_up(imap, uids[0], sizes[uids[0]], str(error))
            return []
        except MailboxAway as error:
            self._is_careful = True
            if len(uids) == 1:
                self._broke[uids[0]] += 1
                if self._broke[uids[0]] == _TRIES_MAX:
                    await self._give_up(imap, uids[0], sizes[uids[0]], str(error))
            raise

    async def _give_up(self, imap: Imap, uid: int, known: tuple[int, int], reason: str) -> None:
        """Have a person see, among the dead letters, that a mail could not be fetched: once for each."""
        log.error("mail.refused", mailbox=self._box.name, uid=uid)
        await self._stored([unfetched(self._box.name, imap.validity, uid, *known, reason)])

    async def _stored(self, mails: Sequence[Stored]) -> None:
        """Put mails into the inbox, however long that takes."""
        events = [event_of(mail) for mail in mails]
        failures = 0
        while True:
            try:
                await self._store(events)
            except InboxUnavailable as error:
                log.warning("mail.inbox_away", mailbox=self._box.name, error=type(error).__name__)
                await self._sleep(min(30.0, 0.5 * 2.0**failures))
                failures = min(failures + 1, 6)
            else:
                return

    def _small(self, imap: Imap, uids: Sequence[int], sizes: dict[int, tuple[int, int]]) -> list[Stored]:
        return [
            stored(raw, mailbox=self._box.name, validity=imap.validity, uid=uid, at_ms=sizes[uid][1])
            for uid, raw in sorted(imap.mails(uids).items())
            if uid in sizes
        ]

    def _large(self, imap: Imap, uid: int, size: int, at_ms: int) -> Stored:
        """Fetch a mail in pieces into a file, of one that is too large only the beginning."""
        is_short = size > self._box.size_max
        most = INLINE_MAX if is_short else size
        draft = self._spool.draft()
        try:
            with draft.open("wb") as file:
                at = 0
                while at < most:
                    piece = imap.piece(uid, at, min(_PIECE, most - at))
                    if not piece:
                        break
                    at += file.write(piece)
            if at == 0:
                raise MailRefused("the mail is empty")
            with mapped(draft) as raw:
                mail = stored(
                    raw,
                    mailbox=self._box.name,
                    validity=imap.validity,
                    uid=uid,
                    at_ms=at_ms,
                    size=size,
                    is_short=is_short,
                )
            if mail.holes:
                self._spool.keep(draft, mail.file_name)
            return mail
        finally:
            draft.unlink(missing_ok=True)

    async def _do(self, work: Callable[[], R]) -> R:
        """Do blocking work in the mailbox's own thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _leave(self) -> None:
        """Let go of the connection; what its thread waits for ends first."""
        imap, self._imap = self._imap, None
        if imap is not None:
            imap.abort()
            self._thread.submit(imap.close)


def _close_late(opening: "asyncio.Future[Imap]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().abort()


def _batches(sizes: dict[int, int], most: int) -> Iterator[list[int]]:
    """Yield uids that are fetched in one go; a large mail goes by itself."""
    batch: list[int] = []
    total = 0
    for uid in sorted(sizes):
        size = sizes[uid]
        if batch and (len(batch) >= most or total + size > _BATCH_BYTES or size > INLINE_MAX):
            yield batch
            batch, total = [], 0
        batch.append(uid)
        total += size
        if size > INLINE_MAX:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch
