"""Callers who hang up and keep their place, and contacts that an agent gives back."""

import pytest

from acd.actions import (
    Action,
    ArrangeCallback,
    CloseContact,
    ConnectContact,
    OfferContact,
    RefuseContact,
    RefuseEvent,
    ReturnContact,
    WithdrawOffer,
)
from acd.agent import Presence
from acd.contact import Channel
from acd.events import CallbackFailed
from acd.ids import ContactId, QueueName
from acd.policy import QueueSettings, Strategy
from tests.acd.driver import SALES, SATO, START_MS, SUPPORT, TANAKA, Driver, every, only


def failed(core: Driver, contact: str, reason: str = "no_answer") -> tuple[Action, ...]:
    return core.put(CallbackFailed(contact=ContactId(contact), reason=reason))


def test_who_asks_to_be_called_back_keeps_place_and_age() -> None:
    core = Driver()
    for number in range(3):
        core.queue(f"c{number}")
        core.after(10)
    assert only(ArrangeCallback, core.ask_callback("c1")).contact == "c1"
    assert core.state.position(ContactId("c1")) == 2
    assert core.record("c1").contact.arrived_ms == START_MS + 10_000
    core.agent(SATO)
    core.accept("c0")
    offer = only(OfferContact, core.end("c0"))
    assert (offer.contact, offer.is_callback) == ("c1", True)
    assert only(ConnectContact, core.accept("c1")).is_callback


def test_a_phone_that_rings_when_the_caller_asks_is_stopped_and_rung_for_a_callback() -> None:
    core = Driver(QueueSettings(name=SUPPORT, strategy=Strategy.RINGALL))
    core.agent(SATO)
    core.agent(TANAKA)
    core.queue("c1")
    actions = core.ask_callback("c1")
    assert [each.reason for each in every(WithdrawOffer, actions)] == ["left", "left"]
    again = every(OfferContact, actions)
    assert {offer.agent for offer in again} == {SATO, TANAKA}
    assert all(offer.is_callback for offer in again)
    assert isinstance(actions[2], ArrangeCallback), "the caller may go before anybody is rung again"


def test_who_does_not_answer_is_called_again_after_the_pause_as_often_as_is_set() -> None:
    core = Driver(QueueSettings(name=SUPPORT, callback_tries=3, callback_retry_s=300))
    core.agent(SATO)
    core.queue("c1")
    core.ask_callback("c1")
    for _ in range(2):
        core.accept("c1")
        returned = only(ReturnContact, failed(core, "c1"))
        assert (returned.reason, returned.agent, core.where("c1")) == ("no_answer", SATO, "waiting")
        core.after(299)
        assert core.where("c1") == "waiting"
        core.after(1)
        assert core.where("c1") == "offered to sato"
    core.accept("c1")
    closed = only(CloseContact, failed(core, "c1", "busy"))
    assert (closed.reason, core.where("c1")) == ("callback_failed", "gone")


def test_offers_that_agents_miss_are_no_tries() -> None:
    core = Driver(QueueSettings(name=SUPPORT, callback_tries=1))
    core.agent(SATO)
    core.queue("c1")
    core.ask_callback("c1")
    core.after(15)
    core.after(30)
    core.reject("c1")
    assert (core.where("c1"), core.record("c1").attempts) == ("waiting", 0)


def test_the_agent_is_free_during_the_pause_and_others_go_on() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    core.ask_callback("c1")
    core.queue("c2")
    core.accept("c1")
    failed(core, "c1")
    assert core.where("c2") == "offered to sato"
    core.after(1)
    core.queue("c3")
    core.accept("c2")
    core.after(299)
    core.end("c2")
    assert (core.where("c1"), core.where("c3")) == ("offered to sato", "waiting"), "its place was kept"


def test_a_customer_is_never_called_by_two() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    core.ask_callback("c1")
    core.agent(TANAKA)
    core.accept("c1")
    assert core.offers_of("c1") == []
    assert only(RefuseEvent, core.ask_callback("c1")).reason == "contact_connected"
    core.after(3600)
    assert core.where("c1") == "connected with sato"


def test_asking_twice_changes_nothing_and_is_confirmed_again() -> None:
    core = Driver()
    core.queue("c1")
    core.ask_callback("c1")
    before = core.record("c1")
    assert only(ArrangeCallback, core.ask_callback("c1")).contact == "c1"
    assert core.record("c1") == before


