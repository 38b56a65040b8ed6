"""Agents who come and go, and wrap-up."""

import msgspec
import pytest

from acd.actions import CloseContact, PublishPresence, RefuseContact, RefuseEvent, StartWrapUp, WithdrawOffer
from acd.agent import Agent, Presence
from acd.contact import Channel
from acd.core.decide import HANDLERS
from acd.core.records import Tally
from acd.events import (
    AgentChanged,
    AgentRemoved,
    AgentWrote,
    CallbackFailed,
    CallbackRequested,
    ContactConnected,
    ContactEnded,
    ContactLeft,
    ContactReturned,
    CustomerWrote,
    Event,
    OfferAccepted,
    OfferRejected,
    PresenceChanged,
    SettingsChanged,
    WrapUpEnded,
)
from acd.ids import ContactId, OfferId
from acd.policy import QueueSettings, RoutingSettings
from tests.acd.driver import SALES, SATO, SUPPORT, TANAKA, Driver, only

C1 = ContactId("c1")


def test_every_event_has_its_handler() -> None:
    assert set(HANDLERS) == set(Event.__args__)


def test_signing_out_withdraws_offers_and_leaves_answered_talks_alone() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("talk", Channel.LINE)
    core.accept("talk")
    core.put(AgentWrote(contact=ContactId("talk")))
    core.queue("c1", Channel.LINE)
    actions = core.put(PresenceChanged(agent=SATO, presence=Presence.OFFLINE))
    assert only(WithdrawOffer, actions).reason == "removed"
    assert only(PublishPresence, actions).presence is Presence.OFFLINE
    assert (core.where("talk"), core.where("c1")) == ("connected with sato", "waiting")


def test_a_removed_agent_keeps_his_call_until_it_ends() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    core.accept("c1")
    core.put(AgentRemoved(agent=SATO))
    assert core.where("c1") == "connected with sato"
    assert only(RefuseEvent, core.put(PresenceChanged(agent=SATO, presence=Presence.AVAILABLE)))
    assert only(CloseContact, core.end("c1")).agent == SATO
    assert SATO not in core.state.agents


def test_a_removed_agents_offer_goes_on_to_somebody_else() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    core.agent(TANAKA)
    core.put(AgentRemoved(agent=SATO))
    assert core.where("c1") == "offered to tanaka"
    assert SATO not in core.state.agents


def test_leaving_a_queue_takes_its_offers_back() -> None:
    core = Driver(QueueSettings(name=SUPPORT), QueueSettings(name=SALES))
    core.agent(SATO, queues={SUPPORT: 0, SALES: 0})
    core.queue("c1", Channel.LINE)
    core.queue("c2", Channel.LINE, queue=SALES)
    core.put(AgentChanged(agent=Agent(id=SATO, queues={SALES: 0})))
    assert (core.where("c1"), core.where("c2")) == ("waiting", "offered to sato")


def test_wrap_up_keeps_the_voice_capacity_until_its_time() -> None:
    core = Driver(QueueSettings(name=SUPPORT, wrapup_voice_s=10))
    core.agent(SATO)
    core.queue("c1")
    core.accept("c1")
    started = only(StartWrapUp, core.end("c1"))
    assert started.until_ms == core.now_ms + 10_000
    core.queue("c2")
    core.after(9.9)
    assert (core.where("c1"), core.where("c2")) == ("wrap_up with sato", "waiting")
    assert only(CloseContact, core.after(0.1)).reason == "wrap_up_over"
    assert core.where("c2") == "offered to sato"


def test_wrap_up_without_limit_ends_when_the_agent_says_so() -> None:
    core = Driver(QueueSettings(name=SUPPORT, wrapup_text_s=None))
    core.agent(SATO)
    core.queue("c1", Channel.LINE)
    core.accept("c1")
    assert only(StartWrapUp, core.end("c1")).until_ms == 0
    core.after(86_400)
    assert core.where("c1") == "wrap_up with sato"
    assert only(RefuseEvent, core.put(WrapUpEnded(contact=C1, agent=TANAKA))).reason == "not_yours"
    assert only(CloseContact, core.put(WrapUpEnded(contact=C1, agent=SATO))).reason == "wrapped_up"


def test_signing_out_ends_wrap_up() -> None:
    core = Driver(QueueSettings(name=SUPPORT, wrapup_text_s=None))
    core.agent(SATO)
    core.queue("c1", Channel.LINE)
    core.accept("c1")
    core.end("c1")
    actions = core.put(PresenceChanged(agent=SATO, presence=Presence.OFFLINE))
    assert only(CloseContact, actions).reason == "agent_offline"


