"""Decisions are written once, whoever writes them, and none is lost while hub or database are away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.actions import Action, CloseContact
from acd.contact import Channel, Contact
from acd.core.state import RoutingState
from acd.errors import ActionsLost
from acd.events import ContactLeft, ContactQueued
from acd.explanation import Rule
from acd.ids import AgentId, ContactId, QueueName
from acd.router import Acd, Snapshot
from hub.database import create_engine, migrate
from hub.decisions import Decision, DecisionKind, Position, Stream, decision
from hub.errors import DatabaseUnavailable
from hub.history import RoutingHistory
from hub.recorder import Recorder
from hub.routing_view import RoutingView
from tests.hub.doubles import SATO
from tests.hub.fakes import Clock, settle, until
from tests.hub.stage import Stage
from tests.hub.test_decisions import OFFER

K1, K2 = ContactId("k1"), ContactId("k2")
DAY_MS = 86_400_000


class Log:
    """The router's stream of actions, of which the first ones may be gone."""

    def __init__(self) -> None:
        self.epoch, self.first, self.actions_made = 1, 0, list[Action]()
        self.news = asyncio.Event()

    def put(self, *actions: Action) -> None:
        self.actions_made += actions
        self.news.set()

    async def snapshot(self) -> Snapshot:
        count = len(self.actions_made)
        return Snapshot(RoutingState(), f"{self.epoch}-{count - 1}" if count else "0-0")

    async def actions(
        self, after: str | None = None, *, pace_s: float = 0.0
    ) -> AsyncIterator[tuple[str, Action]]:
        assert after is not None
        position = Position.of(after)
        at = 0 if after == "0-0" else position.number + 1
        if at < self.first or (after != "0-0" and position.epoch != self.epoch):
            raise ActionsLost(after)
        while True:
            while at < len(self.actions_made):
                if at < self.first:
                    raise ActionsLost(after)
                yield f"{self.epoch}-{at}", self.actions_made[at]
                at += 1
            self.news.clear()
            await self.news.wait()


def closed(contact: ContactId) -> Action:
    return CloseContact(contact=contact, agent=None, reason="abandoned")


@pytest.fixture
def history(engine: AsyncEngine) -> RoutingHistory:
    return RoutingHistory(engine)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def recording(
    acd: Log, history: RoutingHistory, clock: Clock, bound: int = 100
) -> AsyncIterator[Recorder]:
    recorder = Recorder(acd, history, keep_days=90, bound=bound, pause_s=0, retry_s=0.01, clock_ms=clock.ms)
    running = asyncio.create_task(recorder.run())
    try:
        yield recorder
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _written(history: RoutingHistory, contact: ContactId, count: int) -> list[Decision]:
    async with asyncio.timeout(5):
        while len(found := await history.of(contact)) < count:  # noqa: ASYNC110 - nobody could set an event
            await asyncio.sleep(0.01)
    return found


async def test_a_decision_comes_back_as_it_was(history: RoutingHistory) -> None:
    offered = decision("12-3", OFFER, 5)
    assert offered is not None
    await history.add([offered, offered])
    await history.add([replace(offered, reason="another hub's")])
    assert await history.of(K1) == [offered]
    assert await history.last() == "12-3"
    assert await history.of(K2) == []


@pytest.mark.real
async def test_postgresql_keeps_them_too(postgresql_url: str) -> None:
    await migrate(postgresql_url)
    engine = create_engine(postgresql_url)
    try:
        history = RoutingHistory(engine)
        offered = decision("12-3", OFFER, 5)
        assert offered is not None
        await history.add([offered] * 3)
        await history.add([offered])
        assert await history.of(K1) == [offered]
        assert await history.purge(1_000_000) == 0
    finally:
        await engine.dispose()


async def test_it_goes_on_after_what_is_stored(history: RoutingHistory, clock: Clock) -> None:
    acd = Log()
    async with recording(acd, history, clock):
        acd.put(OFFER)
        await _written(history, K1, 1)
    acd.put(closed(K1))  # while no hub runs
    await clock.advance(5)
    async with recording(acd, history, clock) as recorder:
        offered, over = await _written(history, K1, 2)
        acd.put(closed(K2))
        (other,) = await _written(history, K2, 1)
    assert (offered.is_late, over.is_late, other.is_late) == (False, True, False)
    assert recorder.lost == 0


