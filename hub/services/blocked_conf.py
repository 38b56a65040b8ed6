"""Addresses that are blocked, as Asterisk reads them: the rules that `acl.conf` includes."""

from collections.abc import Iterable

BLOCKED_FILE = "acl_blocked.conf"
"""Lies in the hub's data folder; reload `acl` after writing it."""


def render_blocked(networks: Iterable[str]) -> str:
    """Return the text of `acl_blocked.conf`."""
    rules = (f"deny = {network}\n" for network in sorted(networks))
    return "".join(("; Written by the hub, do not edit.\n", *rules))