def test_without_wrap_up_the_agent_is_free_at_once() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    core.accept("c1")
    core.queue("c2")
    assert only(CloseContact, core.end("c1")).agent == SATO
    assert core.where("c2") == "offered to sato"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (ContactEnded(contact=C1, reason="x"), "contact_unknown"),
        (ContactReturned(contact=C1, reason="x"), "contact_unknown"),
        (WrapUpEnded(contact=C1, agent=SATO), "contact_unknown"),
        (ContactLeft(contact=C1, reason="x"), "contact_unknown"),
        (CustomerWrote(contact=C1), "contact_unknown"),
        (AgentWrote(contact=C1), "contact_unknown"),
        (CallbackRequested(contact=C1), "contact_unknown"),
        (CallbackFailed(contact=C1, reason="x"), "contact_unknown"),
        (OfferAccepted(offer=OfferId("c1.1"), agent=SATO), "offer_gone"),
        (OfferRejected(offer=OfferId("c1.1"), agent=SATO, reason="x"), "offer_gone"),
        (PresenceChanged(agent=TANAKA, presence=Presence.AVAILABLE), "agent_unknown"),
        (AgentRemoved(agent=TANAKA), "agent_unknown"),
        (SettingsChanged(settings={"queues": 7}), "bad_settings"),
        (SettingsChanged(settings={"costs": {"voice": 1}}), "bad_settings"),
    ],
)
def test_what_does_not_apply_is_refused_and_changes_nothing(event: Event, reason: str) -> None:
    core = Driver()
    core.agent(SATO)
    before = dict(core.state.records())
    assert only(RefuseEvent, core.put(event)).reason == reason
    assert dict(core.state.records()) == before


def test_nobody_can_be_given_a_contact_before_he_is_known() -> None:
    core = Driver()
    core.queue("c1")
    contact = core.state.contacts[C1].contact
    refusal = only(RefuseEvent, core.put(ContactConnected(contact=contact, agent=SATO)))
    assert (refusal.reason, core.where("c1")) == ("agent_unknown", "waiting")


def test_a_queue_that_vanishes_turns_its_contacts_away() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    core.queue("c2")
    gone = msgspec.to_builtins(RoutingSettings(queues={SALES: QueueSettings(name=SALES)}))
    actions = core.put(SettingsChanged(settings=gone))
    assert [each.reason for each in actions if isinstance(each, RefuseContact)] == ["unknown_queue"] * 2
    assert only(WithdrawOffer, actions).agent == SATO
    assert not core.state.contacts


def test_changed_settings_apply_to_what_waits() -> None:
    core = Driver(limits={Channel.LINE: 0})
    core.agent(SATO)
    core.queue("c1", Channel.LINE)
    assert core.where("c1") == "waiting"
    wider = msgspec.structs.replace(core.settings, limits={})
    core.put(SettingsChanged(settings=msgspec.to_builtins(wider)))
    assert core.where("c1") == "offered to sato"


def test_a_changed_agent_keeps_presence_and_tally() -> None:
    core = Driver(QueueSettings(name=SUPPORT), QueueSettings(name=SALES))
    core.agent(SATO)
    core.queue("c1")
    core.accept("c1")
    core.put(AgentChanged(agent=Agent(id=SATO, queues={SUPPORT: 1, SALES: 0})))
    record = core.state.agents[SATO]
    assert record.presence is Presence.AVAILABLE
    assert record.tallies[SUPPORT] == Tally(turn=record.tallies[SUPPORT].turn, served=1)


def test_a_removed_agent_who_had_signed_out_is_forgotten_with_his_last_thread() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("c1", Channel.LINE)
    core.agent_writes("c1")
    core.become(SATO, Presence.OFFLINE)
    core.put(AgentRemoved(agent=SATO))
    assert core.where("c1") == "connected with sato"
    assert core.state.agents[SATO].is_removed
    core.end("c1")
    assert SATO not in core.state.agents


def test_what_is_in_wrap_up_cannot_be_handed_on() -> None:
    core = Driver(QueueSettings(name=SUPPORT, wrapup_voice_s=30))
    core.agent(SATO)
    core.serve("c1")
    core.end("c1")
    assert only(RefuseEvent, core.hand_back("c1")).reason == "contact_wrap_up"
    assert core.where("c1") == "wrap_up with sato"


def test_who_has_a_contact_already_is_not_given_it_again() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("c1")
    before = dict(core.state.records())
    refusal = only(RefuseEvent, core.put(ContactConnected(contact=core.record("c1").contact, agent=SATO)))
    assert (refusal.reason, dict(core.state.records())) == ("contact_connected", before)


def test_a_removed_agent_is_forgotten_when_his_last_contact_goes_to_somebody_else() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("c1")
    core.put(AgentRemoved(agent=SATO))
    core.agent(TANAKA)
    core.hand_back("c1")
    assert (core.where("c1"), SATO in core.state.agents) == ("offered to tanaka", False)
