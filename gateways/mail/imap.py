"""One connection to an IMAP server, used by one thread at a time (RFC 3501, IDLE: RFC 2177)."""

import imaplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from gateways import tls
from gateways.job import wall_ms
from gateways.mail.errors import MailboxAway, MailRefused
from gateways.mail.mailboxes import Mailbox, Peer, Tls

R = TypeVar("R")

TAKEN: Final = "ToritsugiTaken"
"""The keyword of mails that are in the inbox. A server without keywords gets `\\Seen` instead."""

_CONNECT_S, _READ_S, _POLL_S = 10.0, 30.0, 15.0
_DOWN = (IMAPClientError, imaplib.IMAP4.error, OSError, EOFError, ValueError)


def tls_context(peer: Peer) -> ssl.SSLContext:
    """Return how a server proves who it is; raises `MailboxAway`."""
    try:
        return tls.context_of(peer.ca_file)
    except OSError as error:
        raise MailboxAway(f"the certificates cannot be read: {type(error).__name__}") from None


class Imap:
    """Open it, use it, `close` it; `abort`, of any thread, ends what waits. All raise `MailboxAway`."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box
        self._aborted = threading.Event()
        self._client = _ask(self._connect)
        self._sign: bytes = TAKEN.encode()
        self.validity = 0

    def _connect(self) -> IMAPClient:
        peer = self._box.imap
        context = tls_context(peer) if peer.tls is not Tls.NONE else None
        client = IMAPClient(
            peer.host,
            peer.port,
            ssl=peer.tls is Tls.IMPLICIT,
            ssl_context=context,
            timeout=SocketTimeout(_CONNECT_S, _READ_S),
        )
        client._imap.debug = 0  # noqa: SLF001 - its debug log shows mails and passwords
        client.normalise_times = False
        try:
            if peer.tls is Tls.STARTTLS:
                client.starttls(context)
            _sign_in(client, self._box)
        except BaseException:
            _shut(client)
            raise
        return client

    def select(self, folder: str) -> None:
        """Open a folder to read and mark."""
        answer = _ask(lambda: self._client.select_folder(folder))
        self.validity = int(answer.get(b"UIDVALIDITY", 0))
        flags = answer.get(b"PERMANENTFLAGS", ())
        if b"\\*" not in flags and TAKEN.encode() not in flags:
            self._sign = b"\\Seen"

    def untaken(self, after: int) -> list[int]:
        """Return the uids, ascending, of mails that do not bear our mark."""
        criteria: list[Any] = ["UNKEYWORD", TAKEN] if self._sign != b"\\Seen" else ["UNSEEN"]
        criteria += ["UNDELETED", "UID", f"{after + 1}:*"]
        if self._box.since is not None:
            criteria += ["SINCE", self._box.since]
        self._told().pop("EXISTS", None)
        found = _ask(lambda: self._client.search(criteria))
        return sorted(uid for uid in map(int, found) if uid > after)

    def sizes(self, uids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Return size in bytes and the time of receiving (Unix time, ms) by uid."""
        found = self._fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        return {
            uid: (int(each[b"RFC822.SIZE"]), _ms(each.get(b"INTERNALDATE"))) for uid, each in found.items()
        }

    def mails(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Return whole mails by uid; one that is gone meanwhile is left out."""
        found = self._fetch(uids, ["BODY.PEEK[]"])
        return {uid: each[b"BODY[]"] for uid, each in found.items() if each.get(b"BODY[]") is not None}

    def piece(self, uid: int, at: int, length: int) -> bytes:
        """Return so many bytes of a mail; fewer at its end. Raises `MailRefused` if it is gone."""
        found = self._fetch([uid], [f"BODY.PEEK[]<{at}.{length}>"])
        pieces = [value for key, value in found.get(uid, {}).items() if key.startswith(b"BODY[]")]
        if not pieces:
            raise MailRefused("the mail is not there any more")
        return bytes(pieces[0] or b"")

    def mark(self, uids: Sequence[int]) -> bool:
        """Mark mails as taken; whether the server keeps the mark."""
        answer = _ask(lambda: self._client.add_flags(uids, [self._sign]))
        return all(self._sign in flags for flags in answer.values())

    def wait(self, timeout_s: float) -> None:
        """Wait until something happens in the folder; a server without IDLE is asked again after a while.

        A mail that came while `untaken` searched was told of then, and will not be told of again.
        """
        if "EXISTS" in self._told():
            return
        if not _ask(lambda: self._client.has_capability("IDLE")):
            self._aborted.wait(min(timeout_s, _POLL_S))
            _ask(self._client.noop)
            return
        _ask(self._client.idle)
        if not _ask(self._has_more):
            _ask(lambda: self._client.idle_check(timeout_s))
        _ask(self._client.idle_done)

    def append(self, folder: str, raw: bytes) -> None:
        """Put a mail of ours into a folder, which is made if it is missing."""
        if not _ask(lambda: self._client.folder_exists(folder)):
            _ask(lambda: self._client.create_folder(folder))
        _ask(lambda: self._client.append(folder, raw, [b"\\Seen"]))

    def has(self, folder: str, message_id: str) -> bool:
        """Whether a folder has a mail of this id."""
        if not _ask(lambda: self._client.folder_exists(folder)):
            return False
        _ask(lambda: self._client.select_folder(folder, readonly=True))
        return bool(_ask(lambda: self._client.search(["HEADER", "Message-ID", message_id])))

    def abort(self) -> None:
        """End whatever another thread waits for."""
        self._aborted.set()
        with suppress(OSError, AttributeError):
            self._client._imap.sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001

    def close(self) -> None:
        with suppress(*_DOWN):
            self._client.logout()
        _shut(self._client)

    def _has_more(self) -> bool:
        """Whether the server has said something that is read already, by which the socket wakes nobody."""
        imap, sock = self._client._imap, self._client.socket()  # noqa: SLF001
        reader = getattr(imap, "_file", None) or imap.file
        sock.settimeout(0)
        try:
            return bool(reader.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            sock.settimeout(_READ_S)

    def _told(self) -> dict[str, Any]:
        """Return what the server said by the way, by its first word."""
        told: dict[str, Any] = self._client._imap.untagged_responses  # noqa: SLF001
        return told

    def _fetch(self, uids: Iterable[int], what: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        found = _ask(lambda: self._client.fetch(list(uids), list(what)))
        return {int(uid): dict(each) for uid, each in found.items()}


def _sign_in(client: IMAPClient, box: Mailbox) -> None:
    if box.tokens is None:
        client.login(box.user, box.password)
        return
    token = box.tokens.get()
    try:
        client.oauth2_login(box.user, token)
    except LoginError:
        box.tokens.forget(token)
        raise


def _ask(work: Callable[[], R]) -> R:
    try:
        return work()
    except LoginError:
        raise MailboxAway("the server does not let us in") from None
    except ssl.SSLError as error:
        raise MailboxAway(tls.trouble(error) or "TLS failed") from None
    except imaplib.IMAP4.abort as error:
        raise MailboxAway(f"the connection ended: {type(error).__name__}") from None
    except IMAPClientError as error:
        raise MailboxAway(f"the server refused: {str(error)[:120]}") from None
    except _DOWN as error:
        raise MailboxAway(f"no connection: {type(error).__name__}") from None


def _shut(client: IMAPClient) -> None:
    with suppress(*_DOWN, AttributeError):
        client.shutdown()


def _ms(received: Any) -> int:
    """Return the end of the second that a server names, or now: what we wrote before it stands before it."""
    now_ms = wall_ms()
    return min(round(received.timestamp() * 1000) + 999, now_ms) if received is not None else now_ms
