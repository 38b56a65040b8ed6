"""Identifiers that cross package borders.

All of them are opaque strings. Core code never makes one out of thin air: ids of contacts and
customers are made at the edge with `new_id`, ids of offers are derived from the contact's.
"""

import secrets
import time
from typing import NewType

ContactId = NewType("ContactId", str)
AgentId = NewType("AgentId", str)
"""Sign-in name of an agent, also the name of the agent's PJSIP endpoint (`PJSIP/<id>`)."""
OfferId = NewType("OfferId", str)
QueueName = NewType("QueueName", str)
"""Name of a section of `queues.conf`."""
CustomerId = NewType("CustomerId", str)
NodeName = NewType("NodeName", str)
"""Name of an Asterisk node; every reference to a channel or bridge carries it."""

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(now_ms: int | None = None) -> str:
    """Return a new id of 26 characters that sorts by time of making (layout of ULID, lower case)."""
    ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    number = (ms << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))
