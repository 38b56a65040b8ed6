"""The shell on a real Redis: order, exactly once, lease, loss and return."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from acd import router_leader, router_redis
from acd.actions import Action, ConnectContact, OfferContact, RefuseEvent, WithdrawOffer
from acd.agent import Agent, Presence
from acd.contact import Channel, Contact, ContactState
from acd.core.decide import decide
from acd.core.state import RoutingState
from acd.errors import AcdFull, AcdUnavailable, ActionsLost, LeaseLost
from acd.events import (
    AgentChanged,
    ContactEnded,
    ContactQueued,
    Event,
    OfferAccepted,
    PresenceChanged,
    SettingsChanged,
    TimerDue,
)
from acd.ids import ContactId
from acd.policy import QueueSettings, RoutingSettings
from acd.router import Acd
from acd.router_redis import Bounds, RouterRedis
from acd.sim.world import World
from tests.acd.driver import SATO, SUPPORT
from tests.support.redis import redis_service

pytestmark = pytest.mark.real

QUICK = Bounds(lease_ms=400)
WAIT_S = 10


@asynccontextmanager
async def hub(url: str, bounds: Bounds = QUICK, **options: Any) -> AsyncIterator[Acd]:
    """A hub's Acd with its service running."""
    acd = Acd(url, bounds=bounds, retry_s=0.05, **options)
    task = asyncio.create_task(acd.run())
    try:
        yield acd
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await acd.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not holds():  # noqa: ASYNC110 - what it waits for is in another process
            await asyncio.sleep(0.005)


async def take(acd: Acd, count: int, after: str | None = "0-0") -> list[Action]:
    """Return the next actions after a position, from the first on unless told otherwise."""
    found: list[Action] = []
    async with asyncio.timeout(WAIT_S):
        async for _, action in acd.actions(after):
            found.append(action)
            if len(found) == count:
                break
    return found


def settings(ring_s: int = 15) -> SettingsChanged:
    queue = QueueSettings(name=SUPPORT, ring_s=ring_s)
    return SettingsChanged(settings=msgspec.to_builtins(RoutingSettings(queues={SUPPORT: queue})))


def queued(contact: str) -> ContactQueued:
    return ContactQueued(
        contact=Contact(id=ContactId(contact), channel=Channel.VOICE, queue=SUPPORT, arrived_ms=1)
    )


SIGN_IN = (
    AgentChanged(agent=Agent(id=SATO, queues={SUPPORT: 0})),
    PresenceChanged(agent=SATO, presence=Presence.AVAILABLE),
)


async def open_up(acd: Acd, ring_s: int = 15) -> None:
    """Submit settings and one agent: one action, `PublishPresence`, follows."""
    for event in (settings(ring_s), *SIGN_IN):
        await acd.submit(event)


async def test_a_contact_goes_from_its_queue_to_an_agent(redis_url: str) -> None:
    async with hub(redis_url) as acd, hub(redis_url) as other:
        await open_up(acd)
        await other.submit(queued("c1"))
        _, offer = await take(acd, 2)
        assert isinstance(offer, OfferContact)
        await other.submit(OfferAccepted(offer=offer.offer, agent=SATO))
        assert isinstance((await take(other, 3))[2], ConnectContact)
        seen = await other.snapshot()
        assert seen.state.contacts[ContactId("c1")].state is ContactState.CONNECTED
        why = await other.explain(ContactId("c1"))
        assert why is not None
        assert [each.agent for each in why.considered] == [SATO]
        assert await other.explain(ContactId("c2")) is None


async def test_actions_after_a_snapshot_are_those_that_it_does_not_show(redis_url: str) -> None:
    async with hub(redis_url) as acd:
        await open_up(acd)
        await take(acd, 1)
        seen = await acd.snapshot()
        await acd.submit(queued("c1"))
        (offer,) = await take(acd, 1, seen.after)
        assert isinstance(offer, OfferContact)


async def test_offers_lapse_by_themselves(redis_url: str) -> None:
    async with hub(redis_url) as acd:
        await open_up(acd, ring_s=1)
        await acd.submit(queued("c1"))
        lapsed = (await take(acd, 3))[2]
        assert isinstance(lapsed, WithdrawOffer)
        assert lapsed.reason == "no_answer"


