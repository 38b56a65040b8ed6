"""The durable inbox: stored once, handled in order, nothing lost."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from gateways.errors import InboxFull, InboxUnavailable
from gateways.inbox import Inbox, InboxWorker
from gateways.job import JobState, Settlement
from gateways.job_store import DeadLetter
from gateways.protocol import Inbound, Incoming, RawEvent
from gateways.tables import Base
from tests.gateways.support import HASTY, STUBBORN, Clock, PlainGateway, event_of, of_messages, serving, until

GATEWAYS = {Channel.CHAT: PlainGateway()}


class Handled:
    """A handler that remembers."""

    def __init__(self) -> None:
        self.messages: list[Inbound] = []

    async def __call__(self, message: Inbound) -> None:
        self.messages.append(message)

    @property
    def ids(self) -> list[str]:
        return [message.event_id for message in self.messages]

    async def wait_for(self, count: int) -> None:
        await until(lambda: len(self.messages) >= count)


async def _states(engine: AsyncEngine) -> dict[str, int]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT state, count(*) FROM inbox_event GROUP BY state"))
        return {row[0]: row[1] for row in rows}


async def test_an_event_is_stored_once(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")
    async with serving(inbox.run()):
        assert await inbox.store([event_of("1"), event_of("2")]) == 2
        assert await inbox.store([event_of("2"), event_of("3")]) == 1
        assert await inbox.store([event_of("4"), event_of("4")]) == 1
        counts = await asyncio.gather(*(inbox.store([event_of("5")]) for _ in range(20)))
        assert sum(counts) == 1
        assert await inbox.store([]) == 0
    assert await _states(engine) == {"waiting": 5}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_webhook_does_not_wait_for_all_others_that_write(engine: AsyncEngine) -> None:
    inbox, order = Inbox(engine, owner="hub"), list[str]()

    async def write(name: str) -> None:
        async with engine.begin():
            order.append(name)

    async def stored() -> None:
        await inbox.store([event_of("1")])
        order.append("webhook")

    async with serving(inbox.run()):
        async with engine.begin() as before:
            writing = [asyncio.create_task(write(f"{number}")) for number in range(10)]
            await asyncio.sleep(0)
            writing.append(asyncio.create_task(stored()))
            await before.execute(text("SELECT 1"))
            for _ in range(10):
                await asyncio.sleep(0)
        await asyncio.gather(*writing)
    assert order.index("webhook") <= 2, "one may have begun before its answer came"


async def test_webhooks_that_come_together_share_commits(engine: AsyncEngine) -> None:
    commits: list[object] = []
    event.listen(engine.sync_engine, "commit", commits.append)
    inbox = Inbox(engine, owner="hub")
    async with serving(inbox.run()):
        counts = await asyncio.gather(*(inbox.store([event_of(str(n))]) for n in range(300)))
    assert counts == [1] * 300
    assert len(commits) <= 10
    assert await _states(engine) == {"waiting": 300}


async def test_a_full_inbox_refuses(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub", bound=2, timeout_s=10)
    waiting = [asyncio.create_task(inbox.store([event_of(str(n))])) for n in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(InboxUnavailable, match="2 webhooks wait"):
        await inbox.store([event_of("one too many")])
    async with serving(inbox.run()):
        assert await asyncio.gather(*waiting) == [1, 1]
        assert await inbox.store([event_of("one too many")]) == 1
    assert await _states(engine) == {"waiting": 3}


async def test_who_waits_too_long_is_refused_and_its_webhook_not_written(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub", timeout_s=0.001)
    with pytest.raises(InboxUnavailable, match=r"longer than 0\.001 s"):
        await inbox.store([event_of("1")])
    async with serving(inbox.run()):
        await asyncio.sleep(0)
    assert await _states(engine) == {}


async def test_a_database_that_fails_refuses_and_recovers(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")
    handled = Handled()
    worker = InboxWorker(inbox, GATEWAYS, of_messages(handled), poll_s=0.01)
    async with serving(inbox.run(), worker.run()):
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.drop_all)
        with pytest.raises(InboxUnavailable) as refused:
            await inbox.store([event_of("1")])
        assert refused.value.retryable
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        assert await inbox.store([event_of("1")]) == 1
        await handled.wait_for(1)


async def test_a_closing_inbox_refuses_what_still_waits(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub", batch=1)
    service = asyncio.create_task(inbox.run())
    waiting = [asyncio.create_task(inbox.store([event_of(str(n))])) for n in range(50)]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    service.cancel()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    stored = sum(result == 1 for result in results)
    assert all(result == 1 or isinstance(result, InboxUnavailable) for result in results)
    assert 0 < stored < 50
    assert (await _states(engine))["waiting"] >= stored


async def test_events_are_handled_at_once_and_marked(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")
    handled = Handled()
    worker = InboxWorker(inbox, GATEWAYS, of_messages(handled), poll_s=60)
    async with serving(inbox.run(), worker.run()):
        await inbox.store([event_of("1", text="first")])
        await handled.wait_for(1)
        await inbox.store([event_of("2", text="second")])
        await handled.wait_for(2)
    assert [message.text for message in handled.messages] == ["first", "second"]
    assert await _states(engine) == {"done": 2}


async def _bodies(engine: AsyncEngine) -> list[bytes]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT body FROM inbox_event ORDER BY seq"))
        return [row[0] for row in rows]


async def test_what_is_erased_is_what_was_handled_or_is_at_work(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")
    told: list[str] = []

    async def handle(message: Incoming, raw: RawEvent) -> None:
        told.append(message.event_id)
        if raw.event_id == "1":
            await inbox.erase(raw.channel, "2")  # it has not come to be handled
            await inbox.erase(raw.channel, "1")
            raise InboxUnavailable("away")  # tried again, it says nothing

    async with serving(inbox.run()):
        await inbox.store([event_of("1", text="first"), event_of("2", text="second")])
        async with serving(InboxWorker(inbox, GATEWAYS, handle, concurrency=1, poll_s=0.01).run()):
            await until(lambda: told == ["1", "2"])
    first, second = await _bodies(engine)
    assert first == b""
    assert b"second" in second


async def test_a_backlog_is_worked_off_without_a_pause(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")
    handled = Handled()
    async with serving(inbox.run()):
        await inbox.store([event_of(str(number), f"user {number % 50}") for number in range(500)])
    async with serving(InboxWorker(inbox, GATEWAYS, of_messages(handled), concurrency=8, poll_s=60).run()):
        await handled.wait_for(500)
    assert len(set(handled.ids)) == 500


async def test_a_thread_keeps_its_order_while_others_go_on(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")
    seen: dict[str, list[str]] = defaultdict(list)
    at_work: set[str] = set()
    most_at_once = 0

    async def handle(message: Inbound) -> None:
        nonlocal most_at_once
        assert message.address not in at_work
        at_work.add(message.address)
        most_at_once = max(most_at_once, len(at_work))
        await asyncio.sleep(0)
        at_work.discard(message.address)
        seen[message.address].append(message.text)

    worker = InboxWorker(inbox, GATEWAYS, of_messages(handle))
    async with serving(inbox.run(), worker.run()):
        for number in range(20):
            events = [event_of(f"{who}-{number}", f"user {who}", str(number)) for who in range(10)]
            await inbox.store(events)
        await until(lambda: sum(map(len, seen.values())) == 200)
    assert all(texts == [str(number) for number in range(20)] for texts in seen.values())
    assert most_at_once > 1


async def test_one_slow_customer_delays_nobody_else(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")
    release = asyncio.Event()
    done: list[str] = []

    async def handle(message: Inbound) -> None:
        if message.address == "slow":
            await release.wait()
        done.append(message.event_id)

    async with serving(inbox.run(), InboxWorker(inbox, GATEWAYS, of_messages(handle)).run()):
        await inbox.store([event_of("1", "slow"), event_of("2", "slow"), event_of("3", "quick")])
        await inbox.store([event_of("4", "quick")])
        await until(lambda: len(done) == 2)
        assert done == ["3", "4"]
        release.set()
        await until(lambda: len(done) == 4)
    assert done == ["3", "4", "1", "2"]


async def test_a_failing_handler_is_tried_again_before_what_follows(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")
    tries: list[str] = []

    async def handle(message: Inbound) -> None:
        tries.append(message.event_id)
        if tries.count("1") < 3:
            raise ConnectionError("not now")

    async with serving(inbox.run(), InboxWorker(inbox, GATEWAYS, of_messages(handle), policy=STUBBORN).run()):
        await inbox.store([event_of("1"), event_of("2")])
        await until(lambda: "2" in tries)
    assert tries == ["1", "1", "1", "2"]


async def test_poison_becomes_a_dead_letter_and_the_thread_goes_on(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")
    poison, done = {"1"}, list[str]()

    async def handle(message: Inbound) -> None:
        if message.event_id in poison:
            raise RuntimeError("no way")
        done.append(message.event_id)

    async with serving(inbox.run(), InboxWorker(inbox, GATEWAYS, of_messages(handle), policy=HASTY).run()):
        await inbox.store([event_of("1"), event_of("2")])
        await until(lambda: done == ["2"])
        (letter,) = await inbox.dead_letters()
        assert (letter.channel, letter.key, letter.attempts) == (Channel.CHAT, "1", HASTY.tries_max)
        assert letter.reason == "RuntimeError: no way"
        poison.clear()
        assert await inbox.retry(Channel.CHAT, "1")
        await until(lambda: done == ["2", "1"])
        assert not await inbox.retry(Channel.CHAT, "1")
    assert await inbox.dead_letters() == []


async def test_a_part_that_is_away_costs_no_try(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateways.inbox._AGAIN_S", 0.0)
    inbox, handled, tries = Inbox(engine, owner="hub"), Handled(), 0

    async def handle(message: Inbound) -> None:
        nonlocal tries
        tries += 1
        if tries <= 5 * HASTY.tries_max:
            raise InboxUnavailable("something retryable")
        await handled(message)

    async with serving(inbox.run(), InboxWorker(inbox, GATEWAYS, of_messages(handle), policy=HASTY).run()):
        await inbox.store([event_of("1"), event_of("2")])
        await handled.wait_for(2)
        assert handled.ids == ["1", "2"]
    assert await inbox.dead_letters() == []


async def test_what_carries_no_message_is_kept_and_what_cannot_be_read_is_shown(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")
    handled = Handled()
    stranger = RawEvent(channel=Channel.FAX, event_id="3", address="x", body=b"")
    async with serving(inbox.run(), InboxWorker(inbox, GATEWAYS, of_messages(handled)).run()):
        await inbox.store(
            [event_of("1", text="silent"), event_of("2", text="broken"), stranger, event_of("4")]
        )
        await handled.wait_for(1)
    assert handled.ids == ["4"]
    assert await _states(engine) == {"done": 2, "dead": 2}
    reasons = {letter.key: letter.reason for letter in await inbox.dead_letters()}
    assert reasons == {"2": "cannot be read: expected a text", "3": "the channel is not set up"}


async def test_a_hanging_handler_is_cut_off(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")

    async def handle(_: Inbound) -> None:
        await asyncio.Event().wait()

    worker = InboxWorker(inbox, GATEWAYS, of_messages(handle), policy=HASTY, timeout_s=0.01)
    async with serving(inbox.run(), worker.run()):
        await inbox.store([event_of("1")])
        letters: list[DeadLetter] = []
        async with asyncio.timeout(10):
            while not letters:
                letters = await inbox.dead_letters()
    assert letters[0].reason == "took longer than 0.01 s"


async def test_a_worker_that_was_killed_resumes_with_what_was_not_done(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")
    first: list[str] = []
    stuck = asyncio.Event()

    async def hang_at_the_third(message: Inbound) -> None:
        if message.event_id == "3":
            stuck.set()
            await asyncio.Event().wait()
        first.append(message.event_id)

    async with serving(inbox.run()):
        killed = asyncio.create_task(
            InboxWorker(inbox, GATEWAYS, of_messages(hang_at_the_third), grace_s=0.0).run()
        )
        await inbox.store([event_of(str(number)) for number in range(1, 6)])
        await stuck.wait()
        killed.cancel()
        with suppress(asyncio.CancelledError):
            await killed

    reborn = Inbox(engine, owner="hub")
    handled = Handled()
    async with serving(reborn.run(), InboxWorker(reborn, GATEWAYS, of_messages(handled), poll_s=60).run()):
        await handled.wait_for(3)
    assert first == ["1", "2"]
    assert handled.ids == ["3", "4", "5"]
    assert await _states(engine) == {"done": 5}


async def test_shutting_down_lets_work_end(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub")
    begun, release = asyncio.Event(), asyncio.Event()

    async def handle(_: Inbound) -> None:
        begun.set()
        await release.wait()

    async with serving(inbox.run()):
        worker = asyncio.create_task(InboxWorker(inbox, GATEWAYS, of_messages(handle)).run())
        await inbox.store([event_of("1")])
        await begun.wait()
        worker.cancel()
        await asyncio.sleep(0)
        release.set()
        with suppress(asyncio.CancelledError):
            await worker
    assert await _states(engine) == {"done": 1}


async def test_another_hub_takes_over_when_the_claim_has_lapsed(engine: AsyncEngine) -> None:
    clock = Clock()
    lost = Inbox(engine, owner="lost", now_ms=clock)
    async with serving(lost.run()):
        await lost.store([event_of("1")])
    assert len(await lost.jobs.turn([], 10)) == 1  # claimed, and never heard of again

    other = Inbox(engine, owner="other", now_ms=clock)
    assert await other.jobs.turn([], 10) == []
    clock.advance(lost.jobs.lease_s - 1)
    assert await other.jobs.turn([], 10) == []
    clock.advance(2)
    (job,) = await other.jobs.turn([], 10)
    assert job.in_doubt
    assert await lost.jobs.turn([], 10) == []


async def test_work_that_takes_longer_than_a_claim_is_nobody_else_s(engine: AsyncEngine) -> None:
    inbox, other = Inbox(engine, owner="hub"), Inbox(engine, owner="other")
    inbox.jobs.lease_s, lasts_s = 1.0, 2.5
    begun, ended = asyncio.Event(), asyncio.Event()

    async def handle(_: Inbound) -> None:
        begun.set()
        await asyncio.sleep(lasts_s)
        ended.set()

    worker = InboxWorker(inbox, GATEWAYS, of_messages(handle), poll_s=0.1)
    async with serving(inbox.run(), worker.run()):
        await inbox.store([event_of("1")])
        await begun.wait()
        while not ended.is_set():
            assert await other.jobs.turn([], 10) == []
            await asyncio.sleep(0.1)
    assert await _states(engine) == {"done": 1}


async def test_work_whose_claim_cannot_be_renewed_ends_with_it(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another hub may be at it by then."""
    inbox = Inbox(engine, owner="hub")
    inbox.jobs.lease_s = 1.0
    tries: list[float] = []
    clock = asyncio.get_running_loop().time

    async def handle(_: Inbound) -> None:
        tries.append(clock())
        try:
            await asyncio.sleep(60 if len(tries) == 1 else 0)
        finally:
            tries.append(clock())

    async def away(_: Sequence[int]) -> None:
        raise OSError("the database is away")

    monkeypatch.setattr(inbox.jobs, "renew", away)
    worker = InboxWorker(inbox, GATEWAYS, of_messages(handle), poll_s=0.1)
    async with serving(inbox.run(), worker.run()):
        await inbox.store([event_of("1")])
        await until(lambda: len(tries) == 4, 20)
    assert tries[1] - tries[0] < 30, "it did not take its whole time"


