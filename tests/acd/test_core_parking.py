"""Contacts that are handed over, parked, and picked up."""

import pytest

from acd.actions import (
    Action,
    CloseContact,
    ConnectContact,
    OfferContact,
    PassContact,
    RefuseEvent,
    ResumeContact,
    ReturnContact,
    StartWrapUp,
    SuspendContact,
    WithdrawOffer,
)
from acd.agent import Presence
from acd.contact import Channel, Contact
from acd.core.explain import explain
from acd.events import CallbackFailed, ContactConnected
from acd.explanation import Rule
from acd.hours import Hours
from acd.ids import ContactId, QueueName
from acd.policy import Absence, AddQueue, QueueSettings, Strategy
from tests.acd.driver import SALES, SATO, SUPPORT, SUZUKI, TANAKA, Driver, every, only

PARK_S, RING_S = 120, 15


def talking(*queues: QueueSettings, **general: object) -> Driver:
    """Return a core in which SATO talks with the customer of c1, and TANAKA is free in no queue."""
    core = Driver(*queues, **general)
    core.agent(SATO)
    core.serve("c1")
    core.agent(TANAKA, queues={})
    return core


def consulting(**general: object) -> Driver:
    """Return a core in which SATO talks with c1 and consults TANAKA by c2."""
    core = talking(QueueSettings(name=SUPPORT, wrapup_voice_s=60), **general)
    core.consult("c2", "c1", TANAKA)
    core.accept("c2")
    return core


def refused(actions: tuple[Action, ...]) -> str:
    return only(RefuseEvent, actions).reason


# --- handed over -----------------------------------------------------------------------------------


def test_a_contact_is_handed_over_in_one_step() -> None:
    core = consulting()
    actions = core.hand_over("c1", TANAKA, by="c2")
    assert actions == (
        PassContact(contact=ContactId("c1"), agent=SATO, to=TANAKA),
        CloseContact(contact=ContactId("c2"), agent=TANAKA, reason="handed_over"),
    )
    assert (core.where("c1"), core.where("c2")) == ("connected with tanaka", "gone")
    core.queue("c3")
    assert core.where("c3") == "offered to sato", "who had it is free at once"
    core.end("c1")
    assert core.where("c1") == "wrap_up with tanaka"


def test_the_consultation_ends_though_it_was_not_named() -> None:
    core = consulting()
    assert only(CloseContact, core.hand_over("c1", TANAKA)).contact == "c2"


def test_others_who_are_consulted_stay_with_a_contact_that_is_handed_over() -> None:
    core = consulting()
    core.agent(SUZUKI, queues={})
    core.consult("c3", "c1", SUZUKI)
    core.accept("c3")
    core.hand_over("c1", TANAKA, by="c2")
    assert core.where("c3") == "connected with suzuki"
    assert only(CloseContact, core.end("c1")).contact == "c3"


def test_somebody_takes_a_contact_over_who_was_not_consulted() -> None:
    core = talking()
    core.become(TANAKA, Presence.NOT_READY)
    assert only(PassContact, core.hand_over("c1", TANAKA)).to == TANAKA


def test_a_contact_is_handed_over_beside_what_the_agent_finishes() -> None:
    core = talking(QueueSettings(name=SUPPORT, wrapup_voice_s=60), limits={Channel.VOICE: 1})
    core.serve("c3", reserved=TANAKA)
    core.end("c3")
    core.consult("c2", "c1", TANAKA)
    core.accept("c2")
    core.hand_over("c1", TANAKA, by="c2")
    assert (core.where("c1"), core.where("c3")) == ("connected with tanaka", "wrap_up with tanaka")


def test_text_stays_put_aside_for_a_contact_that_is_handed_over() -> None:
    core = talking(interrupts={Channel.VOICE: (Channel.EMAIL,)})
    core.serve("m1", Channel.EMAIL, reserved=TANAKA)
    assert every(SuspendContact, core.consult("c2", "c1", TANAKA))
    core.accept("c2")
    actions = core.hand_over("c1", TANAKA, by="c2")
    assert not every(SuspendContact, actions)
    assert not every(ResumeContact, actions)
    assert only(ResumeContact, core.end("c1")).contact == "m1"


def test_a_contact_is_not_handed_over_to_who_cannot_have_it() -> None:
    core = consulting()
    core.agent(SUZUKI, queues={}, presence=Presence.OFFLINE)
    assert refused(core.hand_over("c1", SATO)) == "to_oneself"
    assert refused(core.hand_over("c1", SUZUKI)) == "agent_away"
    core.become(SUZUKI, Presence.AVAILABLE)
    assert refused(core.hand_over("c1", SUZUKI, by="c2")) == "not_yours"
    core.serve("c3", reserved=SUZUKI)
    assert refused(core.hand_over("c1", SUZUKI)) == "agent_busy"
    assert refused(core.hand_over("c9", SUZUKI)) == "contact_unknown"
    assert refused(core.hand_over("c1", "nobody")) == "agent_unknown"  # type: ignore[arg-type]
    core.end("c1")
    assert refused(core.hand_over("c1", SUZUKI)) == "contact_wrap_up"


