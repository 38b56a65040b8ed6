"""Run seeds: `./run sim --seeds 300 [--first 1]`. The first one that fails is printed, exit 1."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from acd.errors import AcdError
from acd.sim.invariants.violation import Violation
from acd.sim.world import Outcome, World

_CHUNK = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds to run (100)")
    parser.add_argument("--first", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (one a core)")
    options = parser.parse_args()
    began, outcomes = time.monotonic(), []
    for seed, outcome in _played(range(options.first, options.first + options.seeds), options.jobs):
        if isinstance(outcome, str):
            print(f"seed {seed} failed: {outcome}")
            print(f"replay: ./run sim --first {seed} --seeds 1")
            return 1
        outcomes.append(outcome)
        _show_progress(len(outcomes), options.seeds)
    print(_summary(outcomes, time.monotonic() - began))
    return 0


def _played(seeds: range, jobs: int) -> Iterator[tuple[int, Outcome | str]]:
    """Yield each seed in order with what it saw, or how it failed."""
    if jobs < 2 or len(seeds) < 2 * _CHUNK:
        yield from ((seed, _play(seed)) for seed in seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        try:
            yield from zip(seeds, pool.map(_play, seeds, chunksize=_CHUNK), strict=True)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _play(seed: int) -> Outcome | str:
    try:
        return World(seed).run()
    except (
        Violation,
        AcdError,
        LookupError,
        ArithmeticError,
        AssertionError,
        TypeError,
        ValueError,
    ) as error:
        return f"{type(error).__name__}: {error}"


def _summary(outcomes: list[Outcome], took_s: float) -> str:
    counts = {
        "contacts": sum(each.contacts for each in outcomes),
        "events": sum(each.events for each in outcomes),
        "crashes": sum(each.crashes for each in outcomes),
        "fail-overs": sum(each.fail_overs for each in outcomes),
        "lost events": sum(each.lost for each in outcomes),
    }
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{len(outcomes)} seeds held: {told}, {took_s:.1f} s"


def _show_progress(done: int, seeds: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done}/{seeds}", end="\n" if done == seeds else "", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
