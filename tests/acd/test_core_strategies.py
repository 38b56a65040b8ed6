"""Strategies: whom of those who could take a contact it is offered to."""

from collections import Counter
from itertools import pairwise

import pytest

from acd.agent import Presence
from acd.contact import Channel
from acd.ids import AgentId
from acd.policy import QueueSettings, Strategy
from tests.acd.driver import SATO, SUPPORT, SUZUKI, TANAKA, Driver

RANKING = [each for each in Strategy if each not in (Strategy.RINGALL, Strategy.WRANDOM)]


def one_queue(strategy: Strategy, **rules: int) -> Driver:
    return Driver(QueueSettings(name=SUPPORT, strategy=strategy, **rules))  # type: ignore[arg-type]


def draws(core: Driver, contacts: int) -> list[AgentId]:
    """Return whom each of so many contacts, one after the other, was offered to."""
    found = []
    for number in range(contacts):
        core.now_ms += 1000
        core.queue(f"c{number}")
        found.append(core.offer_of(f"c{number}").agent)
        core.leave(f"c{number}")
    return found


@pytest.mark.parametrize("strategy", [*RANKING, Strategy.RINGALL])
def test_a_lower_penalty_goes_before_whatever_a_strategy_says(strategy: Strategy) -> None:
    core = one_queue(strategy)
    core.agent(SATO, queues={SUPPORT: 2})
    core.agent(TANAKA, queues={SUPPORT: 1})
    for number in range(10):
        core.serve(f"c{number}")
        assert core.where(f"c{number}") == "connected with tanaka"
        core.after(60)
        core.end(f"c{number}")
    core.become(TANAKA, Presence.NOT_READY)
    core.queue("last")
    assert core.where("last") == "offered to sato"


def test_linear_asks_in_the_order_of_arrival_each_time() -> None:
    core = one_queue(Strategy.LINEAR)
    core.agent(SATO)
    core.agent(TANAKA)
    assert draws(core, 3) == [SATO] * 3


def test_rrmemory_asks_who_was_asked_longest_ago_also_if_he_did_not_take_it() -> None:
    core = one_queue(Strategy.RRMEMORY)
    for agent in (SATO, TANAKA, SUZUKI):
        core.agent(agent)
    assert draws(core, 6) == [SATO, TANAKA, SUZUKI] * 2


def test_rrmemory_asks_who_was_busy_at_his_turn_as_soon_as_he_is_free() -> None:
    core = one_queue(Strategy.RRMEMORY)
    for agent in (SATO, TANAKA):
        core.agent(agent)
    core.serve("long")
    assert draws(core, 2) == [TANAKA] * 2
    core.end("long")
    assert draws(core, 1) == [SATO]


def test_leastrecent_asks_whose_latest_contact_ended_longest_ago() -> None:
    core = one_queue(Strategy.LEASTRECENT)
    core.agent(SATO)
    core.agent(TANAKA)
    core.serve("long")
    core.serve("short")
    core.after(10)
    core.end("short")
    core.after(10)
    core.end("long")
    assert draws(core, 1) == [TANAKA]


def test_fewestcalls_asks_who_has_taken_the_fewest() -> None:
    core = one_queue(Strategy.FEWESTCALLS)
    core.agent(SATO)
    core.serve("c1")
    core.end("c1")
    core.agent(TANAKA)
    assert draws(core, 3) == [TANAKA] * 3, "an offer is no call taken"
    for contact in ("c2", "c3"):
        core.serve(contact)
        core.end(contact)
    assert core.state.agents[TANAKA].tallies[SUPPORT].served == 1
    assert core.state.agents[SATO].tallies[SUPPORT].served == 2


def test_mostskilled_asks_who_has_most_of_what_is_asked_for() -> None:
    core = one_queue(Strategy.MOSTSKILLED)
    core.agent(SATO, skills={"billing": 5, "en": 10})
    core.agent(TANAKA, skills={"billing": 8, "en": 2})
    core.agent(SUZUKI, skills={"golf": 10})
    core.queue("billing", skills={"billing": 3})
    core.queue("both", Channel.LINE, skills={"billing": 1, "en": 1})
    assert (core.where("billing"), core.where("both")) == ("offered to tanaka", "offered to sato")


def test_mostskilled_asks_who_came_first_for_what_needs_no_skill() -> None:
    core = one_queue(Strategy.MOSTSKILLED)
    core.agent(SATO)
    core.agent(TANAKA, skills={"billing": 8})
    assert draws(core, 2) == [SATO] * 2, "equal: who came first"


def test_leastoccupied_asks_who_has_most_room() -> None:
    core = one_queue(Strategy.LEASTOCCUPIED)
    core.agent(SATO)
    core.agent(TANAKA)
    core.queue("l1", Channel.LINE)
    core.queue("m1", Channel.EMAIL)
    core.queue("m2", Channel.EMAIL)
    core.queue("l2", Channel.LINE)
    where = [core.where(each) for each in ("l1", "m1", "m2", "l2")]
    assert where == ["offered to sato", "offered to tanaka", "offered to tanaka", "offered to sato"]
    core.leave("m1")
    core.queue("next", Channel.CHAT)
    assert core.where("next") == "offered to tanaka"


def test_random_is_even_has_no_pattern_and_can_be_replayed() -> None:
    cores = [one_queue(Strategy.RANDOM) for _ in range(2)]
    for core in cores:
        for agent in (SATO, TANAKA, SUZUKI):
            core.agent(agent)
    first, again = (draws(core, 1500) for core in cores)
    assert first == again
    counts = Counter(first)
    assert all(430 < counts[agent] < 570 for agent in (SATO, TANAKA, SUZUKI)), counts
    pairs = Counter(pairwise(first))
    assert min(pairs.values()) > 110, "every one follows every other, also himself"


def test_wrandom_asks_the_less_often_the_higher_the_penalty() -> None:
    core = one_queue(Strategy.WRANDOM)
    for agent, penalty in ((SATO, 0), (TANAKA, 1), (SUZUKI, 9)):
        core.agent(agent, queues={SUPPORT: penalty})
    counts = Counter(draws(core, 2000))
    # The lowest of three even draws, up to 1, 2 and 10: 0.717, 0.242, 0.042 of the times.
    assert 1360 < counts[SATO] < 1510
    assert 410 < counts[TANAKA] < 560
    assert 50 < counts[SUZUKI] < 120