def test_a_hand_over_told_twice_happens_once() -> None:
    core = consulting()
    core.hand_over("c1", TANAKA, by="c2")
    assert refused(core.hand_over("c1", TANAKA, by="c2")) == "to_oneself"
    assert core.where("c1") == "connected with tanaka"


def test_who_is_connected_without_the_router_is_consulted_no_more() -> None:
    core = consulting()
    contact = core.record("c1").contact
    closed = only(CloseContact, core.put(ContactConnected(contact=contact, agent=TANAKA)))
    assert (closed.contact, closed.reason) == ("c2", "handed_over")


def test_a_consultation_is_taken_over_after_a_loss_but_not_without_what_it_is_about() -> None:
    core = Driver()
    core.agent(SATO)
    core.agent(TANAKA)
    first = Contact(id=ContactId("c1"), channel=Channel.VOICE, queue=SUPPORT)
    consult = Contact(id=ContactId("c2"), channel=Channel.VOICE, queue=SUPPORT, about=first.id)
    assert refused(core.put(ContactConnected(contact=consult, agent=TANAKA))) == "over"
    core.put(ContactConnected(contact=first, agent=SATO))
    core.put(ContactConnected(contact=consult, agent=TANAKA))
    assert core.where("c2") == "connected with tanaka"
    assert only(CloseContact, core.hand_over("c1", TANAKA, by="c2")).contact == "c2"


# --- parked ----------------------------------------------------------------------------------------


def test_a_parked_contact_is_offered_to_nobody_for_the_park_time_and_then_to_who_parked_it() -> None:
    core = talking(park_s=60)
    core.agent(SUZUKI)
    returned = only(ReturnContact, core.park("c1"))
    assert (returned.reason, returned.parked_until_ms) == ("parked", core.now_ms + 60_000)
    assert core.where("c1") == "waiting"
    assert core.why_not("c1")[SUZUKI] is Rule.PARKED
    assert not core.after(59)
    core.after(1)
    assert core.where("c1") == "offered to sato"


def test_the_time_may_be_named() -> None:
    core = talking()
    assert only(ReturnContact, core.park("c1", seconds=5)).parked_until_ms == core.now_ms + 5_000
    core.after(5)
    assert core.where("c1") == "offered to sato"


def test_a_parked_contact_goes_to_its_queue_when_who_parked_it_does_not_come() -> None:
    core = talking(QueueSettings(name=SUPPORT, preferred_wait_s=10, preferred_margin_s=10))
    core.park("c1")
    core.become(SATO, Presence.NOT_READY)
    core.agent(SUZUKI)
    core.after(PARK_S)
    assert core.where("c1") == "waiting"
    core.after(10)
    assert core.where("c1") == "offered to suzuki"


def test_a_parked_contact_is_offered_to_who_picks_it_up() -> None:
    core = talking()
    core.park("c1")
    offer = only(OfferContact, core.pick_up("c1", TANAKA))
    assert (offer.agent, offer.is_reserved) == (TANAKA, True)
    assert only(ConnectContact, core.accept("c1")).agent == TANAKA
    record = core.record("c1")
    assert (record.is_parked, record.not_before_ms) == (False, 0)


def test_who_parks_may_pick_up_again() -> None:
    core = talking()
    core.park("c1")
    core.pick_up("c1", SATO)
    core.accept("c1")
    assert core.where("c1") == "connected with sato"


def test_who_picks_up_and_does_not_answer_leaves_it_parked_for_the_rest_of_its_time() -> None:
    core = talking()
    core.park("c1")
    core.after(60)
    core.pick_up("c1", TANAKA)
    core.after(RING_S)
    assert core.where("c1") == "waiting"
    assert core.why_not("c1")[SATO] is Rule.PARKED
    assert core.presence(TANAKA) == (Presence.AVAILABLE, "")
    core.pick_up("c1", TANAKA)
    core.reject("c1")
    core.after(45)
    assert core.where("c1") == "offered to sato"


def test_a_phone_that_rings_beyond_the_park_time_is_let_ring() -> None:
    core = talking()
    core.park("c1")
    core.after(PARK_S - 5)
    core.pick_up("c1", TANAKA)
    core.after(10)
    assert core.where("c1") == "offered to tanaka"
    core.after(5)
    core.after(0)
    assert core.where("c1") == "offered to sato"


def test_a_parked_caller_leaves_when_he_hangs_up_and_not_for_an_empty_queue() -> None:
    queue = QueueSettings(name=SUPPORT, leave_without=(Absence.UNAVAILABLE,))
    core = talking(queue)
    core.park("c1")
    assert not every(CloseContact, core.become(SATO, Presence.OFFLINE))
    assert core.where("c1") == "waiting"
    core.pick_up("c1", TANAKA)
    core.after(RING_S)
    assert core.where("c1") == "waiting"
    assert only(CloseContact, core.leave("c1")).reason == "hang_up"