async def test_an_earlier_event_that_shows_up_late_waits_for_the_one_at_work(engine: AsyncEngine) -> None:
    """With two hubs a row with a lower number can become visible after a higher one was claimed."""
    clock = Clock()
    inbox = Inbox(engine, owner="a", now_ms=clock)
    late = {"seq": 1, "channel": "chat", "key": "late", "address": "somebody", "body": b""}
    early = late | {"seq": 2, "key": "early"}
    await inbox.jobs.transact(lambda connection: inbox.jobs.add(connection, [early]))
    (claimed,) = await inbox.jobs.turn([], 10)
    await inbox.jobs.transact(lambda connection: inbox.jobs.add(connection, [late]))
    other = Inbox(engine, owner="b", now_ms=clock)
    assert await other.jobs.turn([], 10) == []
    done = Settlement(claimed.seq, JobState.DONE, 1, 0, 0, "")
    await inbox.jobs.turn([done], 0)
    assert [job.payload.event_id for job in await other.jobs.turn([], 10)] == ["late"]


async def test_two_hubs_share_the_work_and_keep_the_order(engine: AsyncEngine) -> None:
    seen: dict[str, list[str]] = defaultdict(list)

    async def handle(message: Inbound) -> None:
        await asyncio.sleep(0)
        seen[message.address].append(message.text)

    hubs = [Inbox(engine, owner=owner) for owner in ("a", "b")]
    workers = [InboxWorker(hub, GATEWAYS, of_messages(handle), poll_s=0.01, concurrency=4) for hub in hubs]
    async with serving(*(hub.run() for hub in hubs), *(worker.run() for worker in workers)):
        for number in range(10):
            events = [event_of(f"{who}-{number}", f"user {who}", str(number)) for who in range(10)]
            await asyncio.gather(hubs[0].store(events[:5]), hubs[1].store(events[5:]))
        await until(lambda: sum(map(len, seen.values())) >= 100)
    assert all(texts == [str(number) for number in range(10)] for texts in seen.values())
    assert await _states(engine) == {"done": 100}


