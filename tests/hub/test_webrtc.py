"""Calls from pages where there is nobody to call: tokens, credentials, limits, webrtc.conf."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.errors import SettingsError
from acd.ids import AgentId, ContactId, QueueName
from cti.ari.http import HttpRequester
from cti.web_endpoints import WebEndpoints
from hub.crm import Crm
from hub.database import create_engine, migrate
from hub.journal import Journal
from hub.phone_names import agent_of, is_browser_phone, is_caller, new_caller, new_phone
from hub.webrtc.calls import WebCalls
from hub.webrtc.conf import WebRules, examine_web, read_web
from hub.webrtc.credentials import AsteriskAway
from hub.webrtc.ice import IceSettings
from hub.webrtc.limits import WebGuard
from hub.webrtc.store import WebCallStore
from hub.webrtc.tokens import CallTokens, Via
from tests.support.ports import free_port

_SECRET = b"k" * 32
_SUPPORT = QueueName("support")


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'hub.db'}"
    await migrate(url)
    made = create_engine(url)
    yield made
    await made.dispose()


def _calls(engine: AsyncEngine, rules: WebRules) -> WebCalls:
    nobody = HttpRequester(f"http://127.0.0.1:{free_port()}/ari", "hub", "secret")
    return WebCalls(
        WebCallStore(engine),
        WebEndpoints(nobody),
        CallTokens(_SECRET),
        IceSettings(),
        rules=lambda: rules,
        crm=Crm.on(engine),
        journal=Journal(),
    )


async def test_without_asterisk_a_page_is_told_what_to_do_instead(engine: AsyncEngine) -> None:
    calls = _calls(engine, WebRules(phone="+81312345678"))
    token = calls.read(CallTokens(_SECRET).issue(Via.SITE, _SUPPORT, 9 * 10**12))
    with pytest.raises(AsteriskAway) as away:
        await calls.place(token, video=False, language="ja")
    told = away.value
    assert (told.fallback.phone, told.fallback.callback) == ("+81312345678", True)
    assert await calls.proven(told.call, told.key) is not None, "it can ask to be called back"
    assert not await calls.may_connect(told.call, told.key)
    with pytest.raises(AsteriskAway):  # and tries again with the same token
        await calls.place(token, video=False, language="ja")
    await calls.close()


async def test_trouble_before_the_call_is_at_the_thread(engine: AsyncEngine) -> None:
    journal = Journal()
    calls = _calls(engine, WebRules())
    calls._journal = journal
    text = CallTokens(_SECRET).issue(Via.LINK, _SUPPORT, 9 * 10**12, contact=ContactId("thread"))
    with pytest.raises(AsteriskAway) as away:
        await calls.place(calls.read(text), video=False, language="en")
    call = await calls.proven(away.value.call, away.value.key)
    assert call is not None
    calls.troubled(call, "microphone", "NotFoundError")
    assert journal._queue.qsize() == 1
    await calls.close()


def test_turn_credentials_are_those_of_the_rest_api() -> None:
    ice = IceSettings(uris=("stun:t.example:3478", "turn:t.example:3478?transport=udp"), secret="s")
    stun, turn = ice.servers("~a", 1000.0)
    assert stun == {"urls": ["stun:t.example:3478"]}
    name = str(turn["username"])
    assert name == f"{1000 + 4 * 3600}:~a"
    assert turn["credential"] == base64.b64encode(hmac.digest(b"s", name.encode(), hashlib.sha1)).decode()
    assert (ice.policy, IceSettings(is_relay_only=True).policy) == ("all", "relay")
    assert IceSettings(uris=("turn:t.example",)).servers("~a", 0) == []


def test_names_tell_whose_phone_it_is() -> None:
    caller, first, second = new_caller(), new_phone(AgentId("sato"), 1), new_phone(AgentId("sato"), 10**13)
    assert is_caller(caller)
    assert is_caller(f"PJSIP/{caller}")
    assert not is_browser_phone(caller)
    assert is_browser_phone(first)
    assert agent_of(f"PJSIP/{first}") == agent_of("PJSIP/sato") == agent_of("sato") == "sato"
    assert agent_of(caller) == ""
    assert first < second


def test_an_address_may_call_so_often() -> None:
    guard = WebGuard(60, 1)
    assert [guard.call_wait_s("a", 0.0) > 0 for _ in range(61)] == [False] * 60 + [True]
    assert guard.call_wait_s("b", 0.0) == 0.0
    assert guard.call_wait_s("a", 1.1) == 0.0
    assert guard.join("a")
    assert not guard.join("a")
    guard.leave("a")
    assert guard.join("a")


_RIGHT = """
[general]
phone = +81312345678
callback = no
calls_per_minute = 5
proxy => 10.0.0.0/8

[shop]
origin => https://shop.example.jp
origin => https://www.example.jp/
queue = support
video = yes
"""
_WRONG = """
[general]
phone = 0312345678
sockets = many
proxy => everybody
[Shop]
origin => shop.example.jp
queue = nowhere
film = yes
[empty]
"""


def test_sites_are_read(tmp_path: Path) -> None:
    assert read_web(tmp_path, {"support"}) == WebRules()
    (tmp_path / "webrtc.conf").write_text(_RIGHT)
    rules = read_web(tmp_path, {"support"})
    assert rules.origins == {"https://shop.example.jp", "https://www.example.jp"}
    assert (rules.sites["shop"].queue, rules.sites["shop"].video) == ("support", True)
    assert (rules.phone, rules.callback, rules.calls_per_min) == ("+81312345678", False, 5)


def test_each_mistake_is_named(tmp_path: Path) -> None:
    (tmp_path / "webrtc.conf").write_text(_WRONG)
    _, problems = examine_web(tmp_path, {"support"})
    assert sorted({problem.line for problem in problems}) == [3, 4, 5, 6, 7, 8, 9, 10]
    with pytest.raises(SettingsError):
        read_web(tmp_path, {"support"})
