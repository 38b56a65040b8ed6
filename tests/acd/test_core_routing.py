"""Who gets which contact: membership, order, strategies, capacity, preference."""

import pytest

from acd.actions import RefuseContact, RefuseEvent
from acd.agent import Presence
from acd.contact import Channel
from acd.core.explain import explain
from acd.events import ContactLeft, CustomerIdentified, PresenceChanged
from acd.explanation import Consideration, Rule
from acd.ids import AgentId, ContactId, CustomerId, QueueName
from acd.policy import QueueSettings, Strategy
from tests.acd.driver import SALES, SATO, START_MS, SUPPORT, SUZUKI, TANAKA, Driver, only


def test_only_an_available_member_of_the_queue_is_offered_the_contact() -> None:
    core = Driver()
    core.agent(SATO, presence=Presence.NOT_READY)
    core.agent(TANAKA, queues={SALES: 0})
    core.queue("c1")
    assert core.where("c1") == "waiting"
    core.put(PresenceChanged(agent=SATO, presence=Presence.AVAILABLE))
    assert core.where("c1") == "offered to sato"


def test_lower_penalty_is_tried_first() -> None:
    core = Driver()
    core.agent(SATO, queues={SUPPORT: 1})
    core.agent(TANAKA, queues={SUPPORT: 0})
    core.queue("c1")
    core.queue("c2")
    assert (core.where("c1"), core.where("c2")) == ("offered to tanaka", "offered to sato")


def test_priority_goes_before_age_and_age_before_arrival() -> None:
    core = Driver()
    core.queue("late")
    core.queue("urgent", priority=1)
    core.queue("old", arrived_ms=START_MS - 60_000)
    core.queue("later")
    order = []
    core.agent(SATO)
    for _ in range(4):
        (offer,) = core.state.offers.values()
        order.append(offer.contact)
        core.put(ContactLeft(contact=offer.contact, reason="hang_up"))
    assert order == ["urgent", "old", "late", "later"]


def test_an_agent_of_two_queues_takes_the_contact_that_waited_longest() -> None:
    core = Driver(QueueSettings(name=SUPPORT), QueueSettings(name=SALES))
    core.queue("c1", queue=SALES)
    core.now_ms += 5
    core.queue("c2")
    core.agent(SATO, queues={SUPPORT: 0, SALES: 3})
    assert core.where("c1") == "offered to sato"


def served_by(strategy: Strategy) -> list[str]:
    """Serve six calls, one at a time, by three agents; Sato's first call ends last."""
    core = Driver(QueueSettings(name=SUPPORT, strategy=strategy))
    for agent in (SATO, TANAKA, SUZUKI):
        core.agent(agent)
    order: list[str] = []
    for number in range(6):
        core.now_ms += 1000
        core.queue(f"c{number}")
        order.append(core.offer_of(f"c{number}").agent)
        core.accept(f"c{number}")
        if number > 0:
            core.end(f"c{number}")
        if number == 3:
            core.end("c0")
    return order


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        (Strategy.LINEAR, ["sato", "tanaka", "tanaka", "tanaka", "sato", "sato"]),
        (Strategy.RRMEMORY, ["sato", "tanaka", "suzuki", "tanaka", "sato", "suzuki"]),
        (Strategy.FEWESTCALLS, ["sato", "tanaka", "suzuki", "tanaka", "sato", "suzuki"]),
        (Strategy.LEASTRECENT, ["sato", "tanaka", "suzuki", "tanaka", "suzuki", "sato"]),
    ],
)
def test_strategies_rank_as_they_are_named(strategy: Strategy, order: list[str]) -> None:
    assert served_by(strategy) == order


def test_a_call_needs_the_whole_agent_and_texts_share_him() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("line", Channel.LINE)
    core.queue("call")
    for number in range(3):
        core.queue(f"chat{number}", Channel.CHAT)
    assert core.where("line") == "offered to sato"
    assert core.where("call") == "waiting", "25 of 100 are taken"
    assert [core.where(f"chat{n}") for n in range(3)] == ["offered to sato", "offered to sato", "waiting"]


