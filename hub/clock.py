"""The wall clock of the hub's shell. What decides gets its time as an argument."""

import time


def now_ms() -> int:
    """Return Unix time in milliseconds."""
    return time.time_ns() // 1_000_000
