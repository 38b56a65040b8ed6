"""An outbox whose provider's certificate is wrong: what waits goes out once it is right, in order."""

from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from acd.contact import Channel
from gateways.errors import SendFailed
from gateways.job import RetryPolicy
from gateways.outbox import Outbox
from gateways.protocol import Delivery, Gateway, Outbound
from gateways.tables import Base
from tests.gateways.conftest import sqlite_engine
from tests.gateways.support import serving, until
from tests.support.certificates import Certificates, TlsFront

PATIENT = RetryPolicy(first_s=0.02, longest_s=0.1, tries_max=2000)


async def waits_for_a_certificate(
    gateway: Gateway,
    front: TlsFront,
    certificates: Certificates,
    folder: Path,
    address: str,
    lost: str = "",
) -> list[str]:
    """Send a text under each wrong certificate, then under the right one; returns the texts, in order.

    `lost`: what a gateway that connects by itself logs when it cannot.
    """
    delivered: list[str] = []

    async def on_delivery(message: Outbound, delivery: Delivery) -> None:
        delivered.append(f"{message.text}:{delivery}")

    engine = sqlite_engine(folder / "outbox.sqlite")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    channels: dict[Channel, Gateway] = {gateway.channel: gateway}
    outbox = Outbox(engine, channels, on_delivery, owner="hub", policy=PATIENT, poll_s=0.02)
    texts: list[str] = []
    with capture_logs() as logs:
        async with serving(outbox.run()):
            for wrong, certificate in certificates.bad.items():
                await front.show(certificate)
                if lost:
                    await until(lambda wrong=wrong: _is_told(logs, lost, wrong), 20)  # type: ignore[misc]
                texts.append(f"text {len(texts)}")
                message = Outbound(channel=gateway.channel, key=texts[-1], address=address, text=texts[-1])
                with pytest.raises(SendFailed, match=wrong) as failed:
                    await gateway.send(message)
                assert (failed.value.retryable, failed.value.in_doubt) == (True, False)
                await outbox.put(message)
                await until(lambda wrong=wrong: _is_told(logs, "outbox.not_sent", wrong), 20)  # type: ignore[misc]
            assert delivered == []
            await front.show(certificates.good)
            await until(lambda: len(delivered) == len(texts), 30)
    assert delivered == [f"{each}:sent" for each in texts]
    await engine.dispose()
    return texts


def _is_told(logs: Sequence[MutableMapping[str, Any]], event: str, wrong: str) -> bool:
    return any(each["event"] == event and wrong in str(each) for each in logs)
