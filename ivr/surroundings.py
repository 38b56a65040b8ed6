"""What `ivr.conf` may name that stands in other files."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Names that there are; what is None is left unchecked.

    `queues` of `queues.conf`; `hours`: opening hours of `acd.conf`; `intents` of `intents.conf`, with what
    each is called by language; `kinds` of values that can be read aloud.
    """

    queues: Collection[str] | None = None
    hours: Collection[str] | None = None
    intents: Mapping[str, Mapping[str, str]] | None = None
    kinds: Collection[str] | None = None
