"""The journey's times against Asterisk's: they agree, or the difference is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from acd.contact import Channel, ContactState
from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.model import ContactRecord
from cti.ami_events import ChannelEventLogged
from hub.call_records import CallRecords

CALL = "pbx1-1.1"
AT_MS = 1_000_000


def _contact(**changes: object) -> ContactRecord:
    values: dict[str, object] = {
        "id": ContactId(CALL),
        "channel": Channel.VOICE,
        "queue": QueueName("support"),
        "state": ContactState.ENDED,
        "address": None,
        "customer": None,
        "name": "",
        "agent": AgentId("sato"),
        "arrived_ms": AT_MS + 20,
        "connected_ms": AT_MS + 9_900,
        "ended_ms": AT_MS + 60_010,
    }
    return ContactRecord(**(values | changes))  # type: ignore[arg-type]


class Journey:
    def __init__(self, *contacts: ContactRecord) -> None:
        self.contacts = {each.id: each for each in contacts}

    async def get(self, contact: ContactId) -> ContactRecord | None:
        return self.contacts.get(contact)


async def _no_sleep(_: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def _records(*contacts: ContactRecord) -> AsyncIterator[CallRecords]:
    records = CallRecords(Journey(*contacts), "hub", sleep=_no_sleep)
    service = asyncio.create_task(records.run())
    try:
        yield records
    finally:
        service.cancel()


def _happen(records: CallRecords, *events: tuple[str, int], channel: str = CALL) -> None:
    for name, after_ms in events:
        records.received(ChannelEventLogged(name, channel, AT_MS + after_ms))


TALK = (("CHAN_START", 0), ("BRIDGE_ENTER", 10_000), ("BRIDGE_ENTER", 30_000), ("HANGUP", 60_000))


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - nobody could set an event
            await asyncio.sleep(0)


async def test_a_call_that_is_as_asterisk_says() -> None:
    async with _records(_contact()) as records:
        _happen(records, *TALK)
        await _until(lambda: records.compared == 1)
        assert records.found == 0


@pytest.mark.parametrize(
    ("changes", "time", "by_ms"),
    [
        ({"arrived_ms": AT_MS - 1_500}, "arrived", -1_500),
        ({"connected_ms": AT_MS + 12_000}, "connected", 2_000),
        ({"connected_ms": AT_MS + 31_400}, "connected", 1_400),
        ({"ended_ms": AT_MS + 63_000}, "ended", 3_000),
    ],
)
async def test_what_differs_is_told(changes: dict[str, object], time: str, by_ms: int) -> None:
    with capture_logs() as logs:
        async with _records(_contact(**changes)) as records:
            _happen(records, *TALK)
            await _until(lambda: records.compared == 1)
            assert records.found == 1
    (line,) = logs
    assert (line["event"], line["contact"], line["time"], line["by_ms"]) == (
        "call_records.differ",
        CALL,
        time,
        by_ms,
    )


async def test_a_talk_that_asterisk_never_saw_is_told() -> None:
    async with _records(_contact()) as records:
        _happen(records, ("CHAN_START", 0), ("HANGUP", 60_000))
        await _until(lambda: records.found == 1)


async def test_a_callback_arrived_on_another_channel() -> None:
    async with _records(_contact(arrived_ms=AT_MS - 500_000)) as records:
        _happen(records, *TALK, channel=f"hub.callback.{CALL}")
        await _until(lambda: records.compared == 1)
        assert records.found == 0


async def test_the_call_in_which_a_callback_was_asked_for_is_left_alone() -> None:
    async with _records(_contact(arrived_ms=AT_MS - 500_000)) as records:
        _happen(records, ("CHAN_START", -500_000))
        _happen(records, *TALK[:-1], channel=f"hub.callback.{CALL}")
        _happen(records, ("HANGUP", -400_000))
        _happen(records, TALK[-1], channel=f"hub.callback.{CALL}")
        await _until(lambda: records.compared == 1)
        for _ in range(50):
            await asyncio.sleep(0)
        assert (records.compared, records.found) == (1, 0)


async def test_strangers_and_who_waits_for_a_callback_are_left_alone() -> None:
    async with _records(_contact(is_callback=True, ended_ms=None)) as records:
        _happen(records, *TALK)
        _happen(records, *TALK, channel="leg")
        _happen(records, ("BRIDGE_ENTER", 0), ("HANGUP", 1), channel="from before the link")
        for _ in range(50):
            await asyncio.sleep(0)
        assert (records.compared, records.found) == (0, 0)
