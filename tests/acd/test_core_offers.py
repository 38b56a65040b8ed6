"""The life of an offer: won, missed, declined, late, withdrawn."""

from acd.actions import (
    CloseContact,
    ConnectContact,
    OfferContact,
    PublishPresence,
    RefuseEvent,
    WithdrawOffer,
)
from acd.agent import Presence
from acd.contact import Channel
from acd.events import ContactConnected, ContactLeft, ContactReturned, OfferAccepted, PresenceChanged
from acd.ids import ContactId
from acd.policy import QueueSettings
from tests.acd.driver import SATO, SUPPORT, TANAKA, Driver, every, only


def test_an_offer_lasts_as_long_as_the_queue_rings() -> None:
    core = Driver(QueueSettings(name=SUPPORT, ring_s=20))
    core.agent(SATO)
    offer = only(OfferContact, core.queue("c1"))
    assert (offer.ring_s, offer.deadline_ms) == (20, core.now_ms + 20_000)
    connected = only(ConnectContact, core.accept("c1"))
    assert (connected.offer, connected.contact, connected.agent) == (offer.offer, "c1", SATO)


def test_the_winners_second_accept_changes_nothing() -> None:
    core = Driver()
    core.agent(SATO)
    offer = only(OfferContact, core.queue("c1"))
    core.accept("c1")
    assert core.put(OfferAccepted(offer=offer.offer, agent=SATO)) == ()


def test_a_late_accept_is_told_what_became_of_the_offer() -> None:
    core = Driver()
    core.agent(SATO)
    offer = only(OfferContact, core.queue("c1"))
    core.now_ms += 15_000
    late = core.put(OfferAccepted(offer=offer.offer, agent=SATO))
    assert only(WithdrawOffer, late).reason == "no_answer", "the deadline counts, not the timer"
    assert only(RefuseEvent, late).reason == "offer_gone"
    core.agent(TANAKA)
    core.accept("c1")
    taken = core.put(OfferAccepted(offer=offer.offer, agent=SATO))
    assert only(RefuseEvent, taken).reason == "taken"
    assert core.where("c1") == "connected with tanaka"


def test_nobody_takes_the_offer_of_another() -> None:
    core = Driver()
    core.agent(SATO)
    offer = only(OfferContact, core.queue("c1"))
    assert only(RefuseEvent, core.put(OfferAccepted(offer=offer.offer, agent=TANAKA))).reason == "not_yours"
    assert core.where("c1") == "offered to sato"


def test_missed_offers_cool_down_longer_each_time_and_end_in_not_ready() -> None:
    core = Driver(QueueSettings(name=SUPPORT, ring_s=15))
    core.agent(SATO)
    core.queue("c1")
    for rest_s in (30, 60, 120):
        assert core.where("c1") == "offered to sato"
        core.after(15)
        assert core.where("c1") == "waiting"
        core.after(rest_s - 1)
        assert core.where("c1") == "waiting"
        core.after(1)
    told = only(PublishPresence, core.after(15))
    assert (told.presence, told.reason) == (Presence.NOT_READY, "no_answer")
    core.after(3600)
    assert core.where("c1") == "waiting"
    core.put(PresenceChanged(agent=SATO, presence=Presence.AVAILABLE))
    assert core.where("c1") == "offered to sato"


def test_an_answered_offer_forgives_the_missed_ones() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    core.after(15)
    core.after(30)
    core.accept("c1")
    assert core.state.agents[SATO].misses == 0


def test_several_offers_missed_at_once_are_one_miss() -> None:
    core = Driver()
    core.agent(SATO)
    for number in range(4):
        core.queue(f"l{number}", Channel.LINE)
    core.after(15)
    assert core.presence(SATO) == (Presence.AVAILABLE, "")
    assert core.state.agents[SATO].misses == 1


def test_no_answer_gives_the_contact_back_its_place() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    core.after(1)
    core.queue("c2")
    core.after(14)
    core.agent(TANAKA)
    assert (core.where("c1"), core.where("c2")) == ("offered to tanaka", "waiting")


def test_who_declined_is_passed_over_until_everybody_was_tried() -> None:
    core = Driver(QueueSettings(name=SUPPORT, retry_s=5))
    core.agent(SATO)
    core.agent(TANAKA)
    core.queue("c1")
    assert only(WithdrawOffer, core.reject("c1")).reason == "rejected"
    assert core.where("c1") == "offered to tanaka"
    core.reject("c1")
    assert core.where("c1") == "waiting", "everybody was tried: a pause"
    core.after(5)
    assert core.where("c1") == "offered to sato"


