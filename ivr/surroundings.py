"""What `ivr.conf` may name that stands in other files."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from ivr.hearing import ChoiceId


class KnownIntent(Protocol):
    """An intent of `intents.conf`: by language, what it is called when asking back, and how it is said."""

    @property
    def labels(self) -> Mapping[str, str]: ...

    @property
    def phrases(self) -> Mapping[str, tuple[str, ...]]: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Names that there are; what is None is left unchecked.

    `queues` of `queues.conf`; `hours`: opening hours of `acd.conf`; `intents` of `intents.conf`.
    """

    queues: Collection[str] | None = None
    hours: Collection[str] | None = None
    intents: Mapping[ChoiceId, KnownIntent] | None = None
