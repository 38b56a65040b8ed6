"""Whether one may wait: somebody there, opening hours, room in the queue."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from acd.actions import CloseContact, RefuseContact
from acd.agent import Presence
from acd.contact import Channel
from acd.events import AgentRemoved
from acd.hours import Hours, Span
from acd.policy import Absence, PenaltyRange, QueueSettings
from tests.acd.driver import SALES, SATO, SUPPORT, TANAKA, Driver, every, only

SKILL = {"golf": 1}
"""Nobody has it: who asks for it waits."""


def queues(**rules: Any) -> tuple[QueueSettings, QueueSettings]:
    support = QueueSettings(name=SUPPORT, penalty_ranges=(PenaltyRange(high=5),), **rules)
    return support, QueueSettings(name=SALES, wrapup_voice_s=30)


def desk(**rules: Any) -> Driver:
    """Sato is available in `support`, which has these rules, and in `sales`."""
    core = Driver(*queues(**rules))
    core.agent(SATO, queues={SUPPORT: 0, SALES: 0})
    return core


def refusals(core: Driver, contact: str, channel: Channel = Channel.VOICE) -> list[str]:
    return [each.reason for each in every(RefuseContact, core.queue(contact, channel, skills=SKILL))]


def ring(core: Driver) -> None:
    core.queue("other", queue=SALES)


def talk(core: Driver) -> None:
    core.serve("other", queue=SALES)


def finish(core: Driver) -> None:
    core.serve("other", queue=SALES)
    core.end("other")
    assert core.where("other") == "wrap_up with sato"


AWAY: list[tuple[Absence, Callable[[Driver], object]]] = [
    (Absence.PENALTY, lambda core: core.agent(SATO, queues={SUPPORT: 6, SALES: 0})),
    (Absence.PAUSED, lambda core: core.become(SATO, Presence.NOT_READY)),
    (Absence.UNAVAILABLE, lambda core: core.become(SATO, Presence.OFFLINE)),
    (Absence.RINGING, ring),
    (Absence.INUSE, talk),
    (Absence.INUSE, lambda core: core.phone(SATO, is_in_use=True)),
    (Absence.WRAPUP, finish),
]


@pytest.mark.parametrize(("absence", "go_away"), AWAY)
def test_a_caller_does_not_join_when_who_is_there_does_not_count(
    absence: Absence, go_away: Callable[[Driver], object]
) -> None:
    core = desk(join_without=(absence,))
    assert refusals(core, "before") == []
    go_away(core)
    assert refusals(core, "after") == ["nobody_there"]
    assert core.where("before") == "waiting", "who waits already is not asked to leave"


@pytest.mark.parametrize(("absence", "go_away"), AWAY)
def test_a_caller_joins_in_spite_of_every_other_absence(
    absence: Absence, go_away: Callable[[Driver], object]
) -> None:
    core = desk(join_without=tuple(each for each in Absence if each is not absence))
    go_away(core)
    assert refusals(core, "c1") == []


@pytest.mark.parametrize(("absence", "go_away"), AWAY)
def test_callers_leave_when_the_last_who_counted_is_there_no_more(
    absence: Absence, go_away: Callable[[Driver], object]
) -> None:
    core = desk(leave_without=(absence,))
    core.agent(TANAKA)
    for contact in ("c1", "c2"):
        core.queue(contact, skills=SKILL)
    go_away(core)
    assert core.where("c1") == "waiting", "tanaka is there"
    refused = every(RefuseContact, core.put(AgentRemoved(agent=TANAKA)))
    assert [(each.contact, each.reason) for each in refused] == [
        ("c1", "nobody_there"),
        ("c2", "nobody_there"),
    ]


@pytest.mark.parametrize(("absence", "go_away"), AWAY)
def test_callers_stay_in_spite_of_every_other_absence(
    absence: Absence, go_away: Callable[[Driver], object]
) -> None:
    core = desk()
    core.queue("c1", skills=SKILL)
    go_away(core)
    core.reload(*queues(leave_without=tuple(each for each in Absence if each is not absence)))
    assert core.where("c1") == "waiting"


def test_a_queue_without_members_is_empty_whatever_the_words() -> None:
    core = Driver(QueueSettings(name=SUPPORT, join_without=(Absence.WRAPUP,)))
    assert refusals(core, "c1") == ["nobody_there"]
    core.reload(QueueSettings(name=SUPPORT))
    assert refusals(core, "c2") == []
    core.reload(QueueSettings(name=SUPPORT, leave_without=(Absence.WRAPUP,)))
    assert core.where("c2") == "gone", "a reload is looked at, too"


def test_only_callers_on_the_line_leave() -> None:
    core = desk(leave_without=(Absence.UNAVAILABLE,), join_without=(Absence.UNAVAILABLE,))
    core.queue("text", Channel.LINE, skills=SKILL)
    core.queue("callback", skills=SKILL)
    core.ask_callback("callback")
    core.become(SATO, Presence.OFFLINE)
    assert refusals(core, "new text", Channel.CHAT) == []
    core.queue("new callback", is_callback=True)
    assert [core.where(each) for each in ("text", "callback", "new text", "new callback")] == ["waiting"] * 4


def test_a_caller_who_is_rung_for_leaves_when_the_offer_ends_and_nobody_is_there() -> None:
    core = desk(leave_without=(Absence.PAUSED, Absence.UNAVAILABLE))
    core.queue("c1")
    core.become(SATO, Presence.NOT_READY)
    assert core.where("c1") == "offered to sato", "he may still answer"
    assert only(RefuseContact, core.after(15)).reason == "nobody_there"


def test_a_member_of_an_added_queue_does_not_count() -> None:
    core = desk(leave_without=(Absence.UNAVAILABLE,))
    core.agent(TANAKA, queues={SALES: 0})
    core.queue("c1", skills=SKILL)
    core.become(SATO, Presence.OFFLINE)
    assert core.where("c1") == "gone"


def at(core: Driver, time: str) -> None:
    moment = datetime.fromisoformat(f"2027-06-01T{time}").replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    core.now_ms = round(moment.timestamp() * 1000)


def by_day() -> Driver:
    hours = Hours(week=((Span(opens=540, closes=1020),),) * 7)
    return Driver(QueueSettings(name=SUPPORT, hours="day"), hours={"day": hours})


def test_a_caller_is_turned_away_outside_opening_hours_and_text_waits() -> None:
    core = by_day()
    at(core, "08:59:59")
    assert refusals(core, "early") == ["closed"]
    assert refusals(core, "mail", Channel.EMAIL) == []
    at(core, "09:00")
    assert refusals(core, "c1") == []
    at(core, "17:00")
    assert refusals(core, "late") == ["closed"]
    core.leave("mail")
    assert core.where("c1") == "waiting", "who came in time is served"
    core.agent(SATO, skills=SKILL)
    assert core.where("c1") == "offered to sato"


def test_who_came_while_it_was_open_may_join_later_with_his_age() -> None:
    core = by_day()
    at(core, "16:59:59")
    came_ms = core.now_ms
    at(core, "17:00:30")
    core.queue("moved", arrived_ms=came_ms)
    core.queue("callback", is_callback=True)
    assert (core.where("moved"), core.where("callback")) == ("waiting", "waiting")


def test_no_more_wait_than_there_is_room_for_those_who_are_rung_included() -> None:
    core = Driver(QueueSettings(name=SUPPORT, max_waiting=2))
    core.agent(SATO)
    core.queue("rung")
    assert refusals(core, "waits", Channel.EMAIL) == []
    assert refusals(core, "c3") == ["queue_full"]
    core.accept("rung")
    assert refusals(core, "c4") == [], "who talks does not wait"
    assert refusals(core, "c5") == ["queue_full"]
    only(CloseContact, core.leave("waits"))
    assert refusals(core, "c6") == []


def test_a_transfer_and_a_narrower_setting_turn_nobody_away() -> None:
    core = Driver(QueueSettings(name=SUPPORT, max_waiting=1))
    core.agent(SATO)
    core.serve("c1")
    core.queue("c2")
    core.hand_back("c1")
    core.reload(QueueSettings(name=SUPPORT, max_waiting=1))
    assert {core.where("c1"), core.where("c2")} == {"waiting", "offered to sato"}


def test_who_waits_stays_though_nobody_could_join_any_more() -> None:
    core = desk(join_without=(Absence.UNAVAILABLE,))
    core.queue("c1", skills=SKILL)
    core.put(AgentRemoved(agent=SATO))
    assert (core.where("c1"), refusals(core, "c2")) == ("waiting", ["nobody_there"])
