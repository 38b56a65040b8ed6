"""Who is served first, and that nobody waits for ever."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.actions import ConnectContact
from acd.contact import Channel
from acd.events import ContactConnected
from acd.explanation import Rule
from acd.ids import QueueName
from acd.policy import QueueSettings, Strategy
from tests.acd.driver import SALES, SATO, START_MS, SUPPORT, SUZUKI, TANAKA, Driver, every


def served(core: Driver) -> list[str]:
    """Let Sato take one call after the other until nobody waits."""
    order = []
    while core.state.offers:
        (offer,) = core.state.offers.values()
        order.append(str(offer.contact))
        core.accept(offer.contact)
        core.end(offer.contact)
    return order


# --- head start ------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", list(Strategy))
def test_equals_are_served_as_they_came(strategy: Strategy) -> None:
    core = Driver(QueueSettings(name=SUPPORT, strategy=strategy))
    for number in range(5):
        core.queue(f"c{number}", arrived_ms=START_MS)
    core.agent(SATO)
    assert served(core) == [f"c{number}" for number in range(5)]


def test_a_level_of_priority_counts_as_so_many_seconds_of_waiting() -> None:
    core = Driver(priority_step_s=60)
    core.queue("first")
    core.after(59)
    core.queue("urgent", priority=1)
    core.after(2)
    core.queue("too late", priority=1)
    core.queue("not urgent", priority=-1)
    core.agent(SATO)
    assert served(core) == ["urgent", "first", "too late", "not urgent"]


def test_a_level_of_a_queues_weight_counts_as_so_many_seconds_too() -> None:
    core = Driver(QueueSettings(name=SUPPORT), QueueSettings(name=SALES, weight=2), weight_step_s=30)
    core.queue("support")
    core.after(59)
    core.queue("sales", queue=SALES)
    core.after(2)
    core.queue("late", queue=SALES)
    core.agent(SATO, queues={SUPPORT: 0, SALES: 0})
    assert served(core) == ["sales", "support", "late"]


def test_both_together_count_no_more_than_the_greatest_head_start() -> None:
    queues = QueueSettings(name=SUPPORT), QueueSettings(name=SALES, weight=1000)
    core = Driver(*queues, head_start_s_max=300)
    core.queue("waits")
    core.after(299)
    core.queue("vip", queue=SALES, priority=100)
    core.after(2)
    core.queue("late vip", queue=SALES, priority=100)
    core.agent(SATO, queues={SUPPORT: 0, SALES: 0})
    assert served(core) == ["vip", "waits", "late vip"]


def test_age_that_was_kept_counts() -> None:
    core = Driver()
    core.queue("here")
    core.queue("from before", arrived_ms=START_MS - 1)
    core.agent(SATO)
    assert served(core) == ["from before", "here"]


def test_without_steps_only_age_counts() -> None:
    core = Driver(QueueSettings(name=SUPPORT, weight=9), priority_step_s=0, weight_step_s=0)
    core.queue("first")
    core.queue("urgent", priority=9)
    core.agent(SATO)
    assert served(core) == ["first", "urgent"]


# --- starvation ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arrival:
    after_s: int
    queue: int
    priority: int
    talk_s: int


arrivals = st.builds(
    Arrival,
    after_s=st.integers(0, 60),
    queue=st.integers(0, 2),
    priority=st.integers(-5, 20),
    talk_s=st.integers(1, 60),
)


@given(
    plan=st.lists(arrivals, min_size=2, max_size=40),
    weights=st.tuples(*[st.integers(0, 100)] * 3),
    bound_s=st.integers(0, 300),
)
def test_nobody_is_overtaken_by_who_came_later_than_the_bound(
    plan: list[Arrival], weights: tuple[int, int, int], bound_s: int
) -> None:
    names = [QueueName(f"q{at}") for at in range(3)]
    core = Driver(
        *(QueueSettings(name=name, weight=weight) for name, weight in zip(names, weights, strict=True)),
        head_start_s_max=bound_s,
    )
    core.agent(SATO, queues=dict.fromkeys(names, 0))
    begins_s = -bound_s if any(each.priority < 0 for each in plan) else 0
    bound_ms = (bound_s - begins_s) * 1000
    for number, each in enumerate(plan):
        core.after(each.after_s)
        core.queue(f"c{number}", queue=names[each.queue], priority=each.priority)
        for offer in list(core.state.offers.values()):
            (taken,) = every(ConnectContact, core.accept(offer.contact))
            arrived_ms = core.record(taken.contact).contact.arrived_ms
            for other in core.state.contacts.values():
                assert arrived_ms - other.contact.arrived_ms <= bound_ms
            core.after(each.talk_s)
            core.end(taken.contact)


# --- keeping free ----------------------------------------------------------------------------------


def overtaken(**general: int) -> Driver:
    """Sato has a thread, Tanaka two chats; a call waits for one of them to be free."""
    core = Driver(**general)
    core.agent(SATO)
    core.serve("own", Channel.LINE)
    core.agent(TANAKA, queues={SUPPORT: 1})
    core.serve("other1", Channel.CHAT, preferred=(TANAKA,))
    core.serve("other2", Channel.CHAT, preferred=(TANAKA,))
    core.queue("call")
    return core


def test_small_contacts_do_not_keep_a_call_from_an_agent_for_ever() -> None:
    core = overtaken(keep_free_after_s=300)
    core.after(299)
    core.queue("before", Channel.LINE)
    assert core.where("before") == "offered to sato"
    core.leave("before")
    core.after(1)
    core.queue("after", Channel.LINE)
    assert core.where("after") == "waiting"
    assert core.why_not("after") == {SATO: Rule.KEPT_FREE, TANAKA: Rule.KEPT_FREE}
    core.end("own")
    assert (core.where("call"), core.where("after")) == ("offered to sato", "offered to tanaka")


def test_agents_are_not_kept_free_when_settings_say_so() -> None:
    core = overtaken(keep_free_after_s=0)
    core.after(10_000)
    core.queue("after", Channel.LINE)
    assert core.where("after") == "offered to sato"


def test_what_came_before_the_overdue_call_does_not_wait_for_it() -> None:
    core = overtaken()
    core.after(400)
    core.queue("older", Channel.LINE, arrived_ms=START_MS - 1)
    assert core.where("older") == "offered to sato"


def test_who_could_never_have_the_overdue_call_is_not_kept_free() -> None:
    core = Driver(QueueSettings(name=SUPPORT), QueueSettings(name=SALES))
    core.agent(SATO, queues={SALES: 0})
    core.agent(TANAKA, skills={"golf": 1})
    core.serve("thread", Channel.CHAT)
    core.queue("call", skills={"en": 5})
    core.after(400)
    core.queue("sales", Channel.LINE, queue=SALES)
    core.queue("support", Channel.LINE)
    assert (core.where("sales"), core.where("support")) == ("offered to sato", "offered to tanaka")
    core.agent(TANAKA, limits={Channel.VOICE: 0}, skills={"en": 9})
    core.queue("more", Channel.EMAIL)
    assert core.where("more") == "offered to tanaka", "no call at all"


def test_a_customer_who_is_there_already_takes_no_room_that_is_kept() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("line", Channel.LINE, customer="yamada")
    core.queue("call")
    core.after(400)
    core.queue("mail", Channel.EMAIL, customer="yamada")
    core.queue("foreign mail", Channel.EMAIL)
    assert (core.where("mail"), core.where("foreign mail")) == ("offered to sato", "waiting")


def picked_up(core: Driver) -> None:
    core.agent(SUZUKI, queues={SALES: 0})
    core.put(ContactConnected(contact=core.record("call").contact, agent=SUZUKI))


def is_rung(core: Driver) -> None:
    core.agent(SUZUKI)
    assert core.where("call") == "offered to suzuki"


@pytest.mark.parametrize(
    "end",
    [
        lambda core: core.leave("call"),
        picked_up,
        is_rung,
        lambda core: core.reload(keep_free_after_s=1000),
    ],
    ids=["it left", "it was picked up", "it is rung", "other settings"],
)
def test_what_was_kept_is_given_away_when_nobody_is_overdue_any_more(end: Callable[[Driver], object]) -> None:
    core = overtaken()
    core.after(400)
    core.queue("small", Channel.LINE)
    assert core.where("small") == "waiting"
    end(core)
    assert core.where("small") == "offered to sato"


def test_what_was_kept_stays_so_while_another_one_is_overdue() -> None:
    core = overtaken()
    core.queue("second")
    core.after(400)
    core.queue("small", Channel.LINE)
    core.leave("call")
    assert core.where("small") == "waiting"
    core.leave("second")
    assert core.where("small") == "offered to sato"
