"""Patience with wrong passwords, on virtual time."""

from hub.guard import Guard
from tests.hub.fakes import Clock


def _waits(guard: Guard, clock: Clock, tries: int) -> list[float]:
    """Try as soon as one may; return what each try was made to wait."""
    waits = []
    for _ in range(tries):
        wait_s = guard.begin("sato")
        waits.append(wait_s)
        clock.now_s += wait_s
        if wait_s:
            assert guard.begin("sato") == 0
    return waits


def test_each_failure_after_the_first_five_costs_twice_the_wait() -> None:
    clock = Clock()
    assert _waits(Guard(clock=clock), clock, 16) == [
        0,
        0,
        0,
        0,
        0,
        1,
        2,
        4,
        8,
        16,
        32,
        64,
        128,
        256,
        300,
        300,
    ]


def test_tries_at_the_same_moment_all_count() -> None:
    guard = Guard(clock=Clock())
    assert [guard.begin("sato") > 0 for _ in range(50)] == [False] * 5 + [True] * 45


def test_success_is_a_clean_slate_and_a_try_taken_back_none() -> None:
    guard = Guard(clock=Clock(), free=2)
    guard.begin("sato")
    guard.begin("sato")
    assert guard.begin("sato") > 0
    guard.take_back("sato")
    assert guard.begin("sato") == 0
    assert guard.begin("sato") > 0
    guard.forget("sato")
    assert guard.begin("sato") == 0


def test_memory_is_bounded_and_keeps_who_is_busy() -> None:
    guard = Guard(clock=Clock(), free=1, keys_max=100)
    guard.begin("attacker")
    for number in range(10_000):
        guard.begin(number)
        assert guard.begin("attacker") > 0
    assert len(guard._tries) == 100
