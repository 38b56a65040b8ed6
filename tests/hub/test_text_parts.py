"""SIGHUP for the gateways' own files: what is another is ended and begun anew, all else goes on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from acd.contact import Channel
from acd.errors import SettingsError
from gateways.account import Surroundings
from gateways.form.account import FormAccount
from gateways.form.gateway import FormGateway
from gateways.mail.account import MailAccount
from gateways.mail.gateway import MailGateway
from gateways.protocol import Gateway, RawEvent, Service
from hub.single import Singles
from hub.text import TextDesk
from hub.text_parts import TextParts
from tests.gateways.support import until
from tests.line.support import LinkedFiles

MAIL = """
[support]
address => support@example.jp
imap => 127.0.0.1:1
imap_tls => none

[sales]
address => sales@example.jp
imap => 127.0.0.1:1
imap_tls => none
"""
FORM = """
[contact]
title = {title}
field => email,email,required
field => body,long,required
queue => support
least = 0
"""


class Alone(Singles):
    """The only hub: notes what runs."""

    def __init__(self) -> None:
        self.running: list[str] = []
        self.begun: list[str] = []

    async def run(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.running.append(name)
        self.begun.append(name)
        try:
            await asyncio.Event().wait()
        finally:
            self.running.remove(name)


class Idle:
    async def run(self) -> None:
        await asyncio.Event().wait()


class _Inbox(Idle):
    async def store(self, events: Sequence[RawEvent]) -> int:
        return len(events)


@pytest.fixture
async def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    for name in ("SUPPORT", "SALES", "NEW"):
        monkeypatch.setenv(f"TORITSUGI_MAIL_PASSWORD_{name}", "secret")
    (tmp_path / "mail.conf").write_text(MAIL, encoding="utf-8")
    (tmp_path / "forms.conf").write_text(FORM.format(title="Contact"), encoding="utf-8")
    return Surroundings(
        files=LinkedFiles(),
        public_url="http://127.0.0.1:1",
        config_dir=tmp_path,
        secret=b"0123456789" * 4,
        signed=lambda sign: None,
    )


def _gateways(around: Surroundings) -> dict[Channel, Gateway]:
    mail = MailAccount(data_dir=around.config_dir).build(around)
    assert isinstance(mail, MailGateway)
    return {Channel.EMAIL: mail, Channel.TICKET: FormAccount(forms=True, chat_proxies=None).build(around)}


@asynccontextmanager
async def _running(gateways: dict[Channel, Gateway]) -> AsyncIterator[tuple[TextParts, Alone]]:
    singles, nothing = Alone(), cast(Any, _Inbox())
    desk = cast(TextDesk, type("Desk", (), {"idle": Idle()})())
    parts = TextParts(
        gateways=gateways,
        inbox=nothing,
        worker=nothing,
        outbox=nothing,
        desk=desk,
        signs=nothing,
        codes=nothing,
        invitations=nothing,
        links=nothing,
        short_links=nothing,
        singles=singles,
    )
    task = asyncio.create_task(parts.run())
    try:
        await until(lambda: len(singles.running) == 3)
        yield parts, singles
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_only_what_changed_is_begun_anew(around: Surroundings) -> None:
    async with _running(_gateways(around)) as (parts, singles):
        assert sorted(singles.running) == ["bot-idle", "mail:sales", "mail:support"]
        text = MAIL.replace("address => sales@", "name => Sales\naddress => sales@")
        new = MAIL.split("[sales]")[1].replace("sales@", "new@")
        (around.config_dir / "mail.conf").write_text(f"{text}\n[new]{new}", encoding="utf-8")
        parts.reread()()
        await until(lambda: len(singles.running) == 4)
        assert sorted(singles.begun) == ["bot-idle", "mail:new", "mail:sales", "mail:sales", "mail:support"]
        (around.config_dir / "mail.conf").write_text(text.split("[sales]")[0], encoding="utf-8")
        parts.reread()()
        await until(lambda: sorted(singles.running) == ["bot-idle", "mail:support"])
        assert singles.begun.count("mail:support") == 1


async def test_a_wrong_file_is_refused_whole_and_the_old_one_kept(around: Surroundings) -> None:
    gateways = _gateways(around)
    async with _running(gateways) as (parts, singles):
        (around.config_dir / "forms.conf").write_text(FORM.format(title="Other"), encoding="utf-8")
        wrong = MAIL.replace("imap => 127.0.0.1:1", "imap => no host", 1)
        (around.config_dir / "mail.conf").write_text(wrong, encoding="utf-8")
        with pytest.raises(SettingsError) as refused:
            parts.reread()
        assert [str(each) for each in refused.value.problems] == [
            f"{around.config_dir}/mail.conf:4: expected imap => HOST or HOST:PORT"
        ]
        forms, mail = gateways[Channel.TICKET], gateways[Channel.EMAIL]
        assert isinstance(forms, FormGateway)
        assert isinstance(mail, MailGateway)
        assert forms._forms["contact"].title == "Contact"
        assert mail._boxes["support"].imap.host == "127.0.0.1"
        assert len(singles.begun) == 3
        (around.config_dir / "mail.conf").write_text(MAIL, encoding="utf-8")
        parts.reread()()
        assert forms._forms["contact"].title == "Other"


async def test_a_mailbox_without_its_password_is_refused(around: Surroundings) -> None:
    gateways = _gateways(around)
    more = MAIL.split("[sales]")[1].replace("sales@", "more@")
    (around.config_dir / "mail.conf").write_text(f"{MAIL}\n[more]{more}", encoding="utf-8")
    async with _running(gateways) as (parts, _):
        with pytest.raises(SettingsError, match="TORITSUGI_MAIL_PASSWORD_MORE"):
            parts.reread()


def test_services_are_the_same_as_long_as_nothing_changed(around: Surroundings) -> None:
    async def store(events: Sequence[RawEvent]) -> int:
        return 0

    for gateway in _gateways(around).values():
        first: Sequence[Service] = gateway.services(store)
        assert list(first) == list(gateway.services(store))