async def test_one_hub_routes_and_the_next_takes_over_at_once(redis_url: str) -> None:
    async with hub(redis_url) as standby:
        await until(lambda: standby.is_leader)
        async with hub(redis_url) as other:
            await until(lambda: other.is_ready)
            assert not other.is_leader
        async with hub(redis_url) as first:
            await open_up(first)
    async with hub(redis_url) as successor:
        await successor.submit(queued("c1"))
        assert isinstance((await take(successor, 2))[1], OfferContact)


async def test_a_leader_that_died_is_succeeded_when_its_lease_runs_out(redis_url: str) -> None:
    dead = RouterRedis(redis_url, "dead", QUICK)
    assert (await dead.lease(0)).fence
    async with hub(redis_url) as acd:
        began = asyncio.get_running_loop().time()
        await until(lambda: acd.is_leader)
        assert asyncio.get_running_loop().time() - began < 2
    await dead.close()


async def test_a_stale_leader_changes_nothing(redis_url: str) -> None:
    async with hub(redis_url) as acd:
        await open_up(acd)
        await take(acd, 1)
    stale, newer = (RouterRedis(redis_url, name, QUICK) for name in ("stale", "newer"))
    old = await stale.lease(0)
    await stale.release()
    assert (await newer.lease(0)).fence > old.fence
    await stale.submit({"mark": queued("c1")})
    state, before = await stale.load()
    leader = router_leader.Leader(stale, QUICK, old, state)
    with pytest.raises(LeaseLost):
        await leader.lead()
    state, after = await stale.load()
    assert (dict(state.contacts), after) == ({}, before)
    await newer.release()
    await stale.close()
    await newer.close()
    async with hub(redis_url) as acd:
        assert isinstance((await take(acd, 2))[1], OfferContact), "the event takes effect, once"


async def test_an_event_submitted_again_counts_once(redis_url: str) -> None:
    redis = RouterRedis(redis_url, "x", QUICK)
    first = await redis.submit({"a": TimerDue(), "b": TimerDue()})
    assert await redis.submit({"b": TimerDue(), "a": TimerDue()}) == first[::-1]
    await redis.close()


async def test_when_too_much_waits_events_are_refused(redis_url: str) -> None:
    acd = Acd(redis_url, bounds=Bounds(backlog_max=3))
    found = await asyncio.gather(*(acd.submit(TimerDue()) for _ in range(5)), return_exceptions=True)
    assert [isinstance(each, AcdFull) for each in found] == [False, False, False, True, True]
    await acd.close()


