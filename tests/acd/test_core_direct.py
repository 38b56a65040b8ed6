"""Contacts for one agent by name: who gets them, who does not, and what becomes of those not taken."""

import pytest

from acd.actions import (
    CloseContact,
    ConnectContact,
    OfferContact,
    RefuseContact,
    RefuseEvent,
    ReturnContact,
    StartWrapUp,
    WithdrawOffer,
)
from acd.agent import Agent, Presence
from acd.contact import Channel
from acd.events import PHONE_LOST, AgentChanged, AgentRemoved, CallbackFailed, ContactReturned
from acd.explanation import Rule
from acd.hours import Hours
from acd.ids import ContactId
from acd.policy import Absence, QueueSettings, Strategy
from tests.acd.driver import SALES, SATO, SUPPORT, SUZUKI, TANAKA, Driver, every, only

RING_S = 15


def talking(*queues: QueueSettings, **general: object) -> Driver:
    """Return a core in which SATO talks with the customer of c1, and TANAKA is free in no queue."""
    core = Driver(*queues, **general)
    core.agent(SATO)
    core.serve("c1")
    core.agent(TANAKA, queues={})
    return core


# --- who gets it -----------------------------------------------------------------------------------


def test_it_is_offered_at_once_to_who_is_no_member_has_not_the_skill_and_is_not_ready() -> None:
    core = Driver()
    core.agent(SATO)
    core.agent(TANAKA, queues={}, presence=Presence.NOT_READY)
    offer = only(OfferContact, core.queue("c1", reserved=TANAKA, skills={"en": 5}))
    assert (offer.agent, offer.is_reserved, offer.is_callback, offer.about) == (TANAKA, True, False, None)
    assert only(ConnectContact, core.accept("c1")).agent == TANAKA
    assert core.presence(TANAKA)[0] is Presence.NOT_READY


def test_neither_closing_time_nor_a_full_or_empty_queue_keeps_it_out() -> None:
    queue = QueueSettings(
        name=SUPPORT,
        hours="never",
        max_waiting=1,
        join_without=(Absence.PAUSED,),
        leave_without=(Absence.PAUSED,),
        channels=(Channel.LINE,),
    )
    core = Driver(queue, hours={"never": Hours(week=((),) * 7)})
    core.agent(TANAKA, presence=Presence.NOT_READY)
    core.queue("t1", Channel.LINE)
    core.queue("c1", reserved=TANAKA)
    assert core.where("c1") == "offered to tanaka"


def test_an_agent_who_rests_gets_it_and_rests_no_more() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    core.after(RING_S)
    assert core.state.agents[SATO].cooling_until_ms
    core.leave("c1")
    core.serve("c2", reserved=SATO)
    assert not core.state.agents[SATO].cooling_until_ms


def test_nobody_else_gets_it() -> None:
    core = Driver()
    core.agent(SATO)
    core.agent(TANAKA)
    core.serve("c1", reserved=TANAKA)
    core.queue("c2", reserved=TANAKA)
    assert core.where("c2") == "waiting"
    core.agent(SUZUKI)
    assert core.where("c2") == "waiting"
    assert core.why_not("c2") == {
        TANAKA: Rule.NO_CAPACITY,
        SATO: Rule.RESERVED,
        SUZUKI: Rule.RESERVED,
    }


def test_it_stands_in_no_line() -> None:
    core = Driver(QueueSettings(name=SUPPORT, max_waiting=1))
    core.agent(TANAKA, queues={})
    core.queue("c1", reserved=TANAKA)
    core.queue("c2", reserved=TANAKA)
    assert not every(RefuseContact, core.queue("c3"))
    assert core.state.position(ContactId("c3")) == 1
    assert core.state.queued == {SUPPORT: 1}


def test_text_is_put_aside_for_it_as_far_as_it_may_be_interrupted() -> None:
    core = Driver(interrupts={Channel.VOICE: (Channel.EMAIL,)})
    core.agent(SATO)
    core.serve("m1", Channel.EMAIL)
    core.queue("c1", reserved=SATO)
    assert core.where("c1") == "offered to sato"
    core.leave("c1")
    core.serve("t1", Channel.LINE)
    assert only(RefuseContact, core.dial("c2", SATO)).reason == "agent_busy"


