"""Ringall: everybody of the lowest penalty at once, and the first who answers has it."""

from typing import Any

import pytest

from acd.actions import ConnectContact, OfferContact, RefuseEvent, WithdrawOffer
from acd.agent import Presence
from acd.contact import Channel
from acd.events import ContactConnected, OfferAccepted
from acd.policy import QueueSettings, Strategy
from tests.acd.driver import SALES, SATO, SUPPORT, SUZUKI, TANAKA, Driver, every, only


def ringall(**rules: Any) -> Driver:
    return Driver(QueueSettings(name=SUPPORT, strategy=Strategy.RINGALL, **rules))


@pytest.mark.parametrize("channel", [Channel.VOICE, Channel.LINE])
def test_everybody_of_the_lowest_penalty_is_offered_it(channel: Channel) -> None:
    core = ringall()
    core.agent(SATO, queues={SUPPORT: 1})
    core.agent(TANAKA, queues={SUPPORT: 1})
    core.agent(SUZUKI, queues={SUPPORT: 2})
    offers = every(OfferContact, core.queue("c1", channel))
    assert [offer.agent for offer in offers] == [SATO, TANAKA]
    assert len({offer.deadline_ms for offer in offers}) == 1
    assert core.rung("c1") == {SATO, TANAKA}


def test_the_first_accept_wins_and_the_other_phones_stop() -> None:
    core = ringall()
    for agent in (SATO, TANAKA, SUZUKI):
        core.agent(agent)
    late = {offer.agent: offer.offer for offer in every(OfferContact, core.queue("c1"))}
    actions = core.accept("c1", by=TANAKA)
    assert only(ConnectContact, actions).agent == TANAKA
    withdrawn = {offer.agent: offer.reason for offer in every(WithdrawOffer, actions)}
    assert withdrawn == {SATO: "taken", SUZUKI: "taken"}
    refusal = only(RefuseEvent, core.put(OfferAccepted(offer=late[SATO], agent=SATO)))
    assert (refusal.reason, core.where("c1")) == ("taken", "connected with tanaka")
    core.queue("c2")
    assert core.rung("c2") == {SATO, SUZUKI}, "whose phones rang are free again"


def test_what_nobody_takes_rings_again_after_the_pause_and_nobody_rests() -> None:
    core = ringall(ring_s=15, retry_s=5)
    core.agent(SATO)
    core.agent(TANAKA)
    core.queue("c1")
    reasons = [each.reason for each in every(WithdrawOffer, core.after(15))]
    assert (reasons, core.where("c1")) == (["no_answer"] * 2, "waiting")
    assert all(not core.state.agents[agent].cooling_until_ms for agent in (SATO, TANAKA))
    core.after(4.9)
    assert core.where("c1") == "waiting"
    core.after(0.1)
    assert core.rung("c1") == {SATO, TANAKA}
    for _ in range(10):
        core.after(20)
    assert core.presence(SATO) == (Presence.AVAILABLE, "")


def test_the_others_go_on_ringing_when_one_declines() -> None:
    core = ringall()
    core.agent(SATO)
    core.agent(TANAKA)
    core.queue("c1")
    assert only(WithdrawOffer, core.reject("c1", by=SATO)).agent == SATO
    assert core.rung("c1") == {TANAKA}
    core.queue("c2")
    assert core.rung("c2") == {SATO}, "who declined gets the next one"


def test_a_lower_penalty_rings_alone_until_it_is_busy() -> None:
    core = ringall()
    core.agent(SATO)
    core.agent(TANAKA, queues={SUPPORT: 1})
    core.queue("c1")
    core.queue("c2")
    assert (core.rung("c1"), core.rung("c2")) == ({SATO}, {TANAKA})


def test_everybody_who_becomes_free_at_once_is_rung() -> None:
    core = ringall()
    for agent in (SATO, TANAKA, SUZUKI):
        core.agent(agent)
    for contact in ("c1", "c2", "c3"):
        core.queue(contact)
    core.accept("c1", by=SATO)
    assert (core.rung("c2"), core.where("c3")) == ({TANAKA, SUZUKI}, "waiting")
    core.leave("c2")
    assert core.rung("c3") == {TANAKA, SUZUKI}


def test_nobody_is_rung_for_whom_another_contact_is_next() -> None:
    core = Driver(QueueSettings(name=SUPPORT, strategy=Strategy.RINGALL), QueueSettings(name=SALES))
    core.agent(SATO)
    core.agent(TANAKA, queues={SUPPORT: 0, SALES: 0})
    core.queue("c1")
    core.queue("older", queue=SALES, priority=1)
    core.queue("younger")
    core.leave("c1")
    assert (core.where("older"), core.rung("younger")) == ("offered to tanaka", {SATO})


def test_the_favoured_agent_is_rung_alone_and_all_others_when_he_does_not_answer() -> None:
    core = ringall()
    for agent in (SATO, TANAKA, SUZUKI):
        core.agent(agent)
    core.queue("c1", preferred=(TANAKA,))
    assert core.rung("c1") == {TANAKA}
    core.after(15)
    assert core.rung("c1") == {SATO, SUZUKI}, "he rests, as with every other strategy"


def test_a_call_that_was_taken_and_comes_back_does_not_go_on_resting() -> None:
    core = ringall(retry_s=60)
    core.agent(SATO)
    core.queue("c1")
    core.after(15)
    core.put(ContactConnected(contact=core.record("c1").contact, agent=SATO))
    core.agent(TANAKA)
    core.hand_back("c1")
    assert core.rung("c1") == {TANAKA}
