"""Mail servers whose certificate is wrong: a clear record, nothing lost, and on it goes."""

import asyncio
from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateways.mail.gateway import MailGateway
from gateways.mail.intake import Intake
from gateways.mail.mailboxes import Peer, Tls
from gateways.mail.spool import Spool
from gateways.protocol import RawEvent
from tests.gateways.support import serving, until
from tests.gateways.waiting import waits_for_a_certificate
from tests.mail.conftest import KeptFiles, box_of
from tests.mail.mails import SECRET, mail
from tests.support.certificates import Certificates, TlsFront
from tests.support.dovecot import Dovecot
from tests.support.exim import Exim

pytestmark = pytest.mark.real


async def test_mail_goes_out_once_the_certificate_is_right(
    dovecot: Dovecot, exim: Exim, tmp_path: Path
) -> None:
    certificates = Certificates(tmp_path)
    async with TlsFront(exim.port, certificates.good) as front:
        peer = Peer("127.0.0.1", front.port, Tls.IMPLICIT, str(certificates.ca_file))
        box = replace(box_of(dovecot), smtp=peer, smtp_user="")
        gateway = MailGateway([box], secret=SECRET, spool=Spool(tmp_path / "mail"), files=KeptFiles({}))
        address = "hanako@customer.test"
        texts = await waits_for_a_certificate(gateway, front, certificates, tmp_path, address)
        await until(lambda: len(list((dovecot.maildir / "new").iterdir())) == len(texts))


async def test_mail_comes_in_once_the_certificate_is_right(dovecot: Dovecot, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    dovecot.deliver(mail("Subject: waits"))
    stored: list[str] = []

    async def store(events: Sequence[RawEvent]) -> int:
        stored.extend(event.event_id for event in events)
        return len(events)

    async with TlsFront(dovecot.port, certificates.good) as front:
        peer = Peer("127.0.0.1", front.port, Tls.IMPLICIT, str(certificates.ca_file))
        intake = Intake(replace(box_of(dovecot), imap=peer), store, Spool(tmp_path / "mail"), sleep=_a_little)
        await front.show(certificates.bad["certificate has expired"])
        with capture_logs() as logs:
            async with serving(intake.run()):
                for wrong, certificate in certificates.bad.items():
                    await front.show(certificate)
                    await until(lambda wrong=wrong: _is_told(logs, wrong), 20)  # type: ignore[misc]
                assert not stored
                await front.show(certificates.good)
                await until(lambda: len(stored) == 1, 20)


async def _a_little(_seconds: float) -> None:
    await asyncio.sleep(0.05)


def _is_told(logs: Sequence[MutableMapping[str, Any]], wrong: str) -> bool:
    return any(each["event"] == "mail.away" and wrong in each["reason"] for each in logs)
