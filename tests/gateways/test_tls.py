"""Providers by HTTPS whose certificate is wrong: a clear record, nothing lost, and on it goes."""

from pathlib import Path

import pytest

from gateways.line.gateway import LineGateway
from gateways.sms.gateway import SmsGateway
from gateways.sms.twilio import TwilioProvider, TwilioSettings
from gateways.tls import context_of
from tests.fakes.line import line_user_id
from tests.fakes.providers import ProviderSimulator
from tests.fakes.twilio import ACCOUNT, TOKEN, TwilioSimulator
from tests.gateways.support import AROUND
from tests.gateways.waiting import waits_for_a_certificate
from tests.support.certificates import Certificates, TlsFront


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """Certificates whose authority this machine knows."""
    made = Certificates(tmp_path)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", context_of(str(made.ca_file)))
    return made


async def test_twilio(certificates: Certificates, tmp_path: Path) -> None:
    async with (
        TwilioSimulator() as twilio,
        TlsFront(int(twilio.url.rpartition(":")[2]), certificates.good) as front,
    ):
        settings = TwilioSettings(
            account=ACCOUNT,
            token=TOKEN,
            sender="+815012345678",
            public_url="http://hub.test",
            api_url=f"https://127.0.0.1:{front.port}",
        )
        gateway = SmsGateway(TwilioProvider(settings), AROUND)
        texts = await waits_for_a_certificate(gateway, front, certificates, tmp_path, "+819012345678")
        assert [each["Body"] for each in twilio.taken] == texts
        await gateway.close()


async def test_line(certificates: Certificates, tmp_path: Path) -> None:
    async with (
        ProviderSimulator() as simulator,
        TlsFront(int(simulator.line_api_url.rpartition(":")[2]), certificates.good) as front,
    ):
        gateway = LineGateway(
            secret="s", access_token=simulator.line_token, api_url=f"https://127.0.0.1:{front.port}"
        )
        user = line_user_id("tls")
        texts = await waits_for_a_certificate(gateway, front, certificates, tmp_path, user)
        assert [each.text for each in simulator.messages_to(user)] == texts
        await gateway.close()