async def test_a_database_that_is_away_is_waited_for(
    history: RoutingHistory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    acd, add = Log(), history.add
    is_away = True

    async def sometimes(decisions: list[Decision]) -> None:
        if is_away:
            raise DatabaseUnavailable("stopped by the test")
        await add(decisions)

    monkeypatch.setattr(history, "add", sometimes)
    async with recording(acd, history, clock, bound=2) as recorder:
        for _ in range(20):
            acd.put(OFFER, closed(K1))
            await settle()
        is_away = False
        await _written(history, K1, 40)
    assert recorder.lost == 0, "what does not fit waits among the router's actions"


async def test_what_is_gone_is_a_gap_that_is_told_and_counted(history: RoutingHistory, clock: Clock) -> None:
    acd = Log()
    acd.put(OFFER)
    async with recording(acd, history, clock):
        await _written(history, K1, 1)
    acd.put(*[closed(K2)] * 10)
    acd.first = 5
    async with recording(acd, history, clock) as recorder:
        await until(lambda: recorder.lost > 0)
        acd.put(closed(K1))
        kinds = [each.kind for each in await _written(history, K1, 3)]
    assert kinds == [DecisionKind.OFFERED, DecisionKind.GAP, DecisionKind.CLOSED]
    assert recorder.lost == 10
    assert await history.of(K2) == []


async def test_a_router_that_began_anew_is_followed_from_its_beginning(
    history: RoutingHistory, clock: Clock
) -> None:
    acd = Log()
    acd.put(closed(K2))
    async with recording(acd, history, clock):
        await _written(history, K2, 1)
    acd.epoch, acd.actions_made = 2, [OFFER]
    for _ in range(2):
        async with recording(acd, history, clock):
            await _written(history, K1, 1)
    acd.put(closed(K1))
    async with recording(acd, history, clock) as recorder:
        kinds = [each.kind for each in await _written(history, K1, 3)]
    assert kinds == [DecisionKind.OFFERED, DecisionKind.GAP, DecisionKind.CLOSED]
    assert recorder.lost == 0, "the gap was counted by the one who met it"


async def test_an_old_history_is_purged_but_for_the_place_to_go_on(
    history: RoutingHistory, clock: Clock
) -> None:
    old = [
        Decision(
            stream=stream,
            position=Position(1, number),
            at_ms=number * DAY_MS,
            kind=DecisionKind.CLOSED,
            contact=K1,
        )
        for stream in Stream
        for number in range(4)
    ]
    await history.add(old)
    assert await history.purge(2 * DAY_MS) == 4
    assert {each.at_ms // DAY_MS for each in await history.of(K1)} == {2, 3}
    assert await history.purge(clock.ms()) == 3
    assert await history.last() == "1-3"


async def test_a_contact_that_is_queued_is_noted(history: RoutingHistory, clock: Clock) -> None:
    contact = Contact(id=K1, channel=Channel.VOICE, queue=QueueName("support"))
    async with recording(Log(), history, clock) as recorder:
        recorder.note(ContactLeft(contact=K1, reason="abandoned"), "1700000000000-0", 4)
        recorder.note(ContactQueued(contact=contact), "1700000000000-1", 5)
        (queued,) = await _written(history, K1, 1)
    assert (queued.kind, queued.queue) == (DecisionKind.QUEUED, "support")
    assert await history.last() is None, "it is no action"


async def test_a_call_is_explained_from_queue_to_end(
    stage: Stage, engine: AsyncEngine, history: RoutingHistory
) -> None:
    recorder = Recorder(cast(Acd, stage.router), history, keep_days=90, pause_s=0)
    view = RoutingView(stage.router, history, stage.crm.contacts)
    running = asyncio.create_task(recorder.run())
    try:
        assert await view.explain(ContactId("nobody's")) is None
        contact = await stage.arrives()
        waits = await view.explain(contact)
        assert waits is not None
        assert waits.now is not None
        assert (waits.now.position, waits.now.ahead) == (1, ())
        assert [(each.agent, each.rule) for each in waits.now.considered] == [
            (SATO, Rule.NOT_AVAILABLE),
            (AgentId("tanaka"), Rule.NOT_AVAILABLE),
        ]
        await stage.presence(SATO)
        await stage.talks(contact)
        await stage.hangs_up(contact)
        await _written(history, contact, 3)
        await stage.router.advance(60)
        await stage.gone(contact)
        await _written(history, contact, 4)
        ended = await view.explain(contact)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert ended is not None
    assert (ended.now, ended.had_by, ended.queue) == (None, (SATO,), "support")
    assert [each.kind.value for each in ended.history] == ["offered", "connected", "wrap_up", "closed"]
    chosen, passed = ended.history[0].considered
    assert (chosen.agent, chosen.rule, passed.rule) == (SATO, Rule.CHOSEN, Rule.NOT_AVAILABLE)