def test_limit_per_channel() -> None:
    core = Driver(limits={Channel.LINE: 1})
    core.agent(SATO)
    core.queue("l1", Channel.LINE)
    core.queue("l2", Channel.LINE)
    assert core.where("l2") == "waiting"
    rules = explain(core.state, core.state.contacts[ContactId("l2")]).considered
    assert rules == (Consideration(agent=SATO, rule=Rule.CHANNEL_LIMIT),)


def test_the_call_of_a_customer_reaches_the_agent_who_has_his_line_thread() -> None:
    core = Driver()
    core.agent(SATO)
    core.agent(TANAKA)
    core.queue("line", Channel.LINE, customer="yamada")
    core.accept("line")
    core.queue("call", customer="yamada")
    assert core.where("call") == "offered to sato", "one conversation costs the dearer channel only"
    core.accept("call")
    core.queue("chat", Channel.CHAT)
    assert core.where("chat") == "offered to tanaka", "nobody else fits beside a call"


def test_a_waiting_call_follows_when_the_customers_thread_is_taken() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("busy")
    core.accept("busy")
    core.queue("call", customer="yamada")
    core.queue("line", Channel.LINE, customer="yamada", priority=1)
    core.queue("other", Channel.LINE, priority=1)
    core.end("busy")
    assert (core.where("line"), core.where("call")) == ("offered to sato", "waiting")
    core.put(ContactLeft(contact=ContactId("other"), reason="hang_up"))
    core.accept("line")
    assert core.where("call") == "offered to sato"


def test_a_waiting_call_whose_customer_becomes_known_reaches_who_has_the_thread() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("line", Channel.LINE, customer="yamada")
    core.accept("line")
    core.queue("call", customer="stranger")
    assert core.where("call") == "waiting"
    core.put(CustomerIdentified(contact=ContactId("call"), customer=CustomerId("yamada")))
    assert core.where("call") == "offered to sato"


def test_a_waiting_call_follows_when_it_becomes_known_whose_a_thread_is() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("line", Channel.LINE)
    core.queue("call", customer="yamada")
    assert core.where("call") == "waiting"
    core.put(CustomerIdentified(contact=ContactId("line"), customer=CustomerId("yamada")))
    assert core.where("call") == "offered to sato"


def test_a_thread_that_turns_out_to_be_anothers_weighs_for_itself() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("line", Channel.LINE, customer="yamada")
    core.accept("line")
    core.queue("call", customer="yamada")
    assert core.where("call") == "offered to sato"
    core.put(CustomerIdentified(contact=ContactId("line"), customer=CustomerId("kato")))
    assert core.where("call") == "waiting"


def test_whose_an_unknown_contact_is_changes_nothing() -> None:
    core = Driver()
    refused = only(
        RefuseEvent, core.put(CustomerIdentified(contact=ContactId("x"), customer=CustomerId("yamada")))
    )
    assert refused.reason == "contact_unknown"


def test_two_calls_of_one_customer_are_two_calls() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1", customer="yamada")
    core.accept("c1")
    core.queue("c2", customer="yamada")
    assert core.where("c2") == "waiting"


def test_a_preferred_agent_is_waited_for_and_then_anyone_serves() -> None:
    core = Driver(QueueSettings(name=SUPPORT, preferred_wait_s=20))
    core.agent(SATO)
    core.agent(TANAKA)
    core.queue("first")
    core.accept("first")
    assert core.where("first") == "connected with sato"
    core.queue("c1", preferred=(SATO,))
    assert core.where("c1") == "waiting"
    core.after(19.9)
    assert core.where("c1") == "waiting"
    core.after(0.1)
    assert core.where("c1") == "offered to tanaka"


def test_a_preferred_agent_who_becomes_free_in_time_gets_the_contact() -> None:
    core = Driver()
    core.agent(SATO)
    core.agent(TANAKA)
    core.queue("first")
    core.accept("first")
    core.queue("c1", preferred=(SATO,))
    core.after(5)
    core.end("first")
    assert core.where("c1") == "offered to sato"