def test_a_parked_caller_leaves_an_empty_queue_after_the_park_time() -> None:
    core = talking(QueueSettings(name=SUPPORT, leave_without=(Absence.UNAVAILABLE,)))
    core.park("c1")
    core.become(SATO, Presence.OFFLINE)
    core.after(PARK_S)
    assert core.where("c1") == "gone"


def test_overflow_begins_when_a_contact_is_parked_no_more() -> None:
    steps = (AddQueue(after_s=30, queue=SALES),)
    core = talking(QueueSettings(name=SUPPORT, overflow=steps, preferred_wait_s=0), QueueSettings(name=SALES))
    core.park("c1")
    core.become(SATO, Presence.NOT_READY)
    core.agent(SUZUKI, queues={SALES: 0})
    core.after(PARK_S)
    core.after(29)
    assert core.where("c1") == "waiting"
    core.after(1)
    assert core.where("c1") == "offered to suzuki"


def test_a_parked_contact_outlasts_the_closing_of_its_queue() -> None:
    queue = QueueSettings(name=SUPPORT)
    core = talking(queue)
    core.park("c1")
    core.reload(QueueSettings(name=SUPPORT, hours="never"), hours={"never": Hours(week=((),) * 7)})
    core.pick_up("c1", TANAKA)
    core.accept("c1")
    assert core.where("c1") == "connected with tanaka"


def test_only_what_an_agent_has_is_parked() -> None:
    core = talking()
    assert refused(core.park("c9")) == "contact_unknown"
    core.park("c1")
    assert refused(core.park("c1")) == "contact_waiting"


def test_who_is_parked_is_not_asked_to_be_called_back() -> None:
    core = talking()
    core.park("c1")
    assert refused(core.ask_callback("c1")) == "parked"


# --- picked up -------------------------------------------------------------------------------------


def test_a_contact_that_waits_is_picked_up_and_keeps_its_wait_if_not_taken() -> None:
    core = talking()
    core.queue("c2")
    core.after(10)
    core.pick_up("c2", TANAKA)
    assert core.where("c2") == "offered to tanaka"
    since_ms = core.record("c2").since_ms
    core.reject("c2")
    assert (core.where("c2"), core.record("c2").since_ms) == ("waiting", since_ms)
    assert explain(core.state, core.record("c2")).position == 1


def test_a_contact_that_rings_elsewhere_is_picked_up() -> None:
    core = Driver(QueueSettings(name=SUPPORT, strategy=Strategy.RINGALL))
    core.agent(SATO)
    core.agent(SUZUKI)
    core.agent(TANAKA, queues={})
    core.queue("c1")
    actions = core.pick_up("c1", TANAKA)
    assert [each.reason for each in every(WithdrawOffer, actions)] == ["taken", "taken"]
    assert only(OfferContact, actions).agent == TANAKA
    core.after(RING_S)
    assert core.where("c1") == "offered to sato, suzuki"


def test_a_pick_up_told_twice_rings_once() -> None:
    core = talking()
    core.park("c1")
    core.pick_up("c1", TANAKA)
    assert core.pick_up("c1", TANAKA) == ()
    core.agent(SUZUKI)
    assert refused(core.pick_up("c1", SUZUKI)) == "reserved"


@pytest.mark.parametrize(("presence", "reason"), [(Presence.OFFLINE, "agent_away"), (None, "agent_busy")])
def test_who_is_away_or_busy_picks_up_nothing(presence: Presence | None, reason: str) -> None:
    core = talking()
    core.park("c1")
    if presence:
        core.become(TANAKA, presence)
    else:
        core.serve("c2", reserved=TANAKA)
    assert refused(core.pick_up("c1", TANAKA)) == reason
    assert core.record("c1").is_parked


def test_a_callback_is_picked_up_and_stays_one() -> None:
    core = Driver(QueueSettings(name=SUPPORT, callback_retry_s=30))
    core.agent(TANAKA, queues={})
    core.queue("c1")
    core.ask_callback("c1")
    core.pick_up("c1", TANAKA)
    core.reject("c1")
    assert core.where("c1") == "waiting"
    core.pick_up("c1", TANAKA)
    assert only(ConnectContact, core.accept("c1")).is_callback
    returned = only(ReturnContact, core.put(CallbackFailed(contact=ContactId("c1"), reason="busy")))
    assert returned.parked_until_ms == 0
    assert core.record("c1").contact.reserved is None
    core.pick_up("c1", TANAKA)
    assert core.where("c1") == "offered to tanaka", "before it is tried again"


def test_what_an_agent_has_is_not_picked_up() -> None:
    core = talking()
    assert refused(core.pick_up("c1", TANAKA)) == "contact_connected"
    assert refused(core.pick_up("c9", TANAKA)) == "contact_unknown"


def test_wrap_up_after_a_contact_that_was_picked_up_is_that_of_its_queue() -> None:
    core = talking(QueueSettings(name=QueueName(SUPPORT), wrapup_voice_s=10))
    core.park("c1")
    core.pick_up("c1", TANAKA)
    core.accept("c1")
    assert only(StartWrapUp, core.end("c1")).agent == TANAKA
