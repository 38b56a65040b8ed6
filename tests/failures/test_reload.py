"""SIGHUP: files with a fault are named and change nothing, good ones are gone by."""

import pytest

from cti.softphone import CallState, MediaState
from tests.failures.floor import Floor
from tests.fakes.line import line_user_id

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

NUMBER = "0611112222"


@pytest.mark.parametrize("name", ["ivr.conf", "acd.conf", "queues.conf"])
async def test_a_broken_file_is_named_and_the_old_one_kept(floor: Floor, name: str) -> None:
    async with floor.edited(name, lambda text: text + "\nnonsense\n", "config.not_reloaded") as logged:
        lines = (floor.config / name).read_text(encoding="utf-8").count("\n")
        assert f"{name}:{lines}" in logged["problem"]
        await floor.call(NUMBER, "1")
        await floor.waiting("support")


async def test_good_files_are_gone_by(floor: Floor) -> None:
    before = await floor.call(NUMBER, keys="")
    await before.wait(CallState.ANSWERED, 20)

    def other_menu(text: str) -> str:
        return text.replace("key => 1,queue,support", "key => 1,queue,sales")

    def other_entry(text: str) -> str:
        return text.replace("entry => line,support", "entry => line,sales")

    async with (
        floor.edited("ivr.conf", other_menu, "config.reloaded"),
        floor.edited("acd.conf", other_entry, "config.reloaded"),
    ):
        await before.wait_media(MediaState.ACTIVE, 20)
        await before.dtmf("1")
        await floor.waiting("support")  # it began with the old menus
        await before.hang_up()
        await floor.tanaka.available()
        await floor.simulator.say(line_user_id("sales"), "買いたい")
        assert (await floor.tanaka.accepts())["queue"] == "sales"
        await floor.call(NUMBER, "1")
        await floor.waiting("sales")
