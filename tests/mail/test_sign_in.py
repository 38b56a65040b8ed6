"""Signing in to real mail servers: by password (PLAIN, LOGIN) over TLS, and by tokens that end (XOAUTH2)."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateways.errors import SendFailed
from gateways.inbox import Inbox
from gateways.mail.errors import MailboxAway
from gateways.mail.imap import Imap
from gateways.mail.mailboxes import Mailbox, examine_mail
from gateways.mail.oauth import Grant, Tokens
from gateways.mail.smtp import submit
from tests.fakes.tokens import CLIENT, REFRESH, SECRET, TokenServer
from tests.gateways.support import serving, until
from tests.mail.conftest import box_of
from tests.mail.mails import mail
from tests.mail.test_intake import Hub
from tests.support.dovecot import PASSWORD, USER, Dovecot
from tests.support.exim import Exim

pytestmark = pytest.mark.real


@pytest.fixture
async def tokens() -> AsyncIterator[TokenServer]:
    async with TokenServer(USER) as server:
        yield server


@pytest.fixture
def modern(certificate: Path, tokens: TokenServer) -> Iterator[Dovecot]:
    """An IMAP server that asks the token server whose a token is."""
    with tempfile.TemporaryDirectory(prefix="td-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        server = Dovecot(Path(folder), certificate, tokens=f"{tokens.url}/info")
        server.start()
        yield server
        server.stop()


def _exim(dovecot: Dovecot, certificate: Path, *mechanisms: str) -> Exim:
    server = Exim(dovecot.folder / "exim", dovecot.maildir, certificate, mechanisms=mechanisms)
    server.start()
    return server


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
async def test_mail_is_sent_by_password(dovecot: Dovecot, certificate: Path, mechanism: str) -> None:
    exim = _exim(dovecot, certificate, mechanism)
    try:
        box = replace(box_of(dovecot, exim, ca=certificate), smtp_user=USER)
        await submit(box, "hanako@customer.test", mail("Subject: hello"))
        await until(lambda: len(list((dovecot.maildir / "new").iterdir())) == 1)
        with pytest.raises(SendFailed, match="sign in first"):
            await submit(replace(box, smtp_user=""), "hanako@customer.test", mail("Subject: hello"))
        wrong = replace(box, password="wrong-password")
        with pytest.raises(SendFailed, match=r"does not let us in \(535\)") as failed:
            await submit(wrong, "hanako@customer.test", mail("Subject: hello"))
        assert (failed.value.retryable, failed.value.in_doubt) == (True, False)
        assert "wrong-password" not in f"{failed.value!r} {wrong!r}"
    finally:
        exim.stop()


async def test_a_wrong_password_is_told_without_it(dovecot: Dovecot, inbox: Inbox, tmp_path: Path) -> None:
    hub = Hub(replace(box_of(dovecot), password="wrong-password"), inbox, tmp_path)
    with capture_logs() as logs:
        async with serving(*(run() for run in hub.services)):
            await until(lambda: any(each["event"] == "mail.away" for each in logs))
    assert "the server does not let us in" in str(logs)
    assert "wrong-password" not in str(logs)


def _box(dovecot: Dovecot, server: TokenServer, exim: Exim | None = None, **grant: str) -> Mailbox:
    given = {"client_id": CLIENT, "client_secret": SECRET, "refresh_token": REFRESH} | grant
    tokens = Tokens(Grant(token_url=f"{server.url}/token", **given))
    return replace(
        box_of(dovecot, exim, ca=exim.certificate if exim else None),
        password="",
        tokens=tokens,
        smtp_user=USER,
    )


async def test_mail_comes_and_goes_by_tokens(
    modern: Dovecot, tokens: TokenServer, inbox: Inbox, tmp_path: Path, certificate: Path
) -> None:
    exim = _exim(modern, certificate, "XOAUTH2")
    try:
        box = _box(modern, tokens, exim)
        hub = Hub(box, inbox, tmp_path)
        async with serving(*(run() for run in hub.services), hub.worker()):
            modern.deliver(mail("Subject: first"))
            await until(lambda: len(hub.said) == 1)
            exim.accept("access-1")
            await submit(box, "hanako@customer.test", mail("Subject: by token"))
            await until(lambda: len(hub.said) == 2)
            assert len(tokens.forms) == 1, "one token serves both"

            tokens.good.clear()  # revoked: what is signed in goes on, what is not gets another
            exim.accept("access-2")
            with pytest.raises(SendFailed, match="does not let us in") as failed:
                await submit(box, "hanako@customer.test", mail("Subject: again"))
            assert failed.value.retryable
            await submit(box, "hanako@customer.test", mail("Subject: again"))
            modern.stop()
            modern.start()
            await until(lambda: [each.subject for each in hub.said][2:] == ["again"], 30)
        kinds = [(form["grant_type"], form.get("refresh_token")) for form in tokens.forms]
        assert kinds == [("refresh_token", REFRESH), ("refresh_token", f"{REFRESH}-1")]
    finally:
        exim.stop()


async def test_a_server_that_does_not_take_the_token_is_asked_with_another(
    modern: Dovecot, tokens: TokenServer
) -> None:
    box = _box(modern, tokens)
    (await asyncio.to_thread(Imap, box)).close()
    tokens.good.clear()
    with pytest.raises(MailboxAway, match="does not let us in"):
        await asyncio.to_thread(Imap, box)
    (await asyncio.to_thread(Imap, box)).close()


async def test_what_a_token_server_refuses_is_told_without_secrets(
    modern: Dovecot, tokens: TokenServer, certificate: Path
) -> None:
    box = _box(modern, tokens, refresh_token="stale-token")
    with pytest.raises(MailboxAway, match="the token server refused: 400 invalid_grant") as away:
        await asyncio.to_thread(Imap, box)
    exim = _exim(modern, certificate, "XOAUTH2")
    try:
        with pytest.raises(SendFailed, match="the token server refused: 400 invalid_client") as failed:
            await submit(_box(modern, tokens, exim, client_secret="no"), "a@b.test", mail("Subject: x"))
    finally:
        exim.stop()
    assert (failed.value.retryable, failed.value.in_doubt) == (True, False)
    assert not any(word in f"{away.value!r} {failed.value!r} {box!r}" for word in (SECRET, "stale-token"))


async def test_a_token_is_renewed_before_it_ends(tokens: TokenServer) -> None:
    now_s = 0.0
    grant = Grant(token_url=f"{tokens.url}/token", client_id=CLIENT, client_secret=SECRET, scope="mail")
    kept = Tokens(grant, clock=lambda: now_s)
    for now_s, expected in ((0.0, "access-1"), (3500.0, "access-1"), (3550.0, "access-2")):  # noqa: B007
        assert await asyncio.to_thread(kept.get) == expected
    kept.forget("access-1")
    assert await asyncio.to_thread(kept.get) == "access-2"
    assert tokens.forms[0] == {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "scope": "mail",
    }


async def test_nobody_at_the_token_server() -> None:
    grant = Grant(token_url="http://127.0.0.1:9/token", client_id=CLIENT, refresh_token=REFRESH)
    with pytest.raises(MailboxAway, match="no token: URLError"):
        await asyncio.to_thread(Tokens(grant).get)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"TOKEN_URL": "https://id.test/token", "CLIENT_ID": "x", "REFRESH_TOKEN": "y"}, ""),
        ({"TOKEN_URL": "https://id.test/token", "CLIENT_ID": "x", "CLIENT_SECRET": "y"}, ""),
        ({"TOKEN_URL": "http://id.test/token", "CLIENT_ID": "x", "REFRESH_TOKEN": "y"}, "https address"),
        ({"TOKEN_URL": "https://id.test/token", "REFRESH_TOKEN": "y"}, "CLIENT_ID_SUPPORT"),
        ({"TOKEN_URL": "https://id.test/token", "CLIENT_ID": "x"}, "or TORITSUGI_MAIL_CLIENT_SECRET_SUPPORT"),
        ({}, "TORITSUGI_MAIL_PASSWORD_SUPPORT"),
    ],
)
def test_what_stands_in_the_environment(tmp_path: Path, given: dict[str, str], problem: str) -> None:
    (tmp_path / "mail.conf").write_text("[support]\naddress => a@example.jp\nimap => imap.example.jp\n")
    environment = {f"TORITSUGI_MAIL_{name}_SUPPORT": value for name, value in given.items()}
    (box,), problems = examine_mail(tmp_path, environment)
    assert [problem in str(each) for each in problems] == ([True] if problem else [])
    assert (box.tokens is not None) is not bool(problem)
    assert PASSWORD not in repr(replace(box, password=PASSWORD))