# --- who does not ----------------------------------------------------------------------------------


@pytest.mark.parametrize("presence", [None, Presence.OFFLINE])
def test_it_is_refused_when_the_agent_is_not_there(presence: Presence | None) -> None:
    core = Driver()
    if presence is not None:
        core.agent(TANAKA, presence=presence)
    assert only(RefuseContact, core.queue("c1", reserved=TANAKA)).reason == "agent_away"
    assert core.where("c1") == "gone"


def test_it_waits_for_who_is_on_the_phone_elsewhere() -> None:
    core = Driver()
    core.agent(TANAKA, queues={})
    core.agent(SATO, presence=Presence.NOT_READY)
    core.phone(TANAKA, is_in_use=True)
    core.queue("c1", reserved=TANAKA)
    assert core.why_not("c1") == {TANAKA: Rule.ON_PHONE, SATO: Rule.RESERVED}
    assert only(OfferContact, core.phone(TANAKA, is_in_use=False)).contact == "c1"


def test_a_call_fits_beside_no_other_whatever_the_budget() -> None:
    core = Driver(costs={**Driver().settings.costs, Channel.VOICE: 10})
    core.agent(TANAKA)
    core.serve("c1", customer="k1")
    core.queue("c2", reserved=TANAKA, customer="k1")
    assert core.where("c2") == "waiting"


def test_one_waits_for_a_busy_agent_and_the_next_is_refused() -> None:
    core = talking()
    core.serve("c2", reserved=TANAKA)
    core.queue("c3", reserved=TANAKA)
    assert only(RefuseContact, core.queue("c4", reserved=TANAKA)).reason == "agent_busy"
    core.queue("c5", queue=SUPPORT)
    assert only(OfferContact, core.end("c2")).contact == "c3"


def test_who_waits_for_an_agent_goes_before_his_queue() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("c1")
    core.queue("c2")
    core.after(10)
    core.queue("c3", reserved=SATO)
    assert only(OfferContact, core.end("c1")).contact == "c3"


def test_it_does_not_wait_longer_than_the_phone_would_ring_twice() -> None:
    core = talking()
    core.serve("c2", reserved=TANAKA)
    core.transfer("c1", to=TANAKA)
    core.become(SATO, Presence.NOT_READY)
    core.after(2 * RING_S - 1)
    assert core.where("c1") == "waiting"
    assert not core.state.lines.of(SUPPORT)
    core.after(1)
    assert len(core.state.lines.of(SUPPORT)) == 1
    assert not core.end("c2")[1:], "tanaka is no member"


def test_it_waits_no_more_when_the_agent_goes() -> None:
    core = talking()
    core.serve("c2", reserved=TANAKA)
    core.consult("c3", "c1", TANAKA)
    assert only(CloseContact, core.become(TANAKA, Presence.OFFLINE)).reason == "agent_away"


def test_what_an_agent_finishes_makes_way_for_it() -> None:
    core = Driver(QueueSettings(name=SUPPORT, wrapup_voice_s=60), limits={Channel.VOICE: 1})
    core.agent(SATO)
    core.serve("c1")
    core.end("c1")
    assert core.where("c1") == "wrap_up with sato"
    core.dial("c2", SATO)
    core.accept("c2")
    core.queue("c3")
    core.reload(priority_step_s=30)
    core.end("c2")
    assert core.where("c3") == "waiting", "two are to be finished"
    core.after(60)
    assert core.where("c3") == "offered to sato"


def test_an_agent_is_kept_free_no_more_for_what_he_may_not_have_beside_it() -> None:
    core = Driver(
        QueueSettings(name=SUPPORT, wrapup_text_s=None),
        costs={**Driver().settings.costs, Channel.VOICE: 40},
        limits={Channel.VOICE: 1},
        keep_free_after_s=10,
    )
    core.agent(SATO)
    core.serve("t1", Channel.CHAT, customer="k1")
    core.serve("t2", Channel.CHAT)
    core.queue("c1")
    core.after(10)
    core.queue("t3", Channel.LINE)
    core.end("t1")
    core.end("t2")
    assert core.where("t3") == "waiting"
    core.dial("d1", SATO, customer="k1")
    assert core.where("t3") == "offered to sato"


