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


class KnownAnswer(Protocol):
    """An answer of `faq.conf`: the intents that it fits, and by language how it is asked for."""

    @property
    def intents(self) -> Collection[str]: ...

    @property
    def asks(self) -> Mapping[str, tuple[str, ...]]: ...

    def spoken(self, language: str) -> str:
        """Return what is read aloud; empty if there is nothing in this language."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Names that there are; what is None is left unchecked.

    `queues` of `queues.conf`; `hours`: opening hours of `acd.conf`; `intents` of `intents.conf`; `answers` of
    `faq.conf`, in the order of the file.
    """

    queues: Collection[str] | None = None
    hours: Collection[str] | None = None
    intents: Mapping[ChoiceId, KnownIntent] | None = None
    answers: Mapping[str, KnownAnswer] | None = None
