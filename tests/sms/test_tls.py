"""A message centre by TLS (`smpps`) whose certificate is wrong: sought again until it is right."""

from pathlib import Path

import pytest

from gateways.protocol import Inbound
from tests.gateways.waiting import waits_for_a_certificate
from tests.sms.conftest import NUMBER, Hub, centre_at
from tests.sms.smsc import Smsc
from tests.support.certificates import Certificates, TlsFront

pytestmark = pytest.mark.real


async def test_a_centre_with_a_wrong_certificate(smsc: Smsc, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    async with TlsFront(smsc.port, certificates.bad["certificate has expired"]) as front:
        centre = centre_at(front.port, is_tls=True, ca_file=str(certificates.ca_file))
        async with Hub(centre).running() as hub:
            texts = await waits_for_a_certificate(
                hub.gateway, front, certificates, tmp_path, NUMBER, "smpp.lost"
            )
            assert [each.text for each in smsc.of("submit")] == texts
            assert [each.is_known for each in smsc.of("bind")] == [True]
            smsc.deliver(message="hello")
            (message,) = await hub.hears()
            assert isinstance(message, Inbound)