def test_who_waits_for_an_agent_is_offered_as_soon_as_he_only_finishes() -> None:
    core = Driver(QueueSettings(name=SUPPORT, wrapup_voice_s=60))
    core.agent(SATO)
    core.serve("c1")
    core.queue("c2", reserved=SATO)
    actions = core.end("c1")
    assert only(StartWrapUp, actions).contact == "c1"
    assert only(OfferContact, actions).contact == "c2"


# --- transfers -------------------------------------------------------------------------------------


def test_a_transfer_to_an_agent_keeps_age_and_leaves_the_first_one_free() -> None:
    core = talking(QueueSettings(name=SUPPORT, wrapup_voice_s=60))
    arrived_ms = core.record("c1").contact.arrived_ms
    core.after(30)
    actions = core.transfer("c1", to=TANAKA)
    assert only(ReturnContact, actions) == ReturnContact(
        contact=ContactId("c1"), agent=SATO, queue=SUPPORT, reason="transferred"
    )
    assert only(OfferContact, actions).agent == TANAKA
    assert core.record("c1").contact.arrived_ms == arrived_ms
    core.accept("c1")
    assert core.where("c1") == "connected with tanaka"
    core.queue("c2")
    assert core.where("c2") == "offered to sato"


def test_a_transfer_to_an_agent_may_name_a_queue() -> None:
    core = talking(QueueSettings(name=SUPPORT), QueueSettings(name=SALES))
    assert only(OfferContact, core.transfer("c1", to=TANAKA, queue=SALES)).queue == SALES


@pytest.mark.parametrize(
    ("presence", "busy", "reason"),
    [(Presence.OFFLINE, 0, "agent_away"), (Presence.AVAILABLE, 2, "agent_busy")],
)
def test_a_transfer_to_who_cannot_have_it_changes_nothing(presence: Presence, busy: int, reason: str) -> None:
    core = talking()
    core.become(TANAKA, presence)
    for at in range(busy):
        core.queue(f"b{at}", reserved=TANAKA)
    before = core.record("c1")
    assert core.transfer("c1", to=TANAKA) == (
        RefuseEvent(event="ContactReturned", reason=reason, contact=ContactId("c1"), agent=TANAKA),
    )
    assert core.record("c1") is before


def test_nobody_transfers_to_himself() -> None:
    core = talking()
    assert only(RefuseEvent, core.transfer("c1", to=SATO)).reason == "to_oneself"
    assert core.where("c1") == "connected with sato"


def test_a_phone_that_vanished_has_its_contact_back() -> None:
    core = talking()
    actions = core.put(ContactReturned(contact=ContactId("c1"), reason=PHONE_LOST, to=SATO))
    assert only(OfferContact, actions).agent == SATO
    assert only(ConnectContact, core.accept("c1")).agent == SATO


@pytest.mark.parametrize("way", ["lapse", "reject", "busy"])
def test_a_transfer_not_taken_goes_back_to_the_first_agent_and_is_no_miss(
    way: str,
) -> None:
    core = talking(QueueSettings(name=SUPPORT, autopause=True, autopause_busy=True))
    core.agent(TANAKA)
    core.agent(SUZUKI)
    core.transfer("c1", to=TANAKA)
    if way == "lapse":
        core.after(RING_S)
    else:
        core.reject("c1", reason="busy" if way == "busy" else "declined")
    assert core.where("c1") == "offered to sato"
    assert core.presence(TANAKA) == (Presence.AVAILABLE, "")
    assert not core.state.agents[TANAKA].cooling_until_ms


def test_who_did_not_take_a_transfer_is_not_rung_for_it_by_the_queue_at_once() -> None:
    core = talking(QueueSettings(name=SUPPORT, strategy=Strategy.RINGALL, preferred_wait_s=0))
    core.agent(TANAKA)
    core.become(SATO, Presence.NOT_READY)
    core.transfer("c1", to=TANAKA)
    core.after(RING_S)
    assert core.where("c1") == "waiting"
    core.after(60)
    assert core.where("c1") == "offered to tanaka"


