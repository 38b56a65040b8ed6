"""Digits and letters that are read one by one, in groups that an ear can hold."""

import re
from itertools import pairwise

GROUP_MAX = 4


def groups(text: str) -> list[str]:
    """Return digits and letters in groups: those that `text` has, long runs of digits cut evenly."""
    runs = re.findall(r"[0-9]+|[A-Za-z]+", text)
    return [group for run in runs for group in (cut(run) if run.isdecimal() else [run.upper()])]


def cut(run: str, length_max: int = GROUP_MAX) -> list[str]:
    """Return pieces of at most `length_max` whose lengths differ by one at most, the shorter first."""
    count = -(-len(run) // length_max)
    bounds = [len(run) * index // count for index in range(count + 1)]
    return [run[begin:end] for begin, end in pairwise(bounds)]
