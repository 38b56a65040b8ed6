"""Troubles that users of other projects have reported, played here: none of them can happen.

Each test names the report: `asterisk#176` is github.com/asterisk/asterisk/issues/176.
"""

from typing import Any

from acd.actions import (
    CloseContact,
    ConnectContact,
    OfferContact,
    PublishPresence,
    RefuseEvent,
    ReturnContact,
    WithdrawOffer,
)
from acd.agent import Agent, Presence
from acd.contact import Channel
from acd.core.records import Tally
from acd.events import AgentChanged, CallbackFailed, ContactConnected, OfferAccepted, WrapUpEnded
from acd.ids import AgentId, ContactId
from acd.policy import PenaltyRange, QueueSettings, Strategy
from tests.acd.driver import SALES, SATO, SUPPORT, SUZUKI, TANAKA, Driver, every, only


def ringall(**rules: Any) -> Driver:
    core = Driver(QueueSettings(name=SUPPORT, strategy=Strategy.RINGALL, **rules))
    for agent in (SATO, TANAKA, SUZUKI):
        core.agent(agent)
    return core


# --- ringing ---------------------------------------------------------------------------------------


def test_two_agents_who_answer_at_once_do_not_both_get_the_call() -> None:
    """asterisk#176: both legs were answered and acknowledged."""
    core = ringall()
    offers = every(OfferContact, core.queue("c1"))
    answers = [core.put(OfferAccepted(offer=each.offer, agent=each.agent)) for each in offers]
    assert only(ConnectContact, answers[0]).agent == offers[0].agent
    for late, told in zip(offers[1:], answers[1:], strict=True):
        (refusal,) = told
        assert isinstance(refusal, RefuseEvent)
        assert (refusal.reason, refusal.agent) == ("taken", late.agent)
    assert core.where("c1") == f"connected with {offers[0].agent}"


def test_one_phone_that_hangs_up_before_it_is_connected_does_not_stop_the_others() -> None:
    """asterisk#1557: whoever answered and hung up at once had all other legs dropped."""
    core = ringall()
    core.queue("c1")
    assert [each.agent for each in every(WithdrawOffer, core.reject("c1", "busy", by=SATO))] == [SATO]
    assert core.rung("c1") == {TANAKA, SUZUKI}


def test_an_agent_who_answers_and_is_gone_gives_the_caller_back_his_place_and_others_ring_at_once() -> None:
    """asterisk#1557: a new round began only after a time-out."""
    core = ringall()
    core.queue("c1")
    core.after(1)
    core.queue("c2")
    core.accept("c1", by=SATO)
    core.leave("c2")
    returned = core.hand_back("c1")
    assert only(ReturnContact, returned).agent == SATO
    assert {offer.agent for offer in every(OfferContact, returned)} == {TANAKA, SUZUKI}


def test_a_caller_who_hangs_up_stops_every_phone_that_rings_for_him_and_no_other() -> None:
    """asterisk#1557, rustpbx#212: phones that ring on for nobody."""
    core = ringall()
    core.serve("talk", preferred=(SUZUKI,))
    core.queue("c1")
    core.agent(AgentId("ito"))
    core.queue("c2")
    assert (core.rung("c1"), core.rung("c2")) == ({SATO, TANAKA}, {"ito"})
    actions = core.leave("c1")
    assert [(each.agent, each.reason) for each in every(WithdrawOffer, actions)] == [
        (SATO, "left"),
        (TANAKA, "left"),
    ]
    assert only(CloseContact, actions).contact == "c1"
    assert (core.rung("c2"), core.where("talk")) == ({"ito"}, "connected with suzuki")
    core.queue("c3")
    assert core.rung("c3") == {SATO, TANAKA}, "they are free again"
    assert only(RefuseEvent, core.leave("c1")).reason == "contact_unknown"
    assert {offer.contact for offer in core.state.offers.values()} == {"c2", "c3"}


# --- wrap-up and tallies ---------------------------------------------------------------------------


def test_wrap_up_is_not_ended_by_an_attended_transfer_to_the_agent() -> None:
    """asterisk#1006: wrap-up ended early, and the next call came into it."""
    core = Driver(QueueSettings(name=SUPPORT, wrapup_voice_s=30))
    core.agent(SATO)
    core.serve("c1")
    core.agent(TANAKA)
    core.serve("c2")
    core.end("c1")
    core.after(10)
    core.put(ContactConnected(contact=core.record("c2").contact, agent=SATO))
    core.end("c2")
    core.serve("c3")
    assert core.where("c3") == "connected with tanaka"
    core.queue("c4")
    core.after(20)
    assert [core.where(each) for each in ("c1", "c2", "c4")] == ["gone", "wrap_up with sato", "waiting"]
    core.after(10)
    assert (core.where("c2"), core.where("c4")) == ("gone", "offered to sato")


