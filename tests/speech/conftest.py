"""A phone that speaks to a call control on a real Asterisk, and recognisers that listen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cti.ari import ChannelKey
from cti.calls import CallControl
from cti.softphone import AccountSettings, CallState, MediaState, PhoneCall, Softphone, SoftphoneEngine
from ivr.asr.models import find_model
from ivr.asr.process import Model
from ivr.asr.recognisers import Recognisers
from tests.cti.conftest import control, far, heard
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode, unpacked_asterisk

__all__ = ["control", "far", "heard"]

TRUNK = "127.0.0.2"


@pytest.fixture(scope="session")
def whisper() -> Model:
    """The model out of the box."""
    return Model(
        engine="whisper",
        path=find_model("whisper", "", "ja", unpacked_asterisk().parent / "speech"),
        hang_s=10,
    )


@pytest.fixture(scope="session")
def vosk() -> Model:
    """The Korean model, which comes in a package; Japanese has none."""
    return Model(engine="vosk", path=find_model("vosk", "", "ko", Path("/nowhere")), hang_s=10)


@asynccontextmanager
async def listening(model: Model, language: str = "ja", streams_max: int = 4) -> AsyncIterator[Recognisers]:
    """Have a model loaded for the time of the block."""
    recognisers = Recognisers({language: model}, streams_max)
    service = asyncio.create_task(recognisers.run())
    try:
        assert await recognisers.ready()
        yield recognisers
    finally:
        service.cancel()
        await asyncio.gather(service, return_exceptions=True)


@pytest.fixture
async def caller() -> AsyncIterator[Softphone]:
    """A phone at the trunk."""
    async with SoftphoneEngine() as engine:
        yield await engine.account(AccountSettings(user="09011112222", domain=TRUNK, bound_address=TRUNK))


async def call_in(
    caller: Softphone, asterisk: AsteriskNode, control: CallControl, heard: Heard
) -> tuple[PhoneCall, ChannelKey]:
    """Call in on the trunk; returns the call at both ends, answered."""
    phone_call = await caller.call(f"sip:0312345678@{asterisk.sip_host}:{asterisk.sip_port}")
    call = await heard.next_call()
    await control.answer(call.key)
    await phone_call.wait(CallState.ANSWERED, 10)
    await phone_call.wait_media(MediaState.ACTIVE, 5)
    return phone_call, call.key


def sound_at(path: Path) -> str:
    """Return a WAV file's media URI."""
    return f"sound:{path.with_suffix('')}"
