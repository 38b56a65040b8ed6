"""How long contacts will wait, and what follows for those who prefer an agent."""

import pytest

from acd.agent import Presence
from acd.contact import Channel
from acd.core.explain import explain
from acd.ids import ContactId
from acd.policy import QueueSettings
from tests.acd.driver import SALES, SATO, SUPPORT, SUZUKI, TANAKA, Driver


def wait_s(core: Driver, contact: str) -> float | None:
    wait_ms = explain(core.state, core.record(contact)).wait_ms
    return None if wait_ms is None else wait_ms / 1000


def practised(talk_s: int = 100, **rules: int) -> Driver:
    """Sato has had one call, which took him so long; nobody waited meanwhile."""
    core = Driver(QueueSettings(name=SUPPORT, **rules), QueueSettings(name=SALES))  # type: ignore[arg-type]
    core.agent(SATO)
    core.serve("c0")
    core.after(talk_s)
    core.end("c0")
    return core


# --- position --------------------------------------------------------------------------------------


def test_the_position_counts_who_is_before_in_the_queue_those_who_are_rung_included() -> None:
    core = Driver(QueueSettings(name=SUPPORT), QueueSettings(name=SALES))
    core.queue("elsewhere", queue=SALES)
    core.agent(SATO)
    for number in range(3):
        core.queue(f"c{number}")
    core.queue("urgent", Channel.LINE, priority=1)
    found = [core.state.position(ContactId(each)) for each in ("urgent", "c0", "c1", "c2")]
    assert found == [1, 2, 3, 4]
    core.accept("c0")
    assert core.state.position(ContactId("c1")) == 2


def test_an_explanation_tells_place_score_and_who_is_ahead() -> None:
    core = Driver()
    for number in range(30):
        core.queue(f"c{number:02}")
    found = explain(core.state, core.record("c29"))
    assert (found.position, len(found.ahead), found.ahead[-1][0]) == (30, 20, "c28")
    assert [score for _, score in found.ahead] == sorted(score for _, score in found.ahead)
    assert found.score >= found.ahead[-1][1]


def test_who_is_connected_has_no_position() -> None:
    core = Driver()
    core.agent(SATO)
    core.serve("c1")
    found = explain(core.state, core.record("c1"))
    assert (found.position, found.wait_ms, found.ahead) == (0, None, ())


# --- prediction ------------------------------------------------------------------------------------


def test_nothing_is_predicted_before_anything_is_known() -> None:
    core = Driver()
    core.queue("c1")
    assert wait_s(core, "c1") is None


def test_until_a_queue_has_moved_the_wait_is_what_contacts_take_by_those_who_are_available() -> None:
    core = practised(talk_s=100)
    core.agent(TANAKA)
    core.agent(SUZUKI, presence=Presence.NOT_READY)
    for number in range(1, 6):
        core.queue(f"c{number}")
    assert [wait_s(core, f"c{number}") for number in (1, 3, 5)] == [50, 150, 250]
    core.become(TANAKA, Presence.OFFLINE)
    assert wait_s(core, "c1") == 100


def test_a_queue_in_which_nobody_is_available_predicts_as_for_one() -> None:
    core = practised(talk_s=100)
    core.become(SATO, Presence.NOT_READY)
    core.queue("c1")
    assert wait_s(core, "c1") == 100


def test_once_a_queue_moves_the_wait_is_how_fast_it_does() -> None:
    core = practised()
    for number in range(1, 5):
        core.queue(f"c{number}")
    core.accept("c1")
    core.after(40)
    core.end("c1")
    core.accept("c2")
    assert [wait_s(core, "c3"), wait_s(core, "c4")] == [40, 80]


def test_the_latest_counts_a_twentieth() -> None:
    core = Driver()
    core.agent(SATO)
    for number in range(12):
        core.queue(f"c{number}")
    core.accept("c0")
    for number in range(10):
        core.after(140 if number == 9 else 40)
        core.end(f"c{number}")
        core.accept(f"c{number + 1}")
    assert wait_s(core, "c11") == pytest.approx(45)


def test_the_time_in_which_nobody_waited_is_no_wait() -> None:
    core = practised()
    core.serve("c1")
    core.after(40)
    core.queue("c2")
    core.end("c1")
    core.accept("c2")
    assert core.state.queues[SUPPORT].interval_ms == 0, "c2 came after c1 had been served"
    core.after(10_000)
    core.end("c2")
    core.serve("c3")
    assert core.state.queues[SUPPORT].interval_ms == 0


# --- the preferred agent ---------------------------------------------------------------------------


def held_s(core: Driver) -> float:
    """Let a contact come that prefers Suzuki, who is not ready; return for how long it is kept for him."""
    core.agent(SUZUKI, presence=Presence.NOT_READY)
    core.queue("preferring", preferred=(SUZUKI,))
    until_ms = core.record("preferring").hold_until_ms
    return (until_ms - core.now_ms) / 1000 if until_ms else 0


def test_a_preferred_agent_is_waited_for_no_longer_than_the_wait_without_him_and_a_margin() -> None:
    assert held_s(practised(talk_s=100, preferred_wait_s=3600, preferred_margin_s=20)) == 120
    assert held_s(practised(talk_s=100, preferred_wait_s=90, preferred_margin_s=20)) == 90
    assert held_s(practised(talk_s=100, preferred_wait_s=0, preferred_margin_s=20)) == 0


def test_while_nothing_is_known_only_the_margin_is_waited() -> None:
    rules = QueueSettings(name=SUPPORT, preferred_wait_s=60, preferred_margin_s=10)
    assert held_s(Driver(rules)) == 10
    assert held_s(Driver(QueueSettings(name=SUPPORT, preferred_wait_s=60, preferred_margin_s=0))) == 0


def test_who_would_wait_anyway_is_kept_for_his_agent_longer() -> None:
    core = practised(talk_s=100, preferred_wait_s=3600, preferred_margin_s=20)
    for number in range(1, 4):
        core.queue(f"c{number}")
    core.agent(SUZUKI, presence=Presence.NOT_READY)
    assert held_s(core) == 4 * 100 + 20, "three are before him"


def test_after_the_wait_anybody_serves_and_the_preferred_one_still_goes_first() -> None:
    core = practised(talk_s=30, preferred_wait_s=3600, preferred_margin_s=20)
    core.become(SATO, Presence.NOT_READY)
    assert held_s(core) == 50
    core.after(50)
    core.agent(TANAKA)
    assert core.where("preferring") == "offered to tanaka"
    core.become(SUZUKI, Presence.AVAILABLE)
    core.become(SATO, Presence.AVAILABLE)
    core.reject("preferring")
    assert core.where("preferring") == "offered to suzuki"
