"""Fax machines that call: where they go on."""

from pathlib import Path

import pytest

from cti.errors import CallRefused
from hub.listening import FaxCalls
from ivr import session
from ivr.load import load
from ivr.position import Outcome
from tests.hub.doubles import Control, Router
from tests.hub.stage import ROUTING, build, crm_engine, running
from tests.ivr.flows import write

MENU = "[main]\nprompt => file:main\nkey => 1,queue,sales\non_timeout => queue,support\n"
FAX = "[fax]\ntype = message\nprompt => file:none\nthen => voicemail,sales\n"


@pytest.mark.parametrize(
    ("menus", "refused", "begun", "left", "ended"),
    [
        (MENU, False, [None], "from-trunk,fax", []),
        (MENU, True, [None], "from-trunk,fax", [("pbx1-1",)]),
        (MENU + FAX, False, [None, "fax"], "from-trunk,fax", []),
    ],
    ids=["in the dialplan", "nowhere", "in its section, then in the dialplan"],
)
async def test_a_fax_goes_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    menus: str,
    refused: bool,
    begun: list[str | None],
    left: str,
    ended: list[object],
) -> None:
    write(tmp_path, menus)
    starts: list[str | None] = []

    async def run(*_: object, start: str | None, **__: object) -> Outcome:
        starts.append(start)
        raise FaxCalls

    monkeypatch.setattr(session, "run", run)
    engine = await crm_engine(tmp_path)
    flow = load(tmp_path, list(ROUTING.queues))
    async with running(build(engine, flow, Router(), Control())) as stage:
        if refused:
            stage.control.fails["leave"] = CallRefused("no such extension")
        call = stage.incoming()
        await stage.voice.call_arrived(call)
        assert starts == begun
        assert stage.control.left_at[call.key.id] == left
        assert stage.control.orders("hang_up") == ended
