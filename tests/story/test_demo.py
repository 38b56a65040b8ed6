"""What `./run demo` says of a step that fails."""

import asyncio
import json
from types import SimpleNamespace
from typing import cast

import pytest
from aiohttp import ClientResponseError, RequestInfo
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from cti.softphone import SoftphoneError
from tests.demo import _play, _Told
from tests.story.desktop import CommandRefused
from tests.story.play import Step, Story, StoryFailed

_ADDRESS = URL("http://127.0.0.1/api/v1/session")
_REQUEST = RequestInfo(_ADDRESS, "POST", CIMultiDictProxy(CIMultiDict()), _ADDRESS)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StoryFailed("nobody rang"), "nobody rang"),
        (CommandRefused("not_yours"), "not_yours"),
        (SoftphoneError("no media"), "no media"),
        (ClientResponseError(_REQUEST, (), status=401), "demo.json"),
        (ClientResponseError(_REQUEST, (), status=500, message="broken"), "broken"),
        (TimeoutError(), "too long"),
    ],
)
def test_a_step_that_fails_is_told_as_json(
    error: Exception, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fails() -> Step:
        raise error

    story = cast(Story, SimpleNamespace(steps=[("sign in", fails)]))
    assert asyncio.run(_play(story, _Told(as_json=True))) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["step"], told["ok"]) == ("sign in", False)
    assert reason in told["reason"]
