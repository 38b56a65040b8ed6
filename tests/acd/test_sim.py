"""The simulation holds, and would notice if the core broke its rules."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from acd.actions import ConnectContact
from acd.contact import Channel, Contact
from acd.core import (
    capacity,
    contacts,
    desks,
    direct,
    eligibility,
    lapses,
    matching,
    moves,
    offers,
    overflow,
    pace,
    reserved,
    state,
    waiting,
)
from acd.core.matching import best_agents
from acd.core.records import ContactRecord
from acd.core.transitions import OfferEnd
from acd.errors import BrokenInvariant
from acd.explanation import Rule
from acd.ids import AgentId
from acd.policy import RoutingSettings
from acd.sim.__main__ import main
from acd.sim.invariants.violation import Violation
from acd.sim.world import World

_START_MS = 1_800_000_000_000
_FAR_MS = 36_000_000


@pytest.mark.parametrize("seed", range(300))
def test_seed(seed: int) -> None:
    World(seed).run()


def test_a_seed_replays() -> None:
    assert World(7).run() == World(7).run()


def violations(seeds: int) -> Iterator[str]:
    """Yield what is found in each seed in which something is."""
    for seed in range(seeds):
        try:
            World(seed).run()
        except Violation as found:
            yield str(found)
        except (LookupError, BrokenInvariant):
            continue


# --- cores that break a rule -----------------------------------------------------------------------


def never(*_: object, **__: object) -> None:
    """Do nothing."""


def no(*_: object) -> bool:
    return False


def yes(*_: object) -> bool:
    return True


def room_for_all(*_: object) -> capacity.Room:
    return (1 << len(Channel)) - 1


def latest_first(settings: RoutingSettings, record: ContactRecord) -> waiting.Place:
    return (2 * _START_MS - settings.place_ms(record.contact), -record.serial, record.contact.id)


def calls_last(settings: RoutingSettings, record: ContactRecord) -> waiting.Place:
    far_ms = _FAR_MS if record.contact.channel.is_live else 0
    return (settings.place_ms(record.contact) + far_ms, record.serial, record.contact.id)


def as_new(_: object, record: ContactRecord, now_ms: int) -> ContactRecord:
    return replace(record, contact=replace(record.contact, arrived_ms=now_ms))


def drop_silently(step: Any, record: ContactRecord, _: str) -> None:
    moves.withdraw_all(step, record, OfferEnd.REMOVED)
    step.state.drop_contact(record.contact.id)


def ring_two(routing: Any, record: ContactRecord) -> list[str]:
    groups = matching._ranked(routing, record, record.contact.queue)
    free = [
        rank[-1]
        for ranks in groups
        for rank in ranks
        if eligibility.obstacle(routing, record, rank[-1]) is None
    ]
    return [str(agent) for agent in free[:2]]


def connect_twice(step: Any, lease: Any, record: ContactRecord) -> None:
    for _ in range(2):
        step.do(
            ConnectContact(
                offer=lease.id,
                contact=lease.contact,
                channel=record.contact.channel,
                agent=lease.agent,
                is_callback=record.contact.is_callback,
            )
        )


def nobody_is_named(routing: Any, record: ContactRecord) -> list[AgentId]:
    return best_agents(
        routing, replace(record, contact=replace(record.contact, reserved=None), not_before_ms=0)
    )


def everybody_waits(routing: Any, contact: Contact, agent: AgentId, **_: object) -> str | None:
    found = routing.agents.get(agent)
    return None if found is not None and found.is_signed_in else "agent_away"


def by_chance(*_: object) -> Callable[..., tuple[float, ...]]:
    return lambda *_: (_CHANCE.random(),)


def beside_calls(routing: Any, desk: Any, contact: Contact, but: object = None) -> Rule | None:
    held = [each for each in desk.held.values() if not each.is_over and each.contact.id != contact.id]
    budget = desk.record.agent.budget
    fits = capacity.load(routing.settings, [*held, capacity.Held(contact)]) <= budget
    return None if fits else Rule.NO_CAPACITY


_CHANCE = Random(1)

BROKEN: list[tuple[str, str, Callable[..., Any], tuple[object, ...]]] = [
    ("first come", "place", latest_first, (state,)),
    ("starvation: .* overtook", "place", calls_last, (state,)),
    ("starvation: .* took the room", "is_kept_free", no, (eligibility, matching)),
    ("capacity: .* over a limit", "is_at_limit", no, (eligibility, capacity)),
    ("capacity: .* over his budget", "room", room_for_all, (desks,)),
    ("capacity: .* was overfilled", "fits", yes, (pace,)),
    ("in vain", "draw_customer", never, (moves,)),
    ("held", "recheck_hold", never, (moves,)),
    ("empty", "leave_empty", no, (contacts,)),
    ("suspended", "resume", never, (pace,)),
    ("one owner: .* offered to several", "best_agents", ring_two, (matching,)),
    ("age", "begin", as_new, (overflow,)),
    ("conservation", "turn_away", drop_silently, (moves,)),
    ("callback", "announce_connection", connect_twice, (moves,)),
    ("replay", "sort_key", by_chance, (matching,)),
    ("progress", "fell_due", never, (offers,)),
    ("reserved: .* is for", "best_agents", nobody_is_named, (matching,)),
    ("reserved: .* wait for", "refusal", everybody_waits, (reserved,)),
    ("reserved: .* was dialled and waits", "refusal", everybody_waits, (reserved,)),
    ("reserved: .* is free", "call_in", never, (direct,)),
    ("reserved: .* is away", "agent_left", never, (direct,)),
    ("capacity: .* is called beside a call", "lack_of_room", beside_calls, (reserved,)),
    ("capacity: .* was overfilled", "lack_of_room", never, (reserved,)),
    ("consultation: .* outlives", "end_consultations", never, (moves,)),
    ("parked: .* rings for who did not ask", "best_agents", nobody_is_named, (matching,)),
]


@pytest.mark.parametrize(
    ("invariant", "name", "broken", "modules"), BROKEN, ids=[f"{each[0]} {each[1]}" for each in BROKEN]
)
def test_a_broken_core_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
    invariant: str,
    name: str,
    broken: Callable[..., Any],
    modules: tuple[object, ...],
) -> None:
    for module in modules:
        monkeypatch.setattr(module, name, broken)
    seen = set()
    for found in violations(200):
        seen.add(found.partition(":")[0])
        if re.match(invariant, found):
            return
    pytest.fail(f"not noticed; what was: {seen}")


def test_a_memory_that_differs_from_the_store_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(step: Any, lease: Any) -> None:
        queue = step.state.queue(step.state.contacts[lease.contact].contact.queue)
        lapses.lapse(step, lease, OfferEnd.NO_ANSWER)
        step.state.take_changes()
        lapses.miss(step, lease.agent, "no_answer", queue)

    monkeypatch.setattr(offers, "fell_due", forgetful)
    assert any(found.startswith(("replay", "store")) for found in violations(50))


def test_the_command_says_how_it_went() -> None:
    command = [sys.executable, "-m", "acd.sim", "--seeds", "3", "--first", "5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.startswith("3 seeds held")) == (0, True), done.stderr


def test_the_command_says_which_seed_failed_and_how_to_see_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["sim", "--seeds", "20", "--first", "5"])
    monkeypatch.setattr(desks, "room", room_for_all)
    assert main() == 1
    failed, replay = capsys.readouterr().out.splitlines()
    seed = failed.split()[1]
    assert "Violation: capacity" in failed
    assert replay == f"replay: ./run sim --first {seed} --seeds 1"
