"""The month's messages: watched, warned of, and used up."""

import asyncio

import pytest
from structlog.testing import capture_logs

from gateways.errors import SendFailed
from gateways.line.gateway import LineGateway
from gateways.line.quota import Level, level_of
from gateways.protocol import Quota
from tests.fakes.providers import ProviderSimulator
from tests.gateways.support import serving, until
from tests.line.support import outbound, read, shown_to


@pytest.mark.parametrize(
    ("limit", "used", "level"),
    [
        (None, 10**6, Level.ENOUGH),
        (200, 0, Level.ENOUGH),
        (200, 159, Level.ENOUGH),
        (200, 160, Level.NEAR),
        (200, 199, Level.NEAR),
        (200, 200, Level.USED_UP),
        (200, 230, Level.USED_UP),
        (0, 0, Level.USED_UP),
    ],
)
def test_how_much_is_left(limit: int | None, used: int, level: Level) -> None:
    assert level_of(Quota(limit=limit, used=used), 80) is level


async def _store(events: object) -> int:
    return 0


async def _watched(line: LineGateway) -> asyncio.Task[None]:
    (service,) = line.services(_store)
    task = asyncio.create_task(service.run())
    await until(lambda: line.quota() is not None)
    return task


async def test_it_is_warned_of_in_time_and_the_last_is_told(
    simulator: ProviderSimulator, line: LineGateway
) -> None:
    simulator.line.quota, simulator.line.used = 3, 7
    with capture_logs() as logged:
        (service,) = line.services(_store)
        assert not service.is_single
        async with serving(service.run()):
            await until(lambda: line.quota() == Quota(limit=10, used=7))
            for number in range(3):
                await line.send(outbound(str(number)))
    assert line.quota() == Quota(limit=10, used=10)
    told = [(each["log_level"], each["level"]) for each in logged if each["event"] == "line.quota"]
    assert told == [("warning", "near"), ("error", "used_up")]
    with pytest.raises(SendFailed, match="used up") as failed:
        await line.send(outbound("4"))
    assert not failed.value.retryable
    token = read(simulator.line.text_event(outbound().address, "x"))
    await line.send(outbound("5", text="無料", reply_token=getattr(token, "reply_token", None)))
    assert shown_to(simulator)[-1] == ("reply", "無料")


async def test_messages_sent_together_count_as_one(simulator: ProviderSimulator, line: LineGateway) -> None:
    simulator.line.quota = 2
    await line.send(outbound(text="x" * 25_000))
    assert (len(shown_to(simulator)), simulator.line.quota) == (5, 1)


async def test_a_refusal_corrects_what_was_counted(simulator: ProviderSimulator, line: LineGateway) -> None:
    simulator.line.quota = 5
    task = await _watched(line)
    task.cancel()
    simulator.line.quota = 0  # somebody else has sent them
    with pytest.raises(SendFailed, match="used up"):
        await line.send(outbound())
    assert line.quota() == Quota(limit=5, used=5)


async def test_without_a_limit_there_is_nothing_to_warn_of(
    simulator: ProviderSimulator, line: LineGateway
) -> None:
    simulator.line.used = 10_000
    (await _watched(line)).cancel()
    assert line.quota() == Quota(limit=None, used=10_000)


@pytest.mark.parametrize("status", [500, 0, 200])
async def test_a_look_that_fails_is_noted(
    simulator: ProviderSimulator, line: LineGateway, status: int
) -> None:
    simulator.fail_next(9, status=status)
    with capture_logs() as logged:
        (service,) = line.services(_store)
        async with serving(service.run()):
            await until(lambda: any(each["event"] == "line.quota_not_seen" for each in logged))
    assert line.quota() is None