def test_a_transfer_not_taken_waits_for_who_transferred_it() -> None:
    core = talking()
    core.agent(SUZUKI)
    core.transfer("c1", to=TANAKA)
    core.serve("c2")
    core.serve("c3")
    core.after(RING_S)
    assert core.where("c1") == "waiting"
    core.end("c2" if core.where("c2").endswith(SUZUKI) else "c3")
    assert core.where("c1") == "waiting", "it is sato's for a while"
    core.end("c2" if core.where("c2") != "gone" else "c3")
    assert core.where("c1") == "offered to sato"


def test_a_transfer_not_taken_is_turned_away_when_its_queue_is_gone() -> None:
    core = talking(QueueSettings(name=SUPPORT), QueueSettings(name=SALES))
    core.transfer("c1", to=TANAKA)
    core.reload(QueueSettings(name=SALES))
    assert core.where("c1") == "offered to tanaka"
    assert only(RefuseContact, core.after(RING_S)).reason == "unknown_queue"


def test_who_changes_queues_keeps_what_is_for_him_by_name_and_who_goes_does_not() -> None:
    core = talking()
    core.transfer("c1", to=TANAKA)
    core.put(AgentChanged(agent=Agent(id=TANAKA, queues={SALES: 1})))
    assert core.where("c1") == "offered to tanaka"
    assert only(WithdrawOffer, core.put(AgentRemoved(agent=TANAKA))).reason == "removed"
    assert core.where("c1") == "offered to sato"


def test_a_text_contact_is_transferred_too() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("t1", Channel.LINE)
    core.agent(TANAKA, queues={})
    core.transfer("t1", to=TANAKA)
    core.accept("t1")
    assert core.where("t1") == "connected with tanaka"


# --- consultation ----------------------------------------------------------------------------------


def consulting(**general: object) -> Driver:
    """Return a core in which SATO talks with c1 and consults TANAKA by c2."""
    core = talking(QueueSettings(name=SUPPORT, wrapup_voice_s=60), **general)
    core.consult("c2", "c1", TANAKA, customer="k1")
    core.accept("c2")
    return core


def test_who_is_consulted_sees_about_what() -> None:
    core = talking()
    assert only(OfferContact, core.consult("c2", "c1", TANAKA)).about == "c1"
    assert only(ConnectContact, core.accept("c2")).about == "c1"


def test_a_consultation_leaves_nothing_to_finish() -> None:
    core = consulting()
    assert core.end("c2")[0] == CloseContact(contact=ContactId("c2"), agent=TANAKA, reason="hang_up")
    assert core.where("c1") == "connected with sato"


@pytest.mark.parametrize(("way", "reason"), [("lapse", "no_answer"), ("reject", "rejected")])
def test_a_consultation_not_taken_is_over(way: str, reason: str) -> None:
    core = talking()
    core.consult("c2", "c1", TANAKA)
    actions = core.after(RING_S) if way == "lapse" else core.reject("c2")
    assert only(CloseContact, actions).reason == reason
    assert core.presence(TANAKA) == (Presence.AVAILABLE, "")
    assert not core.state.agents[TANAKA].cooling_until_ms


def test_a_consultation_that_waits_in_vain_is_over() -> None:
    core = talking()
    core.serve("c3", reserved=TANAKA)
    core.consult("c2", "c1", TANAKA)
    assert core.where("c2") == "waiting"
    assert only(CloseContact, core.after(2 * RING_S)).reason == "agent_busy"


@pytest.mark.parametrize("state", ["waiting", "offered", "connected"])
@pytest.mark.parametrize("way", ["end", "return", "park"])
def test_a_consultation_is_over_with_what_it_is_about(state: str, way: str) -> None:
    core = talking(QueueSettings(name=SUPPORT, wrapup_voice_s=60))
    if state == "waiting":
        core.serve("c3", reserved=TANAKA)
    core.consult("c2", "c1", TANAKA)
    if state == "connected":
        core.accept("c2")
    actions = {"end": core.end, "return": core.hand_back, "park": core.park}[way]("c1")
    closed = only(CloseContact, actions)
    assert (closed.contact, closed.reason) == ("c2", "over")


def test_nobody_is_consulted_about_what_is_over_or_his_own() -> None:
    core = talking(QueueSettings(name=SUPPORT, wrapup_voice_s=60))
    assert only(RefuseContact, core.consult("c2", "c1", SATO)).reason == "to_oneself"
    assert only(RefuseContact, core.consult("c3", "c9", TANAKA)).reason == "over"
    core.end("c1")
    assert only(RefuseContact, core.consult("c4", "c1", TANAKA)).reason == "over"


