"""The guide to adding a channel: its code is put where it says, and does what it says."""

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

import gateways
from acd.contact import Channel
from acd.policy import RoutingSettings
from crm_bridge.identifiers import KIND_OF_CHANNEL
from gateways.errors import SendFailed, WebhookRefused
from gateways.protocol import Choice, Gateway, Inbound, Outbound, RawEvent
from gateways.registry import build_gateways
from hub.settings import load_settings
from tests.fakes.mishaps import Mishap, Mishaps
from tests.gateways.support import AROUND, webhook

_GUIDE = Path(__file__).parents[2] / "docs/adding-a-channel.md"
_CODE = re.compile(r"```python\n# gateways/kite/(\w+\.py)\n(.*?)```", re.DOTALL)
_BODY = b'{"id": "k1", "from": "u1", "text": "hello", "at": 5}'


@pytest.fixture
def kite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The modules of the guide, as if the folder stood in `gateways/`."""
    folder = tmp_path / "kite"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""Kite."""\n')
    found = dict(_CODE.findall(_GUIDE.read_text()))
    assert sorted(found) == ["account.py", "codec.py", "gateway.py"]
    for name, code in found.items():
        (folder / name).write_text(code)
    monkeypatch.setattr(gateways, "__path__", [*gateways.__path__, str(tmp_path)])
    yield importlib.import_module("gateways.kite.account")
    for name in [each for each in sys.modules if each.startswith("gateways.kite")]:
        del sys.modules[name]


class Kite:
    """The provider: gives each message an id, or has a mishap."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.mishaps = Mishaps()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        return await self.mishaps.apply(request, self._take)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.got.append(await request.json())
        return web.json_response({"id": f"m{len(self.got)}"})


async def _made(kite: Any, monkeypatch: pytest.MonkeyPatch, url: str) -> Gateway:
    assert build_gateways([load_settings(kite.KiteAccount)], AROUND) == {}
    monkeypatch.setenv("TORITSUGI_KITE_URL", url)
    monkeypatch.setenv("TORITSUGI_KITE_SECRET", "secret")
    made = build_gateways([load_settings(kite.KiteAccount)], AROUND)
    return made[Channel.CHAT]


async def test_the_channel_of_the_guide_receives(kite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = await _made(kite, monkeypatch, "http://127.0.0.1:1")
    signature = sys.modules["gateways.kite.codec"].signature_of("secret", _BODY)
    (event,) = gateway.verify(webhook({"X-Kite-Signature": signature}, _BODY))
    message = gateway.decode(event)
    assert isinstance(message, Inbound)
    assert (message.address, message.text, message.at_ms) == ("u1", "hello", 5)
    with pytest.raises(WebhookRefused):
        gateway.verify(webhook({"X-Kite-Signature": "wrong"}, _BODY))
    with pytest.raises(ValueError, match="truncated"):
        gateway.decode(RawEvent(channel=Channel.CHAT, event_id="k1", address="u1", body=b"{"))
    await gateway.close()


async def test_the_channel_of_the_guide_sends(kite: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    provider, app = Kite(), web.Application()
    app.router.add_post("/", provider.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway = await _made(kite, monkeypatch, f"http://127.0.0.1:{runner.addresses[0][1]}/")
    message = Outbound(channel=Channel.CHAT, key="k", address="u1", text="hi", choices=(Choice(label="Yes"),))
    assert await gateway.send(message) == "m1"
    assert provider.got == [{"to": "u1", "text": "hi\n1. Yes", "key": "k"}]
    for status, in_doubt in ((429, False), (500, True), (0, True), (200, True)):
        provider.mishaps.add(Mishap(status))
        with pytest.raises(SendFailed) as failed:
            await gateway.send(message)
        assert (failed.value.retryable, failed.value.in_doubt) == (True, in_doubt)
    await gateway.close()
    await runner.cleanup()


def test_what_a_word_of_its_own_needs_is_where_the_guide_says() -> None:
    section = _GUIDE.read_text().split("## 5. ")[1].split("## 6. ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|") and "`Gateway" not in line]
    for row in rows[2:]:
        files = re.findall(r"`((?:[a-z_]+/)+[\w.-]+)`", row)
        texts = [(_GUIDE.parents[1] / each).read_text() for each in files]
        for name in re.findall(r"`(_?[A-Z][A-Z_a-z]+|_[a-z_]+|channels|kinds)`", row):
            assert any(name in text for text in texts) or not files, (row, name)


def test_any_word_has_a_cost_and_any_text_but_a_form_an_address() -> None:
    costs = RoutingSettings().costs
    assert set(costs) == set(Channel)
    assert set(Channel) - set(KIND_OF_CHANNEL) == {Channel.TICKET}
