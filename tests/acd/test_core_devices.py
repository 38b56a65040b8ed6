"""Phones: in use by other calls, busy, not to be reached; offers that nobody could answer."""

import pytest

from acd.actions import PublishPresence, RefuseEvent, WithdrawOffer
from acd.agent import Presence
from acd.contact import Channel, Contact
from acd.events import ContactConnected
from acd.explanation import Rule
from acd.ids import AgentId, ContactId
from acd.policy import QueueSettings
from tests.acd.driver import SALES, SATO, SUPPORT, Driver, every, only


def one_queue(**rules: int) -> Driver:
    core = Driver(QueueSettings(name=SUPPORT, **rules), QueueSettings(name=SALES))  # type: ignore[arg-type]
    core.agent(SATO)
    return core


# --- in use ----------------------------------------------------------------------------------------


def test_an_agent_on_an_outside_call_is_offered_nothing_until_he_hangs_up() -> None:
    core = one_queue()
    core.phone(SATO, is_in_use=True)
    core.queue("call")
    core.queue("line", Channel.LINE)
    assert core.why_not("call") == core.why_not("line") == {SATO: Rule.ON_PHONE}
    core.phone(SATO, is_in_use=False)
    assert core.where("call") == "offered to sato"


def test_his_phone_in_a_call_of_ours_changes_nothing() -> None:
    core = Driver(limits={Channel.VOICE: 1})
    core.agent(SATO, budget=150)
    core.queue("call")
    core.phone(SATO, is_in_use=True)
    core.accept("call")
    core.queue("line", Channel.LINE)
    assert core.where("line") == "offered to sato", "he has room beside the call"


def test_after_a_call_of_ours_he_is_offered_the_next_as_soon_as_his_phone_is_free() -> None:
    core = one_queue()
    core.serve("c1")
    core.phone(SATO, is_in_use=True)
    core.queue("c2")
    core.end("c1")
    assert core.where("c2") == "waiting", "his phone has not hung up yet"
    core.phone(SATO, is_in_use=False)
    assert core.where("c2") == "offered to sato"


def test_a_phone_that_hangs_up_first_makes_no_difference() -> None:
    core = one_queue()
    core.serve("c1")
    core.phone(SATO, is_in_use=True)
    core.queue("c2")
    core.phone(SATO, is_in_use=False)
    assert core.where("c2") == "waiting"
    core.end("c1")
    assert core.where("c2") == "offered to sato"


def test_an_outside_call_takes_no_threads_away() -> None:
    core = one_queue()
    core.serve("line", Channel.LINE)
    core.queue("offered", Channel.LINE)
    core.phone(SATO, is_in_use=True)
    assert (core.where("line"), core.where("offered")) == ("connected with sato", "offered to sato")
    core.end("line")
    core.accept("offered")
    core.queue("next", Channel.LINE)
    assert core.where("next") == "waiting"


def test_what_a_phone_says_twice_or_of_nobody_changes_nothing() -> None:
    core = one_queue()
    core.phone(SATO, is_in_use=True)
    before = dict(core.state.records())
    assert core.phone(SATO, is_in_use=True) == ()
    assert only(RefuseEvent, core.phone(AgentId("nobody"), is_in_use=True)).reason == "agent_unknown"
    assert dict(core.state.records()) == before


# --- autopause -------------------------------------------------------------------------------------


def test_autopause_makes_who_did_not_answer_not_ready_at_once() -> None:
    core = one_queue(autopause=True)
    core.queue("c1")
    told = only(PublishPresence, core.after(15))
    assert (told.agent, told.presence, told.reason) == (SATO, Presence.NOT_READY, "autopause")


@pytest.mark.parametrize(
    ("reason", "rules", "pauses"),
    [
        ("busy", {"autopause": True}, False),
        ("busy", {"autopause": True, "autopause_busy": True}, True),
        ("busy", {"autopause_busy": True}, False),
        ("unreachable", {"autopause": True}, False),
        ("unreachable", {"autopause": True, "autopause_unavailable": True}, True),
        ("unreachable", {"autopause": True, "autopause_busy": True}, False),
        ("declined", {"autopause": True, "autopause_busy": True, "autopause_unavailable": True}, False),
    ],
)
def test_autopause_of_a_phone_that_is_busy_or_away(reason: str, rules: dict[str, int], pauses: bool) -> None:
    core = one_queue(**rules)
    core.queue("c1")
    core.reject("c1", reason)
    paused = (Presence.NOT_READY, "autopause")
    assert (core.presence(SATO) == paused) is pauses
    if not pauses:
        assert bool(core.state.agents[SATO].cooling_until_ms) is (reason != "declined")


def test_autopause_spares_who_has_just_had_a_contact_of_that_queue() -> None:
    core = one_queue(autopause=True, autopause_delay_s=60)
    core.serve("c1")
    core.end("c1")
    core.after(30)
    core.queue("c2")
    core.after(15)
    assert core.presence(SATO) == (Presence.AVAILABLE, "")
    assert core.state.agents[SATO].misses == 1, "he rests as usual"
    core.after(30)
    core.after(15)
    assert core.presence(SATO) == (Presence.NOT_READY, "autopause")


def test_a_paused_agents_other_offers_stand() -> None:
    core = one_queue(autopause=True)
    core.agent(SATO, queues={SUPPORT: 0, SALES: 0})
    core.queue("text", Channel.LINE)
    core.after(10)
    core.queue("other", Channel.LINE, queue=SALES)
    core.after(5)
    assert core.presence(SATO)[0] is Presence.NOT_READY
    assert core.where("other") == "offered to sato"


# --- nobody's fault --------------------------------------------------------------------------------


def test_an_offer_that_lapsed_while_no_router_was_there_is_nobodys_miss() -> None:
    core = one_queue(autopause=True)
    core.queue("c1")
    withdrawn = every(WithdrawOffer, core.after(15 + 5))
    assert [each.reason for each in withdrawn] == ["no_answer"]
    assert core.presence(SATO) == (Presence.AVAILABLE, "")
    assert core.where("c1") == "offered to sato", "and he is asked again"
    core.after(15 + 4.9)
    assert core.presence(SATO) == (Presence.NOT_READY, "autopause")


def test_a_caller_who_gives_up_before_the_phone_is_answered_is_no_miss() -> None:
    core = one_queue(autopause=True)
    core.queue("c1")
    core.after(14)
    core.leave("c1")
    core.after(1)
    assert core.presence(SATO) == (Presence.AVAILABLE, "")
    assert core.state.agents[SATO].misses == 0


def test_a_phone_that_turns_out_to_be_in_use_by_a_call_of_ours_keeps_no_text_away() -> None:
    core = Driver(costs={**Driver().settings.costs, Channel.VOICE: 40})
    core.agent(SATO)
    core.phone(SATO, is_in_use=True)
    core.queue("t1", Channel.LINE)
    adopted = Contact(id=ContactId("c1"), channel=Channel.VOICE, queue=SUPPORT)
    core.put(ContactConnected(contact=adopted, agent=SATO))
    assert core.where("t1") == "offered to sato"