def test_who_declined_is_asked_again_after_a_minute_though_others_are_busy() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("busy")
    core.accept("busy")
    core.agent(TANAKA)
    core.queue("c1")
    core.reject("c1")
    core.after(59)
    assert core.where("c1") == "waiting"
    core.after(1)
    assert core.where("c1") == "offered to tanaka"


def test_who_declined_is_asked_again_after_the_pause_though_others_are_on_a_break() -> None:
    core = Driver(QueueSettings(name=SUPPORT, retry_s=5))
    core.agent(SATO)
    core.agent(TANAKA, presence=Presence.NOT_READY)
    core.queue("c1")
    core.reject("c1")
    core.after(5)
    assert core.where("c1") == "offered to sato"


def test_who_declined_gets_the_next_contact() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    core.queue("c2")
    core.reject("c1")
    assert core.where("c2") == "offered to sato"


def test_a_device_that_is_busy_cools_down() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    core.reject("c1", "busy")
    core.queue("c2")
    assert core.where("c2") == "waiting"
    core.after(30)
    assert {core.where("c1"), core.where("c2")} == {"offered to sato", "waiting"}


def test_a_caller_who_hangs_up_while_it_rings_leaves_nothing_behind() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    actions = core.put(ContactLeft(contact=ContactId("c1"), reason="hang_up"))
    assert only(WithdrawOffer, actions).reason == "left"
    assert (only(CloseContact, actions).agent, only(CloseContact, actions).reason) == (None, "hang_up")
    assert not core.state.contacts
    assert not core.state.offers
    core.queue("c2")
    assert core.where("c2") == "offered to sato", "the agent is free at once"


def test_a_contact_picked_up_elsewhere_is_with_that_agent() -> None:
    core = Driver()
    core.agent(SATO)
    core.agent(TANAKA)
    core.queue("c1")
    contact = core.state.contacts[ContactId("c1")].contact
    actions = core.put(ContactConnected(contact=contact, agent=TANAKA))
    assert [(each.agent, each.reason) for each in every(WithdrawOffer, actions)] == [(SATO, "taken")]
    assert core.where("c1") == "connected with tanaka"
    core.queue("c2")
    assert core.where("c2") == "offered to sato"


def test_adopting_a_call_takes_back_what_the_agent_has_no_room_for() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("line", Channel.LINE)
    call = Driver()
    call.queue("c1")
    core.put(ContactConnected(contact=call.state.contacts[ContactId("c1")].contact, agent=SATO))
    assert (core.where("line"), core.where("c1")) == ("waiting", "connected with sato")


def test_a_returned_contact_keeps_its_age_and_goes_to_another() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1", preferred=(SATO,))
    core.accept("c1")
    arrived_ms = core.state.contacts[ContactId("c1")].contact.arrived_ms
    core.after(60)
    core.queue("c2")
    core.put(ContactReturned(contact=ContactId("c1"), reason="transfer"))
    assert (core.where("c1"), core.where("c2")) == ("waiting", "offered to sato")
    record = core.state.contacts[ContactId("c1")]
    assert (record.contact.arrived_ms, record.contact.preferred) == (arrived_ms, (SATO,))
    core.agent(TANAKA)
    assert core.where("c1") == "offered to tanaka"


def test_the_wait_for_the_preferred_agent_ends_with_an_offer_to_him() -> None:
    core = Driver(QueueSettings(name=SUPPORT, ring_s=5, preferred_wait_s=60))
    core.agent(SATO)
    core.agent(TANAKA)
    core.serve("c0")
    core.queue("c1", preferred=(SATO,))
    assert core.where("c1") == "waiting"
    core.end("c0")
    core.after(5)
    assert core.where("c1") == "offered to tanaka", "he has not answered"


def test_who_comes_back_from_a_break_begins_anew() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    core.after(15)
    core.become(SATO, Presence.NOT_READY)
    core.become(SATO, Presence.AVAILABLE)
    assert core.where("c1") == "offered to sato", "his rest is over"
    core.after(15)
    core.after(30)
    assert core.where("c1") == "offered to sato", "30 s again, not 60"
