"""Run seeds: `./run sim --seeds 300 [--first 1]`. The first one that fails is printed, exit 1."""

import argparse
import sys
import time

from acd.sim.invariants.violation import Violation
from acd.sim.world import World


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds to run (100)")
    parser.add_argument("--first", type=int, default=1, help="the first seed (1)")
    options = parser.parse_args()
    began, events, crashes, fail_overs, lost = time.monotonic(), 0, 0, 0, 0
    for seed in range(options.first, options.first + options.seeds):
        try:
            outcome = World(seed).run()
        except (Violation, LookupError, ArithmeticError, TypeError, ValueError) as error:
            print(f"seed {seed} failed: {type(error).__name__}: {error}")
            print(f"replay: ./run sim --first {seed} --seeds 1")
            return 1
        events += outcome.events
        crashes += outcome.crashes
        fail_overs += outcome.fail_overs
        lost += outcome.lost
        _show_progress(seed - options.first + 1, options.seeds)
    took_s = time.monotonic() - began
    print(
        f"{options.seeds} seeds held: {events} events, {crashes} crashes, {fail_overs} fail-overs, "
        f"{lost} lost events, {took_s:.1f} s"
    )
    return 0


def _show_progress(done: int, seeds: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done}/{seeds}", end="\n" if done == seeds else "", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
