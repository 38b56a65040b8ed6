"""SMS through binds that break at seeded moments: nothing is sent twice, nothing is lost in silence."""

import random
from collections import Counter
from pathlib import Path

import pytest

from acd.contact import Channel
from gateways.job import RetryPolicy
from gateways.outbox import Outbox
from gateways.protocol import Delivery, Inbound, Outbound
from gateways.sms.gateway import SmsGateway
from gateways.tables import Base
from tests.gateways.conftest import sqlite_engine
from tests.gateways.support import AROUND, serving, until
from tests.sms.conftest import Hub, centre_at
from tests.sms.smsc import Smsc

pytestmark = pytest.mark.real

_PATIENT = RetryPolicy(first_s=0.01, longest_s=0.1, tries_max=500)
_HOWS = ("ok", "ok", "ok", "drop", "silent", "refuse")


@pytest.mark.parametrize("seed", [1, 2])
async def test_messages_go_out_once_or_are_seen_to_be_in_doubt(smsc: Smsc, tmp_path: Path, seed: int) -> None:
    chance, count, settled = random.Random(seed), 60, Counter[str]()
    engine = sqlite_engine(tmp_path / "hub.sqlite")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)

    async def on_delivery(message: Outbound, delivery: Delivery) -> None:
        settled[f"{message.key}:{delivery}"] += 1

    async with Hub(centre_at(smsc.port, timeout_s=0.3)).running() as hub:
        gateway = SmsGateway(hub.provider, AROUND)
        outbox = Outbox(
            engine, {Channel.SMS: gateway}, on_delivery, owner="hub", policy=_PATIENT, poll_s=0.05
        )
        for _ in range(count):
            await smsc.tell("next", how=chance.choice(_HOWS), status=0x08)
        async with serving(outbox.run()):
            for number in range(count):
                message = Outbound(
                    channel=Channel.SMS, key=str(number), address=f"+8190{number:08d}", text=f"text {number}"
                )
                await outbox.put(message)
            await until(lambda: settled.total() == count, 60.0)
        dead = {each.key for each in await outbox.dead_letters()}
    await engine.dispose()
    taken = Counter(each.text.removeprefix("text ") for each in smsc.of("submit") if each.how != "refuse")
    sent = {key.removesuffix(":sent") for key in settled if key.endswith(":sent")}
    assert max(taken.values()) == 1, "nobody gets a message twice"
    assert sent | dead == {str(number) for number in range(count)}, "each is sent or seen to be in doubt"
    assert sent <= set(taken)
    assert sent, "a broken bind takes with it only what was on it"


@pytest.mark.parametrize("seed", [3, 4])
async def test_what_comes_in_is_there_once(smsc: Smsc, hub: Hub, seed: int) -> None:
    """The centre delivers again what it has no answer to, as centres do."""
    chance, count = random.Random(seed), 30
    left, binds = set(range(count)), 1
    while left:
        answered = len(smsc.of("answered"))
        for number in sorted(left):
            smsc.deliver(message=f"text {number}", number=number)
        if chance.random() < 0.7:
            await smsc.tell("drop")
            binds += 1
            await smsc.wait_for("bind", binds)
            await hub.bound()
        else:
            await smsc.wait_for("answered", answered + len(left))
        hub.shelf.is_away = chance.random() < 0.3
        left -= {each.number for each in smsc.of("answered") if not each.status and each.number is not None}
    texts = Counter(each.text for each in hub.heard() if isinstance(each, Inbound))
    assert texts == Counter(f"text {number}" for number in range(count))