def test_a_customer_who_is_to_be_called_back_is_not_so_twice() -> None:
    core = Driver(QueueSettings(name=SUPPORT), QueueSettings(name=SALES))
    core.queue("c1", customer="yamada")
    core.ask_callback("c1")
    core.queue("c2", customer="yamada", queue=SALES)
    assert only(RefuseEvent, core.ask_callback("c2")).reason == "callback_exists"
    assert not core.record("c2").contact.is_callback, "he may wait on the line"
    core.queue("c3", customer="kato")
    assert only(ArrangeCallback, core.ask_callback("c3"))


@pytest.mark.parametrize("channel", [Channel.LINE, Channel.EMAIL])
def test_text_is_not_called_back(channel: Channel) -> None:
    core = Driver()
    core.queue("t1", channel)
    assert only(RefuseEvent, core.ask_callback("t1")).reason == "contact_waiting"


def test_only_a_callback_can_fail() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("c1")
    refusal = only(RefuseEvent, failed(core, "c1"))
    assert (refusal.reason, core.where("c1")) == ("contact_connected", "connected with sato")


def test_a_customer_who_calls_again_takes_his_place_over() -> None:
    core = Driver(QueueSettings(name=SUPPORT, max_waiting=2))
    core.queue("c1", customer="yamada")
    core.ask_callback("c1")
    core.after(60)
    core.queue("c2")
    core.after(60)
    actions = core.queue("c3", customer="yamada")
    assert not every(RefuseContact, actions), "he does not need a place of his own"
    closed = only(CloseContact, actions)
    assert (closed.contact, closed.reason) == ("c1", "called_again")
    assert core.record("c3").contact.arrived_ms == START_MS
    assert not core.record("c3").contact.is_callback
    core.agent(SATO)
    assert core.where("c3") == "offered to sato"


def test_a_phone_that_rings_for_a_callback_stops_when_the_customer_calls_himself() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1", customer="yamada")
    core.ask_callback("c1")
    actions = core.queue("c2", customer="yamada")
    assert only(WithdrawOffer, actions).contact == "c1"
    offer = only(OfferContact, actions)
    assert (offer.contact, offer.is_callback) == ("c2", False)


def test_a_call_for_another_queue_leaves_the_callback_where_it_is() -> None:
    core = Driver(QueueSettings(name=SUPPORT), QueueSettings(name=SALES))
    core.queue("c1", customer="yamada")
    core.ask_callback("c1")
    core.queue("c2", customer="yamada", queue=SALES)
    core.queue("t1", Channel.LINE, customer="yamada")
    assert [core.where(each) for each in ("c1", "c2", "t1")] == ["waiting"] * 3


# --- given back ------------------------------------------------------------------------------------


def test_a_contact_handed_to_another_queue_keeps_age_and_preference() -> None:
    core = Driver(QueueSettings(name=SUPPORT), QueueSettings(name=SALES))
    core.agent(SATO)
    core.serve("c1", preferred=(TANAKA,), priority=2)
    core.after(60)
    core.queue("later", queue=SALES)
    returned = only(ReturnContact, core.hand_back("c1", SALES))
    assert (returned.queue, returned.agent, returned.reason) == (SALES, SATO, "transfer")
    contact = core.record("c1").contact
    assert (contact.queue, contact.arrived_ms, contact.preferred) == (SALES, START_MS, (TANAKA,))
    core.agent(TANAKA, queues={SALES: 0})
    assert (core.where("c1"), core.where("later")) == ("offered to tanaka", "waiting")


def test_a_contact_that_was_given_back_is_waited_for_its_preferred_agent_again() -> None:
    core = Driver(QueueSettings(name=SUPPORT, preferred_wait_s=20))
    core.agent(SATO)
    core.serve("c1", preferred=(TANAKA,))
    core.agent(TANAKA, presence=Presence.NOT_READY)
    core.hand_back("c1")
    core.become(TANAKA, Presence.AVAILABLE)
    assert core.where("c1") == "offered to tanaka"


def test_a_callback_that_was_reached_and_given_back_is_a_call_again() -> None:
    core = Driver(QueueSettings(name=SUPPORT), QueueSettings(name=SALES))
    core.agent(SATO)
    core.queue("c1")
    core.ask_callback("c1")
    core.accept("c1")
    core.hand_back("c1", SALES)
    core.agent(TANAKA, queues={SALES: 0})
    assert not core.record("c1").contact.is_callback
    assert not only(ConnectContact, core.accept("c1")).is_callback


def test_a_contact_cannot_be_handed_to_a_queue_that_is_not_there() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("c1")
    refusal = only(RefuseEvent, core.hand_back("c1", QueueName("nowhere")))
    assert (refusal.reason, core.where("c1")) == ("unknown_queue", "connected with sato")
