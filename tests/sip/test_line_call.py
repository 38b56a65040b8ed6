"""Calls that LINE hands over: whose header says who calls, and whose says nothing to us."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.failures.floor import TRUNK, Floor
from tests.fakes.line_events import line_user_id
from tests.sip.conftest import LINE_CALL, STRAIGHT
from tests.story.desktop import Event
from tests.support.ports import free_port
from tests.support.sipp import SCENARIOS, sipp

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="package")]

ANOTHER = "0" * 32


@asynccontextmanager
async def _pop(floor: Floor, host: str, headers: Sequence[str], folder: Path) -> AsyncIterator[Event]:
    """Call in from an address, with these headers; yields the screen pop."""
    scenario = folder / "call.xml"
    text = (SCENARIOS / "caller.xml").read_text(encoding="utf-8")
    scenario.write_text(text.replace("[header]", "\n".join(headers)), encoding="utf-8")
    seen = len(floor.sato.desktop.events)
    keys = {"from": "anonymous", "dialled": STRAIGHT}
    target = f"{floor.node.sip_host}:{floor.node.sip_port}"
    async with sipp(scenario, target, local=host, port=free_port(), keys=keys, options=("-d", "60000")):
        pop = await floor.sato.desktop.wait(
            "screen_pop", lambda event: event["channel"] == "voice", after=seen, timeout_s=20
        )
        phone = await floor.sato.rings()
        yield pop
        await phone.answer()
        await floor.sato.shown(pop["contact"], "connected", after=seen)
        await phone.hang_up()
        await floor.sato.wraps_up(pop["contact"], after=seen)


async def _thread(floor: Floor, user: str) -> Event:
    """Let a LINE user write to sato, who closes the thread: a text keeps him from calls."""
    await floor.sato.available()
    await floor.simulator.say(user, "電話してもいいですか")
    thread = await floor.sato.accepts()
    seen = len(floor.sato.desktop.events)
    await floor.sato.desktop.command("hang_up", contact=thread["id"])
    await floor.sato.wraps_up(thread["id"], after=seen)
    return thread


@pytest.mark.parametrize(
    ("host", "headers", "is_known"),
    [
        (LINE_CALL, ["X-LINE-User: {user}"], True),
        (LINE_CALL, ["x-line-user: <sip:{user}@line.example>", "X-Other: U"], True),
        (LINE_CALL, ["X-LINE-User: {user}", "X-LINE-User: U" + ANOTHER], False),
        (LINE_CALL, ["X-LINE-User: anonymous"], False),
        (LINE_CALL, ["X-LINE-User: {user}%n"], False),
        (LINE_CALL, ["X-Other: {user}"], False),
        (TRUNK, ["X-LINE-User: {user}"], False),
    ],
)
async def test_the_customer_of_a_line_call(
    floor: Floor, tmp_path: Path, host: str, headers: Sequence[str], is_known: bool
) -> None:
    user = line_user_id("calls")
    thread = await _thread(floor, user)
    seen = len(floor.hub.log())
    async with _pop(floor, host, [each.replace("{user}", user) for each in headers], tmp_path) as pop:
        assert ((pop["customer"] or {}).get("id") == thread["customer"]) is is_known
    ignored = [line for line in floor.hub.log()[seen:] if line["event"] == "reception.identity_ignored"]
    says_something = host == LINE_CALL and not is_known and "X-LINE" in headers[0]
    assert bool(ignored) is says_something
    assert user not in str(ignored)


async def test_a_line_call_reaches_the_agent_of_the_open_thread(floor: Floor, tmp_path: Path) -> None:
    """Though another has waited longer for a call."""
    user = line_user_id("thread")
    await floor.sato.available()
    await floor.simulator.say(user, "電話してもいいですか")
    thread = await floor.sato.accepts()
    await floor.tanaka.available()
    async with _pop(floor, LINE_CALL, [f"X-LINE-User: {user}"], tmp_path) as pop:
        assert thread["id"] in [each["id"] for each in pop["open_threads"]]
    seen = len(floor.sato.desktop.events)
    await floor.sato.desktop.command("hang_up", contact=thread["id"])
    await floor.sato.wraps_up(thread["id"], after=seen)