async def test_an_event_that_cannot_be_routed_is_set_aside(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fragile(state: RoutingState, event: Event, now_ms: int) -> object:
        if type(event) is ContactEnded:
            state.contacts.clear()
            raise LookupError("a bug")
        return decide(state, event, now_ms)

    monkeypatch.setattr(router_leader, "decide", fragile)
    redis: Redis = Redis.from_url(redis_url)
    loader = RouterRedis(redis_url, "x", QUICK)
    await loader.submit({"1": settings(), "2": queued("c1")})
    await redis.xadd(router_redis.EVENTS, {"e": b"no json"})
    await loader.submit(
        {"3": ContactEnded(contact=ContactId("c1"), reason="x"), "4": SIGN_IN[0], "5": SIGN_IN[1]}
    )
    async with hub(redis_url) as acd:
        offer = (await take(acd, 2))[1]
        assert isinstance(offer, OfferContact)
        assert await redis.xlen(router_redis.SET_ASIDE) == 2
    await loader.close()
    await redis.aclose()


async def test_redis_may_go_and_come_back(tmp_path: Path) -> None:
    service = redis_service(tmp_path)
    service.start()
    try:
        async with hub(service.url) as acd:
            await open_up(acd)
            seen = [position async for position, _ in first_of(acd, 1)]
            following = asyncio.create_task(take(acd, 2, seen[0]))
            await acd.submit(queued("c1"))
            await take(acd, 2)
            service.stop()
            await until(lambda: not acd.is_ready)
            with pytest.raises(AcdUnavailable):
                await acd.submit(queued("c2"))
            with pytest.raises(AcdUnavailable):
                await acd.snapshot()
            service.start()
            await until(lambda: acd.is_leader and acd.is_ready)
            await acd.submit(queued("c1"))
            offer, refusal = await following
            assert isinstance(offer, OfferContact)
            assert isinstance(refusal, RefuseEvent), "what was there is still there"
    finally:
        service.stop()


async def first_of(acd: Acd, count: int) -> AsyncIterator[tuple[str, Action]]:
    async with asyncio.timeout(WAIT_S):
        async for each in acd.actions("0-0"):
            yield each
            count -= 1
            if not count:
                return


async def test_when_redis_lost_everything_the_hub_says_it_all_again(redis_url: str) -> None:
    calls = 0

    async def say_all() -> None:
        nonlocal calls
        calls += 1
        await open_up(acd)
        await acd.submit(queued("c1"))
        if calls == 1:
            raise AcdUnavailable("in the middle")

    async with hub(redis_url, on_rebuild=say_all) as acd:
        await open_up(acd)
        await take(acd, 1)
        assert calls == 0
        seen = (await acd.snapshot()).after
        redis: Redis = Redis.from_url(redis_url)
        await redis.flushall()
        await redis.aclose()
        await until(lambda: calls == 2)
        with pytest.raises(ActionsLost):
            await take(acd, 1, seen)
        _, offer = await take(acd, 2)
        assert isinstance(offer, OfferContact)


async def test_a_reader_that_was_away_too_long_is_told(redis_url: str) -> None:
    async with hub(redis_url, Bounds(lease_ms=400, actions_kept=100)) as acd:
        await open_up(acd)
        (position,) = [position async for position, _ in first_of(acd, 1)]
        unknown = ContactEnded(contact=ContactId("c"), reason="x")
        await asyncio.gather(*(acd.submit(unknown) for _ in range(500)))
        await until_empty(redis_url)
        with pytest.raises(ActionsLost):
            await take(acd, 1, position)
        with pytest.raises(ActionsLost):
            await take(acd, 1, "99999999999999-0")


async def until_empty(url: str) -> None:
    """Wait until the router has taken every event."""
    redis: Redis = Redis.from_url(url)
    async with asyncio.timeout(WAIT_S):
        while await redis.xlen(router_redis.EVENTS):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
    await redis.aclose()


def events_of(seed: int) -> list[Event]:
    """Return what happens in a simulated world, but for the ticking of its clock."""
    world = World(seed)
    events: list[Event] = []
    submit = world.router.submit

    def noted(event: Event, now_ms: int) -> None:
        events.append(event)
        submit(event, now_ms)

    world.router.submit = noted  # type: ignore[method-assign]  # to listen
    world.run()
    return [event for event in events if not isinstance(event, TimerDue)]


@pytest.mark.parametrize("seed", range(5))
async def test_redis_holds_what_the_core_alone_comes_to(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Commits whose answer is lost, and changes of leader, lose nothing and do nothing twice."""
    commit, submit = RouterRedis.commit, RouterRedis.submit
    entries: dict[tuple[int, int], Event] = {}

    async def noted(self: RouterRedis, events: Mapping[str, Event]) -> list[str]:
        places = await submit(self, events)
        for place, event in zip(places, events.values(), strict=True):
            ms, _, number = place.partition("-")
            entries[int(ms), int(number)] = event
        return places

    count = 0

    async def unlucky(self: RouterRedis, *args: Any, **options: Any) -> None:
        nonlocal count
        count += 1
        if count % 5 == 1:
            raise AcdUnavailable("before the commit")
        await commit(self, *args, **options)
        if count % 5 == 3:
            raise AcdUnavailable("after the commit")

    monkeypatch.setattr(RouterRedis, "commit", unlucky)
    monkeypatch.setattr(RouterRedis, "submit", noted)
    async with hub(redis_url, Bounds(lease_ms=2000, batch_max=7)) as acd:
        for event in events_of(seed):
            await acd.submit(event)
        await until_empty(redis_url)
    held = await acd.snapshot()
    model = RoutingState()
    actions: list[Action] = []
    for (at_ms, _), event in sorted(entries.items(), key=lambda entry: entry[0]):
        actions.extend(decide(model, event, at_ms).actions)
    assert dict(held.state.records()) == dict(model.records())
    assert await take(acd, len(actions)) == actions
    assert held.after.endswith(f"-{len(actions) - 1}")
    await acd.close()
