"""The caller's leg, as far as menus need it: questions put to him, and what he hears."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from ivr.flow import Prompt
from ivr.hearing import Choices, Utterance

QUIET_S_MAX: Final = 4.0
"""No caller is to be in silence for longer."""
QUIET_S: Final = 3.6
"""So long a caller is waited for at a stretch: what follows has to begin in time."""


@dataclass(frozen=True, slots=True)
class Question:
    """What keys to wait for, and how long.

    `terminator` (empty: none) ends a number early and is not part of it. The first time-out counts from the
    end of the last sound, the other one from the key before. With `barge_in` the first key stops the
    sounds; without, they are played to the end. `reminder` is the sound of what is said to who does nothing
    for long, "" if nothing is.
    """

    digits_max: int
    terminator: str
    first_digit_timeout_s: float
    digit_timeout_s: float
    barge_in: bool = True
    reminder: str = ""

    @property
    def waits_s(self) -> Iterator[float]:
        """How long to wait for the first key, stretch by stretch: between two, something is to be heard."""
        left_s = self.first_digit_timeout_s
        while left_s > QUIET_S_MAX:
            yield QUIET_S
            left_s -= QUIET_S
        yield min(left_s, QUIET_S)


NOTHING: Final = Question(0, "", 0, 0, barge_in=False)
"""No keys: something is said, to its end."""


class CallerPort(Protocol):
    """One caller."""

    async def play_and_collect(self, sounds: Sequence[str], question: Question) -> str:
        """Play sounds one after the other and return the keys pressed, "" if none came in time.

        `sounds` are absolute paths of WAV files (8 kHz, mono, 16 bit). Raises the port's own error when
        the caller has gone: it passes through the session.
        """

    async def play_and_hear(
        self, sounds: Sequence[str], question: Question, choices: Choices
    ) -> str | Utterance:
        """As `play_and_collect`, but what the caller says ends it as well, and is returned.

        `choices` are what is likely to be said. Keys win over speech. A port that cannot hear, or has no
        recogniser free, waits for keys alone.
        """


class Sounds(Protocol):
    """Where a prompt's sound comes from; never fails, so that no call waits for a voice."""

    async def sound(self, prompt: Prompt) -> Path: ...
