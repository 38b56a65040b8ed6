"""How much of an agent a text contact takes: interruptions, quiet threads."""

from typing import Any

import pytest

from acd.actions import Action, OfferContact, ResumeContact, SuspendContact
from acd.contact import Channel, Pace
from acd.core.capacity import load
from acd.events import ContactConnected, WrapUpEnded
from acd.explanation import Rule
from acd.ids import AgentId, ContactId
from acd.policy import QueueSettings, Quiet, Strategy
from tests.acd.driver import SATO, SUPPORT, TANAKA, Driver, every

INTERRUPTS = {Channel.VOICE: (Channel.LINE, Channel.EMAIL)}
QUIET = {Channel.LINE: Quiet(after_s=60, cost=5)}


def busy(*threads: str, queue: QueueSettings | None = None, **general: Any) -> Driver:
    """Sato has these LINE threads, and has answered them; calls may interrupt them."""
    core = Driver(queue or QueueSettings(name=SUPPORT), **{"interrupts": INTERRUPTS, **general})
    core.agent(SATO)
    for thread in threads:
        core.serve(thread, Channel.LINE)
        core.agent_writes(thread)
    return core


def paces(core: Driver, *contacts: str) -> list[Pace]:
    return [core.record(contact).pace for contact in contacts]


def suspended(actions: tuple[Action, ...]) -> list[tuple[str, str]]:
    return [(each.contact, each.reason) for each in every(SuspendContact, actions)]


def load_of(core: Driver, agent: AgentId) -> int:
    desk = core.state.desks.get(agent)
    assert desk is not None
    return load(core.settings, desk.held.values())


def resumed(actions: tuple[Action, ...]) -> list[str]:
    return [each.contact for each in every(ResumeContact, actions)]


# --- interruption ----------------------------------------------------------------------------------


def test_a_thread_is_left_alone_from_the_offer_until_the_call_ends() -> None:
    core = busy("t1")
    offered = core.queue("call")
    assert suspended(offered) == [("t1", "interrupted")]
    order = [type(action) for action in offered if isinstance(action, SuspendContact | OfferContact)]
    assert order == [SuspendContact, OfferContact], "the thread is put aside before the phone rings"
    core.accept("call")
    assert paces(core, "t1") == [Pace.SUSPENDED]
    assert resumed(core.end("call")) == ["t1"]
    assert paces(core, "t1") == [Pace.ACTIVE]


def test_a_thread_comes_back_when_the_call_is_not_answered_or_hangs_up() -> None:
    core = busy("t1")
    core.queue("c1")
    assert resumed(core.after(15)) == ["t1"]
    core.after(30)
    assert core.where("c1") == "offered to sato"
    assert resumed(core.leave("c1")) == ["t1"]


def test_no_more_is_put_aside_than_must_be_the_latest_first_and_the_oldest_comes_back_first() -> None:
    core = busy("t1", "t2", "t3", costs={**Driver().settings.costs, Channel.VOICE: 60})
    assert suspended(core.queue("c1")) == [("t3", "interrupted"), ("t2", "interrupted")]
    core.accept("c1")
    assert paces(core, "t1", "t2", "t3") == [Pace.ACTIVE, Pace.SUSPENDED, Pace.SUSPENDED]
    assert resumed(core.end("c1")) == ["t2", "t3"]


def test_what_the_matrix_does_not_name_is_not_interrupted() -> None:
    core = busy()
    core.serve("chat", Channel.CHAT)
    core.queue("call")
    assert core.where("call") == "waiting"
    core.queue("line", Channel.LINE)
    assert core.where("line") == "offered to sato", "and what fits needs nobody to make room"
    assert core.why_not("call") == {SATO: Rule.NO_CAPACITY}


def test_a_call_is_never_interrupted_even_if_the_matrix_says_so() -> None:
    core = busy(interrupts={Channel.VIDEO: (Channel.LINE,)})
    core.serve("call")
    core.queue("video", Channel.VIDEO)
    assert core.where("video") == "waiting"


def test_what_is_only_offered_is_not_interrupted_but_is_once_it_is_taken() -> None:
    core = busy()
    core.queue("line", Channel.LINE)
    core.queue("call")
    assert core.where("call") == "waiting"
    core.accept("line")
    assert (core.where("call"), paces(core, "line")) == ("offered to sato", [Pace.SUSPENDED])


@pytest.mark.parametrize("strategy", list(Strategy))
def test_who_need_not_leave_anything_alone_goes_first(strategy: Strategy) -> None:
    core = Driver(QueueSettings(name=SUPPORT, strategy=strategy), interrupts=INTERRUPTS)
    core.agent(SATO, skills={"en": 9})
    core.serve("thread", Channel.LINE)
    core.agent(TANAKA, queues={SUPPORT: 5}, skills={"en": 1})
    for number in range(8):
        core.queue(f"c{number}", skills={"en": 1})
        assert core.where(f"c{number}") == "offered to tanaka"
        core.leave(f"c{number}")
    core.serve("first")
    core.queue("second")
    assert core.where("second") == "offered to sato"