def test_each_wrap_up_ends_at_its_own_time() -> None:
    """asterisk#1006: with queues of different times the shortest counted."""
    short = QueueSettings(name=SUPPORT, wrapup_text_s=10)
    core = Driver(short, QueueSettings(name=SALES, wrapup_text_s=None))
    core.agent(SATO, queues={SUPPORT: 0, SALES: 0})
    core.serve("c1", Channel.LINE)
    core.serve("c2", Channel.LINE, queue=SALES)
    core.end("c1")
    core.end("c2")
    core.after(10)
    assert (core.where("c1"), core.where("c2")) == ("gone", "wrap_up with sato")
    assert only(CloseContact, core.put(WrapUpEnded(contact=ContactId("c2"), agent=SATO))).contact == "c2"


def test_an_attended_transfer_is_the_end_of_the_first_agents_call_and_no_reset() -> None:
    """asterisk#607: `lastcall` of both was 0 afterwards."""
    core = Driver(QueueSettings(name=SUPPORT, strategy=Strategy.LEASTRECENT), QueueSettings(name=SALES))
    core.agent(SATO)
    core.serve("c1")
    core.after(60)
    core.queue("next")
    core.agent(TANAKA, queues={SALES: 0})
    core.put(ContactConnected(contact=core.record("c1").contact, agent=TANAKA))
    assert core.where("next") == "offered to sato"
    assert core.state.agents[SATO].tallies[SUPPORT].last_ms == core.now_ms
    assert core.state.agents[SATO].tallies[SUPPORT].served == 1
    core.after(60)
    core.end("c1")
    assert core.state.agents[TANAKA].tallies[SUPPORT].last_ms == core.now_ms


def test_a_reload_forgets_nobodys_latest_call() -> None:
    """asterisk#1255: `shared_lastcall` was 0 after `queue reload members`."""
    rules = QueueSettings(name=SUPPORT, strategy=Strategy.LEASTRECENT)
    core = Driver(rules)
    core.agent(TANAKA)
    core.agent(SATO)
    core.serve("c1")
    core.after(60)
    core.end("c1")
    tally = core.state.agents[TANAKA].tallies[SUPPORT]
    assert tally == Tally(turn=tally.turn, served=1, last_ms=core.now_ms)
    core.reload(QueueSettings(name=SALES))
    core.reload(rules, QueueSettings(name=SALES))
    core.put(AgentChanged(agent=Agent(id=TANAKA, queues={SUPPORT: 0, SALES: 1})))
    assert core.state.agents[TANAKA].tallies[SUPPORT] == tally
    core.queue("c2")
    assert core.where("c2") == "offered to sato"


def test_one_call_is_counted_once() -> None:
    """asterisk#1736: `calls` rose by two for one call."""
    core = ringall()
    offers = every(OfferContact, core.queue("c1"))
    for _ in range(2):
        for each in offers:
            core.put(OfferAccepted(offer=each.offer, agent=each.agent))
    core.end("c1")
    core.end("c1")
    served = [tally.served for record in core.state.agents.values() for tally in record.tallies.values()]
    assert sum(served) == 1


# --- order -----------------------------------------------------------------------------------------


def test_a_heavier_queue_that_may_not_have_the_agent_does_not_keep_him_from_another() -> None:
    """asterisk#1561: no call of queue B while one of A waited for its penalty range."""
    heavy = QueueSettings(
        name=SALES,
        weight=66,
        penalty_ranges=(PenaltyRange(high=50), PenaltyRange(after_s=30, high=60)),
    )
    core = Driver(QueueSettings(name=SUPPORT, weight=65), heavy)
    core.agent(SATO, queues={SUPPORT: 60, SALES: 60})
    core.queue("heavy", queue=SALES)
    core.queue("light")
    assert (core.where("light"), core.where("heavy")) == ("offered to sato", "waiting")
    core.accept("light")
    core.end("light")
    core.after(30)
    assert core.where("heavy") == "offered to sato"


def test_a_heavier_queue_with_work_without_end_does_not_starve_another() -> None:
    """asterisk#1561: weight goes before all waiting there; here it is a head start."""
    core = Driver(QueueSettings(name=SUPPORT), QueueSettings(name=SALES, weight=100))
    core.agent(SATO, queues={SUPPORT: 0, SALES: 0})
    core.serve("heavy0", queue=SALES)
    core.queue("light")
    served = 0
    while core.where("light") == "waiting":
        served += 1
        core.queue(f"heavy{served}", queue=SALES)
        core.after(60)
        core.end(f"heavy{served - 1}")
        if core.where(f"heavy{served}") == "offered to sato":
            core.accept(f"heavy{served}")
    assert 60 <= served <= 62, "an hour of head start, and no more"


