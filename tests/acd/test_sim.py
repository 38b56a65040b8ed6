"""The simulation holds, and would notice if the core broke its rules."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from acd.core import capacity, desks, eligibility, moves, offers, waiting
from acd.core.records import ContactRecord
from acd.core.transitions import OfferEnd
from acd.sim.invariants import Violation
from acd.sim.world import World


@pytest.mark.parametrize("seed", range(100))
def test_seed(seed: int) -> None:
    World(seed).run()


def test_a_seed_replays() -> None:
    assert World(7).run() == World(7).run()


def newest_first(record: ContactRecord) -> waiting.Place:
    contact = record.contact
    return (-contact.priority, -contact.arrived_ms, -record.serial, contact.id)


def never(*_: object, **__: object) -> None:
    return None


def run_seeds(count: int) -> None:
    for seed in range(count):
        World(seed).run()


BROKEN: list[tuple[str, object, str, Callable[..., Any]]] = [
    ("first come", waiting, "place", newest_first),
    ("capacity", eligibility, "is_at_limit", lambda *_: False),
    ("capacity", desks, "room", lambda *_: 511),
    ("in vain", moves, "draw_customer", never),
    ("held", moves, "recheck_hold", never),
]


@pytest.mark.parametrize(("invariant", "module", "name", "broken"), BROKEN)
def test_a_broken_core_is_caught(
    monkeypatch: pytest.MonkeyPatch, invariant: str, module: object, name: str, broken: Callable[..., Any]
) -> None:
    monkeypatch.setattr(module, name, broken)
    if name == "is_at_limit":
        monkeypatch.setattr(capacity, name, broken)
    with pytest.raises(Violation, match=invariant):
        run_seeds(200)


def test_a_memory_that_differs_from_the_store_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(step: Any, lease: Any) -> None:
        moves.lapse(step, lease, OfferEnd.NO_ANSWER)
        step.state.take_changes()
        moves.miss(step, lease.agent, "no_answer")

    monkeypatch.setattr(offers, "fell_due", forgetful)
    with pytest.raises((Violation, LookupError)):
        run_seeds(50)


def test_the_command_says_which_seed_and_how_it_went() -> None:
    command = [sys.executable, "-m", "acd.sim", "--seeds", "3", "--first", "5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.startswith("3 seeds held")) == (0, True), done.stderr