def test_a_consultation_is_neither_given_back_nor_parked_nor_handed_over() -> None:
    core = consulting()
    core.agent(SUZUKI)
    for actions in (core.transfer("c2", to=SUZUKI), core.park("c2"), core.hand_over("c2", SUZUKI)):
        assert only(RefuseEvent, actions).reason == "consultation"


def test_a_consultation_does_not_count_for_the_queue() -> None:
    core = Driver()
    core.agent(SATO)
    core.agent(TANAKA)
    core.serve("c1")
    before, tally = dict(core.state.queues), core.state.agents[TANAKA].tallies
    core.consult("c2", "c1", TANAKA)
    core.accept("c2")
    core.after(500)
    core.end("c2")
    assert core.state.queues == before
    assert core.state.agents[TANAKA].tallies == tally


def test_who_is_consulted_does_not_draw_the_customers_other_contacts() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("c1", customer="k1")
    core.agent(TANAKA, queues={})
    core.consult("c2", "c1", TANAKA, customer="k1")
    core.accept("c2")
    core.queue("t1", Channel.LINE, customer="k1")
    assert core.record("t1").favoured == (SATO,)


def test_a_callback_of_the_same_customer_keeps_its_place() -> None:
    core = talking()
    core.become(SATO, Presence.NOT_READY)
    core.queue("b1", customer="k1")
    core.ask_callback("b1")
    core.consult("c2", "c1", TANAKA, customer="k1")
    assert core.where("b1") == "waiting"


# --- calls that an agent dials ---------------------------------------------------------------------


def dialling() -> Driver:
    core = Driver(QueueSettings(name=SUPPORT, wrapup_voice_s=60))
    core.agent(SATO, presence=Presence.NOT_READY)
    core.dial("d1", SATO, customer="k1")
    return core


def test_a_dialled_call_rings_the_agent_and_then_is_a_callback() -> None:
    core = dialling()
    offer = core.offer_of("d1")
    assert offer.agent == SATO
    connect = only(ConnectContact, core.accept("d1"))
    assert connect.is_callback
    core.end("d1")
    assert core.where("d1") == "wrap_up with sato"


def test_a_customer_who_is_not_reached_by_a_dialled_call_is_not_called_again() -> None:
    core = dialling()
    core.accept("d1")
    actions = core.put(CallbackFailed(contact=ContactId("d1"), reason="no_answer"))
    assert only(StartWrapUp, actions).agent == SATO
    assert only(CloseContact, core.after(60)).contact == "d1"


def test_a_dialled_call_does_not_wait_for_its_agent() -> None:
    core = dialling()
    core.accept("d1")
    assert only(RefuseContact, core.dial("d2", SATO)).reason == "agent_busy"


def test_an_agent_who_does_not_pick_up_dials_nobody_and_misses_nothing() -> None:
    core = dialling()
    assert only(CloseContact, core.after(RING_S)).reason == "no_answer"
    assert core.presence(SATO) == (Presence.NOT_READY, "")


def test_a_dialled_call_is_no_callback_that_waits() -> None:
    core = dialling()
    core.agent(TANAKA, presence=Presence.NOT_READY)
    core.queue("c1", customer="k1")
    assert core.where("d1") == "offered to sato", "who calls in meanwhile does not take its place"
    assert not every(RefuseEvent, core.ask_callback("c1"))
    assert only(RefuseEvent, core.ask_callback("d1")).reason == "reserved"


def test_a_dialled_call_leaves_the_callback_that_waits() -> None:
    core = Driver()
    core.agent(SATO, presence=Presence.NOT_READY)
    core.queue("b1", customer="k1")
    core.ask_callback("b1")
    core.dial("d1", SATO, customer="k1")
    assert (core.where("b1"), core.where("d1")) == ("waiting", "offered to sato")


def test_a_dialled_call_that_is_transferred_is_a_call_like_any_other() -> None:
    core = dialling()
    core.accept("d1")
    core.agent(TANAKA)
    core.transfer("d1", to=None, queue=SUPPORT)
    contact = core.record("d1").contact
    assert (contact.is_callback, contact.reserved) == (False, None)
    assert core.where("d1") == "offered to tanaka"
