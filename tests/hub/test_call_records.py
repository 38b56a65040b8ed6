"""The journey's times against Asterisk's: they agree, or the difference is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from acd.contact import Channel, ContactState
from acd.ids import AgentId, ContactId, QueueName
from crm_bridge.errors import CrmUnavailable
from crm_bridge.model import ContactRecord, Line, LineEnd
from cti.ami_events import ChannelEventLogged
from hub.absences import Absences
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
        "line": Line(LineEnd.HUNG_UP, AT_MS + 60_005),
    }
    return ContactRecord(**(values | changes))  # type: ignore[arg-type]


class Journey:
    """Contacts as they are stored; `away` for so many reads to come."""

    def __init__(self, *contacts: ContactRecord, later_ms: Sequence[int] = ()) -> None:
        self.contacts, self.later_ms, self.away = {each.id: each for each in contacts}, later_ms, 0

    async def several(self, contacts: Collection[ContactId]) -> list[ContactRecord]:
        if self.away:
            self.away -= 1
            raise CrmUnavailable("the database is away")
        return [each for each in self.contacts.values() if each.id in contacts]

    async def connections(self, contacts: Collection[ContactId]) -> dict[ContactId, list[int]]:
        connected_ms = {each: self.contacts[each].connected_ms for each in contacts}
        return {each: [at_ms, *self.later_ms] for each, at_ms in connected_ms.items() if at_ms is not None}


async def _no_sleep(_: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def _records(
    *contacts: ContactRecord,
    later_ms: Sequence[int] = (),
    away_ms: tuple[int, int] | None = None,
    journey: Journey | None = None,
) -> AsyncIterator[CallRecords]:
    absences = Absences(found_ms=0)
    absences.over(0)
    if away_ms is not None:
        absences.began(AT_MS + away_ms[0])
        absences.over(AT_MS + away_ms[1])
    journey = journey or Journey(*contacts, later_ms=later_ms)
    records = CallRecords(journey, "hub", absences, sleep=_no_sleep)
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
        ({"line": Line(LineEnd.HUNG_UP, AT_MS + 57_000)}, "hung_up", -3_000),
        ({"line": Line(LineEnd.LOST, AT_MS + 64_000)}, "hung_up", 4_000),
        ({"line": Line(LineEnd.LEFT, AT_MS + 64_000)}, "left", 4_000),
        ({"line": None}, "hung_up", None),
    ],
)
async def test_what_differs_is_told(changes: dict[str, object], time: str, by_ms: int | None) -> None:
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


@pytest.mark.parametrize(
    "changes",
    [
        {"line": Line(LineEnd.LOST, AT_MS + 62_000), "ended_ms": AT_MS + 62_000},
        {"line": Line(LineEnd.LEFT, AT_MS + 50_000), "ended_ms": AT_MS + 62_000},
        {"line": None},
    ],
)
async def test_what_nobody_saw_is_explained(changes: dict[str, object]) -> None:
    async with _records(_contact(**changes), away_ms=(58_000, 61_000)) as records:
        _happen(records, *TALK)
        await _until(lambda: records.compared == 1)
        assert (records.found, records.explained > 0) == (0, True)


@pytest.mark.parametrize("away_ms", [(50_000, 59_000), (61_000, 65_000)])
async def test_an_absence_at_another_time_explains_nothing(away_ms: tuple[int, int]) -> None:
    late = _contact(line=Line(LineEnd.LOST, AT_MS + 62_000))
    async with _records(late, away_ms=away_ms) as records:
        _happen(records, *TALK)
        await _until(lambda: records.compared == 1)
        assert (records.found, records.explained) == (1, 0)


async def test_a_customer_who_was_not_reached_had_no_line() -> None:
    async with _records(_contact(line=None, connected_ms=None)) as records:
        _happen(records, TALK[0], TALK[-1], channel=f"hub.callback.{CALL}")
        await _until(lambda: records.compared == 1)
        assert records.found == 0


async def test_last_words_are_no_part_of_the_contact() -> None:
    async with _records(_contact(ended_ms=AT_MS + 55_000)) as records:
        _happen(records, *TALK)
        await _until(lambda: records.compared == 1)
        assert records.found == 0


@pytest.mark.parametrize(("at_ms", "differs"), [(20_000, False), (26_000, True), (30_300, False)])
async def test_who_has_the_talk_later_had_it_with_the_caller(at_ms: int, differs: bool) -> None:
    """Passed on within the bridge, or as the caller entered one anew; not while he was in none."""
    async with _records(_contact(), later_ms=[AT_MS + at_ms]) as records:
        _happen(records, *TALK[:2], ("BRIDGE_EXIT", 24_000), *TALK[2:])
        await _until(lambda: records.compared == 1)
        assert records.found == differs


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


async def test_many_calls_that_end_together_are_compared() -> None:
    ids = [ContactId(f"pbx1-1.{number}") for number in range(170)]
    async with _records(*(_contact(id=each) for each in ids)) as records:
        for each in ids:
            _happen(records, *TALK, channel=each)
        await _until(lambda: records.compared == len(ids))
        assert records.found == 0


@pytest.mark.parametrize("away", [1, 2])
async def test_while_the_database_is_away_calls_wait(away: int) -> None:
    journey = Journey(_contact())
    journey.away = away
    async with _records(journey=journey) as records:
        _happen(records, *TALK)
        await _until(lambda: records.compared == 1)


async def test_a_contact_that_ends_later_is_compared_then() -> None:
    journey = Journey(_contact(ended_ms=None))
    async with _records(journey=journey) as records:
        _happen(records, *TALK)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        journey.contacts[ContactId(CALL)] = _contact()
        await _until(lambda: records.compared == 1)
