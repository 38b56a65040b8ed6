"""What is done in steps with a contact that waits long."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from acd.actions import Diversion, DivertContact, OfferContact, ProposeWay
from acd.agent import Presence
from acd.contact import Channel
from acd.hours import Hours, Span
from acd.policy import (
    CALLBACK,
    AddQueue,
    Divert,
    OverflowStep,
    Propose,
    QueueSettings,
    RaisePriority,
    RelaxSkills,
)
from tests.acd.driver import SALES, SATO, SUPPORT, TANAKA, Driver, every, only

NINE_TO_FIVE = Hours(week=((Span(opens=540, closes=1020),),) * 7)


def queue(*steps: OverflowStep) -> QueueSettings:
    return QueueSettings(name=SUPPORT, overflow=steps)


def by_day(*steps: OverflowStep, at: str) -> Driver:
    """A queue that is open from nine to five, at a time of the clock in Tokyo."""
    core = Driver(QueueSettings(name=SUPPORT, overflow=steps, hours="day"), hours={"day": NINE_TO_FIVE})
    moment = datetime.fromisoformat(f"2027-06-01T{at}").replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    core.now_ms = round(moment.timestamp() * 1000)
    return core


# --- the steps -------------------------------------------------------------------------------------


def test_one_skill_is_asked_for_no_more_and_then_none_at_all() -> None:
    core = Driver(queue(RelaxSkills(after_s=30, skill="en"), RelaxSkills(after_s=60)))
    core.agent(SATO, skills={"billing": 5})
    core.agent(TANAKA)
    core.queue("c1", skills={"en": 5, "billing": 5})
    core.queue("c2", skills={"en": 5, "golf": 5})
    core.after(29.9)
    assert core.where("c1") == "waiting"
    core.after(0.1)
    assert (core.where("c1"), core.where("c2")) == ("offered to sato", "waiting")
    core.after(30)
    assert core.where("c2") == "offered to tanaka"


def test_the_agents_of_another_queue_may_have_it_and_its_place_is_kept() -> None:
    core = Driver(queue(AddQueue(after_s=60, queue=SALES)), QueueSettings(name=SALES, weight=0))
    core.agent(SATO, queues={SALES: 0}, presence=Presence.NOT_READY)
    core.queue("support")
    core.after(1)
    core.queue("sales", queue=SALES)
    core.after(59)
    assert core.record("support").queues == (SUPPORT, SALES)
    core.become(SATO, Presence.AVAILABLE)
    assert (core.where("support"), core.where("sales")) == ("offered to sato", "waiting")
    assert core.offer_of("support").queue == SUPPORT, "it is still one of its own queue"


def test_its_own_agents_go_before_those_of_a_queue_that_was_added() -> None:
    core = Driver(
        queue(AddQueue(after_s=60, queue=SALES), RelaxSkills(after_s=70)), QueueSettings(name=SALES)
    )
    core.agent(TANAKA, queues={SALES: 0})
    core.agent(SATO, queues={SUPPORT: 9})
    core.queue("c1", skills={"en": 5})
    core.after(70)
    assert core.where("c1") == "offered to sato"
    core.reject("c1")
    assert core.where("c1") == "offered to tanaka"


def test_priority_is_raised_and_so_the_place() -> None:
    core = Driver(queue(RaisePriority(after_s=90, by=2)), priority_step_s=60)
    core.queue("old")
    core.after(5)
    core.queue("urgent", priority=1)
    core.after(84)
    assert core.state.position(core.record("old").contact.id) == 2
    core.after(1)
    assert core.state.position(core.record("old").contact.id) == 1
    assert core.record("old").contact.priority == 2


@pytest.mark.parametrize("way", [CALLBACK, "line"])
def test_another_way_is_proposed_once_and_the_contact_waits_on(way: str) -> None:
    core = Driver(queue(Propose(after_s=120, way=way)))
    core.queue("c1")
    assert core.after(119) == ()
    proposed = only(ProposeWay, core.after(1))
    assert (proposed.contact, proposed.way, core.where("c1")) == ("c1", way, "waiting")
    assert core.after(10_000) == ()


@pytest.mark.parametrize(
    "step",
    [
        Divert(after_s=300, to=Diversion.SECTION, section="sorry"),
        Divert(after_s=300, to=Diversion.VOICEMAIL),
        Divert(after_s=300, to=Diversion.CLOSE, ja="終了しました。", en="We are closed."),
    ],
)
def test_a_diverted_contact_leaves_routing(step: Divert) -> None:
    core = Driver(queue(step))
    core.queue("c1")
    core.after(299)
    diverted = only(DivertContact, core.after(1))
    assert (diverted.to, diverted.section, diverted.ja, diverted.en) == (
        step.to,
        step.section,
        step.ja,
        step.en,
    )
    assert (core.where("c1"), core.state.queued) == ("gone", {})


def test_a_phone_that_rings_is_not_interrupted_by_a_diversion_that_comes_when_nobody_answers() -> None:
    core = Driver(queue(Divert(after_s=10, to=Diversion.VOICEMAIL)))
    core.agent(SATO)
    core.queue("c1")
    assert core.after(10) == ()
    assert core.where("c1") == "offered to sato"
    assert only(DivertContact, core.after(5)).contact == "c1"


def test_a_callback_is_neither_proposed_anything_nor_diverted() -> None:
    steps = (
        Propose(after_s=10, way=CALLBACK),
        Divert(after_s=20, to=Diversion.CLOSE, ja="x", en="x"),
        RaisePriority(after_s=30, by=1),
    )
    core = Driver(queue(*steps))
    core.queue("c1")
    core.ask_callback("c1")
    assert core.after(25) == ()
    core.after(5)
    assert core.record("c1").contact.priority == 1, "what helps it is done"


# --- times -----------------------------------------------------------------------------------------


def test_all_that_fell_due_while_nobody_looked_is_done_in_order() -> None:
    steps = (Propose(after_s=10, way="line"), Propose(after_s=20, way="sms"))
    core = Driver(queue(*steps, Divert(after_s=30, to=Diversion.VOICEMAIL)))
    core.queue("c1")
    actions = core.after(100)
    assert [each.way for each in every(ProposeWay, actions)] == ["line", "sms"]
    assert isinstance(actions[-1], DivertContact)


def test_time_counts_from_the_beginning_of_the_wait_not_from_the_arrival() -> None:
    core = Driver(queue(Propose(after_s=60, way="line")))
    core.queue("old", arrived_ms=core.now_ms - 3_600_000)
    core.after(30)
    core.queue("new")
    assert [each.contact for each in every(ProposeWay, core.after(30))] == ["old"]
    assert [each.contact for each in every(ProposeWay, core.after(30))] == ["new"]


def test_a_contact_that_comes_back_begins_a_new_wait() -> None:
    core = Driver(queue(AddQueue(after_s=20, queue=SALES), Propose(after_s=60, way="line")))
    core.queue("c1")
    core.after(60)
    core.agent(SATO)
    core.accept("c1")
    core.hand_back("c1")
    assert core.record("c1").queues == (SUPPORT,)
    core.become(SATO, Presence.NOT_READY)
    assert core.after(59) == ()
    assert only(ProposeWay, core.after(1)).contact == "c1"


def test_a_step_that_falls_due_after_closing_waits_until_the_next_opening() -> None:
    core = by_day(Propose(after_s=60, way="line"), Divert(after_s=120, to=Diversion.VOICEMAIL), at="16:59:30")
    core.queue("mail", Channel.EMAIL)
    core.after(30)
    assert core.after(3600 * 15) == ()
    core.after(3600 - 1)
    assert core.after(60) == (), "08:59:59 and a minute is not yet a minute after nine"
    assert only(ProposeWay, core.after(1)).contact == "mail"
    assert only(DivertContact, core.after(60)).contact == "mail"


def test_what_comes_while_it_is_closed_waits_from_the_opening_on() -> None:
    core = by_day(Propose(after_s=60, way="line"), at="08:59:30")
    core.queue("mail", Channel.EMAIL)
    core.after(30)
    assert core.after(59) == ()
    assert only(ProposeWay, core.after(1)).contact == "mail"


def test_a_text_that_comes_while_it_is_closed_is_nobody_s_until_the_morning() -> None:
    core = by_day(at="20:00:00")
    core.agent(SATO, presence=Presence.AVAILABLE)
    core.queue("late", Channel.LINE)
    core.after(60)
    core.queue("later", Channel.LINE)
    assert (core.where("late"), core.where("later")) == ("waiting", "waiting")
    core.after(12 * 3600)
    assert core.where("late") == "waiting"
    offers = every(OfferContact, core.after(3600))
    assert [each.contact for each in offers][:1] == ["late"], "in the order in which they came"


def test_a_voice_message_waits_for_the_opening_and_then_until_somebody_takes_it() -> None:
    divert = Divert(after_s=60, to=Diversion.VOICEMAIL)
    core = by_day(Propose(after_s=10, way="line"), divert, at="20:00:00")
    core.queue("message", Channel.VOICEMAIL)
    actions = [*core.after(13 * 3600), *core.after(10), *core.after(60), *core.after(3600)]
    assert not [each for each in actions if isinstance(each, ProposeWay | DivertContact)]
    core.agent(SATO)
    assert core.where("message") == "offered to sato"


def test_voice_messages_take_no_caller_s_place() -> None:
    core = Driver(QueueSettings(name=SUPPORT, max_waiting=1))
    core.queue("message", Channel.VOICEMAIL)
    core.queue("call")
    assert core.where("call") == "waiting"
    core.queue("another", Channel.VOICEMAIL)
    assert core.where("another") == "waiting", "nor do callers keep one out"


def test_a_text_that_was_parked_until_after_closing_is_kept_for_nobody() -> None:
    core = by_day(at="16:59:30")
    core.agent(SATO)
    core.queue("mail", Channel.EMAIL)
    core.accept("mail")
    core.park("mail")
    core.after(3600)
    record = core.record("mail")
    assert (record.is_parked, record.hold_until_ms) == (False, 0)
    assert record.not_before_ms > core.now_ms, "until it opens"


def test_a_text_that_is_kept_is_offered_at_once_if_the_hours_change() -> None:
    core = by_day(at="20:00:00")
    core.agent(SATO)
    core.queue("late", Channel.LINE)
    offered = only(OfferContact, core.reload(QueueSettings(name=SUPPORT)))
    assert offered.contact == "late"


def test_what_was_done_before_closing_is_not_done_again_in_the_morning() -> None:
    core = by_day(Propose(after_s=10, way="line"), Propose(after_s=60, way="sms"), at="16:59:30")
    core.queue("mail", Channel.EMAIL)
    assert only(ProposeWay, core.after(10)).way == "line"
    core.after(20)
    assert [each.way for each in every(ProposeWay, core.after(16 * 3600 + 60))] == ["sms"]


def test_a_reload_keeps_what_was_done() -> None:
    steps = (
        Propose(after_s=10, way="line"),
        AddQueue(after_s=20, queue=SALES),
        Propose(after_s=60, way="sms"),
    )
    core = Driver(queue(*steps), QueueSettings(name=SALES))
    core.queue("c1")
    core.after(20)
    assert core.reload(queue(*steps[:2], Propose(after_s=40, way="chat")), QueueSettings(name=SALES)) == ()
    assert core.record("c1").queues == (SUPPORT, SALES)
    assert only(ProposeWay, core.after(20)).way == "chat"


def test_a_queue_that_was_added_and_is_gone_is_asked_no_more() -> None:
    steps = (AddQueue(after_s=20, queue=SALES),)
    core = Driver(queue(*steps), QueueSettings(name=SALES))
    core.queue("c1")
    core.after(20)
    core.reload(queue(*steps))
    assert core.record("c1").queues == (SUPPORT,)
    core.agent(SATO, queues={SALES: 0})
    assert core.where("c1") == "waiting"
