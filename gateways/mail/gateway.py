"""Moves mail: each mailbox in by IMAP, answers out by SMTP."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import structlog

from acd.contact import Channel
from gateways.errors import FetchFailed, FileGone, FilesUnavailable, SendFailed
from gateways.files import Files, StoredFile
from gateways.job import wall_ms
from gateways.mail import codec, message_ids
from gateways.mail.automatic import is_machine
from gateways.mail.compose import compose, deliverable
from gateways.mail.envelope import Stored, unpack, whole
from gateways.mail.errors import MailboxAway, MailRefused
from gateways.mail.imap import Imap
from gateways.mail.intake import Intake
from gateways.mail.mailboxes import Mailbox
from gateways.mail.mime import scan
from gateways.mail.smtp import submit
from gateways.mail.spool import Spool
from gateways.mail.transfer import Decoder
from gateways.protocol import Gateway, Incoming, Outbound, Part, RawEvent, Service, Store

log = structlog.get_logger()

_BLOCK = 256 * 1024


class MailGateway(Gateway):
    """All mailboxes. `secret` signs our message ids, `spool` is where large mails lie for a while.

    `read` reads mail.conf anew, and raises `AccountsWrong`.
    """

    channel = Channel.EMAIL

    def __init__(
        self,
        boxes: Sequence[Mailbox],
        *,
        secret: bytes,
        spool: Spool,
        files: Files,
        read: Callable[[], Sequence[Mailbox]] | None = None,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        if not boxes:
            raise ValueError("expected a mailbox")
        self._boxes = {box.name: box for box in boxes}
        self._intakes: dict[Mailbox, Intake] = {}
        self._store: Store | None = None
        self._reread = read or (lambda: boxes)
        self._secret, self._spool, self._files, self._now_ms = secret, spool, files, now_ms

    def services(self, store: Store) -> Sequence[Service]:
        """A mailbox that is as it was is served by what served it, for the same store."""
        before = self._intakes if store == self._store else {}
        self._store = store
        self._intakes = {
            box: before.get(box) or Intake(box, store, self._spool) for box in self._boxes.values()
        }
        return [Service(name=f"mail:{box.name}", run=each.run) for box, each in self._intakes.items()]

    def reread(self) -> Callable[[], None]:
        boxes = {box.name: box for box in self._reread()}

        def take_over() -> None:
            self._boxes = boxes

        return take_over

    def decode(self, event: RawEvent) -> Incoming | None:
        return codec.decode(event, self._boxes, self._secret)

    async def taken(self, event: RawEvent) -> None:
        try:
            mail = unpack(event.body)
            if mail.holes:
                await asyncio.to_thread(self._spool.forget, mail.file_name)
        except (ValueError, OSError) as error:
            log.warning("mail.spool_not_emptied", error=type(error).__name__)

    # --- files -------------------------------------------------------------------------------

    async def fetch(self, event: RawEvent, part: Part) -> AsyncIterator[bytes]:
        """Read an attachment: of a large mail from the file beside the database or the server."""
        mail = unpack(event.body)
        node = scan(mail.raw).root.find(part.source)
        if node is None:
            raise FetchFailed("the mail has no such part", retryable=False)
        start, end = whole(mail, node)
        decoder = Decoder(node.headers.value("Content-Transfer-Encoding"))
        if end - start == node.end - node.start:
            blocks = _inline(mail.raw[node.start : node.end])
        else:
            blocks = self._beside(mail, start, min(end, mail.size))
        async for block in blocks:
            if decoded := decoder.feed(block):
                yield decoded
        if decoded := decoder.end():
            yield decoded

    async def _beside(self, mail: Stored, start: int, end: int) -> AsyncIterator[bytes]:
        server: Imap | None = None
        try:
            while start < end:
                length = min(_BLOCK, end - start)
                block = await asyncio.to_thread(self._spool.read, mail.file_name, start, length)
                if block is None:
                    if server is None:
                        server = await asyncio.to_thread(self._reopen, mail)
                    block = await asyncio.to_thread(server.piece, mail.uid, start, length)
                if not block:
                    raise FetchFailed("the mail ends before the part does", retryable=False)
                start += len(block)
                yield block
        except MailRefused as error:
            raise FetchFailed(str(error), retryable=False) from None
        except MailboxAway as error:
            raise FetchFailed(str(error), retryable=True) from None
        finally:
            if server is not None:
                await asyncio.to_thread(server.close)

    def _reopen(self, mail: Stored) -> Imap:
        """Open the mailbox that a mail came from, in which it still has its number."""
        box = self._boxes.get(mail.mailbox)
        if box is None:
            raise MailRefused("the mailbox is not set up any more")
        imap = Imap(box)
        imap.select(box.folder)
        if imap.validity != mail.validity:
            imap.close()
            raise MailRefused("the server counts its mails anew")
        return imap

    # --- out ---------------------------------------------------------------------------------

    async def send(self, message: Outbound, *, in_doubt: bool = False) -> str:
        """Send a mail and return its message id, which is made from the message's key.

        A mail in doubt is looked for in the folder of sent mail first. If it is not there it is sent again,
        under the same id.
        """
        box = self._sender(message.account)
        if message.is_automatic and is_machine(message.address):
            raise SendFailed("an automatic answer to a machine is not sent", retryable=False)
        message_id = message_ids.make(message.key, box.address, self._secret)
        recipient = deliverable(message.address)
        if in_doubt and await self._was_sent(box, message_id):
            return message_id
        files = await self._read(message.files, box.sent_size_max)
        at = datetime.fromtimestamp(self._now_ms() / 1000, UTC).astimezone()
        raw = await asyncio.to_thread(
            partial(compose, message, box, message_id=message_id, at=at, files=files)
        )
        await submit(box, recipient, raw)
        await self._copy(box, raw)
        return message_id

    def _sender(self, account: str) -> Mailbox:
        """Return the mailbox that a thread goes by, else the first that sends."""
        box = self._boxes.get(account)
        if box is None or box.smtp is None:
            box = next((each for each in self._boxes.values() if each.smtp is not None), None)
        if box is None:
            raise SendFailed("no mailbox sends: mail.conf has no smtp", retryable=False)
        return box

    async def _read(self, files: Sequence[StoredFile], most: int) -> list[tuple[StoredFile, bytes]]:
        if sum(file.size for file in files) > most * 3 // 4:
            raise SendFailed(
                f"the files are larger than {most // (1024 * 1024)} MiB of mail", retryable=False
            )
        try:
            return [(file, b"".join([block async for block in self._files.read(file)])) for file in files]
        except FileGone:
            raise SendFailed("a file is not there any more", retryable=False) from None
        except FilesUnavailable:
            raise SendFailed("the files cannot be read now", retryable=True) from None

    async def _was_sent(self, box: Mailbox, message_id: str) -> bool:
        if not box.sent:
            return False
        try:
            return await asyncio.to_thread(_look_for, box, message_id)
        except MailboxAway as error:
            raise SendFailed(
                f"whether it was sent cannot be seen: {error}", retryable=True, in_doubt=True
            ) from None

    async def _copy(self, box: Mailbox, raw: bytes) -> None:
        """Keep a copy in the folder of sent mail, where a later try finds it."""
        if not box.sent or not box.copies:
            return
        try:
            await asyncio.to_thread(_append, box, raw)
        except MailboxAway as error:
            log.warning("mail.not_copied", mailbox=box.name, reason=str(error))


async def _inline(raw: bytes) -> AsyncIterator[bytes]:
    yield raw


def _look_for(box: Mailbox, message_id: str) -> bool:
    imap = Imap(box)
    try:
        return imap.has(box.sent, message_id)
    finally:
        imap.close()


def _append(box: Mailbox, raw: bytes) -> None:
    imap = Imap(box)
    try:
        imap.append(box.sent, raw)
    finally:
        imap.close()