def test_new_chats_do_not_overtake_those_that_waited_for_an_agent_with_room() -> None:
    """chatwoot#10376, #10685: what came while all were full or away stayed, what came later was served."""
    core = Driver()
    for number in range(6):
        core.queue(f"old{number}", Channel.CHAT)
        core.after(1)
    core.agent(SATO)
    assert [core.where(f"old{n}") for n in range(4)] == ["offered to sato"] * 3 + ["waiting"]
    for number in range(3):
        core.accept(f"old{number}")
    core.queue("new", Channel.CHAT)
    for ended, next_one in (("old0", "old3"), ("old1", "old4"), ("old2", "old5"), ("old3", "new")):
        if core.where(ended) == "offered to sato":
            core.accept(ended)
        core.end(ended)
        assert core.where(next_one) == "offered to sato"


# --- absent agents ---------------------------------------------------------------------------------


def test_a_chat_whose_agent_signs_out_goes_on_to_another_once_the_customer_waits_for_an_answer() -> None:
    """chatwoot#7204: it stayed with the agent who was away, answered or not."""
    core = Driver()
    core.agent(SATO)
    core.serve("waits", Channel.CHAT)
    core.serve("answered", Channel.CHAT)
    core.agent_writes("answered")
    core.agent(TANAKA)
    core.become(SATO, Presence.OFFLINE)
    assert (core.where("waits"), core.where("answered")) == ("offered to tanaka", "connected with sato")
    assert only(ReturnContact, core.customer_writes("answered")).reason == "agent_offline"
    assert core.where("answered") == "offered to tanaka"


def test_a_returning_chat_does_not_wait_for_an_agent_who_is_away() -> None:
    """chatwoot#4158: it went to whoever had it last, there or not."""
    core = Driver()
    core.agent(SATO, presence=Presence.OFFLINE)
    core.agent(TANAKA)
    core.queue("again", Channel.CHAT, preferred=(SATO,))
    assert core.where("again") == "offered to tanaka"


def test_one_lost_connection_does_not_send_the_agents_away_one_after_the_other() -> None:
    """A call that nobody hears ring goes round: each who misses it rests, nobody is signed out by it."""
    core = Driver(QueueSettings(name=SUPPORT, ring_s=15))
    agents = [AgentId(f"a{number}") for number in range(10)]
    for agent in agents:
        core.agent(agent)
    core.queue("c1")
    changed = [each for _ in range(10) for each in every(PublishPresence, core.after(15))]
    assert changed == []
    core.after(30)
    assert all(core.presence(agent) == (Presence.AVAILABLE, "") for agent in agents)
    assert core.where("c1") == f"offered to {agents[0]}"
    core.accept("c1")
    assert core.state.agents[agents[0]].misses == 0


def test_a_router_that_was_away_holds_no_ringing_phone_against_anybody() -> None:
    """The same for all who were rung while nobody routed: none of them rests for it."""
    core = Driver()
    for number in range(10):
        core.agent(AgentId(f"a{number}"))
        core.queue(f"c{number}")
    core.after(120)
    assert all(not each.misses and each.is_signed_in for each in core.state.agents.values())
    assert len(core.state.offers) == 10


# --- callbacks -------------------------------------------------------------------------------------


def test_a_customer_has_one_callback_however_often_he_asks_and_calls() -> None:
    """FreePBX/issue-tracker#525: two or three more calls were begun before the customer had answered one."""
    core = Driver()
    core.queue("c1", customer="yamada")
    core.ask_callback("c1")
    core.ask_callback("c1")
    core.queue("c2", customer="yamada")
    core.ask_callback("c2")
    core.ask_callback("c2")
    for agent in (SATO, TANAKA):
        core.agent(agent)
    assert list(core.state.contacts) == ["c2"]
    assert len(core.state.offers) == 1
    core.accept("c2")
    core.put(CallbackFailed(contact=ContactId("c2"), reason="no_answer"))
    core.put(CallbackFailed(contact=ContactId("c2"), reason="no_answer"))
    assert core.record("c2").attempts == 1, "one failure told twice is one"


def test_a_callback_is_served_at_its_own_place() -> None:
    """FreePBX/issue-tracker#621: callbacks went before all who waited on the line."""
    core = Driver()
    for contact in ("c1", "c2", "c3"):
        core.queue(contact, customer=contact)
    core.ask_callback("c2")
    core.agent(SATO)
    for contact in ("c1", "c2", "c3"):
        assert core.where(contact) == "offered to sato"
        core.accept(contact)
        core.end(contact)