async def test_a_full_inbox_takes_nothing_until_there_is_room(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub", backlog_max=3, look_s=0)
    async with serving(inbox.run()):
        assert await inbox.store([event_of("1"), event_of("2")]) == 2
        assert await inbox.store([event_of("3"), event_of("4")]) == 2, "what is begun is taken whole"
        with pytest.raises(InboxFull, match="3 events wait"):
            await inbox.store([event_of("5")])
        assert await _states(engine) == {"waiting": 4}, "nothing of what was refused is there"
        assert await inbox.waiting() == 3, "not counted beyond the bound"
        handled = Handled()
        async with serving(InboxWorker(inbox, GATEWAYS, of_messages(handled)).run()):
            await until(lambda: len(handled.messages) == 4)
            async with asyncio.timeout(5):
                while await inbox.waiting():  # noqa: ASYNC110 - nobody could set an event
                    await asyncio.sleep(0.01)
            assert await inbox.store([event_of("5")]) == 1


async def test_webhooks_beyond_those_that_may_wait_are_refused_as_full(engine: AsyncEngine) -> None:
    inbox = Inbox(engine, owner="hub", bound=1, timeout_s=0.05)
    waits = asyncio.create_task(inbox.store([event_of("1")]))
    await asyncio.sleep(0)
    with pytest.raises(InboxFull):
        await inbox.store([event_of("2")])
    with pytest.raises(InboxUnavailable):
        await waits


async def test_what_is_put_off_is_counted(engine: AsyncEngine) -> None:
    class Full(Exception):
        retryable = True

    async def full(_: Inbound) -> None:
        raise Full

    inbox = Inbox(engine, owner="hub")
    worker = InboxWorker(inbox, GATEWAYS, of_messages(full))
    async with serving(inbox.run()), serving(worker.run()):
        await inbox.store([event_of("1")])
        await until(lambda: worker.postponed["chat", "Full"] == 1)
    assert await _states(engine) == {"waiting": 1}
