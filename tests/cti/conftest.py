"""Call control against a real Asterisk: the control, what it tells, and the far ends of its calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from cti.calls import CallControl
from tests.cti.far_end import FarEnd, far_end, link_to, write_dialplan
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode


@pytest.fixture
async def far(asterisk: AsteriskNode) -> AsyncIterator[FarEnd]:
    """The far ends. Whatever a test did, no channel and no bridge may be left after it."""
    await asyncio.to_thread(write_dialplan, asterisk)
    async with far_end(asterisk) as end:
        yield end
        try:
            await end.until_left_with(set())
        finally:
            await end.clear()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def control(asterisk: AsteriskNode, far: FarEnd, heard: Heard) -> AsyncIterator[CallControl]:
    control = CallControl(link_to(asterisk, asterisk.ari_app), heard)
    running = asyncio.create_task(control.run())
    await control.up(timeout_s=20)
    yield control
    with suppress(AssertionError):  # told by `far`, once the control is closed
        await far.until_left_with(set())
    await control.close()
    await running
