"""What `intents.conf` says, read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ivr.hearing import ChoiceId, Choices, Guess


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From `sure` on a guess is acted on, from `unsure` on the caller is asked back."""

    sure: float = 0.85
    unsure: float = 0.06


@dataclass(frozen=True, slots=True)
class Intent:
    """Something that callers want; by language, what it is called when asking back and how it is said."""

    id: ChoiceId
    labels: Mapping[str, str]
    phrases: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of a language whatever is to be chosen.

    `synonyms`: words that mean the same, a tuple for each meaning; `background`: phrases that mean no choice.
    """

    synonyms: tuple[tuple[str, ...], ...] = ()
    background: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intents:
    """A whole file."""

    intents: Mapping[ChoiceId, Intent]
    knowledge: Mapping[str, Knowledge]
    thresholds: Thresholds = Thresholds()

    def choices(self, language: str, names: Collection[ChoiceId] | None = None) -> Choices:
        """Return what may be said for these intents (None: for all), as `Understanding` wants it."""
        return Choices(
            language,
            MappingProxyType(
                {
                    name: intent.phrases.get(language, ())
                    for name, intent in self.intents.items()
                    if names is None or name in names
                }
            ),
        )


def sure_of(guesses: Sequence[Guess], thresholds: Thresholds) -> tuple[Guess | None, bool]:
    """Return the guess to go by, and whether to act on it without asking back; None: not understood."""
    best = guesses[0] if guesses else None
    if best is None or best.confidence < thresholds.unsure:
        return None, False
    return best, best.confidence >= thresholds.sure
