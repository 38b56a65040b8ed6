"""A whole hub that writes calls down: what it needs in Asterisk comes and goes with the talk."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti.softphone import CallState
from tests.failures.floor import Floor, open_floor, until
from tests.ivr.asr_engines import HERE

pytestmark = pytest.mark.real


def _transcribing(name: str, text: str) -> str:
    return text.replace("[service](!) ", "[service](!)\ntranscribe = yes\n; ") if name == "acd.conf" else text


@pytest.fixture
async def floor() -> AsyncIterator[Floor]:
    with tempfile.TemporaryDirectory(prefix="ts-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        database = f"sqlite+aiosqlite:///{folder}/floor.db"
        async with open_floor(
            Path(folder),
            database,
            edit=_transcribing,
            SPEECH="yes",
            SPEECH_ENGINES=f"ja:{HERE}:Counting=/,en:vosk=/nowhere",
        ) as floor:
            yield floor


async def test_a_queue_s_calls_are_listened_to_from_both_sides_until_they_end(floor: Floor) -> None:
    async def media(count: int) -> bool:
        return sum("WebSocket" in line for line in await floor.channels()) == count

    async def listened() -> bool:
        return await media(2)

    async def over() -> bool:
        return await media(0)

    assert any(line["event"] == "speech.no_model" for line in floor.hub.log())
    await floor.sato.available()
    call = await floor.call("09011112222")
    phone_call, _ = await floor.sato.answers()
    await call.wait(CallState.ANSWERED, 5)
    await until(listened)
    await phone_call.hang_up()
    await until(over)
    await floor.settle()
