"""One mail to the server that sends for us (RFC 5321, submission: RFC 6409)."""

import asyncio
from contextlib import suppress

import aiosmtplib
from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPConnectError, SMTPException, SMTPResponseException

from gateways import tls
from gateways.errors import SendFailed
from gateways.mail.errors import MailboxAway
from gateways.mail.imap import tls_context
from gateways.mail.mailboxes import Mailbox, Peer, Tls

_STEP_S = 10.0
_DATA_S = 20.0


async def submit(box: Mailbox, recipient: str, raw: bytes) -> None:
    """Hand a mail over; raises `SendFailed`, in doubt only if silence followed the mail itself."""
    assert box.smtp is not None
    client = _client(box.smtp)
    try:
        await _greet(client, box)
        await _address(client, box.address, recipient)
        await _hand_over(client, raw)
        with suppress(SMTPException, OSError, TimeoutError):  # it has taken the mail
            await client.quit(timeout=1.0)
    finally:
        client.close()


def _client(peer: Peer) -> SMTP:
    try:
        context = tls_context(peer) if peer.tls is not Tls.NONE else None
    except MailboxAway as error:
        raise SendFailed(str(error), retryable=True) from None
    return SMTP(
        hostname=peer.host,
        port=peer.port,
        use_tls=peer.tls is Tls.IMPLICIT,
        start_tls=peer.tls is Tls.STARTTLS,
        tls_context=context,
        timeout=_STEP_S,
    )


async def _greet(client: SMTP, box: Mailbox) -> None:
    try:
        await client.connect()
        if box.smtp_user:
            await _sign_in(client, box)
    except aiosmtplib.SMTPAuthenticationError as error:
        raise SendFailed(f"the server does not let us in ({error.code})", retryable=True) from None
    except MailboxAway as error:
        raise SendFailed(str(error), retryable=True) from None
    except (SMTPException, OSError, TimeoutError, ValueError) as error:
        raise SendFailed(_why(error), retryable=True) from None


async def _sign_in(client: SMTP, box: Mailbox) -> None:
    if box.tokens is None:
        await client.login(box.smtp_user, box.password)
        return
    token = await asyncio.to_thread(box.tokens.get)
    try:
        await client.auth_xoauth2(box.smtp_user, token)
    except aiosmtplib.SMTPAuthenticationError:
        box.tokens.forget(token)
        raise


async def _address(client: SMTP, sender: str, recipient: str) -> None:
    try:
        await client.mail(sender)
        await client.rcpt(recipient)
    except SMTPResponseException as error:
        raise _refused(error) from None
    except (SMTPException, OSError, TimeoutError) as error:
        raise SendFailed(_why(error), retryable=True) from None
    except (ValueError, UnicodeError):
        raise SendFailed("not an address that mail can be sent to", retryable=False) from None


async def _hand_over(client: SMTP, raw: bytes) -> None:
    try:
        await client.data(raw, timeout=_DATA_S)
    except SMTPResponseException as error:
        raise _refused(error) from None
    except (SMTPException, OSError, TimeoutError) as error:
        raise SendFailed(_why(error), retryable=True, in_doubt=True) from None


def _refused(error: SMTPResponseException) -> SendFailed:
    """Return what the server's answer means: 5xx is final (RFC 5321 §4.2.1), 421 ends the connection."""
    return SendFailed(f"SMTP {error.code}: {error.message[:200]}", retryable=error.code < 500)


def _why(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error, SMTPConnectError) and error.__cause__ else error
    if (failed := tls.trouble(cause)) is not None:
        return failed
    if isinstance(error, SMTPResponseException):
        return f"SMTP {error.code}: {error.message[:200]}"
    return f"no connection: {type(cause).__name__}"
