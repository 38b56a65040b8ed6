"""Headers of the INVITE by which a call came, as a real Asterisk tells them."""

from pathlib import Path

import pytest

from cti.calls import CallControl
from cti.errors import CallGone
from tests.cti.heard import Heard
from tests.support.asterisk import AsteriskNode
from tests.support.ports import free_port
from tests.support.sipp import SCENARIOS, sipp

pytestmark = pytest.mark.real

TRUNK = "127.0.0.2"
_HEADERS = ("X-One: U1", "X-Two: first", "x-two: <sip:second@x>", "X-Many: a", "X-Many: b", "X-Many: c")


async def test_all_values_of_a_header_are_told_up_to_two(
    control: CallControl, heard: Heard, asterisk: AsteriskNode, tmp_path: Path
) -> None:
    scenario = tmp_path / "call.xml"
    text = (SCENARIOS / "caller.xml").read_text(encoding="utf-8")
    scenario.write_text(text.replace("[header]", "\n".join(_HEADERS)), encoding="utf-8")
    target = f"{asterisk.sip_host}:{asterisk.sip_port}"
    keys = {"from": "0611112222", "dialled": "0312345678"}
    async with sipp(
        scenario, target, local=TRUNK, port=free_port(), keys=keys, options=("-d", "100")
    ) as caller:
        key = (await heard.next_call()).key
        assert await control.headers(key, "X-One") == ("U1",)
        assert await control.headers(key, "x-two") == ("first", "<sip:second@x>")
        assert await control.headers(key, "X-Many") == ("a", "b")
        assert await control.headers(key, "X-None") == ()
        await control.answer(key)
        assert (await caller.wait()).succeeded == 1
    await heard.until_gone(key)
    with pytest.raises(CallGone):
        await control.headers(key, "X-One")