@pytest.mark.parametrize("preferred", [(AgentId("nobody"),), (SUZUKI,), (TANAKA,)])
def test_nobody_waits_for_an_agent_who_cannot_come(preferred: tuple[AgentId, ...]) -> None:
    core = Driver()
    core.agent(SATO)
    core.agent(TANAKA, presence=Presence.OFFLINE)
    core.agent(SUZUKI, queues={SALES: 0})
    core.queue("c1", preferred=preferred)
    assert core.where("c1") == "offered to sato"


def test_waiting_for_the_preferred_agent_ends_when_he_signs_out() -> None:
    core = Driver()
    core.agent(SATO, presence=Presence.NOT_READY)
    core.agent(TANAKA)
    core.queue("c1", preferred=(SATO,))
    assert core.where("c1") == "waiting"
    core.put(PresenceChanged(agent=SATO, presence=Presence.OFFLINE))
    assert core.where("c1") == "offered to tanaka"


def test_skills_at_their_level() -> None:
    core = Driver()
    core.agent(SATO, skills={"billing": 4})
    core.queue("c1", skills={"billing": 5})
    assert core.where("c1") == "waiting"
    core.agent(TANAKA, skills={"billing": 5})
    assert core.where("c1") == "offered to tanaka"


def test_an_agent_who_becomes_free_takes_the_first_that_he_has_the_skills_for() -> None:
    core = Driver()
    core.queue("c1", skills={"billing": 5})
    core.queue("c2", skills={"billing": 3})
    core.agent(SATO, skills={"billing": 4})
    assert (core.where("c1"), core.where("c2")) == ("waiting", "offered to sato")


@pytest.mark.parametrize(
    ("queue", "channel", "reason"),
    [
        (QueueName("nowhere"), Channel.VOICE, "unknown_queue"),
        (SUPPORT, Channel.FAX, "channel_not_served"),
        (SUPPORT, Channel.VOICE, "queue_full"),
    ],
)
def test_what_cannot_be_queued_is_refused(queue: QueueName, channel: Channel, reason: str) -> None:
    core = Driver(QueueSettings(name=SUPPORT, max_waiting=1, channels=(Channel.VOICE,)))
    core.queue("c1")
    refusal = only(RefuseContact, core.queue("c2", channel, queue=queue))
    assert (refusal.contact, refusal.reason) == ("c2", reason)
    assert core.where("c2") == "gone"


def test_every_rule_is_explained() -> None:
    core = Driver()
    for name, presence in (("away", Presence.NOT_READY), ("busy", Presence.AVAILABLE)):
        core.agent(AgentId(name), presence=presence)
    core.queue("call")
    core.accept("call")
    core.agent(AgentId("cool"))
    core.queue("missed")
    core.after(15)
    core.agent(AgentId("no"))
    core.reject("missed")
    record = core.state.contacts[ContactId("missed")]
    assert {each.agent: each.rule for each in explain(core.state, record).considered} == {
        "away": Rule.NOT_AVAILABLE,
        "busy": Rule.NO_CAPACITY,
        "cool": Rule.COOLING_DOWN,
        "no": Rule.REJECTED_BEFORE,
    }


def test_a_contact_that_was_offered_says_who_was_passed_over() -> None:
    core = Driver()
    core.agent(SATO)
    core.agent(TANAKA)
    core.agent(SUZUKI, presence=Presence.NOT_READY)
    core.queue("c1")
    core.accept("c1")
    found = explain(core.state, core.state.contacts[ContactId("c1")]).considered
    assert {each.agent: each.rule for each in found} == {
        SATO: Rule.CHOSEN,
        TANAKA: Rule.RANKED_LOWER,
        SUZUKI: Rule.NOT_AVAILABLE,
    }


def test_a_contact_queued_twice_is_there_once() -> None:
    core = Driver()
    core.agent(SATO)
    core.queue("c1")
    again = core.queue("c1")
    assert [type(action).__name__ for action in again] == ["RefuseEvent"]
    assert len(core.state.offers) == 1
