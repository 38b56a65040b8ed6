"""Callers are told where they stand, in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace as with_changes

import pytest
from msgspec.structs import replace

from acd.ids import ContactId
from acd.policy import Announcements
from acd.router import Snapshot
from hub.announcer import Announcer, place, wait
from tests.hub.doubles import SATO, Sounds
from tests.hub.fakes import Clock, until
from tests.hub.stage import SUPPORT, Stage

EACH_MINUTE = Announcements(frequency_s=60, frequency_min_s=15, position="yes")


class _Telling:
    """An announcer on a clock of its own."""

    def __init__(self, stage: Stage, rules: Announcements) -> None:
        self.stage, self.clock, self.snapshots = stage, Clock(), 0
        queue = replace(stage.voice.settings.queue(SUPPORT), announcements=rules)
        queues = {**stage.voice.settings.queues, SUPPORT: queue}
        routing = replace(stage.voice.settings.routing, queues=queues)
        stage.voice.settings = with_changes(stage.voice.settings, routing=routing)
        parts = stage.calls
        self.announcer = Announcer(
            parts.desk._lines,
            parts.waiting,
            lambda: stage.voice.settings,
            self.snapshot,
            Sounds(),
            clock=self.clock,
            sleep=self.clock.sleep,
        )

    async def snapshot(self) -> Snapshot:
        self.snapshots += 1
        return await self.stage.router.snapshot()

    async def hears(self, seconds: float) -> list[str]:
        """Return what is said in the seconds that follow."""
        self.stage.control.played.clear()
        for _ in range(int(seconds)):
            await self.clock.advance(1)
            await until(lambda: not self.stage.calls.waiting._tasks)
        return list(self.stage.control.played)


@pytest.fixture
async def telling(stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[_Telling]:
    telling = _Telling(stage, getattr(request, "param", EACH_MINUTE))
    service = asyncio.create_task(telling.announcer.run())
    yield telling
    service.cancel()


async def _three_wait(stage: Stage) -> list[ContactId]:
    return [await stage.arrives(f"0901234567{each}") for each in range(3)]


async def test_places_are_told_at_once_and_then_each_minute(stage: Stage, telling: _Telling) -> None:
    await _three_wait(stage)
    assert await telling.hears(2) == ["position-2", "position-3"]
    assert await telling.hears(57) == []
    assert await telling.hears(6) == ["position-2", "position-3"]


async def test_one_look_at_routing_serves_all(stage: Stage, telling: _Telling) -> None:
    await _three_wait(stage)
    await telling.hears(2)
    assert telling.snapshots == 1


async def test_who_waits_for_one_agent_or_is_parked_has_no_place_to_be_told(
    stage: Stage, telling: _Telling
) -> None:
    first, second, _ = await _three_wait(stage)
    state = stage.router.state
    named = replace(state.contacts[first].contact, reserved=SATO)
    state.put_contact(replace(state.contacts[first], contact=named))
    state.put_contact(replace(state.contacts[second], is_parked=True))
    assert await telling.hears(2) == ["position-2"]


async def test_a_change_of_place_is_told_but_not_before_the_least_pause(
    stage: Stage, telling: _Telling
) -> None:
    first, *_ = await _three_wait(stage)
    await telling.hears(2)
    await stage.hangs_up(first)
    await stage.gone(first)
    assert await telling.hears(12) == []
    assert await telling.hears(5) == ["position-2"], "who is next is not told by default"


@pytest.mark.parametrize("telling", [replace(EACH_MINUTE, to_first=True)], indirect=True)
async def test_the_first_is_told_if_it_is_wanted(stage: Stage, telling: _Telling) -> None:
    contact = await stage.arrives()
    assert await telling.hears(2) == ["position-next"]
    names = [order[0] for order in stage.control.log if order[1] == contact]
    assert names[-3:] == ["stop_music", "play", "start_music"]


async def test_nobody_is_told_while_a_phone_rings_or_an_agent_talks(stage: Stage, telling: _Telling) -> None:
    await stage.presence(SATO)
    contact = await stage.arrives()
    await stage.is_offered(contact)
    assert await telling.hears(70) == []
    await stage.answers(stage.board.offers_to(SATO)[0].offer)
    await until(lambda: stage.live(contact).agent == SATO)
    assert await telling.hears(70) == []


async def test_a_caller_who_is_being_told_something_is_connected_at_once(
    stage: Stage, telling: _Telling
) -> None:
    contacts = await _three_wait(stage)
    speaking = asyncio.Event()

    async def speaks_on(*_: object, **__: object) -> str:
        speaking.set()
        await asyncio.Event().wait()
        return ""

    stage.control.play_and_collect = speaks_on  # type: ignore[method-assign]
    await telling.clock.advance(2)
    await speaking.wait()
    await stage.hangs_up(contacts[0])
    await stage.presence(SATO)
    music = len(stage.control.orders("start_music"))
    await stage.talks(contacts[1])
    assert len(stage.control.orders("start_music")) == music


@pytest.mark.parametrize("telling", [replace(EACH_MINUTE, holdtime="once")], indirect=True)
async def test_the_wait_is_told_once(stage: Stage, telling: _Telling) -> None:
    await stage.presence(SATO)
    served = await stage.arrives()
    await stage.talks(served)
    await stage.router.advance(300)
    await stage.hangs_up(served)
    await stage.router.advance(20)
    await stage.gone(served)
    await stage.presence(SATO)
    await stage.talks(await stage.arrives())
    await stage.arrives("09012345671")
    await stage.arrives("09012345672")
    first = await telling.hears(2)
    assert first[0] == "position-2"
    assert first[1].startswith("wait-")
    assert await telling.hears(62) == ["position-2"]


@pytest.mark.parametrize(
    "telling", [Announcements(periodic=("ours", "queue-thankyou"), periodic_s=30)], indirect=True
)
async def test_what_is_said_again_and_again_takes_turns(stage: Stage, telling: _Telling) -> None:
    await stage.arrives()
    await telling.hears(1)
    assert await telling.hears(91) == ["ours", "sound:queue-thankyou", "ours"]
    assert telling.snapshots == 0


async def test_without_the_router_nothing_is_told(stage: Stage, telling: _Telling) -> None:
    await _three_wait(stage)
    stage.router.is_away = True
    assert await telling.hears(5) == []
    stage.router.is_away = False
    assert await telling.hears(2) == ["position-2", "position-3"]


@pytest.mark.parametrize(
    ("kind", "position", "told"),
    [
        ("no", 2, []),
        ("yes", 9, ["position-9"]),
        ("limit", 5, ["position-5"]),
        ("limit", 6, []),
        ("more", 5, ["position-5"]),
        ("more", 6, ["position-more-5"]),
        ("yes", 1, ["position-next"]),
    ],
)
def test_how_a_place_is_told(kind: str, position: int, told: list[str]) -> None:
    rules = Announcements(position=kind, position_limit=5)
    assert [each.name for each in place(rules, position, "ja")] == told


def test_places_and_waits_are_told_in_english() -> None:
    rules = Announcements(position="more", position_limit=5)
    said = [
        *place(rules, 2, "en"),
        *place(rules, 6, "en"),
        wait(rules, 290_000, "en"),
        wait(rules, 60_000, "en"),
    ]
    assert [each.text for each in said] == [
        "You are second in line.",
        "More than five callers are waiting.",
        "We expect to connect you in about five minutes.",
        "We expect to connect you in about one minute.",
    ]


@pytest.mark.parametrize(
    ("round_s", "wait_s", "told"),
    [
        (0, 20, "まもなくおつなぎできる見込みです。"),
        (0, 70, "あと約1分でおつなぎできる見込みです。"),
        (0, 290, "あと約5分でおつなぎできる見込みです。"),
        (10, 34, "あと約30秒でおつなぎできる見込みです。"),
        (10, 3, "まもなくおつなぎできる見込みです。"),
        (30, 50, "あと約1分でおつなぎできる見込みです。"),
    ],
)
def test_how_a_wait_is_told(round_s: int, wait_s: int, told: str) -> None:
    assert wait(Announcements(round_s=round_s), wait_s * 1000, "ja").text == told