def test_wrap_up_is_not_interrupted_and_nothing_comes_back_before_it_is_over() -> None:
    core = busy("t1", queue=QueueSettings(name=SUPPORT, wrapup_voice_s=30, wrapup_text_s=None))
    core.serve("call")
    core.end("call")
    assert paces(core, "t1") == [Pace.SUSPENDED], "the call still takes the whole agent"
    assert resumed(core.after(30)) == ["t1"]
    core.end("t1")
    core.queue("next")
    assert (core.where("t1"), core.where("next")) == ("wrap_up with sato", "waiting")
    core.put(WrapUpEnded(contact=ContactId("t1"), agent=SATO))
    assert core.where("next") == "offered to sato"


def test_what_was_put_aside_comes_back_before_anything_new() -> None:
    core = busy("t1", "t2")
    core.serve("call")
    for number in range(4):
        core.queue(f"new{number}", Channel.LINE, arrived_ms=core.now_ms - 100_000)
    assert resumed(core.end("call")) == ["t1", "t2"]
    assert [core.where(f"new{n}") for n in range(4)] == ["offered to sato"] * 2 + ["waiting"] * 2


def test_the_customer_of_a_suspended_thread_may_go_and_write() -> None:
    core = busy("t1", "t2")
    core.serve("call")
    assert core.customer_writes("t1") == ()
    assert paces(core, "t1") == [Pace.SUSPENDED]
    core.end("t2")
    assert resumed(core.end("call")) == ["t1"]


def test_a_call_picked_up_elsewhere_puts_threads_aside_too() -> None:
    core = busy("t1")
    other = Driver()
    other.queue("call")
    actions = core.put(ContactConnected(contact=other.record("call").contact, agent=SATO))
    assert suspended(actions) == [("t1", "interrupted")]


# --- quiet threads ---------------------------------------------------------------------------------


def test_a_thread_grows_quiet_a_while_after_the_agent_wrote() -> None:
    core = busy("t1", quiet=QUIET, interrupts={})
    for number in range(4):
        core.queue(f"l{number}", Channel.LINE)
    assert core.where("l3") == "waiting", "100 of 100 are taken"
    core.after(59)
    core.agent_writes("t1")
    core.leave("l0")
    core.queue("l4", Channel.LINE)
    core.after(59)
    assert paces(core, "t1") == [Pace.ACTIVE], "he wrote again"
    core.after(1)
    assert paces(core, "t1") == [Pace.QUIET]


def test_a_thread_that_is_not_answered_never_grows_quiet() -> None:
    core = busy("t1", quiet=QUIET)
    core.customer_writes("t1")
    core.serve("t2", Channel.LINE)
    core.after(86_400)
    assert paces(core, "t1", "t2") == [Pace.ACTIVE, Pace.ACTIVE]
    core.agent_writes("t1")
    core.after(60)
    assert paces(core, "t1", "t2") == [Pace.QUIET, Pace.ACTIVE]


def test_a_quiet_thread_makes_room_and_takes_it_back_with_the_customers_next_message() -> None:
    core = busy("t1", quiet=QUIET, interrupts={})
    core.agent(SATO, budget=30)
    core.queue("l1", Channel.LINE)
    assert core.where("l1") == "waiting"
    core.after(60)
    assert core.where("l1") == "offered to sato"
    core.leave("l1")
    assert core.customer_writes("t1") == ()
    assert paces(core, "t1") == [Pace.ACTIVE]
    core.queue("l2", Channel.LINE)
    assert core.where("l2") == "waiting"


def test_a_quiet_thread_that_does_not_fit_any_more_waits_until_it_does() -> None:
    core = busy("t1", quiet=QUIET, interrupts={})
    core.agent(SATO, budget=30)
    core.after(60)
    core.serve("t2", Channel.LINE)
    assert suspended(core.customer_writes("t1")) == [("t1", "no_room")]
    core.queue("t3", Channel.LINE)
    assert core.where("t3") == "waiting"
    assert resumed(core.end("t2")) == ["t1"]
    assert (core.where("t3"), core.record("t1").is_unanswered) == ("waiting", True)


def test_customers_who_all_write_again_at_once_do_not_overfill_the_agent() -> None:
    core = busy(quiet=QUIET, interrupts={})
    for number in range(12):
        core.serve(f"t{number}", Channel.LINE)
        core.agent_writes(f"t{number}")
        core.after(60)
    for number in range(12):
        core.customer_writes(f"t{number}")
        assert load_of(core, SATO) <= 100
    left = [f"t{number}" for number in range(12)]
    while left:
        active = [thread for thread in left if paces(core, thread) == [Pace.ACTIVE]]
        assert len(active) == min(4, len(left)), "four threads of 25 at a time, until all had their turn"
        left.remove(active[0])
        core.end(active[0])


def test_a_thread_grows_quiet_again_after_it_came_back() -> None:
    core = busy("t1", quiet=QUIET)
    core.serve("call")
    core.after(300)
    core.end("call")
    core.after(59)
    assert paces(core, "t1") == [Pace.ACTIVE]
    core.after(1)
    assert paces(core, "t1") == [Pace.QUIET]


def test_a_quiet_thread_in_which_the_agent_writes_takes_its_whole_cost_if_that_fits() -> None:
    core = busy("t1", quiet=QUIET, interrupts={})
    core.after(60)
    assert core.agent_writes("t1") == ()
    assert paces(core, "t1") == [Pace.ACTIVE]
    core.after(60)
    core.agent(SATO, budget=30)
    core.serve("t2", Channel.LINE)
    assert core.agent_writes("t1") == (), "he may write to whom he likes"
    assert paces(core, "t1", "t2") == [Pace.QUIET, Pace.ACTIVE]
