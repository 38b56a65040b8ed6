"""The durable outbox: sent once, in order, and never dropped in silence."""

import asyncio
from collections import Counter, defaultdict

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from acd.contact import Channel
from gateways.errors import OutboxUnavailable, ReplyRefused, SendFailed
from gateways.job import RetryPolicy
from gateways.outbox import Outbox
from gateways.pace import Pace
from gateways.protocol import Delivery, Outbound
from gateways.tables import Base
from tests.gateways.support import HASTY, STUBBORN, Clock, PlainGateway, serving, until


class Provider:
    """A provider that remembers what it got, and first raises what it is told to."""

    def __init__(self, *failures: Exception) -> None:
        self.got: list[Outbound] = []
        self.doubts: list[bool] = []
        self._failures = list(failures)

    async def __call__(self, message: Outbound, in_doubt: bool) -> None:
        self.got.append(message)
        self.doubts.append(in_doubt)
        if self._failures:
            raise self._failures.pop(0)

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.got]


class Deliveries:
    """Who is told of deliveries."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Delivery]] = []

    async def __call__(self, message: Outbound, delivery: Delivery) -> None:
        self.told.append((message.key, delivery))

    async def wait_for(self, key: str, delivery: Delivery) -> None:
        await until(lambda: (key, delivery) in self.told)

    async def wait_for_count(self, count: int) -> None:
        await until(lambda: len(self.told) == count)


def _message(key: str, address: str = "somebody", reply_token: str | None = None) -> Outbound:
    return Outbound(
        channel=Channel.CHAT, key=key, address=address, text=f"text of {key}", reply_token=reply_token
    )


def _outbox(
    engine: AsyncEngine, provider: Provider, deliveries: Deliveries, policy: RetryPolicy = STUBBORN
) -> Outbox:
    gateways = {Channel.CHAT: PlainGateway(provider)}
    return Outbox(engine, gateways, deliveries, owner="hub", policy=policy, poll_s=60)


async def test_a_key_is_sent_once(engine: AsyncEngine) -> None:
    provider, deliveries = Provider(), Deliveries()
    outbox = _outbox(engine, provider, deliveries)
    async with serving(outbox.run()):
        assert await outbox.put(_message("1"))
        assert not await outbox.put(_message("1"))
        await deliveries.wait_for("1", Delivery.SENT)
        assert not await outbox.put(_message("1"))
        assert await outbox.put(_message("2"))
        await deliveries.wait_for("2", Delivery.SENT)
    assert provider.keys == ["1", "2"]
    assert deliveries.told == [("1", Delivery.SENT), ("2", Delivery.SENT)]
    assert await outbox.deliveries(["1", "2", "3"]) == {"1": Delivery.SENT, "2": Delivery.SENT}


async def test_messages_arrive_as_they_were_put(engine: AsyncEngine) -> None:
    provider, deliveries = Provider(), Deliveries()
    outbox = _outbox(engine, provider, deliveries)
    message = Outbound(
        channel=Channel.CHAT, key="k", address="a", text="一行目\n😀", contact="c", reply_token="t"
    )
    async with serving(outbox.run()):
        await outbox.put(message)
        await outbox.put(Outbound(channel=Channel.CHAT, key="nul", address="a", text="a\x00b"))
        await deliveries.wait_for("nul", Delivery.SENT)
    assert provider.got[0] == message
    assert provider.got[1].text == "ab"


async def test_a_thread_keeps_its_order_through_failures(engine: AsyncEngine) -> None:
    away = [SendFailed("away", retryable=True) for _ in range(3)]
    provider, deliveries = Provider(*away), Deliveries()
    outbox = _outbox(engine, provider, deliveries)
    for number in range(5):
        await outbox.put(_message(str(number)))
    async with serving(outbox.run()):
        await deliveries.wait_for("4", Delivery.SENT)
    assert provider.keys == ["0"] * 4 + ["1", "2", "3", "4"]


async def test_doubt_reaches_the_gateway_and_clear_refusals_leave_none(engine: AsyncEngine) -> None:
    clear = SendFailed("429", retryable=True)
    unclear = SendFailed("timeout", retryable=True, in_doubt=True)
    provider, deliveries = Provider(clear, unclear, clear), Deliveries()
    outbox = _outbox(engine, provider, deliveries)
    async with serving(outbox.run()):
        await outbox.put(_message("1"))
        await deliveries.wait_for("1", Delivery.SENT)
    assert provider.doubts == [False, False, True, True]


async def test_a_final_refusal_is_a_dead_letter_that_can_be_sent_again(engine: AsyncEngine) -> None:
    provider, deliveries = Provider(SendFailed("no such user", retryable=False)), Deliveries()
    outbox = _outbox(engine, provider, deliveries)
    async with serving(outbox.run()):
        await outbox.put(_message("1"))
        await outbox.put(_message("2"))
        await deliveries.wait_for("2", Delivery.SENT)
        (letter,) = await outbox.dead_letters()
        assert (letter.key, letter.address, letter.reason) == ("1", "somebody", "no such user")
        assert await outbox.deliveries(["1"]) == {"1": Delivery.FAILED}
        assert await outbox.resend("1")
        await deliveries.wait_for("1", Delivery.SENT)
        assert not await outbox.resend("1")
        assert not await outbox.resend("unknown")
    assert deliveries.told[0] == ("1", Delivery.FAILED)
    assert await outbox.dead_letters() == []


async def test_what_may_have_arrived_is_not_sent_again_unless_a_person_says_so(engine: AsyncEngine) -> None:
    provider = Provider(SendFailed("gone", retryable=True, in_doubt=True))
    deliveries, gateway = Deliveries(), PlainGateway(provider)
    gateway.sends_once = True
    outbox = Outbox(engine, {Channel.CHAT: gateway}, deliveries, owner="hub", policy=HASTY, poll_s=60)
    async with serving(outbox.run()):
        await outbox.put(_message("1"))
        await deliveries.wait_for("1", Delivery.FAILED)
        (dead,) = await outbox.dead_letters()
        assert ("may have arrived" in dead.reason, provider.keys) == (True, ["1"])
        assert await outbox.resend("1")
        await deliveries.wait_for("1", Delivery.SENT)
    assert (provider.keys, provider.doubts) == (["1", "1"], [False, False])


async def test_patience_ends_at_a_dead_letter(engine: AsyncEngine) -> None:
    away = [SendFailed("away", retryable=True, in_doubt=True) for _ in range(HASTY.tries_max)]
    provider, deliveries = Provider(*away), Deliveries()
    outbox = _outbox(engine, provider, deliveries, HASTY)
    async with serving(outbox.run()):
        await outbox.put(_message("1"))
        await deliveries.wait_for("1", Delivery.FAILED)
        assert provider.keys == ["1"] * HASTY.tries_max
        await outbox.resend("1")
        await deliveries.wait_for("1", Delivery.SENT)
    assert provider.doubts[-1]  # what may have arrived before may have arrived still


async def test_retry_after_holds_the_whole_channel_up(engine: AsyncEngine) -> None:
    clock = Clock()
    provider = Provider(SendFailed("slow down", retryable=True, retry_after_s=120))
    deliveries = Deliveries()
    gateways = {Channel.CHAT: PlainGateway(provider)}
    outbox = Outbox(
        engine, gateways, deliveries, owner="hub", policy=HASTY, concurrency=1, poll_s=0.01, now_ms=clock
    )
    await outbox.put(_message("1", "a"))
    await outbox.put(_message("2", "b"))
    async with serving(outbox.run()):
        rows: list[tuple[str, int, int]] = []
        async with asyncio.timeout(10):
            while len(rows) < 2:
                async with engine.connect() as connection:
                    query = (
                        "SELECT key, attempts, due_at_ms FROM outbox_message WHERE due_at_ms > 0 ORDER BY key"
                    )
                    rows = [tuple(row) for row in await connection.execute(text(query))]
        assert rows == [("1", 1, clock() + 120_000), ("2", 0, clock() + 120_000)]
        assert provider.keys == ["1"]
        clock.advance(121)
        await deliveries.wait_for("1", Delivery.SENT)
        await deliveries.wait_for("2", Delivery.SENT)
    assert Counter(provider.keys) == {"1": 2, "2": 1}


async def test_retry_after_holds_up_one_of_several_providers(engine: AsyncEngine) -> None:
    class Networks(PlainGateway):
        def provider(self, message: Outbound) -> str:
            return message.address.partition(":")[0]

    clock, deliveries = Clock(), Deliveries()
    provider = Provider(SendFailed("slow down", retryable=True, retry_after_s=120))
    gateways = {Channel.CHAT: Networks(provider)}
    outbox = Outbox(
        engine, gateways, deliveries, owner="hub", policy=HASTY, concurrency=1, poll_s=0.01, now_ms=clock
    )
    for key, address in (("1", "x:a"), ("2", "x:b"), ("3", "messenger:c")):
        await outbox.put(_message(key, address))
    async with serving(outbox.run()):
        await deliveries.wait_for("3", Delivery.SENT)
        assert provider.keys == ["1", "3"]
        clock.advance(121)
        await deliveries.wait_for_count(3)
    assert Counter(provider.keys) == {"1": 2, "2": 1, "3": 1}


async def test_a_pace_is_kept(engine: AsyncEngine) -> None:
    clock = Clock()
    provider, deliveries = Provider(), Deliveries()
    outbox = Outbox(
        engine,
        {Channel.CHAT: PlainGateway(provider)},
        deliveries,
        owner="hub",
        paces={Channel.CHAT: Pace(per_s=1, burst=2)},
        poll_s=0.01,
        now_ms=clock,
    )
    for number in range(4):
        await outbox.put(_message(str(number), f"user {number}"))
    async with serving(outbox.run()):
        for expected in (2, 3, 4):
            await deliveries.wait_for_count(expected)
            clock.advance(1.001)
    assert sorted(provider.keys) == ["0", "1", "2", "3"]


async def test_a_reply_token_goes_with_one_message_only(engine: AsyncEngine) -> None:
    provider, deliveries = Provider(), Deliveries()
    outbox = _outbox(engine, provider, deliveries)
    async with serving(outbox.run()):
        assert await outbox.put(_message("1", reply_token="t"))
        assert not await outbox.put(_message("1", reply_token="t"))
        assert await outbox.put(_message("2", reply_token="t"))
        assert not await outbox.put(_message("2", reply_token="t"))
        assert await outbox.put(_message("3", reply_token="u"))
        await deliveries.wait_for("3", Delivery.SENT)
    assert [(message.key, message.reply_token) for message in provider.got] == [
        ("1", "t"),
        ("2", None),
        ("3", "u"),
    ]


async def test_a_refused_reply_token_is_forgotten_before_the_next_try(engine: AsyncEngine) -> None:
    failures = (ReplyRefused("expired"), SendFailed("timeout", retryable=True, in_doubt=True))
    provider, deliveries = Provider(*failures), Deliveries()
    outbox = _outbox(engine, provider, deliveries)
    async with serving(outbox.run()):
        await outbox.put(_message("1", reply_token="t"))
        await deliveries.wait_for("1", Delivery.SENT)
    assert [message.reply_token for message in provider.got] == ["t", None, None]


async def test_a_listener_that_fails_stops_nothing(engine: AsyncEngine) -> None:
    provider = Provider()

    async def fail(_message: Outbound, _delivery: Delivery) -> None:
        raise RuntimeError("nobody listens")

    outbox = Outbox(engine, {Channel.CHAT: PlainGateway(provider)}, fail, owner="hub", poll_s=60)
    async with serving(outbox.run()):
        for number in range(3):
            await outbox.put(_message(str(number)))
        await until(lambda: len(provider.got) == 3)


async def test_a_channel_that_is_not_set_up_fails_at_once(engine: AsyncEngine) -> None:
    deliveries = Deliveries()
    outbox = Outbox(engine, {}, deliveries, owner="hub")
    async with serving(outbox.run()):
        await outbox.put(_message("1"))
        await deliveries.wait_for("1", Delivery.FAILED)


async def test_a_database_that_is_away_is_told_and_outlived(engine: AsyncEngine) -> None:
    provider, deliveries = Provider(), Deliveries()
    gateways = {Channel.CHAT: PlainGateway(provider)}
    outbox = Outbox(engine, gateways, deliveries, owner="hub", poll_s=0.01)
    async with serving(outbox.run()):
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.drop_all)
        with pytest.raises(OutboxUnavailable):
            await outbox.put(_message("1"))
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        assert await outbox.put(_message("1"))
        await deliveries.wait_for("1", Delivery.SENT)


async def test_two_hubs_send_nothing_twice(engine: AsyncEngine) -> None:
    order: dict[str, list[int]] = defaultdict(list)

    async def provider(message: Outbound, _in_doubt: bool) -> None:
        await asyncio.sleep(0)
        order[message.address].append(int(message.key.partition("-")[2]))

    deliveries = Deliveries()
    gateways = {Channel.CHAT: PlainGateway(provider)}
    hubs = [
        Outbox(engine, gateways, deliveries, owner=owner, concurrency=4, poll_s=0.01) for owner in ("a", "b")
    ]
    async with serving(*(hub.run() for hub in hubs)):
        for number in range(10):
            for user in range(6):
                await hubs[(number + user) % 2].put(_message(f"{user}-{number}", f"user {user}"))
        await until(lambda: len(deliveries.told) >= 60)
    assert len(deliveries.told) == 60
    assert all(numbers == list(range(10)) for numbers in order.values())
