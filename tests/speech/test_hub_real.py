"""A whole hub that listens: to callers who answer a form, and to talks, which it writes down."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from acd.ids import ContactId
from crm_bridge.model import HeardItem
from cti.softphone import CallState
from hub.crm import Crm
from hub.database import create_engine
from tests.failures.floor import Floor, open_floor, until
from tests.ivr.asr_engines import HERE
from tests.support import voices

pytestmark = pytest.mark.real


FORM = """
[general]
languages = ja

[main]
prompt => 番号をどうぞ。
key => 1,queue,support
key => 2,form,details
on_timeout => queue,support

[details]
type = form
slot => number,number,length=4-8
ask => number,どうぞ。
then => queue,support
on_failure => hangup
"""


def _transcribing(name: str, text: str) -> str:
    if name == "ivr.conf":
        return FORM
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
            SPEECH_ENGINES=f"ja:{HERE}:Agreeing=/,en:vosk=/nowhere",
        ) as floor:

            async def is_listening() -> bool:
                return any(line["event"] == "recognition_ready" for line in floor.hub.log())

            await until(is_listening)
            yield floor


async def test_a_form_is_filled_and_agreed_to_by_voice(floor: Floor, tmp_path: Path) -> None:
    call = await floor.call("09011113333", "2")
    said = (voices.spoken("あいうえおかきくけこ") + voices.silence(4)) * 4
    await call.play(voices.write_voice(tmp_path / "said.wav", said))
    contact = (await floor.waiting()).contact.id

    async def kept() -> tuple[HeardItem, ...]:
        engine = create_engine(floor.hub.database_url)
        try:
            found = await Crm.on(engine).contacts.get(ContactId(contact))
        finally:
            await engine.dispose()
        return found.heard if found else ()

    assert await until(kept) == (HeardItem("number", "1234", "1234"),)
    await call.hang_up()
    await floor.settle()


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
