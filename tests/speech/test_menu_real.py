"""A whole hub whose menu is spoken to: heard by Whisper, understood by the matcher, led to a queue."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti.softphone import CallState, MediaState
from ivr.asr.process import Model
from tests.failures.floor import Floor, open_floor, presses, until
from tests.support import voices

pytestmark = pytest.mark.real

MENU = """
[general]
languages = ja

[main]
prompt => ご用件をお話しください。
timeout = 10
key => 1,queue,support
intent => cancellation,queue,sales
intent => fees,queue,support
on_timeout => queue,support
"""
INTENTS = """
[cancellation]
label[ja] => 解約
phrase[ja] => {契約を|}解約したい
phrase[ja] => {契約を|}解約する方法を教えてください
phrase[ja] => 契約をやめたい
phrase[ja] => 退会したい

[fees]
label[ja] => 料金
phrase[ja] => 料金を教えてください
phrase[ja] => 料金について知りたい
phrase[ja] => いくらかかりますか
phrase[ja] => 値段を聞きたい

[background]
phrase[ja] => 荷物が届きません
phrase[ja] => 今日はいい天気ですね
phrase[ja] => 電話番号を間違えました
phrase[ja] => 営業時間は何時までですか
"""
FAQ = """
[how-to-cancel]
intent => cancellation
ask[ja] => 解約する方法を教えてください
say[ja] => 解約は、ホームページで承ります。
"""


def _spoken_menu(name: str, text: str) -> str:
    return {"ivr.conf": MENU, "intents.conf": INTENTS, "faq.conf": FAQ}.get(name, text)


def _has_learnt(folder: Path) -> bool:
    return any(folder.rglob("intents/*.npz"))


@pytest.fixture
async def floor(whisper: Model) -> AsyncIterator[Floor]:
    """It is up, listens, and has learnt its intents."""
    with tempfile.TemporaryDirectory(prefix="ts-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        async with open_floor(
            Path(folder),
            f"sqlite+aiosqlite:///{folder}/floor.db",
            edit=_spoken_menu,
            SPEECH="yes",
            SPEECH_ENGINES=f"ja:whisper={whisper.path}",
            SPEECH_HANG=str(whisper.hang_s),
        ) as floor:

            async def is_listening() -> bool:
                return any(line["event"] == "recognition_ready" for line in floor.hub.log())

            async def has_learnt() -> bool:
                return await asyncio.to_thread(_has_learnt, Path(folder))

            await until(is_listening, timeout_s=60)
            await until(has_learnt, timeout_s=120)
            yield floor


@pytest.mark.parametrize(("said", "queue"), [("解約したいんですけど", "sales")])
async def test_what_a_caller_says_in_his_own_words_brings_him_to_the_queue_of_his_intent(
    floor: Floor, tmp_path: Path, said: str, queue: str
) -> None:
    wav = voices.write_voice(tmp_path / "said.wav", voices.silence(1) + voices.spoken(said))
    call = await floor.call("09011113333", keys="")
    await call.wait(CallState.ANSWERED, 20)
    await call.wait_media(MediaState.ACTIVE, 20)
    await call.play(wav, loop=False)
    await floor.waiting(queue)
    assert await floor.metric(
        'toritsugi_speech_answers_total{engine="whisper",language="ja",outcome="understood"}'
    )
    await call.hang_up()
    await floor.settle()
    await _an_answer_is_read_aloud(floor, wav)


async def _an_answer_is_read_aloud(floor: Floor, wav: Path) -> None:
    """Whoever wants the same is offered the answer to it; it helps him, and he needs no agent."""
    async with floor.edited(
        "triage.conf", lambda text: f"{text}\n[faq]\nintent => cancellation\noffer => faq\n"
    ):
        call = await floor.call("09011114444", keys="")
        await call.wait(CallState.ANSWERED, 20)
        await call.wait_media(MediaState.ACTIVE, 20)
        await call.play(wav, loop=False)
        await floor.waiting("sales")
        await presses(call, "1")
        await floor.settle()

    async def is_counted() -> bool:
        return await floor.metric('toritsugi_deflections_week{state="sent",way="faq"}') >= 1

    await until(is_counted, timeout_s=40)
