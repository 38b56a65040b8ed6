"""A simulated LINE, and the gateway that talks to it."""

from collections.abc import AsyncIterator

import pytest

from gateways.line.gateway import LineGateway
from tests.fakes.providers import ProviderSimulator
from tests.line.support import LinkedFiles


@pytest.fixture
async def simulator() -> AsyncIterator[ProviderSimulator]:
    """LINE on loopback."""
    async with ProviderSimulator() as running:
        yield running


@pytest.fixture
async def line(simulator: ProviderSimulator) -> AsyncIterator[LineGateway]:
    gateway = LineGateway(
        secret=simulator.line_secret,
        access_token=simulator.line_token,
        api_url=simulator.line_api_url,
        files=LinkedFiles(),
    )
    yield gateway
    await gateway.close()
    await gateway.close()
