"""Penalty ranges: who may be asked after how long."""

import pytest

from acd.agent import Presence
from acd.explanation import Rule
from acd.ids import AgentId
from acd.policy import AddQueue, PenaltyRange, QueueSettings, Strategy
from tests.acd.driver import SALES, SATO, SUPPORT, SUZUKI, TANAKA, Driver


def ranged(*ranges: PenaltyRange, strategy: Strategy = Strategy.RRMEMORY, members_min: int = 0) -> Driver:
    """Sato has penalty 0, Tanaka 5, Suzuki 10."""
    core = Driver(
        QueueSettings(name=SUPPORT, strategy=strategy, penalty_ranges=ranges, penalty_members_min=members_min)
    )
    for agent, penalty in ((SATO, 0), (TANAKA, 5), (SUZUKI, 10)):
        core.agent(agent, queues={SUPPORT: penalty})
    return core


def asked_in_turn(core: Driver) -> list[AgentId]:
    """Let a contact come that everybody declines; return who was asked."""
    core.queue("c1")
    found = []
    while core.where("c1") != "waiting":
        found.append(core.offer_of("c1").agent)
        core.reject("c1")
    return found


@pytest.mark.parametrize(
    ("allowed", "asked"),
    [
        (PenaltyRange(), [SATO, TANAKA, SUZUKI]),
        (PenaltyRange(high=5), [SATO, TANAKA]),
        (PenaltyRange(low=5), [TANAKA, SUZUKI]),
        (PenaltyRange(low=1, high=9), [TANAKA]),
        (PenaltyRange(low=5, high=9, raised=6), [SATO, TANAKA]),
        (PenaltyRange(low=5, raised=6, spares_low=True), [TANAKA, SUZUKI]),
        (PenaltyRange(high=5, raised=6), []),
    ],
)
def test_who_is_asked_within_a_range(allowed: PenaltyRange, asked: list[AgentId]) -> None:
    assert asked_in_turn(ranged(allowed)) == asked


def test_penalties_that_are_raised_to_the_same_are_equal() -> None:
    core = ranged(PenaltyRange(raised=5), strategy=Strategy.RINGALL)
    core.queue("c1")
    assert core.rung("c1") == {SATO, TANAKA}


def test_ranges_widen_with_the_wait() -> None:
    core = ranged(PenaltyRange(high=0), PenaltyRange(after_s=30, high=5), PenaltyRange(after_s=60))
    core.become(SATO, Presence.NOT_READY)
    for contact in ("c1", "c2"):
        core.queue(contact)
    core.after(29)
    assert core.why_not("c1") == {
        SATO: Rule.NOT_AVAILABLE,
        TANAKA: Rule.PENALTY,
        SUZUKI: Rule.PENALTY,
    }
    core.after(1)
    assert (core.where("c1"), core.where("c2")) == ("offered to tanaka", "waiting")
    core.after(15)
    core.after(15)
    assert (core.where("c1"), core.where("c2")) == ("offered to suzuki", "waiting"), "tanaka rests"


def test_an_agent_who_becomes_free_takes_who_came_later_but_may_ask_him_already() -> None:
    core = ranged(PenaltyRange(high=0), PenaltyRange(after_s=30))
    core.become(TANAKA, Presence.NOT_READY)
    core.become(SUZUKI, Presence.NOT_READY)
    core.become(SATO, Presence.NOT_READY)
    core.queue("old")
    core.after(10)
    core.queue("new")
    core.after(20)
    core.become(SUZUKI, Presence.AVAILABLE)
    assert (core.where("old"), core.where("new")) == ("offered to suzuki", "waiting")
    core.become(TANAKA, Presence.AVAILABLE)
    assert core.where("new") == "waiting", "ten seconds are missing"
    core.become(SATO, Presence.AVAILABLE)
    assert core.where("new") == "offered to sato"


def test_penalties_do_not_count_with_few_members() -> None:
    core = ranged(PenaltyRange(high=0), members_min=2)
    core.become(SATO, Presence.NOT_READY)
    core.queue("c1")
    assert core.where("c1") == "waiting", "three members are more than two"
    core.agent(SUZUKI, queues={})
    assert core.where("c1") == "offered to tanaka"


def test_the_preferred_agent_is_asked_whatever_his_penalty() -> None:
    core = ranged(PenaltyRange(high=0))
    core.queue("c1", preferred=(SUZUKI,))
    assert core.where("c1") == "offered to suzuki"


def test_a_member_of_an_added_queue_is_asked_whatever_the_range_and_nobody_else_is() -> None:
    steps = (AddQueue(after_s=30, queue=SALES),)
    ranges = (PenaltyRange(high=0),)
    core = Driver(
        QueueSettings(name=SUPPORT, overflow=steps, penalty_ranges=ranges), QueueSettings(name=SALES)
    )
    core.agent(SATO, queues={SUPPORT: 5})
    core.agent(TANAKA, queues={SUPPORT: 5, SALES: 9})
    core.queue("c1")
    core.after(30)
    assert core.where("c1") == "offered to tanaka"
    core.reject("c1")
    assert core.why_not("c1") == {SATO: Rule.PENALTY, TANAKA: Rule.REJECTED_BEFORE}
