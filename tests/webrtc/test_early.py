"""What a page hears before an agent talks to it, and before its call is answered at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.failures.floor import Floor
from tests.support.tones import write_tone
from tests.webrtc.page import Page
from tests.webrtc.shop import credentials

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

_TONE_HZ = 800


@asynccontextmanager
async def tone_before_answer(
    floor: Floor, user: str, folder: Path
) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """Have a call hear a tone before the hub gets it, as one's own dialplan may; yields what ends it."""
    cli, tone = floor.node.cli, write_tone(folder / "tone.wav", _TONE_HZ, seconds=1.0)
    is_over = f"OVER_{user.lstrip('~')}"
    steps = (
        "Progress()",
        f"Playback({tone.with_suffix('')},noanswer)",
        f"GotoIf(${{{is_over}}}?4:2)",
        "Stasis(${APP},in,${CHANNEL(endpoint)},${EXTEN})",
    )
    for number, step in enumerate(steps, start=1):
        await cli(f"dialplan add extension {user},{number},{step} into from-webrtc")
    try:
        yield lambda: cli(f"dialplan set global {is_over} 1")
    finally:
        await cli(f"dialplan remove extension {user}@from-webrtc")


async def test_what_is_played_before_the_answer_is_heard(floor: Floor, tmp_path: Path) -> None:
    made = await credentials(floor)
    async with (
        tone_before_answer(floor, str(made["user"]), tmp_path) as end_tone,
        Page(floor.hub.url, made) as page,
        asyncio.timeout(60),
        asyncio.TaskGroup() as tasks,
    ):
        dialling = tasks.create_task(page.dial())
        await page.early.wait()
        await page.hears(_TONE_HZ)
        assert not page.answered.is_set()
        assert page.provisional[-1] == 183
        await end_tone()
        await dialling
        await floor.waiting()
        assert page.ear is not None
        # What is in flight of the tone may still come; then it is the queue's music.
        while page.ear.share(_TONE_HZ) > 0.5 or page.ear.level() < 0.001:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_page_hears_something_though_no_agent_is_there(floor: Floor) -> None:
    async with Page(floor.hub.url, await credentials(floor)) as page:
        await page.dial()
        await floor.waiting()
        await page.hears_something()
